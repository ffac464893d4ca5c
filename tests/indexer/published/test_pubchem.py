"""`molseek-index corpus pubchem-subset`, against a server of files in PubChem's formats."""

from __future__ import annotations

import errno
import gzip
import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from indexer.published.pubchem import Cids
from model.published.tables import Tables
from tests.indexer.conftest import Build
from tests.indexer.published.support import gather, rows
from tests.support.file_server import FileServer, Published, file_server

LISTINGS = {
    "CID-SMILES.gz": b"1\tCC(=O)OC(CC(=O)[O-])C[N+](C)(C)C\n702\tCCO\n2244\tCC(=O)OC1=CC=CC=C1C(=O)O\n500001\tC\n",
    # Not UTF-8 everywhere; a title of a compound whose SMILES is missing.
    "CID-Title.gz": b"1\tAcetylcarnitine\n702\tEthanol\n703\tNothing\n2244\tAspirin\n500001\tM\xe9thane\n",
    # The best first; some have semicolons, and not every compound has some.
    "CID-Synonym-filtered.gz": b"1\tacetyl-carnitine\n2244\taspirin\n2244\tacetylsalicylic acid\n2244\t50-78-2\n"
    b"2244\tEcotrin; coated\n500001\tmarsh gas; firedamp\n",
}
MOLBLOCK = "\n  -OEChem-01012600002D\n\n  1  0  0     0  0  0  0  0  0999 V2000\n    2.0  0.0  0.0 C   0  0\nM  END\n"


def record(cid: int, **items: str) -> str:
    data = "".join(f"> <PUBCHEM_{name}>\n{value}\n\n" for name, value in {"COMPOUND_CID": str(cid), **items}.items())
    return f"{cid}{MOLBLOCK}{data}$$$$\n"


SDF = {
    "Compound_000000001_000500000.sdf.gz": (
        record(702, SMILES="CCO", IUPAC_NAME="ethanol", IUPAC_TRADITIONAL_NAME="ethanol")
        + record(2244, OPENEYE_CAN_SMILES="CC", OPENEYE_ISO_SMILES="[13CH3]C", IUPAC_NAME="an; acid")
        + record(3000, IUPAC_NAME="no structure")
    ).encode(),
    "Compound_000500001_001000000.sdf.gz": record(500001, SMILES="C").encode(),
}


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FileServer]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with file_server() as running:
        for name, text in (LISTINGS | SDF).items():
            publish(running, name, gzip.compress(text))
        yield running


def publish(server: FileServer, name: str, body: bytes) -> None:
    server.files[name] = Published(body)
    server.files[f"{name}.md5"] = Published(f"{hashlib.md5(body).hexdigest()}  {name}\n".encode())


def subset(server: FileServer, out: Path, *more: object) -> tuple[str, ...]:
    return ("pubchem-subset", "--out", str(out), "--base-url", server.base_url, *map(str, more))


def test_compounds_get_their_titles_and_synonyms(server: FileServer, tmp_path: Path, build: Build) -> None:
    out = tmp_path / "pubchem"
    done = gather(*subset(server, out, "--cids", "700-3000,500001"))
    assert done.exit_code == 0, done.output
    assert "depositors, whose terms hold" in done.output
    assert rows(out) == [
        {"cid": "702", "name": "Ethanol", "synonyms": "", "smiles": "CCO"},
        {
            "cid": "2244",
            "name": "Aspirin",
            "synonyms": "aspirin|acetylsalicylic acid|50-78-2|Ecotrin; coated",
            "smiles": "CC(=O)OC1=CC=CC=C1C(=O)O",
        },
        {"cid": "500001", "name": "Méthane", "synonyms": "marsh gas; firedamp|", "smiles": "C"},
    ]
    assert build(out / "molecules.tsv").counts.molecules == 3
    assert not list(out.glob(".*"))


@pytest.mark.parametrize("more", [(), ("--sdf",)])
def test_without_a_molecule_the_table_of_before_stays(
    server: FileServer, tmp_path: Path, more: tuple[str, ...]
) -> None:
    nothing = gather(*subset(server, tmp_path, "--cids", "3-4", *more))
    assert nothing.exit_code == 1
    assert "no molecule was found" in nothing.stderr and nothing.stderr.count("\n") == 1
    assert not (tmp_path / "molecules.tsv").exists()
    assert gather(*subset(server, tmp_path, "--cids", "702", *more)).exit_code == 0
    before = rows(tmp_path)
    nothing = gather(*subset(server, tmp_path, "--cids", "3-4", *more))
    assert nothing.exit_code == 1
    assert f"{tmp_path / 'molecules.tsv'} is left as it was" in nothing.stderr
    assert rows(tmp_path) == before and not list(tmp_path.glob(".*"))


