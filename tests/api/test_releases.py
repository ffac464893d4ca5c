"""A newly published release is taken up under load; a bad one is refused and the old one stays."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from indexer.release import read_manifest
from service.answering.serving import Serving, ServingSlot
from tests.api.corpus import Index, copy_index, point_current

TEXT = "/search/text2mol"
QUICK = {"poll_seconds": 0.05, "refused_retry_seconds": 0.05}


def eventually(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def serving(client: TestClient) -> str:
    return str(client.get("/health/ready").json()["release"])


@contextmanager
def asking(*clients: Callable[[], None]) -> Iterator[None]:
    """Each of these asks again and again, in a thread of its own, for as long as the block lasts."""
    stop = threading.Event()

    def ask(one: Callable[[], None]) -> None:
        while not stop.is_set():
            one()

    threads = [threading.Thread(target=ask, args=(one,)) for one in clients]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def publish_in_turn(client: TestClient, root: Path, releases: Sequence[str], seen: Sequence[object]) -> None:
    """Publish one after the other, each when the one before is served and ten more answers were `seen`."""
    for release in releases:
        point_current(root, release)
        eventually(lambda release=release: serving(client) == release)  # type: ignore[misc]
        before = len(seen)
        eventually(lambda before=before: len(seen) > before + 10)  # type: ignore[misc]


@pytest.fixture
def root(index: Index, tmp_path: Path) -> Path:
    return copy_index(index.root, tmp_path / "index")


def test_new_release_is_taken_up_while_clients_ask(
    client_with: Callable[..., TestClient], index: Index, root: Path
) -> None:
    client = client_with(index=root, workers=2, **QUICK)
    seen: list[tuple[int, str, int]] = []

    def ask() -> None:
        answer = client.post(TEXT, json={"query": "a solvent", "k": 100})
        body = answer.json()
        seen.append((answer.status_code, body.get("release", answer.text), len(body.get("results", [[]])[0])))

    with asking(*[ask] * 4):
        eventually(lambda: len(seen) > 20)
        publish_in_turn(client, root, (index.second, index.first, index.second), seen)
    assert {status for status, _, _ in seen} == {200}
    # Each answer comes from one release as a whole.
    assert {(release, hits) for _, release, hits in seen} == {(index.first, 7), (index.second, 8)}


def test_damaged_release_is_refused_and_the_old_one_served(
    client_with: Callable[..., TestClient], index: Index, root: Path, caplog: pytest.LogCaptureFixture
) -> None:
    fingerprints = root / "releases" / index.second / "fingerprints.npy"
    good = fingerprints.read_bytes()
    fingerprints.chmod(0o644)
    fingerprints.write_bytes(good[:-1] + bytes([good[-1] ^ 1]))
    client = client_with(index=root, **QUICK)
    point_current(root, index.second)
    eventually(lambda: client.get("/version").json()["refused"] is not None)
    refused = client.get("/health/ready").json()
    assert refused["release"] == index.first
    assert refused["refused"]["release"] == index.second
    assert "fingerprints.npy" in refused["refused"]["reason"]
    assert str(root) not in refused["refused"]["reason"]
    assert client.post(TEXT, json={"query": "a solvent"}).json()["release"] == index.first
    eventually(lambda: f"refused release {index.second}" in caplog.text)
    assert caplog.text.count(f"refused release {index.second}") == 1  # once, not at every look

    fingerprints.write_bytes(good)  # mended in place: taken up without anyone's help
    eventually(lambda: serving(client) == index.second)
    assert client.get("/version").json()["refused"] is None


def test_nobody_reads_that_the_release_in_service_is_refused(
    client_with: Callable[..., TestClient], index: Index, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest = root / "releases" / index.second / "manifest.json"
    good = manifest.read_bytes()
    manifest.unlink()
    client = client_with(index=root, **QUICK)
    point_current(root, index.second)
    eventually(lambda: client.get("/version").json()["refused"] is not None)
    exchange = ServingSlot.swap

    def slowly(slot: ServingSlot, serving: Serving | None) -> None:
        exchange(slot, serving)
        time.sleep(0.3)  # time to look between the exchange and whatever the watcher does next

    monkeypatch.setattr(ServingSlot, "swap", slowly)
    seen: list[tuple[str, str | None]] = []

    def look() -> None:
        answer = client.get("/health/ready").json()
        seen.append((answer["release"], answer["refused"] and answer["refused"]["release"]))

    with asking(look):
        manifest.write_bytes(good)
        eventually(lambda: serving(client) == index.second)
        before = len(seen)
        eventually(lambda: len(seen) > before + 10)
    assert (index.second, index.second) not in seen


def test_rollback_ends_a_refusal(client_with: Callable[..., TestClient], index: Index, root: Path) -> None:
    (root / "releases" / index.second / "manifest.json").unlink()
    client = client_with(index=root, **QUICK)
    point_current(root, index.second)
    eventually(lambda: client.get("/version").json()["refused"] is not None)
    point_current(root, index.first)
    eventually(lambda: client.get("/version").json()["refused"] is None)
    assert serving(client) == index.first


def test_release_of_another_checkpoint_is_refused(
    client_with: Callable[..., TestClient], index: Index, root: Path
) -> None:
    client = client_with(index=root, **QUICK)
    copy_index(index.foreign / "releases" / index.foreign_release, root / "releases" / index.foreign_release)
    point_current(root, index.foreign_release)
    eventually(lambda: client.get("/version").json()["refused"] is not None)
    assert "was built with checkpoint" in client.get("/version").json()["refused"]["reason"]
    assert serving(client) == index.first


def test_a_new_checkpoint_and_its_release_are_exchanged_at_once_under_load(
    client_with: Callable[..., TestClient], index: Index, root: Path, tmp_path: Path
) -> None:
    """Every answer is that of one checkpoint with its own release: the same hits with the same scores."""
    checkpoints = tmp_path / "checkpoints"
    checkpoints.mkdir()
    (checkpoints / "next").symlink_to(index.foreign_checkpoint)
    client = client_with(index=root, checkpoints=checkpoints, workers=2, **QUICK)
    copy_index(index.foreign / "releases" / index.foreign_release, root / "releases" / index.foreign_release)
    seen: list[tuple[int, str, str, str]] = []

    def ask(path: str, query: str) -> None:
        answer = client.post(path, json={"query": query, "k": 3, "mode": "vector"})
        body = answer.json()
        hits = [(hit["id"], round(hit["score"], 5)) for hit in body.get("results", [[]])[0]]
        seen.append((answer.status_code, path, body.get("release", answer.text), str(hits)))

    asked = ((TEXT, "a solvent"), ("/search/mol2text", "CCOC(C)=O"), (TEXT, "a salicylate"))
    with asking(*(partial(ask, *each) for each in asked)):
        publish_in_turn(client, root, (index.foreign_release, index.first, index.foreign_release), seen)
    assert {status for status, _, _, _ in seen} == {200}
    of_structures = {(release, hits) for _, path, release, hits in seen if path != TEXT}
    assert len(of_structures) == 2  # one answer of each release
    assert len({(release, hits) for _, path, release, hits in seen if path == TEXT}) == 4
    version = client.get("/version").json()
    assert version["checkpoint"]["digest"] == read_manifest(root / "current").checkpoint.digest


def test_a_release_whose_checkpoint_is_not_in_the_directory_is_refused(
    client_with: Callable[..., TestClient], index: Index, root: Path, tmp_path: Path
) -> None:
    client = client_with(index=root, checkpoints=tmp_path, **QUICK)
    copy_index(index.foreign / "releases" / index.foreign_release, root / "releases" / index.foreign_release)
    point_current(root, index.foreign_release)
    eventually(lambda: client.get("/version").json()["refused"] is not None)
    assert "not in the directory of checkpoints" in client.get("/version").json()["refused"]["reason"]
    assert client.post("/search/mol2text", json={"query": "CCO"}).json()["release"] == index.first


def test_first_release_makes_it_ready(client_with: Callable[..., TestClient], index: Index, tmp_path: Path) -> None:
    client = client_with(index=tmp_path / "index", **QUICK)
    assert client.get("/health/ready").status_code == 503
    copy_index(index.root, tmp_path / "index")
    eventually(lambda: client.get("/health/ready").status_code == 200)


def test_releases_gone_from_disk_leave_the_service_as_it_is(
    client_with: Callable[..., TestClient], index: Index, root: Path
) -> None:
    client = client_with(index=root, **QUICK)
    (root / "current").unlink()
    time.sleep(0.3)
    assert client.post(TEXT, json={"query": "a solvent"}).json()["release"] == index.first


def test_one_release_directory_can_be_served(client_with: Callable[..., TestClient], index: Index) -> None:
    client = client_with(index=index.root / "releases" / index.second)
    assert serving(client) == index.second


def test_a_release_that_is_written_to_goes_out_of_service_and_comes_back_when_it_is_whole(
    client_with: Callable[..., TestClient], index: Index, root: Path
) -> None:
    """A search in a mapped file that was cut short would end the process, this test with it."""
    client = client_with(index=root, **QUICK)
    vectors = root / "releases" / index.first / "molecules.npy"
    good = vectors.read_bytes()
    vectors.chmod(0o644)
    os.truncate(vectors, 200)  # waits until the release is out of service, where the system has leases
    eventually(lambda: client.get("/health/ready").status_code == 503)
    problem = client.post(TEXT, json={"query": "a solvent"})
    assert (problem.status_code, problem.json()["code"]) == (503, "not_ready")
    eventually(lambda: "molecules.npy" in client.get("/health/ready").json()["detail"])
    assert client.get("/health/live").status_code == 200

    vectors.write_bytes(good)
    eventually(lambda: client.get("/health/ready").status_code == 200)
    assert serving(client) == index.first
    point_current(root, index.second)
    eventually(lambda: serving(client) == index.second)


def test_a_file_whose_contents_are_the_same_is_taken_back(
    client_with: Callable[..., TestClient], index: Index, root: Path, caplog: pytest.LogCaptureFixture
) -> None:
    client = client_with(index=root, verify_release=False, **QUICK)
    records = root / "releases" / index.first / "records.sqlite"
    os.utime(records, (0, 0))
    eventually(lambda: "records.sqlite has been written to" in caplog.text)
    eventually(lambda: client.get("/health/ready").status_code == 200)
    assert serving(client) == index.first
