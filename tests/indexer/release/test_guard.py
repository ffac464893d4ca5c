"""Whoever writes to a guarded file is held up where the kernel can, and noticed everywhere."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from indexer.errors import ReleaseError
from indexer.release import guard as guard_module
from indexer.release.guard import FileGuard


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "molecules.npy"
    path.write_bytes(b"x" * 10_000)
    return path


def leases_work(file: Path) -> bool:
    guard = FileGuard(file.parent, [file.name])
    guard.close()
    probe = FileGuard(file.parent, [file.name])
    try:
        return probe.leased
    finally:
        probe.close()


def test_a_writer_waits_until_the_file_is_let_go(file: Path) -> None:
    if not leases_work(file):
        pytest.skip("no leases here")
    guard = FileGuard(file.parent, [file.name])
    assert guard.changed() is None
    writer = subprocess.Popen([sys.executable, "-c", f"import os; os.truncate({str(file)!r}, 0)"])
    try:
        while guard.changed() is None:
            assert writer.poll() is None
        assert guard.changed() == "something is about to write to molecules.npy"
        assert file.stat().st_size == 10_000
        guard.close()
        assert writer.wait(30) == 0
        assert file.stat().st_size == 0
    finally:
        guard.close()
        writer.kill()
        writer.wait()


def test_a_file_that_is_being_written_is_refused(file: Path) -> None:
    if not leases_work(file):
        pytest.skip("no leases here")
    with file.open("r+b"), pytest.raises(ReleaseError, match=r"molecules\.npy is open for writing"):
        FileGuard(file.parent, [file.name])
    FileGuard(file.parent, [file.name]).close()


@pytest.mark.parametrize("harm", [
    lambda file: os.truncate(file, 5_000),
    lambda file: file.write_bytes(b"y" * 10_000),
    lambda file: (file.with_suffix(".new").write_bytes(b"z"), file.with_suffix(".new").rename(file)),
], ids=["cut short", "other contents", "replaced"])  # fmt: skip
def test_without_leases_a_change_is_noticed(file: Path, monkeypatch: pytest.MonkeyPatch, harm: object) -> None:
    monkeypatch.setattr(guard_module, "_lease", lambda descriptor: False)
    guard = FileGuard(file.parent, [file.name])
    os.utime(file, ns=(0, 0))
    guard.close()
    guard = FileGuard(file.parent, [file.name])
    assert not guard.leased and guard.changed() is None
    harm(file)  # type: ignore[operator]
    assert guard.changed() == "molecules.npy has been written to"
    guard.close()


def test_what_is_removed_stays_readable_and_does_not_count(file: Path) -> None:
    guard = FileGuard(file.parent, [file.name])
    file.unlink()
    assert guard.changed() is None
    guard.close()


def open_descriptors() -> int:
    folder = Path("/proc/self/fd")
    return len(list(folder.iterdir())) if folder.is_dir() else 0


def test_no_descriptor_is_left_behind(file: Path) -> None:
    before = open_descriptors()
    with pytest.raises(ReleaseError, match="cannot be read"):
        FileGuard(file.parent, [file.name, "missing.npy"])
    after = open_descriptors()
    assert before == after
