"""Fixtures shared by all rooms."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.tiny import make_tiny_checkpoint


@pytest.fixture(scope="session")
def tiny_checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real, seeded checkpoint directory of a tiny network with every kind of branch (32 dimensions)."""
    return make_tiny_checkpoint(tmp_path_factory.mktemp("checkpoint") / "tiny")


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The directory of published data files: `MOLSEEK_DATA`, else `../shared/data` beside the repository."""
    default = Path(__file__).parents[2] / "shared" / "data"
    directory = Path(os.environ.get("MOLSEEK_DATA", default))
    if not (directory / "chebi20_candidates.tsv").is_file():
        pytest.skip("no published data files (set MOLSEEK_DATA to their directory)")
    return directory
