"""How a wrong hit differs from the true molecule.

The kinds are tried in this order, each on the *parents* of the two structures (largest organic fragment, charges
neutralised by RDKit's Uncharger), so that a salt or an ion is compared as its parent:

1. protonation: equal full InChIKeys of the parents (ions, salts, solvates, zwitterions, mobile-hydrogen tautomers); or,
   where not even the connectivity block is equal, equal tautomer hashes (RDKit's HetAtomTautomerv2: keto–enol).
2. stereo-isomer: equal connectivity blocks of the parents' InChIKeys (first 14 characters). Enantiomers,
   diastereomers, E/Z, and forms drawn without stereochemistry; isotopologues, which are rare, count here too.
3. homologue: formulas differ by n·CH2, n ≠ 0, and the structures, stereochemistry aside, become equal when every
   acyclic, saturated CH2 between two atoms is taken out of its chain. So chains of other lengths on the same
   rings and functional groups; not a smaller ring, and not methylation where there was hydrogen.
4. same class: Tanimoto similarity of 2048-bit Morgan fingerprints of radius 2 (whole structures) at or above 0.6,
   or the same Bemis–Murcko framework, stereochemistry aside, of two rings at least; of one ring, which alone says
   too little, when the formulas are equal too (positional isomers).
5. unrelated: everything else.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from rdkit import Chem, rdBase
from rdkit.Chem import rdMolDescriptors, rdMolHash
from rdkit.Chem.MolStandardize import rdMolStandardize
from rdkit.Chem.Scaffolds import MurckoScaffold

from model.inputs.fingerprint import morgan_fingerprint, tanimoto
from model.inputs.structure import Molecule

SAME_CLASS = 0.6


class Relation(StrEnum):
    PROTONATION = "protonation"
    STEREO = "stereo-isomer"
    HOMOLOGUE = "homologue"
    SAME_CLASS = "same class"
    UNRELATED = "unrelated"


DEFINITIONS: dict[Relation, str] = {
    Relation.PROTONATION: (
        "another ion, salt, solvate, zwitterion or tautomer: the largest organic fragments, neutralised, have the same "
        "full InChIKey or, where connectivity differs, the same tautomer hash (RDKit's HetAtomTautomerv2)"
    ),
    Relation.STEREO: (
        "the same connectivity block (14 characters) of the InChIKey, after the same treatment: enantiomers, "
        "diastereomers, E/Z, or drawn without stereochemistry (isotopologues, which are rare, count here)"
    ),
    Relation.HOMOLOGUE: (
        "chains of other lengths on the same rings and groups: formulas differ by n·CH2, and taking every acyclic "
        "saturated CH2 out of its chain makes the structures equal, stereochemistry aside"
    ),
    Relation.SAME_CLASS: (
        f"Tanimoto similarity of 2048-bit Morgan fingerprints of radius 2 of at least {SAME_CLASS}, or the same "
        "Bemis–Murcko framework, stereochemistry aside: of two rings or more, or of one ring with equal formulas"
    ),
    Relation.UNRELATED: "everything else",
}
"""In the order of testing; the first that fits counts."""


@dataclass(frozen=True, slots=True)
class Difference:
    """How a hit relates to the truth; tanimoto: of their Morgan fingerprints; isomers: their formulas are equal."""

    relation: Relation
    tanimoto: float
    isomers: bool


def compare(truth: Molecule, hit: Molecule, *, same_class: float = SAME_CLASS) -> Difference:
    """The first kind in the list above that fits two different candidates."""
    similarity = float(tanimoto(morgan_fingerprint(truth.mol), morgan_fingerprint(hit.mol)[None])[0])
    isomers = _formula(truth.mol) == _formula(hit.mol)
    with rdBase.BlockLogs():
        meant, found = parent(truth.mol), parent(hit.mol)
        keys = _inchikey(meant), _inchikey(found)
        if keys[0] == keys[1]:
            relation = Relation.PROTONATION
        elif keys[0][:14] == keys[1][:14]:
            relation = Relation.STEREO
        elif _tautomer_hash(meant) == _tautomer_hash(found):
            relation = Relation.PROTONATION
        elif are_homologues(meant, found):
            relation = Relation.HOMOLOGUE
        elif similarity >= same_class or _share_framework(meant, found):
            relation = Relation.SAME_CLASS
        else:
            relation = Relation.UNRELATED
    return Difference(relation, similarity, isomers)


def parent(mol: Chem.Mol) -> Chem.Mol:
    """The largest organic fragment, neutralised if adding or removing protons is enough."""
    fragment = rdMolStandardize.LargestFragmentChooser(preferOrganic=True).choose(mol)
    return rdMolStandardize.Uncharger().uncharge(fragment)


def are_homologues(first: Chem.Mol, second: Chem.Mol) -> bool:
    """Whether two structures differ by CH2 groups in chains alone."""
    longer, shorter = _elements(first), _elements(second)
    if longer.get("C", 0) < shorter.get("C", 0):
        longer, shorter = shorter, longer
    difference = {element: longer.get(element, 0) - shorter.get(element, 0) for element in longer | shorter}
    groups = difference.pop("C", 0)
    if groups < 1 or difference.pop("H", 0) != 2 * groups or any(difference.values()):
        return False
    return contracted(first) == contracted(second)


def contracted(mol: Chem.Mol) -> str:
    """Flat canonical SMILES with every acyclic, saturated CH2 between two atoms taken out, its neighbours joined."""
    flat = Chem.RWMol(mol)
    Chem.RemoveStereochemistry(flat)
    links = [atom.GetIdx() for atom in flat.GetAtoms() if _is_link(atom)]
    for index in links:
        left, right = (neighbour.GetIdx() for neighbour in flat.GetAtomWithIdx(index).GetNeighbors())
        flat.RemoveBond(index, left)
        flat.RemoveBond(index, right)
        flat.AddBond(left, right, Chem.BondType.SINGLE)
    for index in sorted(links, reverse=True):
        flat.RemoveAtom(index)
    return str(Chem.MolToSmiles(flat, isomericSmiles=False))


def _share_framework(first: Chem.Mol, second: Chem.Mol) -> bool:
    rings = min(rdMolDescriptors.CalcNumRings(first), rdMolDescriptors.CalcNumRings(second))
    if rings == 0 or (rings == 1 and _formula(first) != _formula(second)):
        return False
    return _framework(first) == _framework(second)


def _framework(mol: Chem.Mol) -> str:
    """Flat canonical SMILES of the ring systems and what links them."""
    flat = Chem.Mol(mol)
    Chem.RemoveStereochemistry(flat)
    return str(Chem.MolToSmiles(MurckoScaffold.GetScaffoldForMol(flat)))  # type: ignore[no-untyped-call]


def _tautomer_hash(mol: Chem.Mol) -> str:
    return str(rdMolHash.MolHash(Chem.RWMol(mol), rdMolHash.HashFunction.HetAtomTautomerv2))


def _is_link(atom: Chem.Atom) -> bool:
    return (
        atom.GetAtomicNum() == 6
        and atom.GetDegree() == 2
        and atom.GetTotalNumHs() == 2
        and not atom.IsInRing()
        and not atom.GetFormalCharge()
        and all(bond.GetBondType() == Chem.BondType.SINGLE for bond in atom.GetBonds())
    )


def _formula(mol: Chem.Mol) -> str:
    return str(rdMolDescriptors.CalcMolFormula(mol))


def _elements(mol: Chem.Mol) -> dict[str, int]:
    counts: dict[str, int] = {}
    for element, count in re.findall(r"([A-Z][a-z]?)([0-9]*)", _formula(mol)):
        counts[element] = counts.get(element, 0) + int(count or 1)
    return counts


def _inchikey(mol: Chem.Mol) -> str:
    """The full InChIKey, or canonical SMILES for the few structures that InChI cannot describe."""
    return str(Chem.MolToInchiKey(mol)) or str(Chem.MolToSmiles(mol))  # type: ignore[no-untyped-call]
