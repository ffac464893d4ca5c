"""What a record of a run says of its data."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from model import load_checkpoint
from tests.support.tiny_run import SMALL, TRAIN, write_tiny_files
from training.config import load_preset
from training.pairs.digests import data_digest
from training.pairs.tables import PairFileError
from training.runs.fit import fit
from training.runs.run_data import RunFiles


@pytest.fixture
def published(tmp_path: Path) -> Path:
    """PCdes as it is published: a folder of two files, line by line."""
    folder = tmp_path / "pcdes"
    folder.mkdir()
    (folder / "align_smiles.txt").write_text("".join(f"{smiles}\n" for smiles, _ in TRAIN), encoding="utf-8")
    (folder / "align_des_filt3.txt").write_text("".join(f"{text}\n" for _, text in TRAIN), encoding="utf-8")
    return folder


def test_a_file_has_its_own_digest(tmp_path: Path) -> None:
    (tmp_path / "a.tsv").write_bytes(b"smiles\tdescription\n")
    assert data_digest(tmp_path / "a.tsv") == hashlib.sha256(b"smiles\tdescription\n").hexdigest()
    with pytest.raises(PairFileError, match="cannot be read"):
        data_digest(tmp_path / "absent.tsv")


def test_pcdes_as_published_has_one_digest_of_both_files(published: Path) -> None:
    before = data_digest(published)
    assert data_digest(published / "align_smiles.txt") == before
    (published / "notes.txt").write_text("of no matter", encoding="utf-8")
    assert data_digest(published) == before
    with (published / "align_des_filt3.txt").open("a", encoding="utf-8") as file:
        file.write("One more.\n")
    assert data_digest(published) != before
    (published / "align_des_filt3.txt").unlink()
    with pytest.raises(PairFileError, match="cannot be read"):
        data_digest(published)


def test_a_run_on_pcdes_as_published(published: Path, tmp_path: Path) -> None:
    data = write_tiny_files(tmp_path / "data")
    files = RunFiles([f"{published}?pcdes_split=train"], data.validation, data.candidates, tmp_path / "run")
    fit(load_preset("text2mol_mlp", [*SMALL, "epochs=1"]), files, workers=0, device="cpu")
    record = load_checkpoint(tmp_path / "run" / "best").info.training["data"]
    assert isinstance(record, dict)
    assert record["pairs"] == len(TRAIN)
    [source] = record["sources"]  # type: ignore[misc]
    assert source == {
        "file": "pcdes?pcdes_split=train",
        "sha256": data_digest(published),
        "pairs": len(TRAIN),
        "rejected": 0,
    }
