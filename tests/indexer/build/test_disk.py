"""A full disk, at any moment of a build: one sentence, and the next build resumes."""

from __future__ import annotations

import errno
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from indexer.build import assemble, index_stage, seal
from indexer.build.records_writer import RecordsWriter
from indexer.build.shards import ShardStore
from indexer.errors import BuildError
from indexer.release import current_release
from tests.indexer.conftest import Build


def no_space(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def no_space_in_sqlite(*_: object, **__: object) -> None:
    raise sqlite3.OperationalError("database or disk is full")


@pytest.mark.parametrize(
    ("where", "name", "fault"),
    [
        (ShardStore, "write", no_space),
        (assemble, "write_npy", no_space),
        (assemble, "write_sources", no_space),
        (RecordsWriter, "finish", no_space_in_sqlite),
        (index_stage, "sync_file", no_space),
        (seal, "write_text", no_space),
    ],
)
def test_wherever_the_disk_is_full_the_directory_and_the_bytes_are_named(
    build: Build,
    molecules_file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    where: object,
    name: str,
    fault: Callable[..., None],
) -> None:
    options = {"index": {"kind": "flat", "parameters": {"precision": "float16"}}}  # an index that writes a file
    with monkeypatch.context() as patch:
        patch.setattr(where, name, fault)
        with pytest.raises(BuildError) as caught:
            build(molecules_file, **options)
    message = str(caught.value)
    assert message.startswith(f"{tmp_path / 'index'}: the disk is full: ")
    assert "bytes are free, and the build needs about " in message
    assert list((tmp_path / "index").glob("releases/*")) == []
    build(molecules_file, **options)
    assert current_release(tmp_path / "index") is not None


def test_other_errors_of_the_system_stay_what_they_are(
    build: Build, molecules_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(ShardStore, "write", denied)
    with pytest.raises(PermissionError):
        build(molecules_file)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[int], Path]]:
    """`small_disk(kilobytes)`: an empty file system of that size."""
    mounted: list[Path] = []

    def mount(kilobytes: int) -> Path:
        place = tmp_path / f"disk{kilobytes}"
        place.mkdir()
        command = ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(place)]
        if shutil.which("mount") is None or subprocess.run(command, capture_output=True, check=False).returncode:
            pytest.skip("no file system can be mounted here")
        mounted.append(place)
        return place

    yield mount
    for place in mounted:
        subprocess.run(["umount", str(place)], check=True)


@pytest.mark.slow
@pytest.mark.parametrize("kilobytes", [16, 64, 128, 256, 400, 600, 800, 1200, 1600, 2400])
def test_on_a_disk_of_any_size_a_build_ends_in_one_sentence_or_in_a_release(
    small_disk: Callable[[int], Path], tiny_checkpoint: Path, tmp_path: Path, kilobytes: int
) -> None:
    corpus = tmp_path / "m.tsv"
    rows = [f"{i}\t{'C' * (1 + i % 40)}{'O' * (i % 2)}{'N' * (i % 3)}\tText {i}" for i in range(900)]
    corpus.write_text("id\tsmiles\tdescription\n" + "\n".join(rows) + "\n")
    root = small_disk(kilobytes) / "index"
    command = [sys.executable, "-m", "indexer.cli", "build", "--checkpoint", tiny_checkpoint, "--molecules", corpus]
    command += ["--out", root, "--shard-rows", "200", "--workers", "0"]
    result = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
    if result.returncode == 0:
        assert current_release(root) is not None
        return
    assert result.returncode == 1, result.stderr
    assert len(result.stderr.splitlines()) == 1, result.stderr
    assert "the disk is full" in result.stderr
    assert str(root) in result.stderr
    assert current_release(root) is None
