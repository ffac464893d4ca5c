"""The one normal form of text: what training, indexing and queries make of a text before anything reads it.

The same name comes with a Greek letter or spelled out, with one of a dozen hyphens, out of HTML or in British spelling.
`normal_text` settles characters and keeps all that tells molecules apart: case, locants, optical signs, descriptors,
charges. `american_spelling` folds what `normal_text` leaves, for words that are counted or looked up.
"""

import html
import re
import unicodedata
from functools import lru_cache

_GREEK = [
    "alpha",
    "beta",
    "gamma",
    "delta",
    "epsilon",
    "zeta",
    "eta",
    "theta",
    "iota",
    "kappa",
    "lambda",
    "mu",
    "nu",
    "xi",
    "omicron",
    "pi",
    "rho",
    "sigma",
    "tau",
    "upsilon",
    "phi",
    "chi",
    "psi",
    "omega",
]
_HYPHENS = "\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u2212\ufe58\ufe63\uff0d"
_PRIMES = "\u2018\u2019\u201b\u02b9\u02bc\u2032\u00b4\uff07\u1fbd\u1fbf"
_INVISIBLE = "\u00ad\u200b\u200c\u200d\u2060\ufeff"
_ARROWS = {"\u2192": "->", "\u27f6": "->", "\u2190": "<-", "\u2194": "<->"}


def _characters() -> dict[int, str]:
    table = {ord(one): "-" for one in _HYPHENS} | {ord(one): "'" for one in _PRIMES}
    table |= {ord(one): "" for one in _INVISIBLE} | {ord(one): to for one, to in _ARROWS.items()}
    table |= {0xFF9E: "\u3099", 0xFF9F: "\u309a"}  # marks, as NFKC has them: `_MARKS` is to see them
    table |= {0xFDFA: " ", 0xFDFB: " "}  # whole sentences, which NFKC would write out
    table |= {0x2033: "''", 0x2034: "'''", 0x2057: "''''", 0x201C: '"', 0x201D: '"', 0x2044: "/"}
    small = [code for code in range(0x3B1, 0x3CA) if code != 0x3C2]  # without the final sigma
    for code, name in zip(small, _GREEK, strict=True):
        table[code] = name
        if (capital := ord(chr(code).upper())) != 0x3A3:
            table[capital] = name.capitalize()
    # Final and capital sigma, the variants that NFKC would fold, and the signs made of Greek letters.
    table |= {0x3C2: "sigma", 0x3A3: "Sigma", 0x3D1: "theta", 0x3D5: "phi", 0x3F5: "epsilon", 0xB5: "mu"}
    return table | {0x3D6: "pi", 0x3F0: "kappa", 0x3F1: "rho", 0x2126: "Omega", 0x2206: "Delta"}


_CHARACTERS = _characters()
_GREEK_MARKS = re.compile("[\u0370-\u03ff\u1f00-\u1fff]")
# NFKC sorts the marks of a letter, in time that grows with the square of their number. So many are kept, as Unicode's
# stream-safe form does (UAX 15).
_MOST_MARKS = 30
_MARKS = re.compile(rf"[^\w\s\x00-\x7f]{{{_MOST_MARKS + 1},}}")
# Every spelling of an ampersand that was escaped again and again.
_AMPERSANDS = re.compile(r"&(?:(?:amp|AMP|#0{0,8}38|#[xX]0{0,8}26);)+")
_ENTITY = re.compile(r"&(?:#[0-9]{1,8}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_INLINE_TAG = re.compile(
    r"</?(?:sub|sup|small|big|b|i|u|em|strong|span|font|a|tt|code|greek|stereo|smallcap)(?:\s[^<>]{0,200})?\s?/?>", re.I
)
_BLOCK_TAG = re.compile(r"</?(?:p|br|div|li|ul|ol|td|tr|th|table|h[1-6])(?:\s[^<>]{0,200})?\s?/?>", re.I)
# Settling one thing can uncover another (a tag written in entities); texts that need more rounds are not text.
_ROUNDS = 4


def normal_text(text: str) -> str:
    """A text in the normal form: NFKC; Greek letters spelled out; one hyphen, one prime; no HTML; white space tidied.

    Idempotent, in time linear in the text. ASCII without HTML stays as it is, but for white space.
    """
    if not (text.isascii() and "&" not in text and "<" not in text):
        text = _settled(text)
    return " ".join(text.split())


@lru_cache(maxsize=32)  # whoever reads a query asks for its normal form several times
def _settled(text: str) -> str:
    for _ in range(_ROUNDS):
        settled = _settle(text)
        if settled == text:
            return text
        text = settled
    return _settle(re.sub("[&<>]", " ", _settle(text)))


