"""Which columns of a file hold the molecule's structure, and which of them says most in a row."""

import re
from collections.abc import Sequence

from indexer.corpus.aliases import INCHI, SMILES, normalised
from indexer.corpus.values import is_missing
from indexer.search.understanding import looks_like_structure

# A file may have SMILES under any name ("Ligand SMILES", "compound_smiles"), but these are not the molecule itself,
_NOT_THE_MOLECULE = re.compile(
    r"ready|fragment|scaffold|murcko|reactant|product|monomer|reaction|sugarfree|core|target|rxn"
    r"|length|count|invalid|hassmiles|issmiles"
)
# and these are read only if there is nothing else.
_ANOTHER_MOLECULE = re.compile(
    r"(?<!de)salt(?!free|strip)|metabolite|query|impurity|neighbo|nearest|similar|counterion|solvent|reagent|probe"
)
_PROMISING = re.compile(r"isomeric|isosmiles|absolute|stereo")
_THE_MOLECULE = re.compile(r"parent|compound|molecule|ligand")
_FLAT = re.compile(r"nostereo|non(?:stereo|isomeric)|canonical|flat|connectivity")
_VARIANT = re.compile(f"{_FLAT.pattern}|isomeric|iso(?=smiles)|absolute|stereo|unique|can(?=smiles)|cx")

_SMILES = tuple(map(normalised, SMILES))
_INCHI = tuple(map(normalised, INCHI))

_SMILES_MARKS = re.compile(r"[@/\\]|\[[0-9]")
_INCHI_MARKS = re.compile(r"/[tbi]")
# Bonds to any other element are no part of an InChI. Those to these there are none of, as they are ions.
_BONDED_IN_INCHI = frozenset(
    re.findall(r"\w+", "H D T B C N O F Si P S Cl Ge As Se Br Te I At He Ne Ar Kr Xe Rn Li Na K Rb Cs Mg Ca Sr Ba")
)


def structure_candidates(columns: Sequence[str]) -> list[int]:
    """Positions of the columns that by their names can hold structures, in order of preference."""
    names = [normalised(column) for column in columns]
    known = [names.index(alias) for alias in _SMILES if alias in names]
    inchi = [names.index(alias) for alias in _INCHI if alias in names]
    if len(columns) == 1:  # "smiles name" is two columns and no table
        return [*known, *inchi]
    named = [place for place, name in enumerate(names) if _is_smiles_of_its_own_name(name)]
    named.sort(key=lambda place: _preference(names[place]))
    others = [place for place in named if _ANOTHER_MOLECULE.search(names[place])]
    return [*known, *(place for place in named if place not in others), *inchi, *others]


def structure_columns(columns: Sequence[str], sample: Sequence[Sequence[str]] = ()) -> list[int]:
    """Positions of the columns to read structures from: the first is the file's, others where they say more.

    `sample`: cells of some rows. A column in which most of them look like no structures (drawings, links, counts) has
    none, unless all are like that.
    """
    candidates = structure_candidates(columns)
    cells = {place: [row[place] for row in sample if place < len(row)] for place in candidates}
    looks = {place: look_like_structures(values) for place, values in cells.items()}
    fitting = [place for place in candidates if looks[place]]
    empty = [place for place in candidates if looks[place] is None]
    if not fitting and not empty:
        return candidates[:1]
    first = (fitting or empty)[0]
    same = _same_molecule(columns, first)
    return [first, *(place for place in candidates if place in {*fitting, *empty} & same and place != first)]


def best_structure(cells: Sequence[str]) -> str:
    """Of one molecule's structures, in order of preference, the first that tells stereochemistry or isotopes.

    Where none does, the first that is not missing.
    """
    there = [cell for cell in cells if not is_missing(cell)]
    if len(there) < 2:
        return there[0] if there else ""
    return next((cell for cell in there if _tells_more(cell.strip())), there[0])


def look_like_structures(cells: Sequence[str]) -> bool | None:
    """Whether most cells look like structures; None if there are none."""
    there = [cell for cell in cells if not is_missing(cell)]
    if not there:
        return None
    return 2 * sum(looks_like_structure(cell) is not None for cell in there) >= len(there)


def _is_smiles_of_its_own_name(name: str) -> bool:
    return "smiles" in name and name not in _SMILES and _NOT_THE_MOLECULE.search(name) is None


def _preference(name: str) -> int:
    if _FLAT.search(name):
        return 3
    return 0 if _PROMISING.search(name) else 1 if _THE_MOLECULE.search(name) else 2


def _same_molecule(columns: Sequence[str], first: int) -> set[int]:
    """The columns that by their names hold the same molecule as one of them, in whatever notation."""
    names = [normalised(column) for column in columns]
    one = names[first]
    if one in _SMILES or one in _INCHI:
        return {place for place, name in enumerate(names) if name in _SMILES or name in _INCHI}
    if _ANOTHER_MOLECULE.search(one):
        return {first}
    stem = _VARIANT.sub("", one)
    return {place for place, name in enumerate(names) if name in _INCHI or _VARIANT.sub("", name) == stem}


def _tells_more(text: str) -> bool:
    """Whether a structure tells stereochemistry or isotopes, and is whole: an InChI has no bonds to metals."""
    if not text.startswith("InChI="):
        return "\n" not in text and _SMILES_MARKS.search(text) is not None
    formula = text.split("/")[1] if "/" in text else ""
    if not _BONDED_IN_INCHI.issuperset(re.findall(r"[A-Z][a-z]?", formula)):
        return False
    return _INCHI_MARKS.search(text) is not None
