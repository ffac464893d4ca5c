"""The number of rotatable bonds by RDKit's strict definition, counted from the neighbours of each atom.

RDKit matches one pattern of many recursive ones for it, a twentieth of all that a molecule's features take.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from rdkit import Chem
from rdkit.Chem import rdMolDescriptors

from model.inputs.anatomy import Anatomy

_KEPT = "_rotatableBonds"
_MOST_MATCHES = 1000  # RDKit counts no further

_SINGLE, _TRIPLE, _AROMATIC = Chem.BondType.SINGLE, Chem.BondType.TRIPLE, Chem.BondType.AROMATIC


def rotatable_bonds(anatomy: Anatomy) -> int:
    """Single bonds outside rings between atoms that have other neighbours, without amides and symmetric groups.

    Equal to `rdMolDescriptors.CalcNumRotatableBonds`; kept with the molecule, as RDKit keeps its logP.
    """
    mol = anatomy.mol
    if not mol.HasProp(_KEPT):
        small = mol.GetNumBonds() <= _MOST_MATCHES
        count = _count(anatomy) if small else rdMolDescriptors.CalcNumRotatableBonds(mol)
        mol.SetIntProp(_KEPT, count, True)  # ends when the molecule changes
    return int(mol.GetIntProp(_KEPT))


def _count(anatomy: Anatomy) -> int:
    neighbours, orders, in_ring = anatomy.neighbours, anatomy.orders, anatomy.in_ring
    bonds = [
        ends
        for bond, ends in enumerate(anatomy.ends)
        if not in_ring[bond]
        and orders[bond] in {_SINGLE, _AROMATIC}
        and len(neighbours[ends[0]]) > 1
        and len(neighbours[ends[1]]) > 1
    ]
    end = {atom: _is_end(anatomy, atom) for atom in {atom for ends in bonds for atom in ends}}
    return sum(
        not (end[one] or end[other] or (_is_amide(anatomy, one) and _is_amide(anatomy, other))) for one, other in bonds
    )


def _is_end(anatomy: Anatomy, atom: int) -> bool:
    """Turning it changes nothing: an atom of a triple bond, CX3, C(CH3)3, and a methyl with hydrogens as atoms."""
    neighbours, orders, symbols = anatomy.neighbours[atom], anatomy.orders, anatomy.symbols
    if any(orders[bond] == _TRIPLE for _, bond in neighbours):
        return True
    if symbols[atom] != "C" or anatomy.aromatic[atom]:
        return False
    if anatomy.all_hydrogens[atom] == 3:
        return True
    if len(neighbours) < 3:
        return False
    same = Counter(
        "CH3" if _is_methyl(anatomy, other) else symbols[other]
        for other, bond in neighbours
        if orders[bond] in {_SINGLE, _AROMATIC}
    )
    return any(same[symbol] >= 3 for symbol in ("F", "Cl", "Br", "CH3"))


def _is_methyl(anatomy: Anatomy, atom: int) -> bool:
    return anatomy.symbols[atom] == "C" and not anatomy.aromatic[atom] and anatomy.all_hydrogens[atom] == 3


def _is_amide(anatomy: Anatomy, atom: int) -> bool:
    """One of the two atoms of `[CD3](=[N,O,S])-!@[#7,O,S!D1]`, of an amide, an ester or an acid."""
    return (_has_double(anatomy, atom) and _joins(anatomy, atom, _is_hetero)) or (
        _is_hetero(anatomy, atom) and _joins(anatomy, atom, _has_double)
    )


def _has_double(anatomy: Anatomy, atom: int) -> bool:
    return (
        anatomy.symbols[atom] == "C"
        and len(anatomy.neighbours[atom]) == 3
        and not anatomy.aromatic[atom]
        and anatomy.doubly_bound(atom, ("N", "O", "S"))
    )


def _is_hetero(anatomy: Anatomy, atom: int) -> bool:
    symbol = anatomy.symbols[atom]
    if symbol == "N":
        return True
    if anatomy.aromatic[atom]:
        return False
    return symbol == "O" or (symbol == "S" and len(anatomy.neighbours[atom]) != 1)


def _joins(anatomy: Anatomy, atom: int, kind: Callable[[Anatomy, int], bool]) -> bool:
    """Whether a single bond outside rings leads to an atom of a kind."""
    return any(
        anatomy.orders[bond] == _SINGLE and not anatomy.in_ring[bond] and kind(anatomy, other)
        for other, bond in anatomy.neighbours[atom]
    )
