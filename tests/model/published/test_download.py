"""Downloads from a server that breaks off, forgets, changes its files or is not there."""

from __future__ import annotations

import fcntl
import json
import random
import shutil
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from model.published.checks import ContentError
from model.published.download import DownloadError, RetryPolicy, fetch
from tests.support.file_server import FileServer, Published, Request, file_server

BODY = random.Random(0).randbytes(300_000)
OTHER = random.Random(1).randbytes(310_000)
FEW = RetryPolicy(attempts=3, timeout=5.0)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FileServer]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with file_server() as running:
        yield running


class Pauses(list[float]):
    """Stands in for `time.sleep` and remembers for how long."""

    def __call__(self, seconds: float) -> None:
        self.append(seconds)


def anything(path: Path) -> None:
    pass


def get(
    server: FileServer, path: Path, pauses: Pauses | None = None, max_bytes: int = 1_000_000, policy: RetryPolicy = FEW
) -> None:
    fetch(
        f"{server.base_url}/file",
        path,
        max_bytes=max_bytes,
        check=anything,
        policy=policy,
        sleep=pauses if pauses is not None else Pauses(),
    )


def leftovers(path: Path) -> set[str]:
    return {found.name for found in path.parent.iterdir()} - {path.name}


def test_a_file_arrives_whole_and_leaves_nothing_else_behind(server: FileServer, tmp_path: Path) -> None:
    server.files["file"] = Published(BODY)
    path = tmp_path / "new" / "file"
    get(server, path)
    assert path.read_bytes() == BODY
    assert not leftovers(path)


def test_broken_transfers_go_on_where_they_stopped(server: FileServer, tmp_path: Path) -> None:
    server.files["file"] = Published(BODY, breaks=[100_000, 50_000])
    path = tmp_path / "file"
    get(server, path)
    assert path.read_bytes() == BODY
    assert server.requests == [
        Request("/file", None, None),
        Request("/file", "bytes=100000-", '"v1"'),
        Request("/file", "bytes=150000-", '"v1"'),
    ]


def test_a_later_call_goes_on_where_an_earlier_one_gave_up(server: FileServer, tmp_path: Path) -> None:
    server.files["file"] = file = Published(BODY, breaks=[200_000], statuses=[])
    path = tmp_path / "file"
    with pytest.raises(
        DownloadError, match=r"after 200,000 of 300,000 bytes.*200,000 bytes are kept; run the same command again"
    ):
        get(server, path, policy=RetryPolicy(attempts=0))
    assert leftovers(path) == {"file.part", "file.part.json"}
    file.last_modified = "Mon, 02 Nov 2026 10:00:00 GMT"  # the ETag decides
    get(server, path)
    assert path.read_bytes() == BODY
    assert [request.range for request in server.requests] == [None, "bytes=200000-"]


@pytest.mark.parametrize("heeds_if_range", [True, False])
def test_halves_of_two_versions_are_never_glued_together(
    server: FileServer, tmp_path: Path, heeds_if_range: bool
) -> None:
    path = tmp_path / "file"
    server.files["file"] = Published(BODY, breaks=[200_000])
    with pytest.raises(DownloadError):
        get(server, path, policy=RetryPolicy(attempts=0))
    server.files["file"] = Published(OTHER, etag='"v2"', if_range=heeds_if_range)
    get(server, path)
    assert path.read_bytes() == OTHER


def test_a_file_that_has_become_shorter_is_fetched_anew(server: FileServer, tmp_path: Path) -> None:
    path = tmp_path / "file"
    server.files["file"] = Published(BODY, breaks=[200_000])
    with pytest.raises(DownloadError):
        get(server, path, policy=RetryPolicy(attempts=0))
    server.files["file"] = Published(BODY[:1000], etag='"v2"', if_range=False)
    get(server, path)
    assert path.read_bytes() == BODY[:1000]


@pytest.mark.parametrize(
    "file",
    [
        Published(BODY, ranges=False),
        Published(BODY, etag=None),
        Published(BODY, etag='W/"v1"', last_modified="Mon, 02 Nov 2026 10:00:00 GMT"),
    ],
    ids=["no ranges", "no validator", "weak validator"],
)
def test_without_safe_resuming_a_transfer_begins_again(server: FileServer, tmp_path: Path, file: Published) -> None:
    server.files["file"] = replace(file, breaks=[200_000])
    path = tmp_path / "file"
    get(server, path)
    assert path.read_bytes() == BODY
    assert len(server.requests) == 2


def test_a_date_is_a_validator_where_there_is_no_etag(server: FileServer, tmp_path: Path) -> None:
    date = "Mon, 02 Nov 2026 10:00:00 GMT"
    server.files["file"] = Published(BODY, etag=None, last_modified=date, breaks=[200_000])
    path = tmp_path / "file"
    get(server, path)
    assert path.read_bytes() == BODY
    assert server.requests[-1] == Request("/file", "bytes=200000-", date)


def test_what_was_downloaded_from_another_address_is_not_used(server: FileServer, tmp_path: Path) -> None:
    path = tmp_path / "file"
    server.files["other"] = Published(OTHER, breaks=[200_000])
    with pytest.raises(DownloadError):
        fetch(
            f"{server.base_url}/other",
            path,
            max_bytes=1_000_000,
            check=anything,
            policy=RetryPolicy(attempts=0),
        )
    server.files["file"] = Published(BODY)
    get(server, path)
    assert path.read_bytes() == BODY


