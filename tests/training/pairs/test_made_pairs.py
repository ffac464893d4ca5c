"""Tables of pairs that commands make, with a record beside them."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from training.pairs import PairFileError, read_pairs
from training.pairs.made_pairs import origin_of, write_made_pairs

COLUMNS = ("smiles", "description")


def test_a_table_is_read_back_as_pairs_with_its_record_beside_it(tmp_path: Path) -> None:
    out = tmp_path / "made" / "pairs.tsv"
    write_made_pairs(out, COLUMNS, [("C", "methane"), ("CC", "ethane")], {"seed": 3})
    assert [(pair.smiles, pair.text) for pair in read_pairs(out).pairs] == [("C", "methane"), ("CC", "ethane")]
    assert json.loads(out.with_suffix(".json").read_text()) == {"seed": 3}


def test_a_table_that_cannot_be_made_leaves_the_old_one(tmp_path: Path) -> None:
    out = tmp_path / "pairs.tsv"
    write_made_pairs(out, COLUMNS, [("C", "methane")], {})
    before = out.read_bytes()

    def broken() -> list[tuple[str, str]]:
        raise RuntimeError("no rows")

    with pytest.raises(RuntimeError):
        write_made_pairs(out, COLUMNS, (row for one in [broken] for row in one()), {})
    assert out.read_bytes() == before
    assert {path.name for path in tmp_path.iterdir()} == {"pairs.tsv", "pairs.json"}


def test_an_origin_is_a_name_without_its_folder_and_a_digest(tmp_path: Path) -> None:
    path = tmp_path / "pairs.tsv"
    path.write_text("smiles\tdescription\nC\tmethane\n")
    assert origin_of(f"{path}?smiles=C") == {
        "source": "pairs.tsv?smiles=C",
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
    }
    with pytest.raises(PairFileError, match=r"nowhere\.tsv cannot be read"):
        origin_of(str(tmp_path / "nowhere.tsv"))
