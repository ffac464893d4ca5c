"""Files that are not what their name says, told by their first bytes, in a chemist's words."""

from __future__ import annotations

import gzip
import subprocess
import sys
from pathlib import Path

import pytest

from indexer.corpus import Reject, Row, open_corpus
from indexer.errors import CorpusError
from tests.indexer.corpus.test_formats import sdf_record


@pytest.mark.parametrize("name", ["a.csv", "a.tsv", "a.txt", "a.smi", "a.sdf"])
@pytest.mark.parametrize(
    ("content", "said"),
    [
        (gzip.compress(b"smiles\nCCO\n", mtime=0), r"packed with gzip.*add \.gz"),
        (b"PK\x03\x04\x14\0\x06\0", "Excel workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old Excel workbook"),
        (b"PAR1\x15\x04", r"call it \.parquet"),
        (b"<!DOCTYPE html>\n<html></html>", "is a web page"),
        (b'\n<?xml version="1.0"?>', "is XML"),
        (b'{"smiles": "CCO"}', "is JSON"),
        (b"%PDF-1.7", "is a document"),
        (b"$RDFILE 1\n$DATM\n", "file of reactions"),
        ("smiles\nCCO\n".encode("utf-16"), "is UTF-16"),
        ("CCO ethanol\n".encode("utf-16-le"), "is UTF-16"),
        ("smiles\nCCO\n".encode("utf-16-be"), "is UTF-16"),
        (b"smiles\rCCO\rCO\r", "line ends of old Macs"),
    ],
)
def test_first_bytes_say_what_it_is(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    for file, written in ((name, content), (f"{name}.gz", gzip.compress(content))):
        (tmp_path / file).write_bytes(written)
        with pytest.raises(CorpusError, match=said):
            open_corpus(tmp_path / file, "molecules")


def test_mixed_line_ends_cost_their_line_and_say_so(tmp_path: Path) -> None:
    for name, content in (
        ("a.smi", "CCO a\nCO b\rCN c\n"),
        ("a.csv", "smiles,id\nCCO,a\nCO,b\rCN,c\n"),
        ("a.sdf", sdf_record("CCO", "a") + sdf_record("CO", "b").replace("$$$$\n", "$$$$\r") + sdf_record("CN", "c")),
    ):
        (tmp_path / name).write_text(content, newline="")
        found = list(open_corpus(tmp_path / name, "molecules").rows())
        (reject,) = (row for row in found if isinstance(row, Reject))
        assert "line end of old Macs" in reject.reason
        assert isinstance(found[0], Row)


def test_windows_line_ends_are_none_of_old_macs(tmp_path: Path) -> None:
    for ends in ("\r\n", "\r\r\n"):
        (tmp_path / "a.smi").write_text(f"CCO a{ends}CO b{ends}", newline="")
        assert [row.line for row in open_corpus(tmp_path / "a.smi", "molecules").rows()] == [1, 2]


@pytest.mark.parametrize("source", ["-", "/dev/stdin", "/dev/fd/0"])
def test_standard_input_is_a_pipe(source: str) -> None:
    code = f"from indexer.corpus import open_corpus; open_corpus({source!r}, 'molecules')"
    done = subprocess.run([sys.executable, "-c", code], input="smiles\n", capture_output=True, text=True, check=False)
    assert "is a pipe or a device, not a file" in done.stderr


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("a.mrv", "convert it to an SD file"),
        ("a.rxn", "file of reactions"),
        ("a.rdf", "file of reactions"),
        ("a.dwar", "DataWarrior"),
        ("a.mae", "Maestro"),
        ("a.feather", "write it as Parquet"),
        ("a.obo", "molseek-index corpus chebi"),
    ],
)
def test_formats_of_other_programs_have_advice(tmp_path: Path, name: str, said: str) -> None:
    (tmp_path / name).write_text("x")
    with pytest.raises(CorpusError, match=said):
        open_corpus(tmp_path / name, "molecules")
