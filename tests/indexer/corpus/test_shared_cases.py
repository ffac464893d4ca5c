"""Small files that earlier versions misread, where they lie beside the repository."""

from __future__ import annotations

from pathlib import Path

import pytest

from indexer.corpus import Reject, Row, open_corpus
from indexer.errors import CorpusError
from model.inputs.structure import parse_structure

CASES = Path(__file__).parents[3].parent / "shared" / "cases"

pytestmark = pytest.mark.skipif(not CASES.is_dir(), reason="the shared cases are not beside the repository")


def rows(name: str, role: str = "molecules") -> list[Row]:
    found = list(open_corpus(CASES / name, role).rows())  # type: ignore[arg-type]
    assert not [row for row in found if isinstance(row, Reject)]
    return [row for row in found if isinstance(row, Row)]


def smiles(row: Row) -> str:
    assert row.structure is not None
    return parse_structure(row.structure).smiles


def test_pubchem_summary() -> None:
    file = open_corpus(CASES / "pubchem_summary.csv", "molecules")
    assert (file.columns["smiles"], file.columns["name"]) == ("isosmiles", "cmpdname")
    assert "canonicalsmiles" in file.spares
    one, two = rows("pubchem_summary.csv")
    assert smiles(one) != smiles(two)
    assert (one.id, one.name, one.synonyms) == ("5950", "L-alanine", ("alanine", "56-41-7"))


def test_whole_numbers_written_as_floats() -> None:
    assert [row.cid for row in rows("pandas_index.csv")] == ["702", None, "176"]
    assert [row.cid for row in rows("desc_cid.tsv", "descriptions")] == ["702", "176"]


def test_quotes_in_tsv() -> None:
    assert [(row.id, row.description) for row in rows("desc_quoted.tsv", "descriptions")] == [
        ("A", "A simple alcohol, used as a solvent"),
        ("B", "plain one"),
    ]
    assert [(row.structure, row.id, row.name) for row in rows("r_writetable.tsv")] == [
        ("CCO", "A1", "ethanol"),
        ("CO", "A2", "methanol"),
    ]
    assert [row.description for row in rows("pandas_multiline.tsv")] == ["first line second line", "ok"]


def test_sd_files() -> None:
    one, two = rows("chebi_multiline.sdf")
    assert one.description is not None
    assert one.description.endswith("replaced. It is used as a solvent.")
    assert one.synonyms == ("EtOH", "ethyl alcohol")
    assert two.description == "potency > 5 uM <b>in vitro</b> end"
    (empty,) = rows("emptyid.sdf")
    assert (empty.id, empty.name) == ("TITLE7", "TITLE7")
    assert [(row.id, row.name) for row in rows("sametitle.sdf")] == [(None, "Untitled Document-1")] * 2
    (versionless,) = rows("no_version.mol")
    assert smiles(versionless) == "CCO"


def test_missing_values_spelled_out() -> None:
    found = list(open_corpus(CASES / "nan_cells.csv", "molecules").rows())
    kept = [row for row in found if isinstance(row, Row)]
    assert [(row.id, row.name, row.description) for row in kept] == [(number, None, None) for number in "123"]
    assert [row.code for row in found if isinstance(row, Reject)] == ["empty_structure"]


def test_a_column_twice_in_parquet() -> None:
    with pytest.raises(CorpusError, match=r"p_dupcol\.parquet: the column smiles is there twice"):
        open_corpus(CASES / "p_dupcol.parquet", "molecules")


def test_cxsmiles_are_the_same_molecule_in_every_format() -> None:
    (table,) = rows("dative.csv")
    assert smiles(table) == smiles(rows("dative.smi")[0])
