"""What RDKit knows of each atom and bond of a molecule, asked once: from Python, asking costs more than the answer."""

from __future__ import annotations

from collections.abc import Container
from functools import cached_property

from rdkit import Chem
from rdkit.Chem import rdMolDescriptors

_DOUBLE = Chem.BondType.DOUBLE


class Anatomy:
    """Lists in atom and in bond order, each made when first asked for, so that what no feature needs costs nothing."""

    def __init__(self, mol: Chem.Mol) -> None:
        self.mol = mol

    @cached_property
    def atoms(self) -> list[Chem.Atom]:
        return [self.mol.GetAtomWithIdx(index) for index in range(self.mol.GetNumAtoms())]

    @cached_property
    def bonds(self) -> list[Chem.Bond]:
        return [self.mol.GetBondWithIdx(index) for index in range(self.mol.GetNumBonds())]

    @cached_property
    def rings(self) -> tuple[tuple[int, ...], ...]:
        """The atoms of each ring, in order round it."""
        return self.mol.GetRingInfo().AtomRings()  # type: ignore[no-any-return]

    @cached_property
    def symbols(self) -> list[str]:
        return list(map(Chem.Atom.GetSymbol, self.atoms))

    @cached_property
    def charges(self) -> list[int]:
        return list(map(Chem.Atom.GetFormalCharge, self.atoms))

    @cached_property
    def hydrogens(self) -> list[int]:
        """Hydrogens of each atom that are no atoms of their own."""
        return list(map(Chem.Atom.GetTotalNumHs, self.atoms))

    @cached_property
    def all_hydrogens(self) -> list[int]:
        """Hydrogens of each atom, those that are atoms of their own included: `H` in SMARTS."""
        if "H" not in self.symbols:
            return self.hydrogens
        return [
            count + sum(self.symbols[other] == "H" for other, _ in self.neighbours[atom])
            for atom, count in enumerate(self.hydrogens)
        ]

    @cached_property
    def aromatic(self) -> list[bool]:
        return list(map(Chem.Atom.GetIsAromatic, self.atoms))

    @cached_property
    def labels(self) -> list[str]:
        """CIP label of each stereocentre, empty for other atoms."""
        return [atom.GetProp("_CIPCode") if atom.HasProp("_CIPCode") else "" for atom in self.atoms]

    @cached_property
    def unset_centres(self) -> int:
        """How many stereocentres have no configuration."""
        return rdMolDescriptors.CalcNumUnspecifiedAtomStereoCenters(self.mol)

    @cached_property
    def smallest_rings(self) -> list[int]:
        """Size of the smallest ring that each atom is in, 0 where there is none."""
        smallest = [0] * self.mol.GetNumAtoms()
        for ring in self.rings:
            size = len(ring)
            for index in ring:
                if not 0 < smallest[index] <= size:
                    smallest[index] = size
        return smallest

    @cached_property
    def ring_counts(self) -> list[int]:
        """How many rings each atom is in."""
        counts = [0] * self.mol.GetNumAtoms()
        for ring in self.rings:
            for index in ring:
                counts[index] += 1
        return counts

    @cached_property
    def ends(self) -> list[tuple[int, int]]:
        """The atoms at which each bond begins and ends."""
        return list(
            zip(map(Chem.Bond.GetBeginAtomIdx, self.bonds), map(Chem.Bond.GetEndAtomIdx, self.bonds), strict=True)
        )

    @cached_property
    def neighbours(self) -> list[list[tuple[int, int]]]:
        """Of each atom the atoms beside it, each with the bond that leads there."""
        neighbours: list[list[tuple[int, int]]] = [[] for _ in range(self.mol.GetNumAtoms())]
        for bond, (begin, end) in enumerate(self.ends):
            neighbours[begin].append((end, bond))
            neighbours[end].append((begin, bond))
        return neighbours

    @cached_property
    def orders(self) -> list[Chem.BondType]:
        return list(map(Chem.Bond.GetBondType, self.bonds))

    @cached_property
    def geometries(self) -> list[Chem.BondStereo]:
        return list(map(Chem.Bond.GetStereo, self.bonds))

    @cached_property
    def in_ring(self) -> list[bool]:
        """Of each bond."""
        return list(map(Chem.Bond.IsInRing, self.bonds))

    def doubly_bound(self, atom: int, symbols: Container[str]) -> bool:
        """Whether a double bond leads to one of the elements that is not aromatic."""
        return any(
            self.orders[bond] == _DOUBLE and self.symbols[other] in symbols and not self.aromatic[other]
            for other, bond in self.neighbours[atom]
        )