def _settle(text: str) -> str:
    if "&" in text:
        text = _ENTITY.sub(lambda match: html.unescape(match[0]), _AMPERSANDS.sub("&", text))
    if "<" in text:
        text = _BLOCK_TAG.sub(" ", _INLINE_TAG.sub("", text))
    text = _MARKS.sub(_few_marks, text.translate(_CHARACTERS))
    text = unicodedata.normalize("NFKC", text).translate(_CHARACTERS)
    if _GREEK_MARKS.search(text):  # letters with accents: without them
        text = _GREEK_MARKS.sub(lambda match: unicodedata.normalize("NFD", match[0])[0], text).translate(_CHARACTERS)
    return unicodedata.normalize("NFKC", text)


def _few_marks(signs: re.Match[str]) -> str:
    """Signs in a row without the marks among them that come after the first so many."""
    first, more = signs[0][:_MOST_MARKS], signs[0][_MOST_MARKS:]
    return first + "".join(one for one in more if not unicodedata.category(one).startswith("M"))


# British to American, in lower case: letters without which a rule need not be tried, the rule, and what it writes. A
# rule holds wherever its letters mean the same; those that other words have, too (phyt-oestrogen is phyto-estrogen),
# are bound to where they start.
_SPELLINGS: tuple[tuple[str, str, str], ...] = (
    ("sulph", r"sulphydryl", "sulfhydryl"),
    ("sulph", r"sulph", "sulf"),
    ("oestr", r"(?:(?<![a-z])|(?<=yl))oestr", "estr"),
    ("haem", r"haem(?![a-z])", "heme"),
    ("haem", r"(?<=is)chaem", "chem"),
    ("haem", r"(?<!c)haem", "hem"),
    ("aemi", r"aemi(?=[ac])", "emi"),
    ("alumini", r"alumini(?=um|a?ted)", "alumin"),
    ("caesium", r"\bcaesium", "cesium"),
    ("foet", r"\bfoet(?=u|al|o|ic)", "fet"),
    ("anaesth", r"anaesth", "anesth"),
    ("oedem", r"(?<![a-z])oedem|(?<=[a-z-])oedem", "edem"),
    ("oesophag", r"oesophag", "esophag"),
    ("rrhoe", r"(?<=rrh)oe", "e"),
    ("dyspnoe", r"dyspnoe", "dyspne"),
    ("apnoe", r"apnoe", "apne"),
    ("paediatr", r"paediatr", "pediatr"),
    ("orthopaed", r"orthopaed", "orthoped"),
    ("gynaec", r"gynaec", "gynec"),
    ("faec", r"\bfaec(?=es|al)", "fec"),
    ("coeliac", r"\bcoeliac", "celiac"),
    ("amoeb", r"\bamoeb", "ameb"),
    ("aetiol", r"\baetiol", "etiol"),
    ("homoeo", r"homoeo(?=path|sta)", "homeo"),
    ("leucocyt", r"leucocyt", "leukocyt"),
    (
        "our",
        r"(?<=tum)our|(?<=col)our|(?<=od)our(?!i)|(?<=flav)our|(?<=vap)our|(?<=behavi)our|(?<=fav)our",
        "or",
    ),
    ("our", r"(?<=neighb)our|(?<=lab)our\b", "or"),
    ("ogue", r"\b(anal|catal|homol|dial)ogue", r"\1og"),
    ("fibre", r"\bfibre", "fiber"),
    ("centre", r"centre(?=s?\b)", "center"),
    ("tre", r"\b((?:milli|micro|deci|nano)?)(lit|met)re(?=s?\b)", r"\1\2er"),
    (
        "is",
        r"(oxid|ion|metabol|polymer|crystal|crystall|synthes|neutral|steril|stabil|local)is(?=e[drs]?\b|ing|ation)",
        r"\1iz",
    ),
    ("lys", r"(cata|hydro|para|electro)lys(?=e[dr]?\b|ing\b)", r"\1lyz"),
    ("ll", r"\b(label|model|signal|channel)l(?=ed\b|ing\b)", r"\1"),
    ("grey", r"\bgrey(?=s|ish|\b)", "gray"),
    ("mould", r"\bmould(?=s|y|\b)", "mold"),
)
_AMERICAN = tuple((letters, re.compile(pattern), to) for letters, pattern, to in _SPELLINGS)


def american_spelling(text: str) -> str:
    """A lower-case text with British spellings as American ones: `sulphate` is `sulfate`, `oestradiol` `estradiol`.

    Idempotent, in time linear in the text. Words that both write the same, and names that only look alike, stay.
    """
    for letters, pattern, to in _AMERICAN:
        if letters in text:
            text = pattern.sub(to, text)
    return text
