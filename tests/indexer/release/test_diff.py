"""What a release changed: molecules by id, descriptions by id and text, and what it was built with."""

from __future__ import annotations

from pathlib import Path

import pytest

from indexer.errors import ReleaseError
from indexer.release.diff import diff_releases
from tests.indexer.conftest import MOLECULES, Build


def test_additions_removals_and_changes_are_told_apart(build: Build, molecules_file: Path, tmp_path: Path) -> None:
    root = tmp_path / "index"
    build(molecules_file)
    changed = MOLECULES.replace("M6\t5234", "M7\t5234").replace("\tphenol\t", "\tcarbolic acid\t")
    molecules_file.write_text(changed.replace("A primary alcohol", "An alcohol"), encoding="utf-8")
    build(molecules_file)
    found = diff_releases(root, "previous", "current")
    assert not found.same_content
    assert (found.molecules.added, found.molecules.removed, found.molecules.changed) == (("M7",), ("M6",), ("M2",))
    assert found.molecules.counts.unchanged == 4
    assert "M1" in found.descriptions.changed
    assert found.built_with == ()
    backwards = diff_releases(root, "current", "previous", ids=0)
    assert (backwards.molecules.added, backwards.molecules.counts.added) == ((), 1)


def test_the_same_corpus_gives_the_same_content(build: Build, molecules_file: Path, tmp_path: Path) -> None:
    first, second = (build(molecules_file).release for _ in range(2))
    found = diff_releases(tmp_path / "index", first, second)
    assert found.same_content
    assert found.molecules.counts.unchanged == 6
    with pytest.raises(ReleaseError, match="no release 'nonsense'"):
        diff_releases(tmp_path / "index", first, "nonsense")
