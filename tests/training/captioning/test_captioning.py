"""Captioning with a T5 made on the spot: only the adapter learns, and what it learned is kept."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from tests.support.tiny_run import TRAIN, TinyFiles, write_tiny_files
from tests.support.tiny_t5 import write_tiny_t5
from training.captioning.captioner import Captioner
from training.captioning.metrics import caption_metrics, text2mol_metric
from training.captioning.training import CaptionSettings, fit_adapter
from training.cli import app
from training.config import ConfigError
from training.pairs import read_pairs


@pytest.fixture(scope="module")
def t5(tmp_path_factory: pytest.TempPathFactory) -> str:
    return write_tiny_t5(tmp_path_factory.mktemp("t5"), [part for row in TRAIN for part in row])


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> TinyFiles:
    return write_tiny_files(tmp_path_factory.mktemp("data"))


def test_only_the_adapter_is_trained_and_its_loss_falls(t5: str) -> None:
    torch.manual_seed(0)
    captioner = Captioner(t5, 8)
    before = {name: value.clone() for name, value in captioner.t5.state_dict().items()}
    smiles, texts = zip(*TRAIN, strict=True)
    vectors = torch.nn.functional.normalize(torch.randn(len(TRAIN), 8), dim=1)
    optimizer = torch.optim.Adam([one for one in captioner.parameters() if one.requires_grad], lr=1e-2)
    losses = []
    for _ in range(20):
        loss = captioner(smiles, vectors, texts)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0]
    assert all(value.equal(before[name]) for name, value in captioner.t5.state_dict().items())
    with torch.no_grad():
        other = captioner(smiles, vectors.flip(0), texts)
    assert other.item() != pytest.approx(losses[-1], abs=1e-6)  # the molecule is seen


def test_the_commands_train_resume_and_measure(t5: str, files: TinyFiles, tmp_path: Path) -> None:
    out = tmp_path / "adapter"
    fit = ["caption", "fit", "--checkpoint", "compact", "--t5", t5, "--pairs", files.pairs, "--out", str(out)]
    assert CliRunner().invoke(app, [*fit, "--epochs", "1"]).exit_code == 0
    answer = CliRunner().invoke(app, [*fit, "--epochs", "2"])
    assert answer.exit_code == 0, answer.output
    assert "2 epochs" in answer.output
    assert Captioner.load(out)[1] == 2
    measure = ["caption", "evaluate", "--checkpoint", "compact", "--pairs", files.validation]
    written = tmp_path / "captions.txt"
    answer = CliRunner().invoke(app, [*measure, "--adapter", str(out), "--captions", str(written)])
    assert answer.exit_code == 0, answer.output
    for name in ("bleu-2", "bleu-4", "meteor", "rouge-1", "rouge-l", "text2mol"):
        assert f"{name} " in answer.output
    assert len(written.read_text(encoding="utf-8").splitlines()) == 3
    assert CliRunner().invoke(app, [*measure, "--t5", t5]).exit_code == 0  # the baseline
    assert isinstance(CliRunner().invoke(app, measure).exception, ConfigError)


def test_an_adapter_of_another_t5_is_refused(t5: str, files: TinyFiles, tmp_path: Path) -> None:
    Captioner(t5, 5).save(tmp_path, epoch=1)
    with pytest.raises(ConfigError, match="another T5 or checkpoint"):
        fit_adapter("compact", t5, read_pairs(files.pairs).pairs, tmp_path, CaptionSettings(epochs=1), "cpu")
    with pytest.raises(ConfigError, match="holds no readable adapter"):
        Captioner.load(tmp_path / "nothing")
    with pytest.raises(ConfigError, match="neither from disk nor from the hub"):
        Captioner(str(tmp_path / "nothing"), 5)


def test_metrics_of_equal_and_of_foreign_captions() -> None:
    references = ["the molecule is a primary alcohol .", "it is a weak base of plants ."]
    same = caption_metrics(references, references)
    assert same["bleu-2"] == same["bleu-4"] == pytest.approx(1)
    assert same["rouge-l"] == pytest.approx(1)
    assert same["meteor"] > 0.99
    foreign = caption_metrics(["zinc", "tin"], references)
    assert all(value < 0.05 for value in foreign.values())
    half = caption_metrics(["the molecule is a weak base .", references[1]], references)
    assert foreign["bleu-2"] < half["bleu-4"] < half["bleu-2"] < 1
    with pytest.raises(ValueError, match="1 captions for 2"):
        caption_metrics(["one"], references)


def test_the_text2mol_metric_is_a_mean_cosine() -> None:
    assert text2mol_metric(np.array([[2.0, 0], [0, 1]]), np.array([[1.0, 0], [3, 0]])) == pytest.approx(0.5)
