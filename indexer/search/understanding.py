"""What a query text is: a structure, a name or identifier that the release knows, one that it does not, or words."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal, Protocol

from indexer.search.identifiers import Identifier, IdentifierKind, hill_formula, miswritten_cas, read_identifier
from indexer.search.lexicon import Lexicon, Match
from indexer.search.names import LONGEST_NAME
from indexer.search.relations import read_relation

QueryKind = Literal["structure", "name", "id", "text"] | IdentifierKind


class Structure(Protocol):
    """What is needed of a structure that was read: a `Molecule` has it, and what a worker process sends back."""

    @property
    def smiles(self) -> str: ...

    @property
    def inchikey(self) -> str | None: ...


ReadStructure = Callable[[str], Structure | None]
"""Reads a structure, None where it is none. The service passes one that works in a worker process."""

_SMILES_CHARACTERS = re.compile(r"[A-Za-z0-9@+\-\[\]().=#$:/\\%*]+")
_ATOMS = re.compile(r"(?:\[[^\[\]\s]{1,30}\]|Cl|Br|[BCNOPSFIbcnops]|[-=#$:/\\().%\d*])+")
# One of these, and a text is no word: bonds, brackets, rings. A chain of carbons alone needs none.
_MARKS = re.compile(r"[=#\[\]()@/\\\d]|^C+[NOSFI]?$|^[NOSF]?C+$|^C+OC+$|^C+NC+$")
_ATOM = re.compile(r"\[|Cl|Br|[BCNOPSFIbcnops]")
_SURELY_ATOMS = 5  # with a figure: no word and no gene has so many
_CHAIN = re.compile(r"C{2,}[NOSF]?|[NOSF]C{2,}")  # "CCO", which no question means as anything else
# What stands before a structure or formula that is given, and says which it is: "SMILES: CCO", "molecules with the
# formula C6H12O6".
_BEFORE = (
    r"(?:(?:what(?:'s| is| are| has| have)|find|show(?: me)?|give me|list|search(?: for)?|look up)\s+)?"
    r"(?:(?:all|the|an?|any)\s+)*"
    r"(?:(?:molecules?|compounds?|structures?|substances?|chemicals?|drugs?|anything|something)\s+)?"
    r"(?:(?:with|of|for|having|whose|that (?:has|have))\s+)?(?:the\s+)?"
)
_LABELLED_SMILES = re.compile(
    rf"{_BEFORE}(?:(?:canonical|isomeric)\s+)?SMILES(?:\s+(?:string|code))?(?:\s*[:=]\s*|\s+(?:is\s+)?)(?P<given>\S+)",
    re.IGNORECASE,
)
_LABELLED_INCHI = re.compile(
    rf"{_BEFORE}(?:standard\s+)?InChI(?:\s+(?:string|code))?(?:\s*[:=]\s*|\s+(?:is\s+)?)(?:InChI=)?(?P<given>1S?/\S+)",
    re.IGNORECASE,
)
_LABELLED_FORMULA = re.compile(
    rf"{_BEFORE}(?:(?:molecular|chemical|empirical|sum|hill)\s+)?formula(?:\s*[:=]\s*|\s+(?:(?:is|of)\s+)?)(?P<given>\S+)",
    re.IGNORECASE,
)
_NAME_AND_OTHER = re.compile(r"([^()]+?)\s+\(([^()]+)\)")
# "the active ingredient of Tylenol" and "SMILES of caffeine" ask for what is named.
_ASKED_OF = re.compile(
    r"(?:what(?:'s| is)(?: the)?|show(?: me)?(?: the)?|find(?: me)?(?: the)?|the)?\s*"
    r"(?:(?:active|main) (?:ingredient|substance|compound|component|principle)s? (?:of|in)|"
    r"generic (?:name|version) (?:of|for)|"
    r"(?:(?:chemical |molecular |2d )?(?:structure|formula|name)|smiles|inchi(?:key)?|cas(?: number)?) (?:of|for)|"
    r"(?:molecule|compound|drug) (?:named|called)) (?P<named>.+?)\??",
    re.IGNORECASE,
)
_WHAT_IS = re.compile(
    r"(?:what(?:'s| is| are)|find|show(?: me)?|search(?: for)?|look up) (?:the )?(?P<named>.+?)\??", re.IGNORECASE
)
# Food additives have one number in Europe and elsewhere: E330 is INS 330.
_ADDITIVE = re.compile(r"(?:INS|E)(?:[- ]?(?:no\.?|number))?[- ]?(?P<number>\d{3,4}[a-z]?)", re.IGNORECASE)
_VITAMIN = re.compile(r"vit\.?[- ]*(?P<letter>[a-k]\d{0,2})", re.IGNORECASE)
# How much of it a bottle holds, or how: "conc. H2SO4", "30% H2O2", "dry THF".
_QUALIFIED = re.compile(
    r"(?:conc(?:entrated|\.)?|aq(?:ueous|\.)?|dil(?:uted?|\.)?|anhydrous|dry|fuming|pure"
    r"|\d+(?:\.\d+)? ?(?:%|[mn]\b|mol/l))\s+(?P<named>.+)",
    re.IGNORECASE,
)
_SEVERAL = re.compile(r"\s*(?:[,;]\s+|/|&|\s\+)\s*(?:(?:and|or)\s+)?|\s+(?:and|or|vs\.?|versus)\s+", re.IGNORECASE)
_MOST_NAMED, _SHORTEST_NAMED = 6, 3
_WHOLE_KEY = re.compile(r"[A-Z]{14}-[A-Z]{10}-[A-Z]")
_MOST_NEAR = 3  # molecules named in a problem
_LOOKS_LIKE: dict[IdentifierKind, str] = {
    "inchikey": "an InChIKey",
    "skeleton": "the first block of an InChIKey",
    "cas": "a CAS number",
    "formula": "a molecular formula",
    "chebi": "a ChEBI id",
    "chembl": "a ChEMBL id",
    "cid": "a PubChem CID",
    "drugbank": "a DrugBank id",
    "hmdb": "an HMDB id",
}


@dataclass(frozen=True, slots=True)
class Understood:
    """What a query is.

    value: as it is written where it comes from (canonical SMILES, `CHEBI:15365`, the name as the corpus has it), the
    query itself for text. matches: molecules that are it, exactly or as far as their kind says. suggestions: names that
    are close to it; never answers. problem: a sentence, where it looks like something that the release does not have.
    """

    kind: QueryKind
    value: str
    matches: tuple[Match, ...] = ()
    suggestions: tuple[Match, ...] = ()
    molecule: Structure | None = None
    problem: str | None = None


def understand(
    query: str,
    lexicon: Lexicon | None,
    read: ReadStructure | None = None,
    prefer: Literal["name", "structure"] = "name",
    suggest: bool = True,
) -> Understood:
    """What `query` is to a release.

    Args:
        read: asked only about texts that look like structures; without it, none is understood as one.
        prefer: what `CO` or `PCP` is, which may be a name and a SMILES: a name where text is searched for.
        suggest: look for close names, which takes longer than all the rest.
    """
    if "V2000" not in query and "V3000" not in query:  # a molblock's lines count from the first, which may be empty
        query, is_structure = unlabelled(query.strip())
        prefer = "structure" if is_structure else prefer
    structural = looks_like_structure(query)
    if structural == "surely" or (structural and prefer == "structure"):
        found = _structure(query, lexicon, read)
        if found is not None:
            return found
    identifier = read_identifier(query)
    named = tuple(lexicon.find_name(query) or lexicon.find_id(query)) if lexicon is not None else ()
    if lexicon is not None and not named:
        named = _named_twice(query, lexicon) or _named_in_question(query, lexicon) or _named_together(query, lexicon)
    if named and (identifier is None or identifier.kind in ("formula", "skeleton")):
        kind: QueryKind = "id" if named[0].kind == "id" else "name"
        return Understood(kind, named[0].value, named)
    if identifier is not None and identifier.kind not in ("formula", "skeleton"):
        return _identified(identifier, named, lexicon)
    if structural:
        found = _structure(query, lexicon, read)
        # Letters alone may be a word: COCCO is a structure where there is a molecule of it.
        certain = found is not None and any(match.kind == "structure" for match in found.matches)
        if found is not None and (certain or _MARKS.search(query)):
            return found
    if identifier is not None:
        found = _identified(identifier, (), lexicon)
        if found.matches or any(map(str.isdigit, query)):  # PCP and POISON are words, until a molecule is made so
            return found
    if miswritten_cas(query):
        return Understood(
            "cas",
            query,
            problem=f"{query!r} has the form of a CAS number, but its check digit is wrong; look for a typing error.",
        )
    if lexicon is not None and (near := tuple(lexicon.find_signed(query))):
        return Understood("name", near[0].value, near)
    close = tuple(lexicon.close_names(query)) if suggest and lexicon is not None and len(query) <= LONGEST_NAME else ()
    return Understood("text", query, suggestions=close)


def looks_like_structure(text: str) -> Literal["surely", "perhaps"] | None:
    """Whether a text can be meant as a structure, by its looks alone: RDKit is not asked.

    Surely: an InChI, a molblock, or a SMILES with marks that no word has. Perhaps: letters that are atoms as well.
    """
    text = text.strip()
    if text.startswith("InChI=") or "V2000" in text or "V3000" in text:
        return "surely"
    core = text.split(" |", 1)[0]
    if not core or _SMILES_CHARACTERS.fullmatch(core) is None or _ATOMS.fullmatch(core) is None:
        return None
    if re.search(r"[BCNOPSFIbcnops*]|\[", core) is None:
        return None
    if re.search(r"[=#@\\]|\[[A-Z@a-z\d]|[cno]\d", core):
        return "surely"
    if re.search(r"\d", core) and len(_ATOM.findall(core)) >= _SURELY_ATOMS and hill_formula(core) is None:
        return "surely"
    return "perhaps"


def has_marks(text: str) -> bool:
    """Whether a text may be meant as a structure and has what words have not: bonds, brackets or rings."""
    return looks_like_structure(text) is not None and re.search(r"[=#\[\]()@/\\\d]", text) is not None


def means_structure(text: str) -> bool:
    """Whether a text is meant as a structure where a question or relation says so much as that it may be one."""
    return looks_like_structure(text) == "surely" or _CHAIN.fullmatch(text) is not None


def unlabelled(query: str) -> tuple[str, bool]:
    """What a query gives behind a label or in a question, and whether it is said to be a structure: `CCO` of "SMILES:
    CCO", `C6H12O6` of "isomers of C6H12O6" and of "what has the formula C6H12O6?". By the looks alone; any other query
    comes back as it is. The full stop after a structure is none of it.
    """
    if query.endswith(".") and looks_like_structure(query[:-1]) is not None:
        query = query[:-1]
    for pattern, before in ((_LABELLED_SMILES, ""), (_LABELLED_INCHI, "InChI=")):
        labelled = pattern.fullmatch(query)
        if labelled is not None and looks_like_structure(given := before + _bare(labelled["given"])) is not None:
            return given, True
    labelled = _LABELLED_FORMULA.fullmatch(query)
    if labelled is not None and hill_formula(_bare(labelled["given"])) is not None:
        return _bare(labelled["given"]), False
    related = read_relation(query)
    if related is not None and related.relation == "isomer" and _is_figured_formula(related.named):
        return related.named, False
    for asked in _asked_names(query):
        identifier = read_identifier(asked)
        known = identifier is not None and identifier.kind not in ("formula", "skeleton")
        if known or means_structure(asked) or _is_figured_formula(asked):
            return asked, False
    return query, False


def _bare(given: str) -> str:
    return given.strip("\"'`?,;")


def _is_figured_formula(text: str) -> bool:
    """Whether a text is a formula of carbon and hydrogen with a figure: `B12`, `DPP4` and `CB1` are others' names."""
    return re.match(r"C\d*H\d", hill_formula(text) or "") is not None


