"""Filters over some thousand molecules, where not every candidate is matched: the same hits as matching them all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from rdkit import Chem

from indexer.build import build_release
from indexer.build.options import BuildOptions
from indexer.chemistry import Chemistry
from indexer.release import Release, open_release
from indexer.search.filters import FilteredSearch, MoleculeFilter
from indexer.search.substructure import MatchTime, Pattern, match, pattern_fingerprint, read_pattern, screen
from model.inputs.structure import StructureLimits

_HEADS = ("C", "CC", "CCC", "N", "O", "F", "Cl", "OC", "NC", "C(=O)O", "C#N", "S(=O)(=O)N")
_RINGS = ("c1ccccc1", "C1CCCCC1", "c1ccncc1", "c1ccsc1")


def smiles() -> list[str]:
    """Some 2,300 different molecules: two substituents on a chain that ends in a ring."""
    made = dict.fromkeys(
        Chem.CanonSmiles(f"C({a})({'C' * n}{b}){ring}")
        for a, b, ring, n in product(_HEADS, _HEADS, _RINGS, (1, 2, 3, 4))
    )
    return list(made)


@pytest.fixture(scope="module")
def release(tiny_checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Release]:
    directory = tmp_path_factory.mktemp("filters")
    corpus = directory / "corpus.smi"
    corpus.write_text("".join(f"{each} M{number}\n" for number, each in enumerate(smiles())))
    report = build_release(
        BuildOptions(checkpoint=tiny_checkpoint, molecules=(corpus,), out=directory / "out", workers=0)
    )
    release = open_release(directory / "out" / "releases" / report.release)
    assert release.molecules.count > 2_000
    yield release
    release.close()


@pytest.fixture(scope="module")
def matchers() -> Iterator[Chemistry]:
    matchers = Chemistry(StructureLimits(), {}, workers=1)
    yield matchers
    matchers.close()


@pytest.mark.parametrize(
    ("has", "lacks", "heavy"),
    [
        (["c1ccccc1"], [], None),
        (["[#6]"], ["F"], None),
        (["S(=O)(=O)N"], ["C#N"], None),
        ([], ["a"], None),
        (["c1ccsc1", "C#N"], [], (0, 14)),
        (["[Br]"], [], None),
        ([], ["[#6]"], None),
    ],
)
@pytest.mark.parametrize("k", [1, 7, 300])
def test_the_hits_are_those_of_matching_everything(
    release: Release, matchers: Chemistry, has: list[str], lacks: list[str], heavy: tuple[float, float] | None, k: int
) -> None:
    mols = [Chem.MolFromSmiles(each) for each in release.records.smiles(range(release.molecules.count))]
    wanted, unwanted = ([Chem.MolFromSmarts(smarts) for smarts in each] for each in (has, lacks))
    allowed = [
        row
        for row, mol in enumerate(mols)
        if (heavy is None or heavy[0] <= mol.GetNumHeavyAtoms() <= heavy[1])
        and all(mol.HasSubstructMatch(pattern) for pattern in wanted)
        and not any(mol.HasSubstructMatch(pattern) for pattern in unwanted)
    ]
    filter = MoleculeFilter(
        ranges=(("heavy_atoms", heavy),) if heavy else (),
        has=tuple(map(read_pattern, has)),
        lacks=tuple(map(read_pattern, lacks)),
    )
    queries = np.random.default_rng(k).normal(size=(3, release.molecules.dim)).astype(np.float32)
    queries /= np.linalg.norm(queries, axis=1, keepdims=True)
    hits = FilteredSearch(release, "molecules", filter, matchers).search(queries, k, 120)
    expected = release.molecules.search(queries, k, np.asarray(allowed, np.int64))
    assert hits.rows.tolist() == expected.rows.tolist()
    assert hits.scores.tobytes() == expected.scores.tobytes()


def test_of_a_pattern_that_most_have_few_molecules_are_matched(release: Release) -> None:
    """It may be slow to match, as chains of recursive patterns are."""
    matched: list[str] = []

    class Counted:
        def match(
            self, smiles: Sequence[str], has: Sequence[Pattern], lacks: Sequence[Pattern], time: MatchTime
        ) -> list[bool]:
            matched.extend(smiles)
            found, _ = match(smiles, [one.smarts for one in has], [one.smarts for one in lacks])
            return found

    queries = np.eye(1, release.molecules.dim, dtype=np.float32)
    for filter in (
        MoleculeFilter(has=(read_pattern("[$(*~*~*)]"),)),
        MoleculeFilter(lacks=(read_pattern("~".join("*" * 20) + "~[U]"),)),
        MoleculeFilter(ranges=(("heavy_atoms", (0, 13)),), has=(read_pattern("[$(*~*~*)]"),)),
    ):
        matched.clear()
        hits = FilteredSearch(release, "molecules", filter, Counted()).search(queries, 10, 120)
        assert (hits.rows >= 0).all() and 10 <= len(matched) < 300


def test_the_screen_lets_every_molecule_through_that_has_the_pattern(release: Release) -> None:
    mols = [Chem.MolFromSmiles(each) for each in release.records.smiles(range(500))]
    for smarts in ("c1ccccc1", "[OH]", "C(=O)[O,N]", "[!#6;R]", "[$(C#N)]", "*~*~*~*", "[CX4;!R]", "S(=O)=O"):
        pattern: Pattern = read_pattern(smarts)
        passed = screen(release.patterns[:500], [pattern])
        having = np.array([mol.HasSubstructMatch(Chem.MolFromSmarts(smarts)) for mol in mols])
        assert not (having & ~passed).any()
    np.testing.assert_array_equal(release.patterns[7], pattern_fingerprint(mols[7]))
