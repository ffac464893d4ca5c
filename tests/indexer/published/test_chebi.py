"""`molseek-index corpus chebi`, against a server of a release made up for the tests of its conversion."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from indexer.published import chebi
from indexer.search.lexicon import open_lexicon
from model.published.checks import OboCheck, Sized
from model.published.sources import CHEBI, RemoteFile
from tests.indexer.conftest import Build, current
from tests.indexer.published.support import gather, rows
from tests.model.published.test_chebi_release import ACID, RELEASE
from tests.support.file_server import FileServer, Published, file_server

BODY = gzip.compress(RELEASE.encode())


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FileServer]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    small = RemoteFile("chebi.obo.gz", Sized(1, 1_000_000, OboCheck(range(5, 100))))
    monkeypatch.setattr(chebi, "CHEBI", replace(CHEBI, files=(small,)))
    with file_server() as running:
        running.files["chebi.obo.gz"] = Published(BODY)
        yield running


def test_molecules_and_sentences_become_corpora_that_an_index_is_built_from(
    server: FileServer, tmp_path: Path, build: Build
) -> None:
    out = tmp_path / "chebi"
    server.files["chebi.obo.gz"].breaks += [300]
    done = gather("chebi", "--out", out, "--base-url", server.base_url)
    assert done.exit_code == 0, done.output
    assert [request.range for request in server.requests] == [None, "bytes=300-"]
    assert "licence       CC BY 4.0" in done.output and f"--descriptions {out / 'descriptions.tsv'}" in done.output
    assert rows(out)[0]["synonyms"] == "acid; of our own|CHEBI:101|50-78-2"
    assert not (out / "pairs.tsv").exists()

    report = build(out / "molecules.tsv", out / "descriptions.tsv")
    assert (report.counts.molecules, report.counts.descriptions) == (3, 2)
    assert ACID in (out / "descriptions.tsv").read_text(encoding="utf-8")
    release = current(tmp_path / "index")
    lexicon = open_lexicon(release, release / "records.sqlite")
    assert lexicon is not None
    assert [match.row for match in lexicon.find_name("acid; of our own")] == [0]
    lexicon.close()


def test_terms_can_be_chosen_by_their_stars(server: FileServer, tmp_path: Path) -> None:
    assert gather("chebi", "--out", tmp_path, "--base-url", server.base_url, "--min-stars", 3).exit_code == 0
    assert [row["id"] for row in rows(tmp_path)] == ["CHEBI:100"]


def test_a_release_without_a_molecule_leaves_the_tables_of_before(server: FileServer, tmp_path: Path) -> None:
    assert gather("chebi", "--out", tmp_path, "--base-url", server.base_url).exit_code == 0
    before = rows(tmp_path)
    without = "\n".join(line for line in RELEASE.splitlines() if "smiles" not in line.lower())
    server.files["chebi.obo.gz"] = Published(gzip.compress(without.encode()))
    done = gather("chebi", "--out", tmp_path, "--base-url", server.base_url, "--force")
    assert done.exit_code == 1
    assert "has no molecule to take" in done.stderr and done.stderr.count("\n") == 1
    assert rows(tmp_path) == before


def test_a_release_that_breaks_off_is_refused(server: FileServer, tmp_path: Path) -> None:
    server.files["chebi.obo.gz"] = Published(BODY[:-20])
    done = gather("chebi", "--out", tmp_path, "--base-url", server.base_url)
    assert done.exit_code == 1
    assert "not a complete gzip file" in done.stderr and done.stderr.count("\n") == 1