def test_compounds_can_be_listed_in_a_file(server: FileServer, tmp_path: Path) -> None:
    listed = tmp_path / "mine.csv.gz"
    listed.write_bytes(gzip.compress(b'cid,remark\n"702",x\n1,y\nno cid,z\n'))
    assert gather(*subset(server, tmp_path, "--cid-file", listed)).exit_code == 0
    assert [row["cid"] for row in rows(tmp_path)] == ["1", "702"]
    listed.write_bytes(gzip.compress(b"name\nnothing\n"))
    assert "has no CIDs" in gather(*subset(server, tmp_path, "--cid-file", listed)).stderr


def test_a_range_can_be_read_from_its_sdf_files_alone(server: FileServer, tmp_path: Path) -> None:
    done = gather(*subset(server, tmp_path, "--sdf", "--cids", "702-500001"))
    assert done.exit_code == 0, done.output
    assert rows(tmp_path) == [
        {"cid": "702", "name": "ethanol", "synonyms": "", "smiles": "CCO"},
        {"cid": "2244", "name": "an; acid", "synonyms": "", "smiles": "[13CH3]C"},
        {"cid": "500001", "name": "", "synonyms": "", "smiles": "C"},
    ]
    assert "1 left out" in done.output
    asked = {request.path for request in server.requests}
    assert asked == {f"/{name}{end}" for name in SDF for end in ("", ".md5")}


def test_listings_that_were_replaced_during_the_download_are_fetched_with_their_new_checksum(
    server: FileServer, tmp_path: Path
) -> None:
    command = subset(server, tmp_path, "--cids", "1-3000")
    server.files["CID-Title.gz.md5"] = Published(b"0" * 32 + b"  CID-Title.gz\n")  # of the listing of next week
    assert gather(*command).exit_code == 1
    publish(server, "CID-Title.gz", gzip.compress(b"702\tEthyl alcohol\n"))
    assert gather(*command).exit_code == 0
    assert rows(tmp_path)[1]["name"] == "Ethyl alcohol"
    asked = [request.path for request in server.requests]
    assert asked.count("/CID-SMILES.gz") == 1 and asked.count("/CID-Title.gz.md5") == 2


def test_a_wrong_checksum_is_an_error(server: FileServer, tmp_path: Path) -> None:
    server.files["CID-SMILES.gz"] = Published(gzip.compress(b"1\tN\n"))
    done = gather(*subset(server, tmp_path, "--cids", "1"))
    assert done.exit_code == 1
    assert "its MD5 is" in done.stderr and done.stderr.count("\n") == 1


def test_a_line_that_is_none_of_the_format_is_an_error_with_its_place(server: FileServer, tmp_path: Path) -> None:
    publish(server, "CID-SMILES.gz", gzip.compress(b"1\tN\nCID\tSMILES\n"))
    done = gather(*subset(server, tmp_path, "--cids", "1"))
    assert done.exit_code == 1
    assert "CID-SMILES.gz, line 2: not a CID, a tab and a value" in done.stderr


def test_a_full_disk_is_one_sentence_and_keeps_the_downloads(
    server: FileServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_space(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    command = subset(server, tmp_path, "--cids", "1-3000")
    with monkeypatch.context() as patch:
        patch.setattr(Tables, "finish", no_space)
        done = gather(*command)
    assert done.exit_code == 1
    assert f"{tmp_path}: the disk is full: " in done.stderr and done.stderr.count("\n") == 1
    server.requests.clear()
    assert gather(*command).exit_code == 0
    assert not server.requests


def test_an_interrupted_command_resumes(server: FileServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    command = subset(server, tmp_path, "--cids", "1-3000")
    with monkeypatch.context() as patch:
        patch.setattr(Tables, "finish", interrupt)
        done = gather(*command)
    assert done.exit_code == 130
    assert "run the same command again to resume" in done.stderr
    assert not list(tmp_path.glob(".*")) and not (tmp_path / "molecules.tsv").exists()
    assert gather(*command).exit_code == 0
    assert len(rows(tmp_path)) == 3


@pytest.mark.parametrize("text", ["", "0", "5-1", "1-", "x", "1,,2", "1000000000", "1-2-3"])
def test_cids_that_are_none(text: str, tmp_path: Path) -> None:
    done = gather("pubchem-subset", "--out", tmp_path, "--cids", text, "--dry-run")
    assert done.exit_code == 1
    assert "is no CID and no range" in done.stderr


def test_cids_are_ranges_with_both_ends_and_single_ones() -> None:
    cids = Cids.parse("10-12, 3")
    assert [cid for cid in range(20) if cid in cids] == [3, 10, 11, 12]


def test_one_way_to_name_compounds_is_needed(tmp_path: Path) -> None:
    assert gather("pubchem-subset", "--out", tmp_path).exit_code == 2


def test_all_of_pubchem_as_sdf_is_too_much(tmp_path: Path) -> None:
    done = gather("pubchem-subset", "--out", tmp_path, "--sdf", "--cids", "1-999999999")
    assert done.exit_code == 1 and "at most 400 are fetched" in done.stderr