def match_structure(structure: Structure, lexicon: Lexicon) -> tuple[Match, ...]:
    """The molecules with the InChIKey of a structure, else with its skeleton, else its salts: each match says which."""
    key = structure.inchikey
    if not key:
        return ()
    same = tuple(replace(match, kind="structure") for match in lexicon.find_inchikey(key))
    return same or tuple(lexicon.find_skeleton(key)) or tuple(lexicon.find_salts(key))


def _named_twice(query: str, lexicon: Lexicon) -> tuple[Match, ...]:
    """What "paracetamol (acetaminophen)" says, of which both are names of one molecule."""
    twice = _NAME_AND_OTHER.fullmatch(query) if len(query) <= 2 * LONGEST_NAME else None
    if twice is None:
        return ()
    one, other = (lexicon.find_name(name) for name in twice.groups())
    return tuple(one) if one and other and one[0].row == other[0].row else ()


def _named_together(query: str, lexicon: Lexicon) -> tuple[Match, ...]:
    """What "aspirin or ibuprofen" names, if all of it are names: the molecules of the first, then of the others."""
    if len(query) > 2 * LONGEST_NAME:
        return ()
    names = [name for name in _SEVERAL.split(query) if name]
    if not 2 <= len(names) <= _MOST_NAMED or min(map(len, names)) < _SHORTEST_NAMED:
        return ()
    found: dict[Match, None] = {}
    for name in names:
        if not (matches := lexicon.find_called(name)):
            return ()
        found.update(dict.fromkeys(matches))
    return tuple(found)


