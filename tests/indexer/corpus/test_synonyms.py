"""Other names of a molecule, from whatever column and separator a database exports them with."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from indexer.corpus import CorpusLimits, Row, open_corpus
from indexer.corpus.values import split_names


def synonyms(path: Path, limits: CorpusLimits | None = None) -> tuple[str, ...]:
    (row,) = open_corpus(path, "molecules", limits).rows()
    assert isinstance(row, Row)
    return row.synonyms


@pytest.mark.parametrize(
    ("cell", "names"),
    [
        ("", []),
        ("ethyl alcohol", ["ethyl alcohol"]),
        ("ethyl  alcohol; EtOH ;;grain alcohol", ["ethyl alcohol", "EtOH", "grain alcohol"]),
        ("64-17-5|a name; with a semicolon|EtOH", ["64-17-5", "a name; with a semicolon", "EtOH"]),
        ("EtOH\r\nethyl alcohol\nEtOH", ["EtOH", "ethyl alcohol"]),
        ("o-cresol;O-cresol", ["o-cresol", "O-cresol"]),
    ],
)
def test_names_stand_between_pipes_or_semicolons_or_lines(cell: str, names: list[str]) -> None:
    assert split_names(cell) == names


@pytest.mark.parametrize("column", ["synonyms", "Synonyms", "SYNONYM", "cmpdsynonym"])
def test_columns_of_the_databases_are_recognised_and_the_name_is_no_synonym(tmp_path: Path, column: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f'smiles,name,{column}\nCCO,ethanol,"EtOH|ethanol|ethyl alcohol"\n')
    assert synonyms(path) == ("EtOH", "ethyl alcohol")


def test_a_molecule_without_synonyms_has_none(tmp_path: Path) -> None:
    path = tmp_path / "a.tsv"
    path.write_text("smiles\tname\nCCO\tethanol\n")
    assert synonyms(path) == ()


def test_lists_of_names_in_parquet(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"smiles": ["CCO"], "synonyms": [["EtOH", "a; b", None]]}), path)
    assert synonyms(path) == ("EtOH", "a", "b")


def test_synonyms_are_bounded_in_number_and_length(tmp_path: Path) -> None:
    path = tmp_path / "a.tsv"
    path.write_text("smiles\tsynonyms\nCCO\t" + ";".join(["x" * 50, *map(str, range(10))]) + "\n")
    assert synonyms(path, CorpusLimits(max_synonyms=3, max_name_characters=40)) == ("0", "1", "2")
