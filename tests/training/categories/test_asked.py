"""Categories asked of an encoder whose answers are known."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from typer.testing import CliRunner

from model import Molecule
from training.categories.asked import Asked, ask_categories
from training.cli import app
from training.evaluation import EvaluationError
from training.pairs import Pair

CAPTIONS = {
    "CO": "The molecule is an alcohol. It has a role as a solvent.",
    "CCO": "The molecule is an alcohol. It has a role as a solvent and a drug.",
    "CN": "The molecule is an amine.",
    "CCN": "The molecule is an amine. It has a role as a solvent.",
}
PAIRS = [Pair(smiles, text, None, "test") for smiles, text in CAPTIONS.items()]


class Scripted:
    """Knows by heart how near each molecule is to each query."""

    def __init__(self, nearness: dict[str, tuple[float, ...]]) -> None:
        self.nearness = nearness
        self.asked: list[str] = []

    def encode_text(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.asked += texts
        return np.array([self.nearness[text] for text in texts], np.float32)

    def encode_molecules(self, molecules: Sequence[Molecule]) -> NDArray[np.float32]:
        return np.eye(len(CAPTIONS), dtype=np.float32)[[list(CAPTIONS).index(one.smiles) for one in molecules]]


def test_figures_by_hand() -> None:
    # alcohols: first and fourth; amines: first and second; solvents (three answers): first, second, fourth
    encoder = Scripted({"alcohol": (0.9, 0.1, 0.8, 0.5), "amine": (0, 0.1, 0.9, 0.8), "solvent": (0.9, 0.5, 0.6, 0.8)})
    figures = ask_categories(encoder, PAIRS, least=2)
    assert sorted(encoder.asked) == ["alcohol", "amine", "solvent"]  # the drug is alone
    of_class = figures["class"]
    assert (of_class.hits1, of_class.r_precision, of_class.queries, of_class.pool) == (1, 0.75, 2, 4)
    assert of_class.mean_average_precision == pytest.approx(((1 + 2 / 4) / 2 + 1) / 2)
    assert figures["role"].r_precision == pytest.approx(2 / 3)
    assert figures["role"].mean_average_precision == pytest.approx((1 + 1 + 3 / 4) / 3)
    assert figures["role"].precision10 == pytest.approx(3 / 4)  # of the four there are


def test_an_encoder_that_tells_nothing_apart_finds_nothing() -> None:
    encoder = Scripted(dict.fromkeys(("alcohol", "amine", "solvent"), (0.5, 0.5, 0.5, 0.5)))
    assert ask_categories(encoder, PAIRS, least=2)["class"].hits1 == 0


def test_two_texts_of_a_molecule_are_one_answer() -> None:
    encoder = Scripted({"amine": (0, 0, 1, 1), "solvent": (1, 1, 0, 1), "alcohol": (1, 1, 0, 0)})
    again = [*PAIRS, Pair("NC", "The molecule is an amine.", None, "test")]
    assert ask_categories(encoder, again, least=2) == ask_categories(encoder, PAIRS, least=2)


def test_categories_too_rare_to_ask_are_an_error() -> None:
    with pytest.raises(EvaluationError, match="of 4 molecules"):
        ask_categories(Scripted({}), PAIRS, least=4)


def test_the_command_prints_and_writes_the_figures(tiny_checkpoint: Path, tmp_path: Path) -> None:
    (tmp_path / "pairs.tsv").write_text(
        "smiles\tdescription\n" + "".join(f"{smiles}\t{text}\n" for smiles, text in CAPTIONS.items())
    )
    options = ["--checkpoint", str(tiny_checkpoint), "--pairs", str(tmp_path / "pairs.tsv"), "--least", "2"]
    answer = CliRunner().invoke(app, ["categories", *options, "--json", str(tmp_path / "figures.json")])
    assert answer.exit_code == 0, answer.output
    figures = {kind: Asked(**values) for kind, values in json.loads((tmp_path / "figures.json").read_text()).items()}
    assert [line.split()[0] for line in answer.output.splitlines()] == ["class", "role"]
    assert f"MAP {figures['class'].mean_average_precision:.3f}" in answer.output
    assert (figures["class"].queries, figures["role"].queries, figures["role"].pool) == (2, 1, 4)
