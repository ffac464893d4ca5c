"""An options file, flags over it, `--set` over both: what a build is told, and what it is told when it is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from indexer.cli import app
from indexer.commands.build_options import read_options
from indexer.release import current_release, read_manifest

FILE = """
checkpoint: compact
molecules: [a.tsv, b.tsv]
out: index
index: {kind: ivf, parameters: {lists: 64}}
limits: {structure: {max_atoms: 100}}
columns: {smiles: STRUCTURE}
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "build.yaml"
    path.write_text(FILE)
    return path


def test_flags_win_over_the_file_and_set_wins_over_flags(config: Path) -> None:
    flags = {"out": "elsewhere", "kind": "ivfpq", "index_option": ["probes=8"], "column": ["id=NR"], "memory": "2G"}
    options = read_options(config, flags, ["out=third", "limits.structure.max_rings=7", "reuse=false"])
    assert options.checkpoint == "compact"
    assert options.out == Path("third")
    assert options.index.kind == "ivfpq"
    assert options.index.parameters == {"lists": 64, "probes": 8}
    assert (options.limits.structure.max_atoms, options.limits.structure.max_rings) == (100, 7)
    assert options.columns == {"smiles": "STRUCTURE", "id": "NR"}
    assert (options.memory, options.reuse) == (2 * 10**9, False)


def test_a_tag_of_one_file_and_of_all(config: Path) -> None:
    assert read_options(config, {"tag": ["b.tsv=stock", "mine"]}, ()).tags == (("mine",), ("stock", "mine"))


def test_without_a_kind_the_build_chooses() -> None:
    flags = {"checkpoint": "compact", "molecules": ["a.tsv"], "out": "index"}
    assert read_options(None, flags, ()).index.kind == "auto"


@pytest.mark.parametrize(
    ("flags", "overrides", "complaint"),
    [
        ({}, ["colour=red"], "colour: Extra inputs are not permitted"),
        ({}, ["shard_rows=0"], "shard_rows: Input should be greater than or equal to 1"),
        ({}, ["shard_rows"], "expected PATH=VALUE"),
        ({}, ["shard_rows=["], "not valid YAML"),
        ({}, ["index.kind=round"], "no kind 'round'"),
        ({}, ["standardize=loudly"], "standardize: Input should be 'none'"),
        ({"tag": ["c.tsv=x"]}, [], "FILE is not as given"),
        ({"column": ["smiles=A", "smiles=B"]}, [], "each once"),
    ],
)
def test_what_is_wrong_is_named(config: Path, flags: dict[str, object], overrides: list[str], complaint: str) -> None:
    with pytest.raises(typer.BadParameter) as caught:
        read_options(config, flags, overrides)
    assert complaint in caught.value.message


def test_a_missing_option_says_where_it_can_be_given() -> None:
    with pytest.raises(typer.BadParameter, match=r"--out is missing \(or 'out:' in the file of --config\)"):
        read_options(None, {"checkpoint": "compact", "molecules": ["a.tsv"]}, ())


def test_files_that_hold_no_options(tmp_path: Path) -> None:
    (tmp_path / "list.yaml").write_text("- a\n")
    for name, complaint in (("list.yaml", "expected options by name"), ("none.yaml", "cannot be read")):
        with pytest.raises(typer.BadParameter, match=complaint):
            read_options(tmp_path / name, {}, ())


def test_a_build_from_a_file_alone(tiny_checkpoint: Path, molecules_file: Path, tmp_path: Path) -> None:
    config = tmp_path / "mine.yaml"
    config.write_text(f"checkpoint: {tiny_checkpoint}\nmolecules: [{molecules_file}]\nout: {tmp_path / 'index'}\n")
    result = CliRunner().invoke(app, ["build", "--config", str(config), "--set", "limits.structure.max_atoms=50"])
    assert result.exit_code == 0, result.output
    path = current_release(tmp_path / "index")
    assert path is not None
    limits = read_manifest(path).options["limits"]
    assert isinstance(limits, dict)
    assert limits["structure"] == {**limits["structure"], "max_atoms": 50}  # type: ignore[dict-item]


def test_help_keeps_its_brackets() -> None:
    assert "[FILE=]TAG" in CliRunner().invoke(app, ["build", "--help"]).stdout
