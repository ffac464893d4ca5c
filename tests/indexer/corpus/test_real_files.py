"""The published files are read as they are: columns found, no row lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from indexer.corpus import Reject, Role, Row, open_corpus

pytestmark = pytest.mark.realdata


@pytest.mark.parametrize(
    ("name", "role", "rows"),
    [
        ("chebi20_candidates.tsv", "molecules", 33_010),
        ("chebi20_validation.tsv", "molecules", 3_301),
        ("chebi20_validation.tsv", "descriptions", 3_301),
        ("pairs_open.tsv", "descriptions", 26_536),
        ("chebi_ontology.tsv", "molecules", 9_884),
    ],
)
def test_every_row_of_the_published_files_is_usable(real_data: Path, name: str, role: Role, rows: int) -> None:
    found = list(open_corpus(real_data / name, role).rows())
    assert len(found) == rows
    assert [row for row in found if isinstance(row, Reject)] == []
    assert all(isinstance(row, Row) and row.structure for row in found)


def test_ids_of_the_ontology_are_its_own_and_cids_are_kept(real_data: Path) -> None:
    row = next(iter(open_corpus(real_data / "chebi_ontology.tsv", "molecules").rows()))
    assert isinstance(row, Row)
    assert row.id is not None
    assert row.id.startswith("CHEBI:")
    assert row.name
    assert row.description
