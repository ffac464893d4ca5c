"""What each atom can do for binding: the atom invariants of RDKit's feature Morgan fingerprint (FCFP).

RDKit matches six recursive patterns, which takes three quarters of that fingerprint. A look at each atom's neighbours
tells the same.
"""

from __future__ import annotations

from rdkit import Chem
from rdkit.Chem import rdMolDescriptors

from model.inputs.anatomy import Anatomy

_DONOR, _ACCEPTOR, _AROMATIC, _HALOGEN, _BASIC, _ACIDIC = (1 << bit for bit in range(6))
_HALOGENS = {"F", "Cl", "Br", "I"}
_MOST_MATCHES = 1000  # RDKit marks no more atoms of a kind

_SINGLE, _BETWEEN = Chem.BondType.SINGLE, Chem.BondType.AROMATIC


def feature_invariants(anatomy: Anatomy) -> list[int]:
    """For each atom the sum of 1 donor, 2 acceptor, 4 aromatic, 8 halogen, 16 basic, 32 acidic.

    Equal to `rdkit.Chem.rdMolDescriptors.GetFeatureInvariants`, whose patterns (Gobbi and Poppinger, Biotechnol.
    Bioeng. 1998) are written beside the code here.
    """
    if anatomy.mol.GetNumAtoms() > _MOST_MATCHES:
        return list(rdMolDescriptors.GetFeatureInvariants(anatomy.mol))
    invariants = [_AROMATIC if aromatic else 0 for aromatic in anatomy.aromatic]
    for atom, symbol in enumerate(anatomy.symbols):
        if symbol in _HALOGENS:
            invariants[atom] |= 0 if invariants[atom] else _HALOGEN
        elif symbol == "N":
            invariants[atom] |= _nitrogen(anatomy, atom)
        elif symbol in {"O", "S"}:
            invariants[atom] |= _chalcogen(anatomy, atom)
            if symbol == "O":
                for acid in _acids(anatomy, atom):
                    invariants[acid] |= _ACIDIC
    return invariants


def _nitrogen(anatomy: Anatomy, atom: int) -> int:
    """Donor `N;!H0;v3,v4&+1` `n&H1&+0`, acceptor `N;v3;!$(N-*=[O,N,P,S])` `n&H0&+0`, basic `+` and amines."""
    hydrogens, charge = anatomy.all_hydrogens[atom], anatomy.charges[atom]
    basic = _BASIC if charge == 1 else 0
    if anatomy.aromatic[atom]:
        if charge:
            return basic
        return _DONOR if hydrogens == 1 else _ACCEPTOR if hydrogens == 0 else 0
    valence = anatomy.atoms[atom].GetTotalValence()
    donor = _DONOR if hydrogens and (valence == 3 or (valence == 4 and charge == 1)) else 0
    acceptor = _ACCEPTOR if valence == 3 and not _beside_double_bond(anatomy, atom) else 0
    if charge == 0 and hydrogens < 3 and _is_amine(anatomy, atom, hydrogens):
        basic = _BASIC
    return donor | acceptor | basic


def _is_amine(anatomy: Anatomy, atom: int, hydrogens: int) -> bool:
    """Bound to as many carbons (or aromatic atoms, where hydrogens are left) without =O as make three with these."""
    fitting = 0
    for other, bond in anatomy.neighbours[atom]:
        aliphatic = anatomy.symbols[other] == "C" and not anatomy.aromatic[other]
        if (
            anatomy.orders[bond] in {_SINGLE, _BETWEEN}
            and (aliphatic or (hydrogens and anatomy.aromatic[other]))
            and not anatomy.doubly_bound(other, ("O",))
        ):
            fitting += 1
    return fitting >= 3 - hydrogens


def _chalcogen(anatomy: Anatomy, atom: int) -> int:
    """Donor `H1;+0`; acceptor `H1;v2;!$(*-*=[O,N,P,S])` `H0;v2` `-`, aromatic `+0` without n beside or next to it."""
    hydrogens, charge = anatomy.all_hydrogens[atom], anatomy.charges[atom]
    if anatomy.aromatic[atom]:
        return _ACCEPTOR if charge == 0 and not _near_aromatic_nitrogen(anatomy, atom) else 0
    donor = _DONOR if hydrogens == 1 and charge == 0 else 0
    if charge == -1:
        return donor | _ACCEPTOR
    if hydrogens > 1 or anatomy.atoms[atom].GetTotalValence() != 2:
        return donor
    return donor if hydrogens and _beside_double_bond(anatomy, atom) else donor | _ACCEPTOR


def _acids(anatomy: Anatomy, oxygen: int) -> list[int]:
    """`[C,S](=[O,S,P])-[O;H1,-1]`: the first atoms, by the last."""
    if anatomy.aromatic[oxygen] or (anatomy.charges[oxygen] != -1 and anatomy.all_hydrogens[oxygen] != 1):
        return []
    return [
        other
        for other, bond in anatomy.neighbours[oxygen]
        if anatomy.orders[bond] == _SINGLE
        and anatomy.symbols[other] in {"C", "S"}
        and not anatomy.aromatic[other]
        and anatomy.doubly_bound(other, ("O", "S", "P"))
    ]


def _beside_double_bond(anatomy: Anatomy, atom: int) -> bool:
    """`*-*=[O,N,P,S]`"""
    return any(
        anatomy.orders[bond] == _SINGLE and anatomy.doubly_bound(other, ("O", "N", "P", "S"))
        for other, bond in anatomy.neighbours[atom]
    )


def _near_aromatic_nitrogen(anatomy: Anatomy, atom: int) -> bool:
    """`*:n` or `*:c:n`"""
    symbols = anatomy.symbols
    for one in _aromatic_neighbours(anatomy, atom):
        if symbols[one] == "N":
            return True
        if symbols[one] == "C" and any(symbols[two] == "N" for two in _aromatic_neighbours(anatomy, one)):
            return True
    return False


def _aromatic_neighbours(anatomy: Anatomy, atom: int) -> list[int]:
    return [
        other
        for other, bond in anatomy.neighbours[atom]
        if anatomy.orders[bond] == _BETWEEN and anatomy.aromatic[other]
    ]