@pytest.mark.parametrize("note", ["", "[]", '{"url": 3}', '{"url": "x", "validator": "y", "total": "z"}'])
def test_a_part_whose_note_is_damaged_is_not_used(server: FileServer, tmp_path: Path, note: str) -> None:
    path = tmp_path / "file"
    path.with_name("file.part").write_bytes(OTHER[:1000])
    path.with_name("file.part.json").write_text(note)
    server.files["file"] = Published(BODY)
    get(server, path)
    assert path.read_bytes() == BODY


def test_a_call_that_was_killed_before_renaming_downloads_nothing_twice(server: FileServer, tmp_path: Path) -> None:
    path = tmp_path / "file"
    version = {"url": f"{server.base_url}/file", "validator": '"v1"', "total": len(BODY)}
    path.with_name("file.part").write_bytes(BODY)
    path.with_name("file.part.json").write_text(json.dumps(version))
    get(server, path)
    assert path.read_bytes() == BODY
    assert not server.requests


def test_pauses_double_up_to_a_limit_and_a_servers_wish_is_heard(server: FileServer, tmp_path: Path) -> None:
    pauses = Pauses()
    server.files["file"] = Published(BODY, statuses=[503, 502, 500, 429])
    get(server, tmp_path / "file", pauses, policy=RetryPolicy(attempts=9, first_pause=1, longest_pause=5))
    assert pauses == [1, 2, 4, 5]
    server.files["file"] = Published(BODY, statuses=[429], retry_after="3")
    pauses.clear()
    get(server, tmp_path / "again", pauses)
    assert pauses == [3]


def test_a_server_that_always_breaks_off_is_given_up(server: FileServer, tmp_path: Path) -> None:
    server.files["file"] = Published(BODY, ranges=False, breaks=[200_000] * 9)
    with pytest.raises(DownloadError, match="3 attempts without progress"):
        get(server, tmp_path / "file")
    assert len(server.requests) == 1 + FEW.attempts


def test_progress_renews_patience(server: FileServer, tmp_path: Path) -> None:
    server.files["file"] = Published(BODY, breaks=[70_000, 70_000, 70_000, 70_000])
    get(server, tmp_path / "file", policy=RetryPolicy(attempts=1))
    assert (tmp_path / "file").read_bytes() == BODY


def test_a_server_that_is_away_is_named_with_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with socket.socket() as taken:  # a port where nobody listens
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/file"
        pauses = Pauses()
        with pytest.raises(DownloadError) as caught:
            fetch(
                url,
                tmp_path / "file",
                max_bytes=9,
                check=anything,
                policy=FEW,
                sleep=pauses,
            )
    message = str(caught.value)
    assert url in message
    assert "cannot be reached" in message
    assert f"place it at {tmp_path / 'file'}" in message
    assert len(pauses) == FEW.attempts - 1
    assert not list(tmp_path.iterdir())


def test_a_wrong_address_is_not_tried_again(server: FileServer, tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match="answered 404"):
        get(server, tmp_path / "file")
    assert len(server.requests) == 1


@pytest.mark.parametrize("announces", [True, False])
def test_a_file_that_is_too_long_is_not_kept(server: FileServer, tmp_path: Path, announces: bool) -> None:
    server.files["file"] = Published(BODY, announces=announces)
    with pytest.raises(DownloadError, match="299,999"):
        get(server, tmp_path / "file", max_bytes=299_999)
    assert not list(tmp_path.iterdir())


def test_content_that_fails_its_check_is_not_kept(server: FileServer, tmp_path: Path) -> None:
    def refuse(path: Path) -> None:
        assert path.read_bytes() == BODY
        raise ContentError("it is noise")

    server.files["file"] = Published(BODY)
    with pytest.raises(DownloadError, match=r"it is noise\. If that site"):
        fetch(f"{server.base_url}/file", tmp_path / "file", max_bytes=1_000_000, check=refuse)
    assert not list(tmp_path.iterdir())


def test_two_downloads_of_one_file_do_not_mix(server: FileServer, tmp_path: Path) -> None:
    server.files["file"] = Published(BODY)
    with (tmp_path / "file.part").open("wb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(DownloadError, match="Another process"):
            get(server, tmp_path / "file")


@pytest.mark.parametrize("url", ["file:///etc/hostname", "ftp://127.0.0.1/file", "/etc/hostname"])
def test_only_web_addresses_are_downloaded(tmp_path: Path, url: str) -> None:
    with pytest.raises(DownloadError, match="not an http or https address"):
        fetch(url, tmp_path / "file", max_bytes=9, check=anything)


def test_redirections_are_followed_on_the_web_only(server: FileServer, tmp_path: Path) -> None:
    server.files["file"] = Published(b"", redirect=f"{server.base_url}/moved")
    server.files["moved"] = Published(BODY)
    get(server, tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == BODY
    server.files["file"] = Published(b"", redirect="file:///etc/hostname")
    with pytest.raises(DownloadError, match="302"):
        get(server, tmp_path / "other")


def test_a_directory_that_cannot_be_written_is_an_error_of_its_own(server: FileServer, tmp_path: Path) -> None:
    server.files["file"] = Published(BODY)
    (tmp_path / "blocked").write_text("a file where the directory should be")
    with pytest.raises(DownloadError, match="cannot be written"):
        get(server, tmp_path / "blocked" / "file")


def test_a_full_disk_is_seen_before_the_first_byte(
    server: FileServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.files["file"] = Published(BODY)
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=99_999))
        with pytest.raises(DownloadError) as caught:
            get(server, tmp_path / "file")
    assert str(caught.value).startswith(
        f"{tmp_path}: the disk is full: 99,999 bytes are free, and file needs 300,000 bytes."
    )
    get(server, tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == BODY
