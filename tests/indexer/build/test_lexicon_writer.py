"""The lexicon of a build: the same bytes for the same content, copied where it was made, told in manifest and diff."""

import sqlite3
from pathlib import Path

import pytest

from indexer.build import lexicon_writer, salt_parents
from indexer.errors import BuildError
from indexer.release import read_manifest
from indexer.release.diff import diff_releases
from indexer.release.manifest import MANIFEST
from indexer.release.opened import open_release
from indexer.search.lexicon import LEXICON
from model.inputs.structure import parse_structure
from tests.indexer.conftest import Build


def release_of(root: Path, name: str) -> Path:
    return root / "releases" / name


def test_two_builds_of_one_corpus_have_one_lexicon(build: Build, molecules_file: Path, tmp_path: Path) -> None:
    first, second = (build(molecules_file, out=tmp_path / name) for name in ("one", "two"))
    assert first.digest == second.digest
    paths = [release_of(tmp_path / name, r.release) / LEXICON for name, r in (("one", first), ("two", second))]
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_it_is_copied_when_nothing_changed_and_made_anew_when_a_name_did(
    build: Build, molecules_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = build(molecules_file)
    with monkeypatch.context() as patched:
        patched.setattr(lexicon_writer, "_write", lambda *_: pytest.fail("made again"))
        again = build(molecules_file)
    assert again.digest == first.digest
    molecules_file.write_text(molecules_file.read_text().replace("caffeine", "theine"))
    changed = build(molecules_file)
    root = tmp_path / "index"
    lexicon = open_release(release_of(root, changed.release)).lexicon
    assert lexicon is not None
    assert [match.kind for match in lexicon.find_name("theine")] == ["name"]
    assert diff_releases(root, first.release, changed.release).lexicon
    assert not diff_releases(root, first.release, again.release).lexicon


def test_what_salts_are_made_of_is_taken_over(build: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = tmp_path / "salts.tsv"
    table.write_text("id\tsmiles\tname\na\tCC(=O)[O-].[Na+]\tacetate\nb\tCCO\tethanol\n", encoding="utf-8")
    build(table)
    table.write_text(table.read_text() + "c\tCCC(=O)O.NCCO\tpropanoate\n", encoding="utf-8")
    seen: list[str] = []
    key_of = salt_parents._parent_key
    monkeypatch.setattr(salt_parents, "_parent_key", lambda smiles: seen.append(smiles) or key_of(smiles))
    path = release_of(tmp_path / "index", build(table).release)
    assert seen == ["CCC(=O)O.NCCO"]
    lexicon = open_release(path).lexicon
    assert lexicon is not None
    for smiles, row in (("CC(=O)O", 0), ("CCC(=O)[O-]", 2)):
        assert [match.row for match in lexicon.find_salts(parse_structure(smiles).inchikey)] == [row]


def test_a_salt_over_which_rdkit_fails_costs_no_build(
    build: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("Pre-condition Violation")

    monkeypatch.setattr(salt_parents, "standardize", fail)
    table = tmp_path / "salts.tsv"
    table.write_text("id\tsmiles\na\tCC(=O)[O-].[Na+]\n", encoding="utf-8")
    lexicon = open_release(release_of(tmp_path / "index", build(table).release)).lexicon
    assert lexicon is not None
    assert lexicon.find_salts(parse_structure("CC(=O)O").inchikey) == []


def test_a_damaged_lexicon_is_not_copied(build: Build, molecules_file: Path, tmp_path: Path) -> None:
    first = build(molecules_file)
    path = release_of(tmp_path / "index", first.release) / LEXICON
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    again = build(molecules_file)
    assert open_release(release_of(tmp_path / "index", again.release)).lexicon is not None
    assert again.digest == first.digest


def test_a_release_without_one_still_opens(build: Build, molecules_file: Path, tmp_path: Path) -> None:
    path = release_of(tmp_path / "index", build(molecules_file).release)
    manifest = read_manifest(path)
    (path / LEXICON).unlink()
    files = {name: digest for name, digest in manifest.files.items() if name != LEXICON}
    fields = manifest.model_dump(exclude={"lexicon"}, exclude_unset=True) | {"files": files}
    older = type(manifest).model_validate(fields)
    older = older.model_copy(update={"digest": older.computed_digest()})
    (path / MANIFEST).write_text(older.to_json())
    release = open_release(path)
    assert release.lexicon is None
    assert manifest.lexicon is not None and manifest.lexicon["name"] == 6
    release.close()


def test_a_sqlite_without_fts5_is_refused_in_words(
    build: Build, molecules_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Connection(sqlite3.Connection):
        def execute(self, sql: str, *values: object) -> sqlite3.Cursor:  # type: ignore[override]
            if "fts5" in sql:
                raise sqlite3.OperationalError("no such module: fts5")
            return super().execute(sql, *values)

    connect = sqlite3.connect
    monkeypatch.setattr(lexicon_writer.sqlite3, "connect", lambda path: connect(path, factory=Connection))
    with pytest.raises(BuildError, match=r"FTS5 and its trigram tokenizer.*no such module"):
        lexicon_writer.check_fts()
