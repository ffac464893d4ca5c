"""RDKit's functional groups, without looking for those that a molecule cannot have.

Matching all 85 patterns takes four tenths of a molecule's features. Most of them ask for a bond between two kinds of
atoms that most molecules lack, which a look at the bonds tells.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, lru_cache
from itertools import product

from rdkit import Chem
from rdkit.Chem import Fragments

from model.inputs.anatomy import Anatomy

_GROUPS = tuple(
    (name.removeprefix("fr_"), function)
    for name, function in sorted(vars(Fragments).items())
    if name.startswith("fr_") and callable(function)
)

# What a molecule has that has a group, as words for its atoms and their bonds; `|` stands between alternatives. Groups
# that are not named here are always looked for; tests compare with looking for all.
#
# An atom is called by its element, lower case if aromatic (`a`: any of these), with `H2` its hydrogens, `@` in a ring,
# `R2` in two rings; `OH` has hydrogen or a negative charge, `OD2` two neighbours, `NX4` four of them, hydrogens
# included; `K` is a carbonyl carbon, `D` one between two carbons; `V` a carbon outside rings with two neighbours.
# Bonds are `-`, `=`, `#`, and `.` single or aromatic, as a SMARTS has it where none is written.
_NEEDS = {
    "C-OH": "Al_OH Al_OH_noTert",
    "C-OH CH2-N": "HOCCN",
    "O-CH3": "methoxy",
    "C=O": "C_O C_O_noCOO",
    "KH1": "aldehyde",
    "D.C | D.c": "ketone",
    "D.C": "ketone_Topliss",
    "K.OH": "Al_COO COO COO2",
    "K.OH K.c": "Ar_COO",
    "K.O": "ester",
    "K-N": "amide urea imide",
    "K-NH2": "priamide",
    "K.NH1 K.O": "alkyl_carbamate",
    "K.N @N": "barbitur lactam",
    "K.O @O": "lactone",
    "C=O C=N": "isocyan",
    "C=S": "C_S",
    "C=S C=N": "isothiocyan",
    "C=N": "Imine",
    "C=N C-N": "amidine guanido",
    "C=N N-N": "hdrzone",
    "C=N N-O": "oxime",
    "C=C": "allylic_oxid",
    "C=C @N": "dihydropyridine",
    "N-CH3 | N-CH2 CH2.CH3": "Ndealkylation1",
    "C-N @N": "Ndealkylation2 piperdine piperzine",
    "C-N @N @O": "morpholine",
    "C-N N-O": "N_O",
    "C-S": "sulfide",
    "C-S C#N": "thiocyan",
    "C#C": "term_acetylene",
    "C#N": "nitrile",
    "C-F | C-Cl | Br-C | C-I": "alkyl_halide",
    "F | Cl | Br | I": "halogen",
    "NX4": "quatN",
    "NH0 | nH0": "NH0",
    "NH1 | nH1": "NH1",
    "NH2 | nH2": "NH2",
    "N-N": "hdrzine",
    "N-S": "prisulfonamd sulfonamd",
    "N=N": "azo",
    "N=N | N#N": "azide",
    "N#N": "diazo",
    "N=O": "nitro nitroso",
    "OD2": "ether",
    "@O": "epoxide",
    "P": "phos_acid phos_ester",
    "S": "sulfone",
    "SH1": "SH",
    "V.V": "unbrch_alkane",
    "R2.R2": "bicyclic",
    "a-CH3 | a-CH2": "aryl_methyl",
    "a NH2": "ArN",
    "c": "benzene",
    "cH1.cH1": "para_hydroxylation",
    "c @N": "benzodiazepine",
    "N-c": "aniline",
    "N-c N=O": "nitro_arom nitro_arom_nonortho",
    "c.OH": "Ar_OH phenol phenol_noOrthoHbond",
    "n": "Ar_N Ar_NH Nhpyrrole imidazole pyridine tetrazole",
    "n o": "oxazole",
    "n s": "thiazole",
    "o": "furan",
    "s": "thiophene",
}
_SIGNS = {
    Chem.BondType.SINGLE: "-.",
    Chem.BondType.AROMATIC: ".",
    Chem.BondType.DOUBLE: "=",
    Chem.BondType.TRIPLE: "#",
}

_Atom = tuple[str, bool, int, int, int, int, str]
"""Element, aromatic, hydrogens, charge, neighbours, rings, kind of carbonyl."""


def group_counts(anatomy: Anatomy) -> dict[str, int]:
    """How often each of RDKit's functional groups (`rdkit.Chem.Fragments`) occurs, those that do, by name."""
    return {name: count for name, function in _possible(_marks(anatomy)) if (count := function(anatomy.mol))}


