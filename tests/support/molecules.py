"""The same molecule in other clothes."""

from __future__ import annotations

import random

from rdkit import Chem


def shuffled(mol: Chem.Mol, seed: int) -> Chem.Mol:
    """The molecule read again from a SMILES that begins elsewhere, so with its atoms in another order."""
    order = list(range(mol.GetNumAtoms()))
    random.Random(seed).shuffle(order)
    return Chem.MolFromSmiles(Chem.MolToSmiles(Chem.RenumberAtoms(mol, order), canonical=False))


def bonds_of(mol: Chem.Mol) -> list[tuple[int, int]]:
    """The two atoms of each bond."""
    return [(bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()) for bond in mol.GetBonds()]


def complete_graph(atoms: int, symbol: str = "*") -> str:
    """A SMILES or SMARTS in which every atom is bound to every other."""
    labels: list[list[str]] = [[] for _ in range(atoms)]
    closures = [(one, other) for one in range(atoms) for other in range(one + 2, atoms)]
    for number, ends in enumerate(closures, 1):
        for end in ends:
            labels[end].append(str(number) if number < 10 else f"%{number}" if number < 100 else f"%({number})")
    return "".join(symbol + "".join(each) for each in labels)


def molblock(atoms: int, bonds: list[tuple[int, int]], *, v3000: bool = False, symbol: str = "C") -> str:
    """A molblock of so many atoms and these bonds between them, numbered from 0."""
    if v3000:
        lines = ["M  V30 BEGIN CTAB", f"M  V30 COUNTS {atoms} {len(bonds)} 0 0 0", "M  V30 BEGIN ATOM"]
        lines += [f"M  V30 {atom + 1} {symbol} 0 0 0 0" for atom in range(atoms)]
        lines += ["M  V30 END ATOM", "M  V30 BEGIN BOND"]
        lines += [f"M  V30 {number} 1 {one + 1} {other + 1}" for number, (one, other) in enumerate(bonds, 1)]
        lines += ["M  V30 END BOND", "M  V30 END CTAB"]
        head = "  0  0  0     0  0            999 V3000"
    else:
        lines = [f"    0.0000    0.0000    0.0000 {symbol:3} 0  0" for _ in range(atoms)]
        lines += [f"{one + 1:3}{other + 1:3}  1  0" for one, other in bonds]
        head = f"{atoms:3}{len(bonds):3}  0  0  0  0  0  0  0  0999 V2000"
    return "\n".join(["", "", "", head, *lines, "M  END", ""])
