"""Features and structures kept for a resumed run: the same as computed, and computed again where they cannot be."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from model import Vocabulary
from model.inputs.features import Featurizer, MoleculeFeatures
from model.inputs.molecule_bag import molecule_features
from model.inputs.structure import parse_structure
from training.inputs.corpus import Corpus
from training.inputs.prepared import PreparedInputs
from training.pairs.structures import Structures
from training.structural.parts import parts_of_all

SMILES = ("CCO", "C", "c1ccncc1", "[Na+].[Cl-]", "OC(=O)c1ccccc1O")
ATOMS = Vocabulary(["UNK", "2246728737", "864662311"])
BAG = Vocabulary(sorted({name for one in SMILES for name in molecule_features(parse_structure(one).mol)}))
FEATURIZERS = [
    Featurizer(ATOMS, BAG, extra_features=True),
    Featurizer(ATOMS, None),
    Featurizer(None, BAG),
]


def computed() -> list[MoleculeFeatures]:
    raise AssertionError("computed again")


def opened(directory: Path) -> PreparedInputs:
    prepared = PreparedInputs(directory)
    prepared.open()
    return prepared


@pytest.mark.parametrize("featurizer", FEATURIZERS, ids=["all", "graph", "bag"])
def test_features_come_back_as_they_were_without_rdkit(tmp_path: Path, featurizer: Featurizer) -> None:
    first = Corpus(SMILES, (), 0, opened(tmp_path)).molecule_features(featurizer)
    again = PreparedInputs(tmp_path).features(SMILES, featurizer, computed)
    assert len(first) == len(again) == len(SMILES)
    for one, other in zip(first, again, strict=True):
        for name in ("atoms", "bonds", "atom_codes", "bond_codes", "bag"):
            before, after = getattr(one, name), getattr(other, name)
            assert (before.dtype, before.shape) == (after.dtype, after.shape)
            np.testing.assert_array_equal(before, after)


def test_other_molecules_or_another_vocabulary_are_computed(tmp_path: Path) -> None:
    prepared = opened(tmp_path)
    prepared.features(SMILES, FEATURIZERS[2], lambda: [FEATURIZERS[2](parse_structure(one)) for one in SMILES])
    for smiles, featurizer in ((SMILES[::-1], FEATURIZERS[2]), (SMILES, Featurizer(None, Vocabulary(BAG.tokens[1:])))):
        with pytest.raises(AssertionError, match="computed again"):
            prepared.features(smiles, featurizer, computed)


def test_a_damaged_file_is_replaced(tmp_path: Path) -> None:
    lines = [f"line {number} é" for number in range(300)]
    opened(tmp_path).lines("words", lines, lambda: lines)
    (path,) = tmp_path.iterdir()
    whole = path.read_bytes()
    for damaged in (whole[:-30], b"", whole.replace(b"line 7 ", b"line 8 ")):
        path.write_bytes(damaged)
        assert opened(tmp_path).lines("words", lines, lambda: lines) == lines
        assert path.read_bytes() == whole


def test_nothing_is_written_before_the_run_is_accepted(tmp_path: Path) -> None:
    prepared = PreparedInputs(tmp_path / "prepared")
    prepared.lines("words", ["a"], lambda: ["b"])
    assert not prepared.directory.exists()
    prepared.open()
    assert PreparedInputs(prepared.directory).lines("words", ["a"], lambda: ["computed again"]) == ["b"]
    prepared.remove()
    assert not prepared.directory.exists()


def test_of_several_processes_only_one_writes(tmp_path: Path) -> None:
    prepared = PreparedInputs(tmp_path / "prepared")
    prepared.lines("words", ["a"], lambda: ["b"])
    prepared.open(write=False)
    assert prepared.lines("words", ["c"], lambda: ["d"]) == ["d"]
    assert not prepared.directory.exists()


def test_structures_and_parts_are_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    smiles = [*SMILES, "C(C"]
    first = Structures.read(smiles, 0, opened(tmp_path))
    parts = parts_of_all(smiles, 0, opened(tmp_path))
    for module in ("training.pairs.structures", "training.structural.parts"):
        monkeypatch.delattr(f"{module}.map_chunks")
    again = Structures.read(smiles, 0, opened(tmp_path))
    assert [(again.canonical(one), again.key(one)) for one in smiles] == [
        (first.canonical(one), first.key(one)) for one in smiles
    ]
    assert again.key("C(C") == ""
    assert parts_of_all(smiles, 0, opened(tmp_path)) == parts
    assert parts[-1] == [] and parts[0]
