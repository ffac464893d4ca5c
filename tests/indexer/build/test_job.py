"""What a build starts from: files told apart, workers chosen, work found again."""

from __future__ import annotations

from pathlib import Path

import pytest

from indexer.build.job import load, make_job, open_files
from indexer.build.options import BuildOptions
from indexer.errors import CorpusError
from indexer.release import open_release
from model.checkpoint import CheckpointError
from tests.indexer.conftest import Build, current


def test_rows_without_an_id_are_named_by_file_and_line(build: Build, tmp_path: Path) -> None:
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "m.tsv").write_text("smiles\nCCO\n")
    build(tmp_path / "one" / "m.tsv", molecules=(tmp_path / "one" / "m.tsv", tmp_path / "two" / "m.tsv"))
    release = open_release(current(tmp_path / "index"))
    assert [m.id for m in release.records.molecules([0, 1])] == ["m.tsv:2", "m.tsv#2:2"]


def test_the_work_of_a_job_is_found_again_until_something_matters(tiny_checkpoint: Path, molecules_file: Path) -> None:
    options = BuildOptions(checkpoint=tiny_checkpoint, molecules=(molecules_file,), out=molecules_file.parent / "i")
    checkpoint = load(options)

    def work(**changes: object) -> Path:
        changed = options.model_copy(update=changes)
        return make_job(changed, open_files(changed), checkpoint).work

    assert work() == work(workers=3) == work(publish=False)
    others = [work(standardize="parent"), work(shard_rows=7), work(tags=(("mine",),))]
    assert len({work(), *others}) == 4
    before = work()
    molecules_file.write_text(molecules_file.read_text() + "M7\t1\tmethane\tC\tA gas.\n")
    assert work() != before


def test_small_corpora_are_parsed_here_unless_that_crashed(tiny_checkpoint: Path, molecules_file: Path) -> None:
    options = BuildOptions(checkpoint=tiny_checkpoint, molecules=(molecules_file,), out=molecules_file.parent / "i")
    checkpoint, files = load(options), open_files(options)
    job = make_job(options, files, checkpoint)
    assert job.workers == 0
    assert job.rows("molecules") == 6
    assert job.rows("descriptions") is None
    job.work.mkdir(parents=True)
    job.parsing_here.touch()
    assert make_job(options, files, checkpoint).workers >= 1


def test_a_device_that_is_not_there(tiny_checkpoint: Path, molecules_file: Path) -> None:
    options = BuildOptions(checkpoint=tiny_checkpoint, molecules=(molecules_file,), out=Path("i"), device="cuda:77")
    with pytest.raises(CheckpointError, match="the device cuda:77 cannot be used"):
        load(options)


def test_a_column_that_no_file_has_is_an_error(tiny_checkpoint: Path, tmp_path: Path) -> None:
    one, two = tmp_path / "one.csv", tmp_path / "two.csv"
    one.write_text("Reg No,name,smiles\nR1,ethanol,CCO\n")
    two.write_text("id,smiles\nX1,CO\n")
    options = BuildOptions(checkpoint=tiny_checkpoint, molecules=(one, two), out=tmp_path / "i")
    files = open_files(options.model_copy(update={"columns": {"id": "Reg No"}}))
    assert [file.columns["id"] for file in files] == ["Reg No", "id"]
    with pytest.raises(
        CorpusError, match=r"no file has the column fooo \(--column name=fooo\); their columns are: Reg No, name"
    ):
        open_files(options.model_copy(update={"columns": {"name": "fooo"}}))
    assert "name" not in open_files(options.model_copy(update={"columns": {"name": ""}}))[0].columns
