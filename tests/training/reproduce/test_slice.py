"""`molseek-train reproduce` on a slice: every table and figure runs, resumes, and says what it is."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.support.tiny_t5 import write_tiny_t5
from training.cli import app

COMPOUNDS = Path(__file__).parents[3] / "indexer" / "examples" / "compounds.tsv"


@pytest.mark.slow
def test_every_table_and_figure_of_a_slice(tmp_path: Path) -> None:
    out = tmp_path / "out"
    t5 = write_tiny_t5(tmp_path / "t5", COMPOUNDS.read_text(encoding="utf-8").splitlines())
    arguments = ["reproduce", "--slice", str(COMPOUNDS), "--rows", "120", "--out", str(out)]
    arguments += ["--workers", "0", "--device", "cpu", "--t5", t5]
    answer = CliRunner().invoke(app, arguments)
    assert answer.exit_code == 0, answer.output
    written = {path.name for path in out.iterdir() if path.suffix in (".md", ".png")}
    assert written == {
        *(f"table-{number}.md" for number in ("I", "II", "III")),
        *(f"figure-{number}.md" for number in (3, 4, 5, 6)),
        *(f"figure-{number}.png" for number in (3, 5)),
    }
    table = (out / "table-I.md").read_text(encoding="utf-8")
    for system in ("MLP-Ensemble", "GCN-Ensemble", "All-Ensemble", "MLP+Atten", "MLP+FPG", "aman", "aman_gcn", "paper"):
        assert f"| {system} | 1 |" in table or f"| {system} | 3 |" in table
    again = CliRunner().invoke(app, [*arguments, "--table", "II"])
    assert again.exit_code == 0, again.output
    assert (out / "table-II.md").read_text(encoding="utf-8").strip() in again.output


def test_what_is_asked_for_must_exist(tmp_path: Path) -> None:
    arguments = ["reproduce", "--slice", str(COMPOUNDS), "--rows", "40", "--out", str(tmp_path)]
    answer = CliRunner().invoke(app, [*arguments, "--figure", "7"])
    assert "unknown: figure-7; choose from table-I" in str(answer.exception)
    both = CliRunner().invoke(app, [*arguments, "--data", str(tmp_path)])
    assert "--data, or a file to take a slice of" in str(both.exception)
