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
from training.categories.evaluation import CategoryMetrics, evaluate_categories
from training.categories.statements import bare
from training.cli import app
from training.evaluation import EvaluationError
from training.pairs import Pair
from training.structural.parts import parts_of

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
        return np.array([self.nearness.get(text, (0, 0, 0, 0)) for text in texts], np.float32)

    def encode_molecules(self, molecules: Sequence[Molecule]) -> NDArray[np.float32]:
        return np.eye(len(CAPTIONS), dtype=np.float32)[[list(CAPTIONS).index(one.smiles) for one in molecules]]


def test_figures_by_hand() -> None:
    # alcohols: first and fourth; amines: first and second; solvents (three answers): first, second, fourth
    encoder = Scripted({"alcohol": (0.9, 0.1, 0.8, 0.5), "amine": (0, 0.1, 0.9, 0.8), "solvent": (0.9, 0.5, 0.6, 0.8)})
    figures = evaluate_categories(encoder, PAIRS, least=2)
    assert encoder.asked[:3] == ["alcohol", "solvent", "amine"]  # the drug is alone
    of_class = figures["class"]
    assert (of_class.hits1, of_class.r_precision, of_class.queries, of_class.pool) == (1, 0.75, 2, 4)
    assert of_class.mean_average_precision == pytest.approx(((1 + 2 / 4) / 2 + 1) / 2)
    assert figures["role"].r_precision == pytest.approx(2 / 3)
    assert figures["role"].mean_average_precision == pytest.approx((1 + 1 + 3 / 4) / 3)
    assert figures["role"].precision10 == pytest.approx(3 / 4)  # of the four there are


class Chemist:
    """Sees in a molecule what is there, and nothing of what texts say."""

    def __init__(self, blind_to: str = "") -> None:
        self.blind_to = blind_to
        self.asked: list[str] = []

    def encode_text(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.asked += texts
        seen = [text if text != self.blind_to else "" for text in texts]
        return np.array([[float(text == phrase) for phrase in PHRASES] for text in seen], np.float32)

    def encode_molecules(self, molecules: Sequence[Molecule]) -> NDArray[np.float32]:
        there = [{bare(name) for part in parts_of(one.mol) for name in part.names} for one in molecules]
        return np.array([[float(phrase in one) for phrase in PHRASES] for one in there], np.float32)


PHRASES = ("amino group", "amine", "primary alcohol", "ethyl group", "alcohol", "no stereocentre")


def test_parts_of_structures_are_asked_in_every_wording() -> None:
    chemist = Chemist()
    evaluate_categories(chemist, PAIRS, least=2)
    assert {"amino group", "amine", "ethyl group", "alcohol", "no ring", "acyclic structure"} <= set(chemist.asked)
    assert "primary alcohol" not in chemist.asked  # ethanol alone has one
    assert "two rings" not in chemist.asked
    clear, blind = (evaluate_categories(Chemist(to), PAIRS, least=2)["structure"] for to in ("", "amino group"))
    assert clear.queries == blind.queries == len(set(chemist.asked)) - 1  # the role; classes are parts by name, too
    # amines are the second half, and what is equally near comes last: precisions 1/3 and 2/4
    lost = (1 - (1 / 3 + 2 / 4) / 2) / clear.queries
    assert clear.mean_average_precision - blind.mean_average_precision == pytest.approx(lost)


def test_an_encoder_that_tells_nothing_apart_finds_nothing() -> None:
    encoder = Scripted(dict.fromkeys(("alcohol", "amine", "solvent"), (0.5, 0.5, 0.5, 0.5)))
    assert evaluate_categories(encoder, PAIRS, least=2)["class"].hits1 == 0


def test_two_texts_of_a_molecule_are_one_answer() -> None:
    encoder = Scripted({"amine": (0, 0, 1, 1), "solvent": (1, 1, 0, 1), "alcohol": (1, 1, 0, 0)})
    again = [*PAIRS, Pair("NC", "The molecule is an amine.", None, "test")]
    assert evaluate_categories(encoder, again, least=2) == evaluate_categories(encoder, PAIRS, least=2)


def test_categories_too_rare_to_ask_are_an_error() -> None:
    with pytest.raises(EvaluationError, match="to 5 molecules"):
        evaluate_categories(Scripted({}), PAIRS, least=5)


def test_the_command_prints_and_writes_the_figures(tiny_checkpoint: Path, tmp_path: Path) -> None:
    (tmp_path / "pairs.tsv").write_text(
        "smiles\tdescription\n" + "".join(f"{smiles}\t{text}\n" for smiles, text in CAPTIONS.items())
    )
    options = ["--checkpoint", str(tiny_checkpoint), "--pairs", str(tmp_path / "pairs.tsv"), "--least", "2"]
    answer = CliRunner().invoke(app, ["categories", *options, "--json", str(tmp_path / "figures.json")])
    assert answer.exit_code == 0, answer.output
    figures = {
        kind: CategoryMetrics(**values) for kind, values in json.loads((tmp_path / "figures.json").read_text()).items()
    }
    assert [line.split()[0] for line in answer.output.splitlines()] == ["class", "role", "structure"]
    assert f"MAP {figures['class'].mean_average_precision:.3f}" in answer.output
    assert (figures["class"].queries, figures["role"].queries, figures["role"].pool) == (2, 1, 4)
