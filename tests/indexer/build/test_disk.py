"""A full disk, a quota or a limit on files, at any moment of a build: one sentence, and the next build resumes."""

from __future__ import annotations

import errno
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from indexer.build import assemble, index_stage, release_writer, seal
from indexer.build.records_writer import RecordsWriter
from indexer.build.shards import ShardStore
from indexer.errors import BuildError
from indexer.release import current_release
from tests.indexer.conftest import Build


def no_space(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def no_quota(*_: object, **__: object) -> None:
    raise OSError(errno.EDQUOT, "Disk quota exceeded")


def too_large(*_: object, **__: object) -> None:
    raise OSError(errno.EFBIG, "File too large")


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
    assert "bytes are free, and the build needs at least 1,048,576 more. " in message  # six molecules need less
    assert list((tmp_path / "index").glob("releases/*")) == []
    build(molecules_file, **options)
    assert current_release(tmp_path / "index") is not None


@pytest.mark.parametrize(
    ("fault", "said"),
    [(no_quota, ": the disk quota is used up, though "), (too_large, ": a file became larger than the file system")],
)
def test_a_quota_and_a_limit_on_files_are_one_sentence_too(
    build: Build, molecules_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: object, said: str
) -> None:
    monkeypatch.setattr(ShardStore, "write", fault)
    with pytest.raises(BuildError) as caught:
        build(molecules_file)
    assert str(caught.value).startswith(f"{tmp_path / 'index'}{said}")
    assert "Finished parts are kept" in str(caught.value)


@pytest.mark.slow
def test_what_is_missing_is_what_the_build_takes_in_the_end(
    build: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus = tmp_path / "m.tsv"
    rows = [f"{i}\t{'C' * (1 + i % 40)}O{'N' * (i % 3)}\tText {i}" for i in range(4000)]
    corpus.write_text("id\tsmiles\tdescription\n" + "\n".join(rows) + "\n")
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=0))
        patch.setattr(ShardStore, "write", no_space)
        with pytest.raises(BuildError) as caught:
            build(corpus, shard_rows=1000)
    found = re.search(r"needs about ([0-9,]+) more", str(caught.value))
    assert found is not None, str(caught.value)
    written = 0

    def measure(*arguments: Any) -> Any:
        nonlocal written
        written = sum(file.stat().st_size for file in (tmp_path / "index").rglob("*") if file.is_file())
        return seal.seal(*arguments)

    monkeypatch.setattr(release_writer, "seal", measure)
    build(corpus, shard_rows=1000)
    # Few of these molecules have a common name, and the estimate allows for all of them.
    assert written / 1.5 < int(found[1].replace(",", "")) < written + 4000 * 3_500


@pytest.mark.slow
@pytest.mark.parametrize("blocks", [10, 40, 80, 160, 320, 640, 1200])
def test_with_any_limit_on_files_a_build_ends_in_one_sentence_or_in_a_release(
    tiny_checkpoint: Path, tmp_path: Path, blocks: int
) -> None:
    corpus, root = tmp_path / "m.tsv", tmp_path / "index"
    rows = [f"{i}\t{'C' * (1 + i % 40)}{'O' * (i % 2)}{'N' * (i % 3)}\tText {i}" for i in range(900)]
    corpus.write_text("id\tsmiles\tdescription\n" + "\n".join(rows) + "\n")
    limit = blocks * 1024
    code = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit})); "
    code += "from indexer.cli import main; main()"
    command = [sys.executable, "-c", code, "build", "--checkpoint", tiny_checkpoint, "--molecules", corpus]
    command += ["--out", root, "--shard-rows", "200", "--workers", "0"]
    result = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
    if result.returncode == 0:
        assert current_release(root) is not None
        return
    assert result.returncode == 1, result.stderr
    assert result.stderr.startswith(f"error: {root}: a file may have at most {limit:,} bytes here (ulimit -f)")
    assert len(result.stderr.splitlines()) == 1, result.stderr
    assert current_release(root) is None


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
