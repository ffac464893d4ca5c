"""Data sets fetched into a directory: recorded, checked, and not fetched twice."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from model.published.checks import LinesCheck, Sized
from model.published.download import DownloadError
from model.published.fetching import fetch_files
from model.published.sources import DataSource, RemoteFile
from tests.support.file_server import FileServer, Published, file_server

TABLE = LinesCheck(range(3, 5), filled=True)
GOOD_TABLE = "CID\tSMILES\tdescription\n1\tC\tA gas.\n2\tCC\tAnother.\n"
SMALL = DataSource(
    key="small",
    title="Small",
    base_url="http://127.0.0.1:1/nowhere",
    files=(RemoteFile("a.txt", Sized(1, 1000, TABLE)), RemoteFile("b.txt", Sized(1, 1000, TABLE))),
    citation="us",
    licence="free",
)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FileServer]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with file_server() as running:
        yield running


def test_a_data_set_is_fetched_recorded_and_not_fetched_again(server: FileServer, tmp_path: Path) -> None:
    server.files["m/a.txt"] = server.files["b2"] = Published(GOOD_TABLE.encode())
    first = fetch_files(SMALL, tmp_path, base_url=f"{server.base_url}/m/", urls={"b.txt": f"{server.base_url}/b2"})
    assert [file.url for file in first] == [f"{server.base_url}/m/a.txt", f"{server.base_url}/b2"]
    record = json.loads((tmp_path / "sources.json").read_text())
    assert [entry["url"] for entry in record["files"]] == [file.url for file in first]

    again = fetch_files(SMALL, tmp_path)
    assert [file.url for file in again] == [None, None]
    assert len(server.requests) == 2
    assert json.loads((tmp_path / "sources.json").read_text()) == record


def test_a_file_placed_by_hand_is_taken_if_it_is_the_right_one(server: FileServer, tmp_path: Path) -> None:
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text(GOOD_TABLE)
    assert [file.url for file in fetch_files(SMALL, tmp_path)] == [None, None]
    (tmp_path / "b.txt").write_text("<html>saved the page instead</html>")
    with pytest.raises(DownloadError, match=r"b\.txt exists but is not .*web page.*--force"):
        fetch_files(SMALL, tmp_path)
    server.files["a.txt"] = server.files["b.txt"] = Published(GOOD_TABLE.encode())
    fetch_files(SMALL, tmp_path, base_url=server.base_url, force=True)
    assert (tmp_path / "b.txt").read_text() == GOOD_TABLE


def test_an_address_for_a_file_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match=r"no file 'c\.txt'; its files are: a\.txt, b\.txt"):
        fetch_files(SMALL, tmp_path, urls={"c.txt": "http://127.0.0.1/c"})
