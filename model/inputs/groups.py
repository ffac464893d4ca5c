"""RDKit's functional groups, without looking for those that a molecule cannot have.

Matching all 85 patterns takes four tenths of a molecule's features. Most of them ask for a bond between two elements
that most molecules lack, which a look at the bonds tells.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, lru_cache

from rdkit import Chem
from rdkit.Chem import Fragments

from model.inputs.anatomy import Anatomy

_GROUPS = tuple(
    (name.removeprefix("fr_"), function)
    for name, function in sorted(vars(Fragments).items())
    if name.startswith("fr_") and callable(function)
)

# What a molecule has that has a group: elements (lower case: aromatic; `a`: anything aromatic), elements in a ring
# (`@N`), bonds (`C=O`, ends by alphabet). `|` stands between alternatives. Groups that are not named here
# are always looked for; tests compare with looking for all.
_NEEDS = {
    "C": "unbrch_alkane",
    "C-O": "Al_OH Al_OH_noTert methoxy",
    "C-O C-N": "HOCCN",
    "C=O": "C_O C_O_noCOO aldehyde ketone ketone_Topliss",
    "C=O C-O": "Al_COO COO COO2 ester",
    "C=O C-O C-c": "Ar_COO",
    "C=O C-N": "amide imide priamide urea",
    "C=O C-N C-O": "alkyl_carbamate",
    "C=O C-N @N": "barbitur lactam",
    "C=O @O": "lactone",
    "C=O C=N": "isocyan",
    "C=S": "C_S",
    "C=S C=N": "isothiocyan",
    "C=N": "Imine",
    "C=N C-N": "amidine guanido",
    "C=N N-N": "hdrzone",
    "C=N N-O": "oxime",
    "C=C": "allylic_oxid",
    "C=C @N": "dihydropyridine",
    "C-N": "Ndealkylation1",
    "C-N @N": "Ndealkylation2 piperdine piperzine",
    "C-N @N @O": "morpholine",
    "C-N N-O": "N_O",
    "C-S": "sulfide",
    "C-S C#N": "thiocyan",
    "C#C": "term_acetylene",
    "C#N": "nitrile",
    "C-F | C-Cl | Br-C | C-I": "alkyl_halide",
    "F | Cl | Br | I": "halogen",
    "N": "quatN",
    "N | n": "NH0 NH1 NH2",
    "N-N": "hdrzine",
    "N-S": "prisulfonamd sulfonamd",
    "N=N": "azo",
    "N=N | N#N": "azide",
    "N#N": "diazo",
    "N=O": "nitro nitroso",
    "O": "ether",
    "@O": "epoxide",
    "P": "phos_acid phos_ester",
    "S": "SH sulfone",
    "a": "aryl_methyl para_hydroxylation",
    "a N": "ArN",
    "c": "benzene",
    "c @N": "benzodiazepine",
    "N-c": "aniline nitro_arom nitro_arom_nonortho",
    "O-c": "Ar_OH phenol phenol_noOrthoHbond",
    "n": "Ar_N Ar_NH Nhpyrrole imidazole pyridine tetrazole",
    "n o": "oxazole",
    "n s": "thiazole",
    "o": "furan",
    "s": "thiophene",
}
_SIGNS = {Chem.BondType.SINGLE: "-", Chem.BondType.DOUBLE: "=", Chem.BondType.TRIPLE: "#"}


def group_counts(anatomy: Anatomy) -> dict[str, int]:
    """How often each of RDKit's functional groups (`rdkit.Chem.Fragments`) occurs, those that do, by name."""
    possible = _possible(frozenset(_marks(anatomy)))
    return {name: count for name, function in possible if (count := function(anatomy.mol))}


def _marks(anatomy: Anatomy) -> set[str]:
    """What a molecule has, in the words of `_NEEDS`."""
    symbols = anatomy.symbols
    if True in anatomy.aromatic:
        marked = zip(symbols, anatomy.aromatic, strict=True)
        symbols = [symbol.lower() if aromatic else symbol for symbol, aromatic in marked]
        marks = {"a", *symbols}
    else:
        marks = set(symbols)
    for ring in anatomy.rings:
        marks.update([f"@{symbols[index]}" for index in ring])
    for (begin, end), order in zip(anatomy.ends, anatomy.orders, strict=True):
        sign = _SIGNS.get(order)
        if sign is not None:
            one, other = symbols[begin], symbols[end]
            marks.add(f"{one}{sign}{other}" if one < other else f"{other}{sign}{one}")
    return marks


@lru_cache(maxsize=1 << 14)  # few molecules are made of elements and bonds in a combination of their own
def _possible(marks: frozenset[str]) -> tuple[tuple[str, Callable[[Chem.Mol], int]], ...]:
    """The groups that a molecule can have, by name."""
    return tuple(
        (name, function) for name, function, needs in _guarded() if not needs or any(need <= marks for need in needs)
    )


@cache
def _guarded() -> tuple[tuple[str, Callable[[Chem.Mol], int], tuple[frozenset[str], ...]], ...]:
    """Every group with the function that counts it and what it needs: one of the sets, if there are any."""
    needs = {name: _alternatives(need) for need, names in _NEEDS.items() for name in names.split()}
    return tuple((name, function, needs.get(name, ())) for name, function in _GROUPS)


def _alternatives(need: str) -> tuple[frozenset[str], ...]:
    return tuple(frozenset(alternative.split()) for alternative in need.split("|"))
