"""Adapters that do not fit are refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.tiny_run import TinyFiles
from training.captioning.captioner import Captioner
from training.captioning.training import CaptionSettings, fit_adapter
from training.config import ConfigError
from training.pairs import read_pairs


def test_an_adapter_of_another_t5_is_refused(t5: str, tiny_files: TinyFiles, tmp_path: Path) -> None:
    Captioner(t5, 5).save(tmp_path, epoch=1)
    with pytest.raises(ConfigError, match="another T5 or checkpoint"):
        fit_adapter("compact", t5, read_pairs(tiny_files.pairs).pairs, tmp_path, CaptionSettings(epochs=1), "cpu")
    with pytest.raises(ConfigError, match="holds no readable adapter"):
        Captioner.load(tmp_path / "nothing")
    with pytest.raises(ConfigError, match="neither from disk nor from the hub"):
        Captioner(str(tmp_path / "nothing"), 5)
