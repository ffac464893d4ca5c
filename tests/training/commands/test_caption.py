"""`molseek-train caption`: train, resume, measure."""

from __future__ import annotations

from pathlib import Path

from typer.testing import CliRunner

from tests.support.tiny_run import TinyFiles
from training.captioning.captioner import Captioner
from training.cli import app
from training.config import ConfigError


def test_the_commands_train_resume_and_measure(t5: str, tiny_files: TinyFiles, tmp_path: Path) -> None:
    out = tmp_path / "adapter"
    fit = ["caption", "fit", "--checkpoint", "compact", "--t5", t5, "--pairs", tiny_files.pairs, "--out", str(out)]
    assert CliRunner().invoke(app, [*fit, "--epochs", "1"]).exit_code == 0
    answer = CliRunner().invoke(app, [*fit, "--epochs", "2"])
    assert answer.exit_code == 0, answer.output
    assert "2 epochs" in answer.output
    assert Captioner.load(out)[1] == 2
    measure = ["caption", "evaluate", "--checkpoint", "compact", "--pairs", tiny_files.validation]
    written = tmp_path / "captions.txt"
    answer = CliRunner().invoke(app, [*measure, "--adapter", str(out), "--captions", str(written)])
    assert answer.exit_code == 0, answer.output
    for name in ("bleu-2", "bleu-4", "meteor", "rouge-1", "rouge-l", "text2mol"):
        assert f"{name} " in answer.output
    assert len(written.read_text(encoding="utf-8").splitlines()) == 3
    assert CliRunner().invoke(app, [*measure, "--t5", t5]).exit_code == 0  # the baseline
    assert isinstance(CliRunner().invoke(app, measure).exception, ConfigError)
