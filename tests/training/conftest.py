"""Fixtures shared by the tests of training."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.recipes import write_run
from tests.support.runs import EPOCHS
from tests.support.tiny_run import TRAIN, TinyFiles, write_tiny_files
from tests.support.tiny_t5 import write_tiny_t5
from training.config import load_preset
from training.runs.fit import fit
from training.runs.run_data import RunFiles


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[RunFiles, Path]:
    """A run that nobody disturbed, and its preset file."""
    files, preset = write_run(tmp_path_factory.mktemp("finished"), pairs=26, validation=6)
    fit(load_preset(preset, EPOCHS), files, workers=0, device="cpu")
    return files, preset


@pytest.fixture(scope="session")
def t5(tmp_path_factory: pytest.TempPathFactory) -> str:
    return write_tiny_t5(tmp_path_factory.mktemp("t5"), [part for row in TRAIN for part in row])


@pytest.fixture(scope="session")
def tiny_files(tmp_path_factory: pytest.TempPathFactory) -> TinyFiles:
    return write_tiny_files(tmp_path_factory.mktemp("data"))