def in_one_line(text: str, lines: Sequence[str], lexicon: Lexicon) -> str:
    """A text, with commas for the breaks of its lines where each of them names something: a column of a table."""
    listed = ", ".join(" ".join(line.split()) for line in lines if line.strip())
    return listed if len(lines) > 1 and _named_together(listed, lexicon) else text


def asked_name(query: str) -> str:
    """What a question names that asks for nothing else ("the structure of X", "what is X?"), else the query itself."""
    for name in _asked_names(query):
        return name
    return query


def _named_in_question(query: str, lexicon: Lexicon) -> tuple[Match, ...]:
    for name in _asked_names(query):
        if named := lexicon.find_called(name):
            return tuple(named)
    return ()


def _asked_names(query: str) -> Iterator[str]:
    if len(query) > 2 * LONGEST_NAME:
        return
    for pattern in (_ASKED_OF, _WHAT_IS, _QUALIFIED):
        asked = pattern.fullmatch(query.strip())
        if asked is not None:
            yield asked["named"]
    if (additive := _ADDITIVE.fullmatch(query.strip())) is not None:
        yield f"E{additive['number']}"
    if (vitamin := _VITAMIN.fullmatch(query.strip())) is not None:
        yield f"vitamin {vitamin['letter']}"


def _structure(query: str, lexicon: Lexicon | None, read: ReadStructure | None) -> Understood | None:
    molecule = read(query) if read is not None else None
    if molecule is None:
        return None
    matches = match_structure(molecule, lexicon) if lexicon is not None else ()
    return Understood("structure", molecule.smiles, matches, molecule=molecule)


def _identified(identifier: Identifier, named: tuple[Match, ...], lexicon: Lexicon | None) -> Understood:
    kind, value = identifier.kind, identifier.value
    matches = named or (tuple(lexicon.find_identifier(identifier)) if lexicon is not None else ())
    if matches:
        return Understood(kind, value, matches)
    problem = (
        f"{value!r} looks like {_LOOKS_LIKE[kind]}, and no molecule of this corpus has it. {_near_key(value, lexicon)}"
        "Search by the structure (SMILES, InChI or molblock), or describe the molecule in words."
    )
    return Understood(kind, value, problem=problem)


def _near_key(key: str, lexicon: Lexicon | None) -> str:
    """A sentence that names molecules whose InChIKey has the first block of `key`; empty where there are none."""
    if lexicon is None or _WHOLE_KEY.fullmatch(key) is None or not (near := lexicon.find_skeleton(key)):
        return ""
    named = [f"{name} ({key})" for key, name in lexicon.keys_and_names([match.row for match in near[:_MOST_NEAR]])]
    return f"Its first block, for the same atoms and bonds, is that of {' and '.join(named)}. "
