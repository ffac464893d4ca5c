"""Made-up structures and SMARTS, crafted dense graphs among them."""

from __future__ import annotations

import random

from rdkit import Chem

from tests.support.molecules import bonds_of, molblock

_ATOMS = ["*", "C", "N", "O", "S", "P", "B", "c", "n", "[Fe]", "[C@@H]", "[C@]", "[NH4+]", "[13C]", "[Cu+2]", "[U]"]
_BITS = [
    *_ATOMS,
    "(",
    ")",
    "[",
    "]",
    "=",
    "#",
    "$",
    ":",
    "/",
    "\\",
    ".",
    "1",
    "2",
    "%10",
    "%(100)",
    "H999",
    "+99",
    "@TB20",
]
_MARKS = ["!", "&", ",", ";", "~", "@", "R", "r9", "D4", "x3", "X9", "v99", "^2", "[$(", "*)]", "{1-9}", "#999", "->"]


def graph(draw: random.Random) -> Chem.RWMol:
    """A connected core, from a tree to a complete graph, with trees, rings and isolated atoms about it."""
    mol = Chem.RWMol()
    size = draw.choice([3, 6, 8, 12, 20, 60, 200])
    density = draw.choice([0.0, 0.02, 0.1, 0.3, 0.6, 1.0])
    symbols = draw.choice([[0], [6], [26], [0, 6, 7, 8, 26, 92], [6, 6, 6, 7, 8]])
    kinds = [Chem.BondType.SINGLE] * 5 + [Chem.BondType.DOUBLE, Chem.BondType.TRIPLE]
    for atom in range(size):
        mol.AddAtom(Chem.Atom(draw.choice(symbols)))
        reach = draw.choice([1, 2, 5, size])
        if atom:
            mol.AddBond(draw.randrange(max(0, atom - reach), atom), atom, draw.choice(kinds))
    core = draw.randint(2, min(size, 30))
    for one in range(core):
        for other in range(one):
            if draw.random() < density and mol.GetBondBetweenAtoms(one, other) is None:
                mol.AddBond(one, other, draw.choice(kinds))
    for _ in range(draw.choice([0, 0, 5, 300])):
        mol.AddAtom(Chem.Atom(draw.choice(symbols)))
    return mol


def structure(draw: random.Random) -> str:
    """A SMILES, molblock or InChI, valid or not."""
    kind = draw.randrange(6)
    if kind == 0:
        return "".join(draw.choice(_BITS) for _ in range(draw.randint(1, 120)))
    if kind == 1:  # polymers, macrocycles, chains of stereocentres and of double bonds
        unit = draw.choice(
            ["C", "C(F)", "[C@H](F)", "NCC(=O)", "C=C", "c1ccc(cc1)", "C1CC1", "C(C)(C)", "O", "[SiH2]", "C#C"]
        )
        count = draw.randint(1, 600 // max(1, len(unit) // 2))
        return f"C9{unit * count}9" if draw.random() < 0.5 else unit * count
    mol = graph(draw)
    if kind == 2:
        return str(Chem.MolToSmiles(mol, canonical=False))
    if kind == 3:
        return molblock(mol.GetNumAtoms(), bonds_of(mol), v3000=draw.random() < 0.5 or mol.GetNumAtoms() > 99)
    if kind == 4:
        numbers = [str(draw.randint(1, 40)) + draw.choice("-(),;") for _ in range(draw.randint(1, 90))]
        return f"InChI=1S/C{draw.randint(1, 60)}H{draw.randint(0, 999)}/c{''.join(numbers)}1/q+{draw.choice([1, 300])}"
    smiles = str(Chem.MolToSmiles(mol, canonical=False))
    place = draw.randrange(len(smiles))
    return smiles[:place] + draw.choice(_BITS) + smiles[place + draw.randint(0, 2) :]


def pattern(draw: random.Random) -> str:
    """A SMARTS, valid or not."""
    kind = draw.randrange(4)
    if kind == 0:
        return "".join(draw.choice(_BITS + _MARKS) for _ in range(draw.randint(1, 60)))
    if kind == 1:
        return "[$(" * (depth := draw.randint(1, 25)) + "*~*" + ")]~*" * depth
    if kind == 2:
        return str(Chem.MolToSmarts(graph(draw)))[:250]
    atoms = [draw.choice(["*", "a", "[#6]", "[R]", "[!#1]"]) for _ in range(draw.randint(1, 60))]
    return draw.choice("~-@!").join(atoms)
