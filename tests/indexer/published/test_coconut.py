"""`molseek-index corpus coconut`, against a server of a page and a zip file as COCONUT publishes them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.indexer.conftest import Build
from tests.indexer.published.support import gather, rows
from tests.support.file_server import FileServer, Published, file_server

TABLE = (
    "\ufeffidentifier,canonical_smiles,standard_inchi,standard_inchi_key,name,iupac_name,organisms,synonyms,cas\r\n"
    'CNP0000001.1,CN1CCC[C@H]1c1cccnc1,InChI=1S/x,KEY,"nicotine, natural",'
    '"3-[(2S)-1-methylpyrrolidin-2-yl]pyridine","Nicotiana tabacum|Duboisia ""hopwoodii""",'
    '"(-)-nicotine|L-nicotine\r\n|nicotine, natural",54-11-5|16760-37-5\r\n'
    "CNP0000002.0,CCO,,,,ethanol,,,\r\n"
    "CNP0000003.0,,,,nothing drawn,,,,\r\n"
)
LITE = "identifier,canonical_smiles,standard_inchi,standard_inchi_key\r\nCNP0000002.0,CCO,,\r\n"
PAGE = (
    "<!DOCTYPE html><html><a href='https://elsewhere/2025-12/coconut_csv-12-2025.zip'>old</a>"
    "<a href='https://elsewhere/2026-08/coconut_csv-08-2026.zip'>CSV</a>"
    "<a href='https://elsewhere/2026-09/coconut_csv_lite-09-2026.zip'>lite</a></html>"
)


def zipped(table: str, name: str = "coconut_csv-08-2026.csv") -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"__MACOSX/._{name}", "x" * 10_000)
        archive.writestr(name, table)
    return stream.getvalue()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FileServer]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with file_server() as running:
        running.files["download"] = Published(PAGE.encode())
        running.files["coconut_csv-08-2026.zip"] = Published(zipped(TABLE))
        yield running


def test_the_newest_release_becomes_a_corpus_with_all_names(server: FileServer, tmp_path: Path, build: Build) -> None:
    out = tmp_path / "coconut"
    done = gather("coconut", "--out", out, "--base-url", server.base_url)
    assert done.exit_code == 0, done.output
    assert "licence       CC0" in done.output and "1 left out" in done.output
    nicotine, ethanol = rows(out)
    assert nicotine == {
        "id": "CNP0000001.1",
        "name": "nicotine, natural",
        "synonyms": "3-[(2S)-1-methylpyrrolidin-2-yl]pyridine|(-)-nicotine|L-nicotine|54-11-5|16760-37-5",
        "smiles": "CN1CCC[C@H]1c1cccnc1",
    }
    assert (ethanol["name"], ethanol["synonyms"]) == ("ethanol", "")
    assert build(out / "molecules.tsv").counts.molecules == 2
    assert {path.name for path in out.iterdir()} == {
        "coconut_csv-08-2026.zip",
        "molecules.tsv",
        "sources.json",
        "summary.json",
    }


def test_a_release_that_is_there_needs_no_page(server: FileServer, tmp_path: Path) -> None:
    (tmp_path / "coconut_csv-07-2026.zip").write_bytes(zipped(LITE))
    assert gather("coconut", "--out", tmp_path, "--base-url", server.base_url).exit_code == 0
    assert not server.requests
    assert rows(tmp_path) == [{"id": "CNP0000002.0", "name": "", "synonyms": "", "smiles": "CCO"}]


def test_a_release_can_be_named_by_its_month(server: FileServer, tmp_path: Path) -> None:
    server.files["coconut_csv-12-2025.zip"] = Published(zipped(LITE))
    assert gather("coconut", "--out", tmp_path, "--base-url", server.base_url, "--release", "2025-12").exit_code == 0
    assert [request.path for request in server.requests] == ["/coconut_csv-12-2025.zip"]
    wrong = gather("coconut", "--out", tmp_path, "--release", "December")
    assert wrong.exit_code == 1 and "no month such as 2026-08" in wrong.stderr


def test_a_broken_transfer_goes_on_where_it_stopped(server: FileServer, tmp_path: Path) -> None:
    server.files["coconut_csv-08-2026.zip"].breaks += [200]
    assert gather("coconut", "--out", tmp_path, "--base-url", server.base_url).exit_code == 0
    assert server.requests[-1].range == "bytes=200-"


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        (zipped(TABLE)[:-30], "not a complete zip file"),
        (b"<html>Please sign in</html>", "web page"),
        (zipped("id,smiles\r\n1,C\r\n"), "no column identifier"),
        (zipped(LITE + "CNP1,C\r\n"), "line 3: not as many columns"),
        (zipped(LITE, "readme.txt"), "no CSV file in it"),
    ],
)
def test_what_is_not_the_file_is_refused(server: FileServer, tmp_path: Path, body: bytes, complaint: str) -> None:
    server.files["coconut_csv-08-2026.zip"] = Published(body)
    done = gather("coconut", "--out", tmp_path, "--base-url", server.base_url)
    assert done.exit_code == 1
    assert complaint in done.stderr and done.stderr.count("\n") == 1
    assert not (tmp_path / "molecules.tsv").exists()


def test_a_page_without_a_release_asks_for_the_month(server: FileServer, tmp_path: Path) -> None:
    server.files["download"] = Published(b"<html>soon</html>")
    done = gather("coconut", "--out", tmp_path, "--base-url", server.base_url)
    assert done.exit_code == 1 and "say which month with --release" in done.stderr
