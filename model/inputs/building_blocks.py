"""The building blocks of a molecule: what is left when the bonds that hydrolysis opens are cut.

Names of lipids, peptides, saccharides, nucleotides and esters are made of their blocks (palmitoyl, L-seryl,
β-D-galactosyl), so a block is a better unit for them than any circular environment.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from functools import cache

from rdkit import Chem

from model.inputs.anatomy import Anatomy

# An acyl, phosphoryl or sulfonyl group on oxygen, nitrogen or sulfur; an anomeric carbon on one of these.
CUTS = (
    "[$([CX3]=O),$([PX4]),$([SX4](=O)=O)]-!@[$([OX2H0]),$([NX3]),$([SX2H0])]",
    "[$([CX4;R]@[O;R])]-!@[$([OX2H0]),$([NX3]),$([nX3]),$([SX2H0])]",
)
_MAX_BONDS = 500
_NAME_LENGTH = 24


def building_block_counts(anatomy: Anatomy) -> Counter[str]:
    """Blocks and how they are joined; nothing if there is no bond to cut.

    `CCCC=O` a block with hydrogens for what was cut off, as canonical SMILES without the configuration at the cut;
    `CCCC=O>OCC(O)CO` an acyl or glycosyl block and the block that carries it; `CCCC=O>OC20` that block, the atom that
    carries it (O), and that atom's other neighbours (C), their hydrogens and whether they are in a ring. A name of
    more than 24 characters is replaced by a digest, so that a vocabulary of names stays small.
    """
    mol = anatomy.mol
    cuts = sorted(_cuts(mol))
    counts: Counter[str] = Counter()
    if not cuts:
        return counts
    names, owner = _blocks(mol, cuts)
    counts.update(names)
    for group, carrier in cuts:
        name = names[owner[group]]
        counts[_short(f"{name}>{names[owner[carrier]]}")] += 1
        for index, _ in anatomy.neighbours[carrier]:
            if index != group:
                place = f"{anatomy.symbols[index]}{anatomy.hydrogens[index]}{int(anatomy.smallest_rings[index] > 0)}"
                counts[_short(f"{name}>{anatomy.symbols[carrier]}{place}")] += 1
    return counts


def _cuts(mol: Chem.Mol) -> set[tuple[int, int]]:
    """Bonds to cut, as (atom of the group, atom that carries it)."""
    found: set[tuple[int, int]] = set()
    for query in _queries():
        found.update(mol.GetSubstructMatches(query, maxMatches=_MAX_BONDS))
    return found


@cache
def _queries() -> tuple[Chem.Mol, ...]:
    return tuple(Chem.MolFromSmarts(smarts) for smarts in CUTS)


def _blocks(mol: Chem.Mol, cuts: list[tuple[int, int]]) -> tuple[list[str], dict[int, int]]:
    """The blocks' names, and the number of the block that each atom is in."""
    parts = Chem.RWMol(mol)
    for group, carrier in cuts:
        parts.RemoveBond(group, carrier)
        for index in (group, carrier):
            atom = parts.GetAtomWithIdx(index)
            atom.SetChiralTag(Chem.ChiralType.CHI_UNSPECIFIED)
            if atom.GetNoImplicit() or atom.GetIsAromatic():
                atom.SetNumExplicitHs(atom.GetNumExplicitHs() + 1)
    # All in one SMILES, which is that of each block, and `.` between them: naming a block takes RDKit a copy of the
    # whole, and it would be made twice for molecules of their own.
    written = Chem.MolToSmiles(parts).split(".")
    order = parts.GetPropsAsDict(includePrivate=True, includeComputed=True)["_smilesAtomOutputOrder"]
    members = Chem.GetMolFrags(parts)
    owner = {atom: number for number, atoms in enumerate(members) for atom in atoms}
    names = [""] * len(members)
    first = 0
    for name in written:
        number = owner[order[first]]
        names[number] = _short(name)
        first += len(members[number])
    return names, owner


def _short(name: str) -> str:
    if len(name) <= _NAME_LENGTH:
        return name
    return f"#{hashlib.blake2b(name.encode(), digest_size=8).hexdigest()}"
