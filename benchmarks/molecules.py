"""Generate millions of distinct molecules by recombining scaffolds and substituents of the bundled corpus (seeded).

python -m benchmarks.molecules --count 1000000 --out million.tsv
"""

import argparse
import csv
import hashlib
import random
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from rdkit import Chem, RDLogger
from rdkit.Chem import Crippen, Descriptors, rdMolDescriptors
from rdkit.Chem.Scaffolds import MurckoScaffold

from indexer.examples import example_corpus

_ELEMENTS = {1, 6, 7, 8, 9, 15, 16, 17, 35, 53}
_MOST_SUBSTITUENT_ATOMS = 8


def parts() -> tuple[list[Chem.Mol], list[tuple[Chem.Mol, int]]]:
    """Ring scaffolds, and substituents with the atom that they are attached by; in an order that never changes."""
    scaffolds: set[str] = set()
    substituents: set[str] = set()
    with example_corpus().open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream, delimiter="\t"):
            mol: Chem.Mol | None = Chem.MolFromSmiles(row["smiles"])
            if (
                mol is None
                or Chem.GetFormalCharge(mol)
                or not _ELEMENTS.issuperset(a.GetAtomicNum() for a in mol.GetAtoms())
            ):
                continue
            Chem.RemoveStereochemistry(mol)
            scaffold = MurckoScaffold.GetScaffoldForMol(mol)  # type: ignore[no-untyped-call]
            if 5 <= scaffold.GetNumAtoms() <= 24 and rdMolDescriptors.CalcNumRings(scaffold) <= 4:
                scaffolds.add(Chem.MolToSmiles(scaffold))
            substituents.update(_substituents(mol))
    open_scaffolds = [mol for smiles in sorted(scaffolds) if _places(mol := Chem.MolFromSmiles(smiles))]
    return open_scaffolds, [_attachable(smiles) for smiles in sorted(substituents)]


def _substituents(mol: Chem.Mol) -> Iterator[str]:
    """What hangs on the rings of a molecule, as SMILES with `*` for the ring."""
    for bond in mol.GetBonds():
        ends = (bond.GetBeginAtom(), bond.GetEndAtom())
        if bond.IsInRing() or bond.GetBondType() != Chem.BondType.SINGLE or not any(a.IsInRing() for a in ends):
            continue
        cut = Chem.FragmentOnBonds(mol, [bond.GetIdx()], dummyLabels=[(0, 0)])
        for fragment in Chem.GetMolFrags(cut, asMols=True):
            ringless = not rdMolDescriptors.CalcNumRings(fragment)
            dummies = sum(atom.GetAtomicNum() == 0 for atom in fragment.GetAtoms())
            if ringless and dummies == 1 and 1 <= fragment.GetNumHeavyAtoms() <= _MOST_SUBSTITUENT_ATOMS:
                yield Chem.MolToSmiles(fragment)


def _attachable(smiles: str) -> tuple[Chem.Mol, int]:
    """A substituent without its `*`, and which of its atoms had it."""
    mol = Chem.RWMol(Chem.MolFromSmiles(smiles))
    dummy = next(atom for atom in mol.GetAtoms() if atom.GetAtomicNum() == 0)
    attached = dummy.GetNeighbors()[0].GetIdx()
    index = dummy.GetIdx()
    mol.RemoveAtom(index)
    return mol.GetMol(), attached - (attached > index)


def _places(mol: Chem.Mol) -> list[int]:
    """Carbon atoms of a scaffold that have a hydrogen to give up."""
    return [atom.GetIdx() for atom in mol.GetAtoms() if atom.GetAtomicNum() == 6 and atom.GetTotalNumHs() > 0]


def molecules(count: int, seed: int = 0) -> Iterator[str]:
    """`count` distinct, valid, drug-like molecules as canonical SMILES; the same ones for the same seed."""
    rng = random.Random(seed)
    scaffolds, substituents = parts()
    places = [_places(scaffold) for scaffold in scaffolds]
    seen: set[bytes] = set()
    while len(seen) < count:
        number = rng.randrange(len(scaffolds))
        chosen = rng.sample(places[number], min(rng.randint(1, 4), len(places[number])))
        draft = Chem.RWMol(scaffolds[number])
        for place in chosen:
            mol, attached = substituents[rng.randrange(len(substituents))]
            first = draft.GetNumAtoms()
            draft.InsertMol(mol)
            draft.AddBond(place, first + attached, Chem.BondType.SINGLE)
        if Chem.SanitizeMol(draft, catchErrors=True) != Chem.SanitizeFlags.SANITIZE_NONE or not _drug_like(draft):
            continue
        smiles = Chem.MolToSmiles(draft)
        key = hashlib.blake2b(smiles.encode(), digest_size=8).digest()
        if key not in seen:
            seen.add(key)
            yield smiles


def _drug_like(mol: Chem.Mol) -> bool:
    """Lipinski's bounds (Adv. Drug Deliv. Rev. 1997, 23, 3), all four of them, and no tiny molecule."""
    return (
        11 <= mol.GetNumAtoms() <= 40
        and float(Descriptors.MolWt(mol)) <= 500  # type: ignore[attr-defined]
        and int(rdMolDescriptors.CalcNumLipinskiHBD(mol)) <= 5
        and int(rdMolDescriptors.CalcNumLipinskiHBA(mol)) <= 10
        and float(Crippen.MolLogP(mol)) <= 5  # type: ignore[attr-defined]
    )


def write_molecules(path: Path, count: int, seed: int = 0) -> None:
    """A corpus file with columns id and smiles."""
    with path.open("w", encoding="utf-8") as stream:
        stream.write("id\tsmiles\n")
        for number, smiles in enumerate(molecules(count, seed)):
            stream.write(f"made:{number:08d}\t{smiles}\n")


def main(arguments: Sequence[str]) -> None:
    options = argparse.ArgumentParser(prog="python -m benchmarks.molecules", description=__doc__)
    options.add_argument("--count", type=int, default=1_000_000)
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--out", type=Path, required=True)
    chosen = options.parse_args(arguments)
    RDLogger.DisableLog("rdApp.*")  # type: ignore[attr-defined]
    write_molecules(chosen.out, chosen.count, chosen.seed)


if __name__ == "__main__":
    main(sys.argv[1:])
