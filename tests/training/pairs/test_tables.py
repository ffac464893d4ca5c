"""Tables row by row: selectors, quoting, and what is refused."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.pairs.tables import Filter, PairFileError, Row, Source, parse_source, read_table, source_name


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8", newline="")
    return path


def test_selectors_are_parsed_and_printed() -> None:
    source = parse_source("a/b.tsv?chebi_style=1&name!=x%26y")
    assert source == Source(Path("a/b.tsv"), (Filter("chebi_style", "1"), Filter("name", "x&y", negated=True)))
    assert parse_source("plain.tsv") == Source(Path("plain.tsv"))
    assert str(parse_source("b.tsv?x=1&y!=2")) == "b.tsv?x=1&y!=2"
    assert parse_source(str(source)) == source


@pytest.mark.parametrize("text", ["a.tsv?chebi_style", "a.tsv?=1", "?a=1", ""])
def test_malformed_selectors_are_refused(text: str) -> None:
    with pytest.raises(PairFileError):
        parse_source(text)


@pytest.mark.parametrize("folder", ["", "a/", "./", "a//b/../"])
def test_records_name_a_source_without_its_folder(folder: str) -> None:
    assert source_name(f"{folder}b.tsv?x=c/d&y!=2") == "b.tsv?x=c/d&y!=2"


def test_pcdes_files_that_are_not_aligned_are_refused(tmp_path: Path) -> None:
    write(tmp_path / "align_smiles.txt", "CCO\nCC\n")
    write(tmp_path / "align_des_filt3.txt", "it is a solvent.\n")
    with pytest.raises(PairFileError, match="not aligned"):
        read_table(Source(tmp_path))


FIELD = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@settings(max_examples=60, deadline=None)
@given(rows=st.lists(st.tuples(FIELD, FIELD), min_size=1, max_size=6))
def test_csv_as_the_csv_module_writes_it_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]]
) -> None:
    path = tmp_path_factory.mktemp("csv") / "t.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerows([("a", "b"), *rows])
    table = read_table(Source(path))
    assert (table.columns, table.rejects) == (("a", "b"), ())
    assert [tuple(row.fields.values()) for row in table.rows] == [(a.strip(), b.strip()) for a, b in rows]


@settings(max_examples=60, deadline=None)
@given(lines=st.lists(st.binary(max_size=20).filter(lambda line: b"\n" not in line), max_size=8))
def test_every_line_of_a_tsv_is_a_row_or_a_reject_or_blank(
    tmp_path_factory: pytest.TempPathFactory, lines: list[bytes]
) -> None:
    path = tmp_path_factory.mktemp("tsv") / "t.tsv"
    path.write_bytes(b"\n".join([b"a\tb", *lines]))
    table = read_table(Source(path))
    found = sorted([*(row.line for row in table.rows), *(reject.line for reject in table.rejects)])
    blank = [line.decode("utf-8", "surrogateescape").rstrip("\r\n").strip() == "" for line in lines]
    assert found == [number for number, empty in enumerate(blank, start=2) if not empty]


def test_filters_count_what_they_leave_out_apart_from_what_is_bad(tmp_path: Path) -> None:
    path = write(tmp_path / "t.tsv", "A \tb\n1\tx\n2\ty\n3\n1\t\n")
    table = read_table(parse_source(f"{path}?a=1&b!="))
    assert table.rows == (Row(2, {"a": "1", "b": "x"}),)
    assert ([reject.line for reject in table.rejects], table.filtered) == ([4], 2)
