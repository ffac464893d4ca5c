"""Names of releases: always ascending, and found by what people type."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from indexer.errors import ReleaseError
from indexer.release.history import record
from indexer.release.names import find_release, new_stamp, release_names

FIRST, SECOND, THIRD = (f"2026112{day}T120000999Z-abcdef0{day}" for day in (0, 1, 2))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Three releases and a foreign directory; the second was served, then the first, which is."""
    for name in (FIRST, SECOND, THIRD, "zzz-backup", f"{THIRD}.partial"):
        (tmp_path / "releases" / name).mkdir(parents=True)
    record(tmp_path, SECOND)
    record(tmp_path, FIRST)
    (tmp_path / "current").symlink_to(f"releases/{FIRST}")
    return tmp_path


@pytest.mark.parametrize(
    ("given", "found"),
    [
        (SECOND, SECOND),
        ("20261121", SECOND),
        ("zzz", "zzz-backup"),
        ("current", FIRST),
        ("previous", SECOND),
        ("latest", THIRD),
    ],
)
def test_releases_are_found_by_name_prefix_or_place(root: Path, given: str, found: str) -> None:
    assert find_release(root, given) == found


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ("2026", f"several releases of .*{FIRST}, {SECOND}, {THIRD}$"),
        ("1999", f"no release '1999'; there are: {FIRST}"),
        ("", "no release ''"),
        (f"../releases/{FIRST}", "no release"),
        (f"{THIRD}.partial", "no release"),
    ],
)
def test_what_names_no_release_is_said_with_those_that_exist(root: Path, given: str, complaint: str) -> None:
    with pytest.raises(ReleaseError, match=complaint):
        find_release(root, given)


@pytest.mark.parametrize("given", ["current", "previous", "latest"])
def test_an_empty_index_has_none_of_them(tmp_path: Path, given: str) -> None:
    with pytest.raises(ReleaseError, match=f"there is no index at {tmp_path}: the directory has no releases/"):
        find_release(tmp_path, given)
    (tmp_path / "releases").mkdir()
    with pytest.raises(ReleaseError, match=f"no {given} release; there are: none"):
        find_release(tmp_path, given)


def test_stamps_ascend_even_if_the_clock_goes_back_or_foreign_names_are_there(tmp_path: Path) -> None:
    noon = datetime(2026, 11, 20, 12, 0, 0, 999_000, tzinfo=UTC)
    (tmp_path / "releases" / "zzz-backup").mkdir(parents=True)
    assert new_stamp(tmp_path, noon) == "20261120T120000999Z"
    (tmp_path / "releases" / FIRST).mkdir()
    assert new_stamp(tmp_path, noon) == "20261120T120001000Z"
    assert new_stamp(tmp_path, noon.replace(hour=3)) == "20261120T120001000Z"
    assert release_names(tmp_path) == [FIRST, "zzz-backup"]
