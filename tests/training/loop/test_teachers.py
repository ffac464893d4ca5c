"""Networks that learn along what others, trained before, find alike."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from model import CheckpointError, load_checkpoint, parse_structure, save_ensemble
from tests.support.recipes import compounds, fresh, recipe, write_run, write_vectors
from training.config import load_preset
from training.inputs.corpus import Corpus
from training.loop.teachers import Teachers
from training.runs.fit import fit
from training.runs.run_data import RunFiles

EPOCHS = ("epochs=6", "optimizer.bag_learning_rate=0.02")


@pytest.fixture(scope="module")
def taught(tmp_path_factory: pytest.TempPathFactory) -> tuple[RunFiles, Path]:
    """A finished run, whose best is to be a teacher, and its preset file."""
    files, preset = write_run(tmp_path_factory.mktemp("teacher"), pairs=26, validation=6)
    fit(load_preset(preset, EPOCHS), files, workers=0, device="cpu")
    return files, preset


def test_similarities_are_the_mean_of_the_teachers_cosines(tmp_path: Path) -> None:
    chosen = compounds(10)
    vectors = write_vectors(tmp_path / "vectors.npz", chosen)
    networks = [fresh(recipe(vectors, seed=seed), chosen)[0].eval() for seed in (0, 1)]
    texts, smiles = [one.description for one in chosen], [one.smiles for one in chosen]
    teachers = Teachers.of(networks, Corpus(smiles, texts, workers=0), "cpu")
    expected = np.zeros((2, 3))
    for network in networks:
        encoded = network.encode_text([texts[4], texts[1]])
        features = [
            network.featurizer(molecule) for molecule in map(parse_structure, [smiles[0], smiles[9], smiles[9]])
        ]
        expected += encoded @ network.encode_features(features).T / 2
    found = teachers.similarity(np.array([4, 1]), np.array([0, 9, 9]))
    np.testing.assert_allclose(found.numpy(), expected, atol=2e-3)


def test_a_student_agrees_more_with_its_teacher_than_one_that_had_none(
    taught: tuple[RunFiles, Path], tmp_path: Path
) -> None:
    files, preset = taught
    best = str(files.out / "best")
    texts = [one.description for one in compounds(32)]

    def likeness(checkpoint: Path | str) -> NDArray[np.float32]:
        vectors = load_checkpoint(checkpoint).network.encode_text(texts)
        return vectors @ vectors.T

    config = load_preset(preset, [*EPOCHS, "seed=1", "loss.distillation.weight=20"])
    apart = []
    for name, teachers in (("student", (best,)), ("alone", ())):
        fit(config, replace(files, out=tmp_path / name, teachers=teachers), workers=0, device="cpu")
        apart.append(np.abs(likeness(tmp_path / name / "best") - likeness(best)).mean())
    assert apart[0] < apart[1]


def test_a_run_says_who_taught_it(taught: tuple[RunFiles, Path], tmp_path: Path) -> None:
    files, preset = taught
    best = str(files.out / "best")
    config = load_preset(preset, EPOCHS)
    fit(config, replace(files, out=tmp_path / "run", teachers=(best,)), workers=0, device="cpu")
    training, digest = load_checkpoint(tmp_path / "run" / "best").info.training, load_checkpoint(best).digest
    assert training["data"]["teachers"] == [{"name": config.name, "digest": digest}]
    assert training["lineage"].keys() == {digest}
    history = (tmp_path / "run" / "history.jsonl").read_text(encoding="utf-8")
    assert "distillation" in history


def test_an_ensemble_is_to_be_named_by_its_members(taught: tuple[RunFiles, Path], tmp_path: Path) -> None:
    files, preset = taught
    best, both = str(files.out / "best"), tmp_path / "both"
    save_ensemble(both, [best, best], name="both")
    with pytest.raises(CheckpointError, match="ensemble"):
        fit(load_preset(preset), replace(files, out=tmp_path / "run", teachers=(str(both),)), workers=0, device="cpu")
