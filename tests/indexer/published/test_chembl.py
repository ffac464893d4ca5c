"""`molseek-index corpus chembl`, against a server of files in ChEMBL's formats."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from indexer.search.lexicon import open_lexicon
from tests.indexer.conftest import Build, current
from tests.indexer.published.support import gather, interrupted, rows
from tests.support.file_server import FileServer, Published, file_server

CHEMREPS = (
    "chembl_id\tcanonical_smiles\tstandard_inchi\tstandard_inchi_key\n"
    "CHEMBL25\tCC(=O)Oc1ccccc1C(=O)O\tInChI=1S/C9H8O4/c1-6(10)13-8-5-3-2-4-7(8)9(11)12/h2-5H,1H3,(H,11,12)\t"
    "BSYNRYMUTXBXSQ-UHFFFAOYSA-N\n"
    "CHEMBL6329\tCc1cc(-n2ncc(=O)[nH]c2=O)ccc1C(=O)c1ccccc1Cl\t\t\n"
    "CHEMBL4650319\t\t\t\n"  # no structure
)
MOLBLOCK = "\n     RDKit          2D\n\n  1  0  0  0  0  0  0  0  0  0999 V2000\n    0.0  0.0  0.0 C   0  0\nM  END\n"
SDF = (
    f"CHEMBL25{MOLBLOCK}> <chembl_id>\nCHEMBL25\n\n> <chembl_pref_name>\nASPIRIN\n\n$$$$\n"
    f"CHEMBL6329{MOLBLOCK}> <chembl_id>\nCHEMBL6329\n\n> <chembl_pref_name>\nNone\n\n$$$$\n"
)
STRUCTURES, NAMES = gzip.compress(CHEMREPS.encode()), gzip.compress(SDF.encode())


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FileServer]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with file_server() as running:
        publish(running, {"chembl_36_chemreps.txt.gz": STRUCTURES, "chembl_36.sdf.gz": NAMES})
        yield running


def publish(server: FileServer, files: dict[str, bytes]) -> None:
    lines = [f"{hashlib.sha256(body).hexdigest()}  {name}\n" for name, body in files.items()]
    server.files |= {name: Published(body) for name, body in files.items()}
    server.files["checksums.txt"] = Published("".join(lines).encode())


def asked(server: FileServer) -> list[str]:
    return [request.path for request in server.requests]


def test_structures_and_names_become_a_corpus_that_an_index_is_built_from(
    server: FileServer, tmp_path: Path, build: Build
) -> None:
    out = tmp_path / "chembl"
    done = gather("chembl", "--out", out, "--base-url", server.base_url)
    assert done.exit_code == 0, done.output
    assert "licence       CC BY-SA 3.0" in done.output
    assert "molecules     2 in" in done.output and "1 left out" in done.output
    assert rows(out) == [
        {"id": "CHEMBL25", "name": "ASPIRIN", "synonyms": "", "smiles": "CC(=O)Oc1ccccc1C(=O)O"},
        {"id": "CHEMBL6329", "name": "", "synonyms": "", "smiles": "Cc1cc(-n2ncc(=O)[nH]c2=O)ccc1C(=O)c1ccccc1Cl"},
    ]
    assert build(out / "molecules.tsv").counts.molecules == 2
    release = current(tmp_path / "index")
    lexicon = open_lexicon(release, release / "records.sqlite")
    assert lexicon is not None
    assert [match.row for match in lexicon.find_name("aspirin")] == [0]
    assert [match.row for match in lexicon.find_id("CHEMBL6329")] == [1]
    lexicon.close()


def test_the_source_is_named_before_anything_is_fetched(server: FileServer, tmp_path: Path) -> None:
    done = gather("chembl", "--out", tmp_path / "x", "--base-url", server.base_url, "--dry-run")
    assert done.exit_code == 0
    for said in (server.base_url, "CC BY-SA 3.0", "chembl_NN.sdf.gz", "about 1.2 GB"):
        assert said in done.output
    assert not server.requests and not (tmp_path / "x").exists()


def test_without_names_the_sdf_is_not_fetched(server: FileServer, tmp_path: Path) -> None:
    assert gather("chembl", "--out", tmp_path, "--base-url", server.base_url, "--no-names").exit_code == 0
    assert asked(server) == ["/checksums.txt", "/chembl_36_chemreps.txt.gz"]
    assert [row["name"] for row in rows(tmp_path)] == ["", ""]


def test_an_interrupted_download_is_resumed_by_the_same_command(server: FileServer, tmp_path: Path) -> None:
    (tmp_path / "checksums.txt").write_bytes(server.files["checksums.txt"].body)
    server.files["chembl_36_chemreps.txt.gz"].breaks += [100]
    command = ("chembl", "--out", tmp_path, "--base-url", server.base_url)
    stopped = interrupted(*command)
    assert stopped.exit_code == 130
    assert "run the same command again to resume" in stopped.stderr
    assert gather(*command).exit_code == 0
    assert [request.range for request in server.requests] == [None, "bytes=100-", None]
    assert len(rows(tmp_path)) == 2


def test_a_second_call_fetches_nothing_and_force_finds_a_newer_release(server: FileServer, tmp_path: Path) -> None:
    command = ("chembl", "--out", tmp_path, "--base-url", server.base_url, "--no-names")
    gather(*command)
    publish(server, {"chembl_37_chemreps.txt.gz": gzip.compress(CHEMREPS.replace("CHEMBL25", "CHEMBL26").encode())})
    server.requests.clear()
    gather(*command)
    assert not server.requests and rows(tmp_path)[0]["id"] == "CHEMBL25"
    assert gather(*command, "--force").exit_code == 0
    assert rows(tmp_path)[0]["id"] == "CHEMBL26"


def test_what_is_not_as_published_is_refused_with_its_checksum(server: FileServer, tmp_path: Path) -> None:
    server.files["chembl_36_chemreps.txt.gz"] = Published(STRUCTURES[:-4])
    done = gather("chembl", "--out", tmp_path, "--base-url", server.base_url)
    assert done.exit_code == 1
    assert f"not {hashlib.sha256(STRUCTURES).hexdigest()} as published" in done.stderr
    assert not (tmp_path / "molecules.tsv").exists()


def test_an_older_release_can_be_named(tmp_path: Path) -> None:
    done = gather("chembl", "--out", tmp_path, "--release", 35, "--dry-run")
    assert "/releases/chembl_35" in done.output and "chembl_35.sdf.gz" in done.output


@pytest.mark.parametrize(
    ("table", "complaint"),
    [
        ("molregno\tsmiles\n1\tC\n", "no columns chembl_id and canonical_smiles"),
        (CHEMREPS + "CHEMBL1\tC\n", "line 5: 2 columns instead of 4"),
    ],
)
def test_another_format_is_an_error_with_its_place(
    server: FileServer, tmp_path: Path, table: str, complaint: str
) -> None:
    publish(server, {"chembl_36_chemreps.txt.gz": gzip.compress(table.encode())})
    done = gather("chembl", "--out", tmp_path, "--base-url", server.base_url, "--no-names")
    assert done.exit_code == 1
    assert complaint in done.stderr
    assert not (tmp_path / "molecules.tsv").exists()
