"""An index of a few molecules that a tiny checkpoint made."""

from __future__ import annotations

from pathlib import Path

import pytest

from indexer.build import BuildOptions, build_release
from tests.api.corpus import write_molecules


@pytest.fixture(scope="session")
def small_index(tiny_checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("small")
    molecules = write_molecules(directory / "molecules.tsv")
    build_release(BuildOptions(checkpoint=tiny_checkpoint, molecules=(molecules,), out=directory / "index", workers=0))
    return directory / "index"
