from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import BaseModel

from training.config import ConfigError
from training.runs.run import Record, Run


class Result(BaseModel):
    score: float


RECORD: Record = {"recipe": "bags", "data": "abc"}


def run(out: Path, record: Record = RECORD) -> Run:
    return Run(out, "run.yaml", record)


def test_a_run_that_is_new_or_unfinished_has_no_result_and_a_finished_one_keeps_it(tmp_path: Path) -> None:
    out = tmp_path / "run"
    first = run(out)
    assert first.result(Result) is None and not out.exists()
    first.claim(RECORD)
    assert run(out).result(Result) is None
    first.best.mkdir()
    first.finish(Result(score=0.5))
    assert run(out).result(Result) == Result(score=0.5)


def test_a_directory_of_another_run_or_of_something_else_is_refused(tmp_path: Path) -> None:
    run(tmp_path / "run").claim(RECORD)
    with pytest.raises(ConfigError, match="another configuration or other data"):
        run(tmp_path / "run", {**RECORD, "data": "def"})
    with pytest.raises(ConfigError, match="not a run of this command"):
        run(tmp_path)


def test_a_record_that_cannot_be_understood_is_an_error_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "run.yaml").write_text("{")
    with pytest.raises(ConfigError, match=r"run\.yaml cannot be understood"):
        run(tmp_path)


def test_what_a_kill_left_in_the_middle_of_a_save_is_removed(tmp_path: Path) -> None:
    run(tmp_path / "run").claim(RECORD)
    (tmp_path / "run" / ".best.1.partial").mkdir()
    run(tmp_path / "run").claim(RECORD)
    assert [item.name for item in (tmp_path / "run").iterdir()] == ["run.yaml"]
