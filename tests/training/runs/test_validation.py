"""What runs are measured on: figures of the encoder as stored, and the form that a checkpoint's card has."""

from __future__ import annotations

from pathlib import Path

import pytest

from model import load_checkpoint
from tests.support.tiny import SMILES, TEXTS, tiny_encoder
from training.evaluation import as_json, evaluate
from training.pairs import read_candidates, read_pairs
from training.runs.validation import HeldOut, Validation


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    folder = tmp_path_factory.mktemp("held-out")
    rows = [f"{smiles}\t{text}" for smiles, text in zip(SMILES, TEXTS, strict=True)]
    (folder / "held-out.tsv").write_text("\n".join(["smiles\tdescription", *rows]) + "\n")
    (folder / "pool.tsv").write_text("\n".join(["smiles", *SMILES, "CCCCN", "CCCCCN"]) + "\n")
    return str(folder / "held-out.tsv"), str(folder / "pool.tsv")


@pytest.fixture(scope="module")
def validation(files: tuple[str, str]) -> Validation:
    return HeldOut.read(*files).validation(tiny_encoder().featurizer, workers=0)


def test_figures_are_those_of_evaluate(files: tuple[str, str], validation: Validation) -> None:
    encoder = tiny_encoder()
    expected = as_json(evaluate(encoder, read_pairs(files[0]).pairs, read_candidates(files[1])))
    figures = validation.measure(encoder, "float32")
    assert figures.keys() == {f"{direction}/{name}" for direction, of in expected.items() for name in of}
    for direction, of in expected.items():
        for name, value in of.items():
            assert figures[f"{direction}/{name}"] == pytest.approx(value)


def test_the_card_has_nested_figures_and_says_what_they_were_measured_on(validation: Validation) -> None:
    card = validation.for_card(validation.measure(tiny_encoder(), "float32"))
    conditions, text2mol = card["conditions"], card["text2mol"]
    assert isinstance(conditions, str) and isinstance(text2mol, dict)
    assert f"held-out.tsv ({len(TEXTS)} pairs)" in conditions
    assert text2mol["pool"] == len(validation.prepared.smiles)
    assert isinstance(text2mol["pool"], int)


def test_too_few_pairs_give_a_checkpoint_no_confidences(
    validation: Validation, tiny_checkpoint: Path, caplog: pytest.LogCaptureFixture
) -> None:
    validation.calibrate(tiny_checkpoint, "cpu")
    assert "no confidences" in caplog.text
    assert load_checkpoint(tiny_checkpoint).info.calibration is None