def _marks(anatomy: Anatomy) -> int:
    """What a molecule has of what `_NEEDS` asks for, a bit each."""
    atoms: list[_Atom] = list(
        zip(
            anatomy.symbols,
            anatomy.aromatic,
            anatomy.all_hydrogens,
            anatomy.charges,
            map(len, anatomy.neighbours),
            anatomy.ring_counts,
            _carbonyls(anatomy),
            strict=True,
        )
    )
    marks = 0
    for atom in set(atoms):
        marks |= _atom_marks(atom)
    bonds = {
        (atoms[one], order, atoms[other]) for (one, other), order in zip(anatomy.ends, anatomy.orders, strict=True)
    }
    for one, order, other in bonds:
        marks |= _bond_marks(one, order, other)
    return marks


def _carbonyls(anatomy: Anatomy) -> list[str]:
    """For each atom `K` or `D` if it is a carbonyl carbon, see `_NEEDS`."""
    kinds = [""] * len(anatomy.symbols)
    symbols = anatomy.symbols
    for bond, order in enumerate(anatomy.orders):
        if order == Chem.BondType.DOUBLE:
            one, other = anatomy.ends[bond]
            if symbols[one] == "O":
                one, other = other, one
            if symbols[one] == "C" and symbols[other] == "O":
                carbons = sum(symbols[beside] == "C" for beside, _ in anatomy.neighbours[one])
                kinds[one] = "D" if carbons >= 2 else "K"
    return kinds


@lru_cache(maxsize=1 << 12)
def _atom_marks(atom: _Atom) -> int:
    return sum(_bits()[name] for name in _names(atom) if name in _bits())


@lru_cache(maxsize=1 << 14)
def _bond_marks(one: _Atom, order: Chem.BondType, other: _Atom) -> int:
    bonds = {
        bond
        for first, sign, second in product(_names(one), _SIGNS.get(order, ""), _names(other))
        for bond in (f"{first}{sign}{second}", f"{second}{sign}{first}")
    }
    return sum(_bits()[bond] for bond in bonds if bond in _bits())


def _names(atom: _Atom) -> set[str]:
    """The words for an atom, see `_NEEDS`."""
    symbol, aromatic, hydrogens, charge, neighbours, rings, carbonyl = atom
    element = symbol.lower() if aromatic else symbol
    names = {element, f"{element}H{hydrogens}"}
    if aromatic:
        names.add("a")
    if rings:
        names |= {f"@{element}", f"R{rings}"}
    if carbonyl:
        names |= {"K", f"KH{hydrogens}", carbonyl}
    if element == "O":
        names |= {"OH"} if hydrogens or charge < 0 else set()
        names.add(f"OD{neighbours}")
    if element == "N" and neighbours + hydrogens >= 4:
        names.add("NX4")
    if element == "C" and not rings and neighbours == 2:
        names.add("V")
    return names


@cache
def _bits() -> dict[str, int]:
    """The bit of each word of `_NEEDS`."""
    words = dict.fromkeys(word for need in _NEEDS for word in need.replace("|", " ").split())
    return {word: 1 << place for place, word in enumerate(words)}


@lru_cache(maxsize=1 << 14)  # few molecules have a combination of their own
def _possible(marks: int) -> tuple[tuple[str, Callable[[Chem.Mol], int]], ...]:
    """The groups that a molecule can have, by name."""
    return tuple(
        (name, function)
        for name, function, needs in _guarded()
        if not needs or any(need & marks == need for need in needs)
    )


@cache
def _guarded() -> tuple[tuple[str, Callable[[Chem.Mol], int], tuple[int, ...]], ...]:
    """Every group with the function that counts it and what it needs: one of the sets of bits, if there are any."""
    needs = {
        name: tuple(sum(map(_bits().__getitem__, alternative.split())) for alternative in need.split("|"))
        for need, names in _NEEDS.items()
        for name in names.split()
    }
    return tuple((name, function, needs.get(name, ())) for name, function in _GROUPS)
