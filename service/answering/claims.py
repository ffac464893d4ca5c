"""What a request claims of molecules and a search for words cannot tell: what causes what, what is safe, how molecules
compare, how much of something there is or has to be.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from indexer.search.amounts import COMPARED_NUMBER
from indexer.search.lexicon import Match
from model.inputs.thesaurus import thesaurus
from model.inputs.words import words
from service.problems import printable

_REST = r"(?:[^,;.?!]|[.,](?=\d))*"  # of what is said
# What a molecule has by itself, and its description says: "what causes the smell of rain?"
_SENSED = (
    r"smell|odou?r|scent|aroma|fragrance|stench|stink|taste|flavou?r|bitter|sweet|sour|hot\b|heat|pungen|burning|colou?r"
    r"|hue\b|red\b|green|blue|yellow|orange|purple|brown|black|white|glow|foam|fizz"
)
_CAUSE = re.compile(
    r"(?<!-)\b(?!\A\s*(?:give|make) )(?:caus(?:es?|ing)|side[- ]effects?|adverse effects?|trigger(?:s|ing)?"
    r"|worsen(?:s|ing)?|aggravat(?:es?|ing)"
    r"|provok(?:es?|ing)|leads? to|leading to|results? in|resulting in|brings? on|induc(?:es|ing)|responsible for"
    r"|(?:gives?|giving|makes?|making) (?:you|me|us|people|someone|one|patients)"
    r"|(?:increas|rais)(?:es?|ing) the risk)\b"
    rf"(?! (?:\w+ ){{0,2}}(?:{_SENSED})){_REST}",
    re.I,
)
BECOMES = r"(?:becom(?:es?|ing)|turns? into|(?:converted|metaboli[sz]ed|broken down) (?:in)?to)"
"""A pattern, without groups by name, for what says what becomes of something."""
_BECOMING = re.compile(
    rf"\b(?:{BECOMES}|(?:formed|(?:bio)?synthesi[sz]ed) from)\b(?! (?:\w+ )?(?:{_SENSED})){_REST}", re.I
)
_RESISTING = re.compile(rf"\bresist(?:ant|ance|s|ing)?(?: to)? (?!bacteria|strain)\w{_REST}", re.I)
_SAFETY = re.compile(
    r"\b(?:(?:un)?safe(?:ly|ty)?|harm(?:ful|less)|dangerous|hazardous|contra-?indicat\w+|(?:well|badly) tolerated"
    r"|allergic to|avoid(?:ed)? (?:in|during|by|if|when|with)|pregnant|breast-?feeding"
    r"|interact(?:s|ions?|ing)? with|(?<=drug )interactions?"
    r"|(?:toxic|poisonous|deadly|lethal|fatal) (?P<key>to|for)"
    rf"|(?:in|during|while|when|for) (?:pregnan\w+|lactat\w+))\b{_REST}",
    re.I,
)
# As it stands before -er and -est.
_GRADED = (
    "strong|weak|sweet|fast|quick|slow|cheap|safe|mild|new|old|young|small|large|bigg?|great|long|short|hard|soft|hott"
    "|cold|heavi|dens|deadli|rar|bright|dark|pur"
)
_MORE = rf"(?:{_GRADED})e?r"
_MOST = (
    rf"(?:{_GRADED}|potent|bitter|sour|high|low|light|toxic|clean|clos)e?st"  # but lighters, cleaners and "to lower"
)
_COMPARISON = re.compile(
    rf"(?:(?:more|less|{_MORE}) )?[\w-]+ (?<!other )(?<!rather )(?P<key>than)\b{_REST}"
    rf"|(?<!at )(?<!at the )\b(?:most|least)\b(?! of\b) ?\w*|(?<!or )\b(?:more|less) \w+|\b(?:{_MORE}|{_MOST})\b"
    r"|\b(?:first|latest)\b(?![- ](?:generation|line|choice|aid|pass))"
    rf"|\b(?:best|worst|better(?! known)|worse|superior|inferior)\b|\bas (?!well|far|long|soon)\w+ as\b{_REST}"
    rf"|\b(?:compared (?:to|with)|difference between)\b{_REST}"
    r"|\b(?:alternatives? (?:to|for)|(?:substitutes?|replacements?|stand-?ins?) (?:to|for|of)"
    rf"|(?:the )?opposites? of)\b{_REST}",
    re.I,
)
_EXTENT = re.compile(rf"\btoo (?!is\b|are\b)\w+{_REST}", re.I)
_UNIT = (
    r"(?:[npµμum]M|[mµμun]?g/[dm]?[lL]|[mµμu]?g/kg|[mµμu]g|kg|m[lL]|%|percent|pp[mb]|°\s?[CF]|degrees?|[kK]cal|kJ|nm|bar"
    r"|atm|psi|hours?|minutes?|volts?|euros?|dollars?)"
)
_AMOUNT = re.compile(
    r"(?:\b(?:p?(?:IC|EC|ED|LD|LC|GI|AC|TD|CC|ic|ec|ed|ld|lc)[-_ ]?50s?|K[idm]|pK[ad]|MIC)\b"
    r"|(?i:\b(?:boil|melt|freez|flash|ignit|decompos)\w* (?:points?|temperatures?|at|below|above|between)\b"
    r"|\bhalf[- ]li(?:fe|ves)\b|\b(?:affinity|potency|viscosity|density|solubility) (?:of|in|for|above|below)\b"
    r"|\bvapou?r pressure\b|\bbioavailability\b"
    rf"|\b(?:dos(?:e|es|age)|price[sd]?|costs?|cheap|(?:in)?expensive|affordable)\b)){_REST}"
    rf"|(?:(?i:at|of|above|below|over|under|about|than|least|most|up to) |[<>~=≤≥] ?)*"
    rf"(?<!\d)(?<!\d[.,])\d[\d.,]*\s?{_UNIT}(?!\w)"
)
_BOUND = re.compile(rf"{COMPARED_NUMBER}{_REST}", re.I)
# Letters without which a pattern need not be tried (trying all of them takes as long as searching), the pattern, and
# what is said of what it finds.
_TOLD = (
    (
        "caus|effect|trigger|worsen|aggravat|provok|lead|result|bring|induc|responsib|giv|mak|risk",
        _CAUSE,
        "a search for words does not tell what causes something from what is taken against it.",
    ),
    (
        "becom|turn|convert|metaboli|broken|formed|synthesi",
        _BECOMING,
        "a search for words does not tell what becomes of what.",
    ),
    ("resist", _RESISTING, "a search for words does not tell what resists something from what acts on it."),
    (
        "safe|harm|danger|hazard|indicat|tolerat|allerg|avoid|pregnan|feeding|lactat|interact|toxic|poison|deadly|lethal"
        "|fatal",
        _SAFETY,
        "nothing here tells what is safe, for whom and with what.",
    ),
    (
        "0|1|2|3|4|5|6|7|8|9|ki|kd|km|pk|mic|boil|melt|freez|flash|ignit|decompos|half|affinity|potency|viscosity|density"
        "|solubility|vapo|bioavail|dos|price|cost|cheap|expensive|affordable",
        _AMOUNT,
        "doses, activities, prices and measured values are not searched.",
    ),
    (
        "above|below|over|under|than|least|most|up to|exceed|<|>|=|\u2264|\u2265|fewer|more|less|max|min|higher|larger"
        "|lower|smaller",
        _BOUND,
        "that is no condition here, so hits may not fulfil it.",
    ),
    (
        "than|most|least|more|less|er|est|first|wors|superior|inferior|as |compar|differ|alternativ|substitut|replac"
        "|stand|opposite",
        _COMPARISON,
        "molecules are not compared with each other.",
    ),
    ("too", _EXTENT, "a search for words does not tell too much of something from too little."),
)
_WHY = tuple((letters.split("|"), pattern, why) for letters, pattern, why in _TOLD)
# Asked about a molecule: the search finds this one, and answers nothing.
_QUESTION = re.compile(r"(?:how|why|when|where|who|what (?:happens|if))\b", re.I)
_AUXILIARY = r"(?:is|are|was|were|do|does|did|can|could|should|would|will|may)"
_YES_OR_NO = re.compile(
    rf"{_AUXILIARY} (?!not\b|there\b|you\b|we have\b|i (?:find|get|see|have)\b).*\?\s*$", re.I | re.S
)
_WHO_MAY = re.compile(
    rf"{_AUXILIARY} (?:i|he|she|we|they|it|one|people|humans|animals|(?:wo)?men|children|kids|babies|dogs|cats)\b"
    r"(?! (?:find|get|see|have)\b)",
    re.I,
)
_OF_A_MOLECULE = re.compile(rf"(?:what )?{_AUXILIARY} (?P<name>.+)", re.I | re.S)
_PROPERTY_OF = re.compile(
    r"what(?:['\u2019]s| is| are) (?:the )?(?:(?:chemical|molecular|molar|empirical|exact) )?"
    r"(?:weight|mass|formula|structure|smiles|inchi(?:key)?|cas number|symbol|mechanism(?: of action)?|uses?"
    r"|dose|toxicity|charge|polarity|logp) of (?P<name>.+)",
    re.I | re.S,
)
_NO_ANSWER = "This is a question about molecules; the hits are what it is about, and no answer to it."
_LONGEST = 400  # characters that are looked at
_LONGEST_NAME = 4  # words
_LONGEST_KNOWN = 6  # words before one that may be of one term with it
_MOST_REMARKS = 4

FindName = Callable[[str], Sequence[Match]]
"""The molecules of the corpus that are called so."""


def unread_claims(text: str, tags: Mapping[str, str], find_name: FindName) -> list[str]:
    """What a request claims that was not understood, a sentence each. What a term of the thesaurus or a tag of the
    corpus says is understood.

    tags: those of the corpus, by their words with spaces between them.
    """
    text = text[:_LONGEST]
    remarks: list[str] = []
    read: list[range] = []  # one part of a text claims one thing
    lower = text.lower()
    for letters, pattern, why in _WHY:
        for claim in pattern.finditer(text) if any(one in lower for one in letters) else ():
            if len(remarks) == _MOST_REMARKS:
                break
            key = claim.start("key") if claim.groupdict().get("key") else claim.start()
            if any(key in one for one in read) or is_known(text, key, tags):
                continue
            read.append(range(claim.start(), claim.end()))
            remarks.append(not_understood(claim[0], why))
    if not remarks and _is_question(text, find_name):
        remarks.append(_NO_ANSWER)
    return remarks


def not_understood(said: str, why: str) -> str:
    return f"“{printable(said.strip())}” was not understood: {why}"


def is_known(text: str, at: int, tags: Mapping[str, str], length: int = 1) -> bool:
    """Whether so many words of a text are in one term of the thesaurus or one tag of the corpus, as "causes" of "what
    causes cancer" is.
    """
    first = max(0, at - _LONGEST)
    starts = [first + word.start() for word in re.finditer(r"[^\s-]+", text[first:at])][-_LONGEST_KNOWN:]
    for start in (*starts, at):
        least = len(words(text[start:at])) + length
        said = words(text[start : start + _LONGEST])
        tagged = any(" ".join(said[:most]) in tags for most in range(least, least + _LONGEST_KNOWN))
        if tagged or thesaurus().term_length(text[start:]) >= least:
            return True
    return False


def _begins_with_name(text: str, find_name: FindName) -> bool:
    """Whether a text begins with the name of a molecule of the corpus, and says more."""
    said = text.split()
    return any(find_name(" ".join(said[:length])) for length in range(min(_LONGEST_NAME, len(said) - 1), 0, -1))


def _is_question(text: str, find_name: FindName) -> bool:
    if any(pattern.match(text) is not None for pattern in (_QUESTION, _YES_OR_NO, _WHO_MAY)):
        return True
    if (asked := _PROPERTY_OF.match(text)) is not None and find_name(asked["name"].strip(" ?.!")):
        return True
    asked = _OF_A_MOLECULE.match(text)
    return asked is not None and _begins_with_name(asked["name"], find_name)
