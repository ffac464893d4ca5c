"""A build that loses many rows says so and is not published; the report shows why rows were lost."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from indexer.build import BuildReport
from indexer.cli import app
from indexer.commands.build import NOT_PUBLISHED
from indexer.release import current_release
from tests.indexer.conftest import Build


@pytest.fixture
def half_bad(tmp_path: Path) -> Path:
    """Eight rows: two rings that are not closed, one id twice, one row of too few columns."""
    path = tmp_path / "half.tsv"
    rows = ["a\tCCO", "b\tCCN", "c\tC1CC", "d\tC1CCC", "a\tCCC", "e", "f\tCCCl", "g\tCCF"]
    path.write_text("id\tsmiles\n" + "\n".join(rows) + "\n")
    return path


def command(checkpoint: Path, molecules: Path, root: Path, *more: str) -> Result:
    arguments = ["build", "--checkpoint", checkpoint, "--molecules", molecules, "--out", root, *more]
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_more_rejects_than_allowed_leave_the_served_release_in_place(
    tiny_checkpoint: Path, molecules_file: Path, half_bad: Path, tmp_path: Path
) -> None:
    root = tmp_path / "index"
    assert command(tiny_checkpoint, molecules_file, root).exit_code == 0
    served = current_release(root)
    result = command(tiny_checkpoint, half_bad, root)
    assert result.exit_code == NOT_PUBLISHED
    assert "rejected 4 of 8 rows (50%; --max-rejects allows 20%)" in result.stderr
    assert "(not published)" in result.stdout
    assert current_release(root) == served
    (new,) = [path.name for path in (root / "releases").iterdir() if served is None or path.name != served.name]
    assert f"molseek-index publish {root} {new}" in result.stderr
    assert (root / "releases" / new / "build_report.json").exists()
    assert command(tiny_checkpoint, half_bad, root, "--max-rejects", "0.5", "--force").exit_code == 0
    assert current_release(root) != served


def test_not_publishing_on_purpose_is_no_error(tiny_checkpoint: Path, half_bad: Path, tmp_path: Path) -> None:
    assert command(tiny_checkpoint, half_bad, tmp_path / "index", "--no-publish").exit_code == 0


def test_the_summary_shows_the_commonest_reasons_with_an_example(
    tiny_checkpoint: Path, half_bad: Path, tmp_path: Path
) -> None:
    shown = command(tiny_checkpoint, half_bad, tmp_path / "index", "--force").stdout
    assert "2  unparsable_structure, such as half.tsv:4: " in shown
    assert "1  duplicate_id, such as half.tsv:6: An earlier row has the id a." in shown
    assert "1  wrong_column_count, such as half.tsv:7: " in shown


def test_the_summary_names_kinds_and_changed_descriptions(
    tiny_checkpoint: Path, molecules_file: Path, tmp_path: Path
) -> None:
    root = tmp_path / "index"
    first = command(tiny_checkpoint, molecules_file, root, "--kind", "hnsw").stdout
    assert "molecules flat (too few for hnsw; exact)" in first
    molecules_file.write_text(molecules_file.read_text().replace("simple phenol", "plain phenol"))
    second = command(tiny_checkpoint, molecules_file, root).stdout
    assert "descriptions: 0 added, 0 removed, 1 changed, 5 unchanged" in second
    assert "molecules flat (exact)" in second


def test_the_report_lies_beside_the_data_and_adds_up(build: Build, molecules_file: Path, tmp_path: Path) -> None:
    report = build(molecules_file)
    path = current_release(tmp_path / "index")
    assert path is not None
    assert BuildReport.model_validate_json((path / "build_report.json").read_bytes()) == report
    assert sum(stage.share for stage in report.stages) == pytest.approx(1, abs=0.01)
    assert report.embedded_molecules == 6
    assert report.molecules_per_second > 0


def test_one_of_a_kind_is_no_plural(tiny_checkpoint: Path, tmp_path: Path) -> None:
    root, rows = tmp_path / "index", tmp_path / "one.tsv"
    rows.write_text("id\tsmiles\tdescription\na\tCCO\tAn alcohol.\nb\n")
    shown = command(tiny_checkpoint, rows, root, "--force", "--workers", "1").stdout
    assert "rejected      1 row; 0 descriptions or CIDs of kept molecules left out" in shown
    assert "one.tsv:3: The row has 1 column; the header has 3." in shown
    assert "1 molecule and 1 description embedded in" in shown
    assert "with 1 RDKit worker process\n" in shown
    assert "1 molecule and 1 description of" in command(tiny_checkpoint, rows, root, "--force").stdout
    listed = CliRunner().invoke(app, ["list", str(root)]).stdout
    assert re.search(r" 1 molecule  +1 description  faiss/", listed)
