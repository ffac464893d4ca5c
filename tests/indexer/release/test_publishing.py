"""Publish, roll back, list, verify, prune: one atomic switch, and nobody in each other's way."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from indexer.errors import LockedError, ReleaseError
from indexer.locks import exclusive
from indexer.release import current_release
from indexer.release.names import find_release
from indexer.release.publishing import list_releases, prune, publish, rollback, verify
from tests.indexer.conftest import Build


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "index"


def served(root: Path) -> str:
    path = current_release(root)
    assert path is not None
    return path.name


def harm(root: Path, name: str) -> None:
    (root / "releases" / name / "records.sqlite").write_bytes(b"nothing")


def test_builds_are_served_in_turn_and_rolled_back_one_by_one(build: Build, molecules_file: Path, root: Path) -> None:
    names = [build(molecules_file).release for _ in range(3)]
    assert names == sorted(names)
    assert served(root) == names[2]
    assert rollback(root).name == served(root) == names[1]
    assert rollback(root).name == served(root) == names[0]
    with pytest.raises(ReleaseError, match="no release before"):
        rollback(root)
    publish(root, names[2])
    assert served(root) == names[2]


def test_rollback_after_a_rollback_goes_to_what_was_served(build: Build, molecules_file: Path, root: Path) -> None:
    first, bad = build(molecules_file).release, build(molecules_file).release
    assert rollback(root).name == first
    third = build(molecules_file).release
    assert served(root) == third
    assert find_release(root, "previous") == first
    assert rollback(root).name == first
    with pytest.raises(ReleaseError, match="no release before"):
        rollback(root)
    publish(root, bad)
    publish(root, "latest")
    assert [rollback(root).name for _ in range(2)] == [bad, first]


def test_prune_leaves_directories_of_other_names_alone(build: Build, molecules_file: Path, root: Path) -> None:
    names = [build(molecules_file).release for _ in range(3)]
    for foreign in ("0-backup", "zzz-backup"):
        (root / "releases" / foreign).mkdir()
    assert prune(root, keep=1) == names[:2]
    assert {path.name for path in (root / "releases").iterdir()} == {"0-backup", "zzz-backup", names[2]}
    assert build(molecules_file).release > names[2]


def test_rollback_passes_over_releases_never_served_or_damaged(build: Build, molecules_file: Path, root: Path) -> None:
    good = build(molecules_file).release
    damaged = build(molecules_file).release
    build(molecules_file, publish=False)
    build(molecules_file)
    harm(root, damaged)
    assert rollback(root).name == good


def test_a_damaged_or_unknown_release_is_not_published(build: Build, molecules_file: Path, root: Path) -> None:
    first, second = build(molecules_file).release, build(molecules_file, publish=False).release
    harm(root, second)
    with pytest.raises(ReleaseError, match=r"records\.sqlite"):
        publish(root, second)
    for name in ("nonsense", "../releases/" + first, ""):
        with pytest.raises(ReleaseError, match="has no release"):
            publish(root, name)
    assert served(root) == first


def test_nothing_to_roll_back_or_verify(tmp_path: Path) -> None:
    (tmp_path / "releases").mkdir()
    with pytest.raises(ReleaseError, match="no published release"):
        rollback(tmp_path)
    with pytest.raises(ReleaseError, match="has no releases"):
        verify(tmp_path)
    assert list_releases(tmp_path) == []


def test_verify_tells_which_releases_are_damaged(build: Build, molecules_file: Path, root: Path) -> None:
    first, second = build(molecules_file).release, build(molecules_file).release
    assert [(s.name, s.current, s.problem) for s in verify(root)] == [(first, False, None), (second, True, None)]
    harm(root, first)
    bad, good = verify(root)
    assert bad.problem is not None
    assert "records.sqlite" in bad.problem
    assert good.problem is None
    (only,) = verify(root / "releases" / second)
    assert only.problem is None
    (root / "current").unlink()
    (root / "current").symlink_to("releases/gone")
    with pytest.raises(ReleaseError, match="gone"):
        verify(root)


def test_prune_keeps_the_newest_and_the_current(build: Build, molecules_file: Path, root: Path) -> None:
    names = [build(molecules_file).release for _ in range(4)]
    publish(root, names[0])
    (root / "releases" / "20200101T000000000Z-00000000.partial").mkdir()
    (root / "work" / "deadbeef").mkdir()
    assert prune(root, keep=1) == names[1:3]
    assert [s.name for s in list_releases(root)] == [names[0], names[3]]
    assert served(root) == names[0]
    assert not (root / "work").exists()
    assert len(list((root / "releases").iterdir())) == 2
    with pytest.raises(ValueError, match="at least 1"):
        prune(root, keep=0)


def test_the_switch_is_atomic(build: Build, molecules_file: Path, root: Path) -> None:
    """While two releases are published in turn, a reader always finds one of them behind `current`."""
    names = [build(molecules_file).release for _ in range(2)]
    seen: set[str] = set()
    done = threading.Event()
    problems: list[OSError] = []

    def watch() -> None:
        while not done.is_set():
            try:
                assert (root / "current" / "manifest.json").stat().st_size > 0
                seen.add((root / "current").readlink().name)
            except OSError as error:
                problems.append(error)

    watcher = threading.Thread(target=watch)
    watcher.start()
    for i in range(200):
        publish(root, names[i % 2], verified=True)
    done.set()
    watcher.join()
    assert problems == []
    assert seen <= set(names)


def test_current_is_relative_so_that_the_directory_can_be_mounted_elsewhere(
    build: Build, molecules_file: Path, root: Path
) -> None:
    name = build(molecules_file).release
    assert str((root / "current").readlink()) == f"releases/{name}"


def test_two_builds_into_one_directory_do_not_mix(build: Build, molecules_file: Path, root: Path) -> None:
    with exclusive(root, "build"):
        with pytest.raises(LockedError, match=f"another build is under way .*process {os.getpid()}"):
            build(molecules_file)
        with pytest.raises(LockedError):
            prune(root, keep=1)
    build(molecules_file)


def test_one_can_roll_back_while_a_build_runs(build: Build, molecules_file: Path, root: Path) -> None:
    first, _ = build(molecules_file).release, build(molecules_file).release
    with exclusive(root, "build"):
        assert rollback(root).name == first
