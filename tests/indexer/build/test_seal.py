"""A release whose molecules are not found by their own vectors does not get a name."""

from __future__ import annotations

from pathlib import Path

import pytest

from indexer.build import seal
from indexer.errors import BuildError
from indexer.release import current_release, read_manifest
from tests.indexer.conftest import Build


def test_a_release_is_searched_before_it_is_named(
    build: Build, molecules_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(seal, "_LEAST_FOUND", 1.1)  # more than all
        with pytest.raises(BuildError, match="not found by their own vectors"):
            build(molecules_file)
    assert current_release(tmp_path / "index") is None
    assert all(path.name.endswith(".partial") for path in (tmp_path / "index" / "releases").iterdir())
    assert build(molecules_file).resumed_shards == 2


def test_the_name_ends_with_the_digest(build: Build, molecules_file: Path, tmp_path: Path) -> None:
    report = build(molecules_file)
    manifest = read_manifest(tmp_path / "index" / "releases" / report.release)
    assert report.release.endswith(f"-{manifest.digest.removeprefix('sha256:')[:8]}")
    assert manifest.digest == manifest.computed_digest() == report.digest
