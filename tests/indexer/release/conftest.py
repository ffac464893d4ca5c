"""A release to harm."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.indexer.conftest import Build


@pytest.fixture
def release_path(build: Build, molecules_file: Path, tmp_path: Path) -> Path:
    return tmp_path / "index" / "releases" / build(molecules_file).release
