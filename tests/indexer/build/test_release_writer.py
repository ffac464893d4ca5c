"""The manifest says where a release comes from and what it changes."""

from __future__ import annotations

from pathlib import Path

from indexer.release import current_release, read_manifest
from indexer.release.manifest import Changes
from model.files import sha256_file
from tests.indexer.conftest import Build


def test_the_manifest_names_corpora_counts_and_every_file(build: Build, molecules_file: Path, tmp_path: Path) -> None:
    molecules_file.write_text(molecules_file.read_text() + "M7\t1\tbroken\tC1CC\tA text.\n")
    build(molecules_file, tags=(("mine",),))
    path = current_release(tmp_path / "index")
    assert path is not None
    manifest = read_manifest(path)
    (corpus,) = manifest.corpora
    assert (corpus.file, corpus.sha256, corpus.tags) == (molecules_file.name, sha256_file(molecules_file), ("mine",))
    assert (corpus.rows, corpus.accepted, corpus.rejected) == (7, 6, 1)
    assert (manifest.counts.molecules, manifest.counts.descriptions, manifest.counts.rejected) == (6, 6, 1)
    assert manifest.tags == {"mine": 6}
    beside = {"manifest.json", "build_report.json"}
    assert set(manifest.files) == {file.name for file in path.iterdir()} - beside
    assert manifest.changes is None


def test_changes_are_against_the_release_that_is_served(build: Build, molecules_file: Path, tmp_path: Path) -> None:
    first = build(molecules_file)
    molecules_file.write_text(molecules_file.read_text().replace("M6\t", "M9\t"))
    second = build(molecules_file)
    assert second.changes is not None and second.changes.release == first.release
    assert second.changes.molecules == Changes(added=1, removed=1, changed=0, unchanged=5)
    served = current_release(tmp_path / "index")
    assert served is not None
    (served / "manifest.json").write_text("{")
    third = build(molecules_file, publish=False)
    assert third.changes is None  # what is served cannot be read; that is no reason not to build
