"""Molecules for tests: the bundled ones, odd ones, and the same one in other clothes."""

from __future__ import annotations

import csv
import random

from rdkit import Chem

from indexer.examples import example_corpus

# For every group of RDKit a molecule that has it, and some that are odd.
_ODD = (
    "CC(C)(C)O CCO OC(=O)c1ccccc1 CC(=O)O CC(=O)OC CC(=O)C=C CC(=O)c1ccccc1 CC=O CNC(=O)OC OCCNC OCCN1CCCC1 CC(N)=O "
    "NC(=O)N O=C1CC(=O)NC(=O)N1 O=C1CCN1 O=C1CCCO1 CN=C=O CN=C=S CSC#N CC(C)=S CC=NC CC(=N)N CN=C(N)N CC=NNC CC=NO "
    "CC=CCC C1=CNC=CC1 C1C=CC=CN1 C1CC=CC=N1 CN(C)CC=O CN1CCCCC1 CN1CCC1 C1CNCCN1 C1CNCCO1 C[N+](C)(C)[O-] CN(C)O "
    "CSC CC#C CC#N CF CCl CBr CI Clc1ccccc1 C[N+](C)(C)C CN NNC CS(=O)(=O)N CS(=O)(=O)Nc1ccccc1 CN=NC CN=[N+]=[N-] "
    "C[N-][N+]#N C=[N+]=[N-] CN=O C[N+](=O)[O-] CN(=O)=O c1ccc(cc1)[N+](=O)[O-] Cc1ccccc1[N+](=O)[O-] COC C1CO1 "
    "COP(=O)(O)O OP(=O)(O)O C[P+]([O-])(O)O CS CS(=O)(=O)C Cc1ccccc1 Oc1ccccc1 Oc1ccccc1CO Oc1ccccc1C(=O)O Nc1ccccc1 "
    "NNc1ccccc1 NNC(=O)c1ccccc1 N=C(N)c1ccccc1 c1ccncc1 c1cc[nH]c1 c1c[nH]cn1 c1nn[nH]n1 c1cocn1 c1cscn1 c1ccoc1 "
    "c1ccsc1 C1=NCCNc2ccccc21 c1ccc2ccccc2c1 CCCCCC C[C@H](O)[2H] [2H]O[2H] [H][H] [Na+].[Cl-] N.N.Cl[Pt]Cl *C(=O)O "
    "C12C3C4C1C5C2C3C45 c1ccpcc1 C[Si](C)(C)O O=[U]=O F[P-](F)(F)(F)(F)F C1CC2CCC1N2 CN1C2CCC1CC(O)C2 [O-][Cl+3]([O-])"
    "([O-])O C=C=O S=C=S N#N [C-]#[O+] c1ccc(cc1)B(O)O CC(=O)[O-].[K+] O=c1cc[nH]cc1 Cn1nnc2ccccc21"
)


def odd_smiles() -> list[str]:
    """Small molecules of all functional groups, hydrogen isotopes, metals, radicals, cages, unusual valences."""
    return _ODD.split()


def example_smiles() -> list[str]:
    """Those of the bundled corpus."""
    with example_corpus().open(encoding="utf-8", newline="") as stream:
        return [row["smiles"] for row in csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE)]


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
