"""`molseek-index` as its users meet it: summaries on standard output, one line per error, exit codes."""

from __future__ import annotations

import errno
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from indexer.cli import app
from indexer.release import current_release


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "index"


def invoke(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def build(checkpoint: Path, molecules: Path, root: Path, *more: object) -> Result:
    return invoke("build", "--checkpoint", checkpoint, "--molecules", molecules, "--out", root, *more)


def test_build_list_verify_rollback_publish_prune(tiny_checkpoint: Path, molecules_file: Path, root: Path) -> None:
    for _ in range(2):
        result = build(tiny_checkpoint, molecules_file, root)
        assert result.exit_code == 0, result.output
    for part in (
        "columns       molecules.tsv: smiles from smiles, id from id",
        "molecules     6",
        "descriptions  6",
        "encode",
        "share",
        "molecules/s",
    ):
        assert part in result.stdout
    old, new = sorted(path.name for path in (root / "releases").iterdir())
    listed = invoke("list", root)
    assert listed.stdout.splitlines()[0].startswith(f"  {old}")
    assert listed.stdout.splitlines()[1].startswith(f"* {new}")
    assert invoke("verify", root).stdout.count("verified") == 2
    assert old in invoke("rollback", root).stdout
    assert new in invoke("publish", root, new).stdout
    assert old in invoke("prune", root, "--keep", 1).stdout
    current = current_release(root)
    assert current is not None
    assert current.name == new


def test_damage_is_reported_with_exit_code_1(tiny_checkpoint: Path, molecules_file: Path, root: Path) -> None:
    build(tiny_checkpoint, molecules_file, root)
    (next((root / "releases").iterdir()) / "molecules.npy").write_bytes(b"x")
    result = invoke("verify", root)
    assert result.exit_code == 1
    assert "DAMAGED" in result.stderr
    assert "molecules.npy" in result.stderr


@pytest.mark.parametrize(
    ("corpus", "more", "exit_code", "complaint"),
    [
        ("none.tsv", (), 1, "none.tsv cannot be read"),
        ("molecules.tsv", ("--descriptions", "none.csv"), 1, "none.csv cannot be read"),
        ("molecules.tsv", ("--column", "smiles=STRUC"), 1, "their columns are: id, cid, name, smiles, description"),
        ("molecules.tsv", ("--column", "colour=red"), 2, "expected FIELD=NAME"),
        ("molecules.tsv", ("--kind", "round"), 2, "no kind 'round'"),
        ("molecules.tsv", ("--engine", "abacus"), 2, "no engine 'abacus'"),
        ("molecules.tsv", ("--workers", "-1"), 2, "workers"),
        ("molecules.tsv", ("--device", "cuda:77"), 1, "device cuda:77 cannot be used"),
        ("molecules.tsv", ("--device", "toaster"), 1, "device toaster cannot be used"),
    ],
)
def test_errors_are_one_line_without_a_traceback(
    tiny_checkpoint: Path,
    molecules_file: Path,
    root: Path,
    corpus: str,
    more: tuple[str, ...],
    exit_code: int,
    complaint: str,
) -> None:
    result = build(tiny_checkpoint, molecules_file.with_name(corpus), root, *more)
    assert result.exit_code == exit_code
    assert complaint in " ".join(result.stderr.replace("│", " ").split())
    assert "Traceback" not in result.output
    if exit_code == 1:
        assert len(result.stderr.splitlines()) == 1


def test_a_missing_checkpoint_and_a_place_that_is_a_file(
    tiny_checkpoint: Path, molecules_file: Path, root: Path
) -> None:
    result = build(root / "no-checkpoint", molecules_file, root)
    assert result.exit_code == 1
    assert result.stderr.startswith("error: ")
    root = molecules_file.with_name("file")
    root.write_text("")
    result = build(tiny_checkpoint, molecules_file, root)
    assert (result.exit_code, len(result.stderr.splitlines())) == (1, 1)


def test_rolling_back_nothing(root: Path) -> None:
    (root / "releases").mkdir(parents=True)
    result = invoke("rollback", root)
    assert result.exit_code == 1
    assert "no published release" in result.stderr


@pytest.mark.parametrize(
    ("command", "more"),
    [
        ("list", ()),
        ("verify", ()),
        ("rollback", ()),
        ("prune", ("--keep", 1)),
        ("publish", ("latest",)),
        ("diff", ("previous", "current")),
        ("export", ("current", "x.tar")),
        ("push", ("current", "memory://x/y")),
    ],
)
def test_a_mistyped_directory_is_named_and_not_made(root: Path, command: str, more: tuple[object, ...]) -> None:
    missing = invoke(command, root, *more)
    assert missing.exit_code == 1
    assert missing.stderr == f"error: there is no index at {root}: there is no such directory\n"
    assert not root.exists()
    root.mkdir()
    other = invoke(command, root, *more)
    assert other.stderr == f"error: there is no index at {root}: the directory has no releases/\n"
    assert list(root.iterdir()) == []


@pytest.mark.parametrize(
    "command",
    [
        ("build", "--checkpoint", "none", "--molecules", "example", "--out", ""),
        ("build", "--checkpoint", "none", "--molecules", "example", "--set", "out="),
        ("build", "--checkpoint", "none", "--molecules", "example", "--set", "out=''"),
        ("prune", "", "--keep", "1"),
        ("rollback", ""),
        ("verify", " "),
        ("corpus", "chebi", "--out", ""),
    ],
)
def test_an_empty_name_is_no_directory(
    command: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = invoke(*command)
    assert done.exit_code == 2
    assert "the name of the directory is empty" in done.stderr or "out: Input is not a valid path" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_errors_of_the_system_are_sentences(
    tiny_checkpoint: Path, molecules_file: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = molecules_file.with_name("file")
    file.write_text("")
    built = build(tiny_checkpoint, molecules_file, file)
    assert built.stderr == f"error: {file}: this is a file, and a directory is needed\n"
    below = build(tiny_checkpoint, molecules_file, file / "index")
    assert below.stderr == f"error: {file / 'index'}: a part of this path is a file, and a directory is needed\n"

    def read_only(path: Path, *_: object, **__: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system", str(path))

    monkeypatch.setattr(Path, "mkdir", read_only)
    refused = build(tiny_checkpoint, molecules_file, root)
    assert refused.stderr == f"error: {root}: this cannot be written, the file system is read-only\n"


def test_an_archive_of_a_release_that_is_there_is_published(
    tiny_checkpoint: Path, molecules_file: Path, root: Path, tmp_path: Path
) -> None:
    build(tiny_checkpoint, molecules_file, root)
    assert invoke("export", root, "current", tmp_path / "r.tar").exit_code == 0
    first = invoke("import", tmp_path / "r.tar", tmp_path / "there")
    [name] = [path.name for path in (tmp_path / "there" / "releases").iterdir()]
    assert first.stdout == f"imported {name}\n" and current_release(tmp_path / "there") is None
    again = invoke("import", tmp_path / "r.tar", tmp_path / "there", "--publish")
    assert again.stdout == f"already there: {name}\npublished {name}\n"
    assert invoke("import", tmp_path / "r.tar", tmp_path / "there", "--publish").stdout == f"already there: {name}\n"


def test_looking_after_releases_does_not_load_the_network(tmp_path: Path) -> None:
    """`list` and `rollback` must be quick."""
    code = "import sys, indexer.cli, indexer.release; sys.exit('torch' in sys.modules or 'rdkit' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
