"""`molseek-index` as its users meet it: summaries on standard output, one line per error, exit codes."""

from __future__ import annotations

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
    root.mkdir()
    result = invoke("rollback", root)
    assert result.exit_code == 1
    assert "no published release" in result.stderr


def test_looking_after_releases_does_not_load_the_network(tmp_path: Path) -> None:
    """`list` and `rollback` must be quick."""
    code = "import sys, indexer.cli, indexer.release; sys.exit('torch' in sys.modules or 'rdkit' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
