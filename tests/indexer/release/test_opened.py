"""Opening a release: what is whole is opened, what was tampered with, cut or is unknown is refused by name."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from indexer.errors import ReleaseError
from indexer.release import Release, current_release, open_release, read_manifest

DATA = ["molecules.npy", "descriptions.npy", "fingerprints.npy", "records.sqlite", "rejects.tsv"]


def flip_a_byte(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


@pytest.mark.parametrize("name", DATA)
@pytest.mark.parametrize("harm", [flip_a_byte, cut, Path.unlink])
def test_a_harmed_file_is_refused_by_name(release_path: Path, name: str, harm: Callable[[Path], None]) -> None:
    harm(release_path / name)
    with pytest.raises(ReleaseError, match=name):
        open_release(release_path)


@pytest.mark.parametrize("name", DATA)
@pytest.mark.parametrize("harm", [cut, Path.unlink])
def test_missing_and_cut_files_are_noticed_without_reading_everything(
    release_path: Path, name: str, harm: Callable[[Path], None]
) -> None:
    harm(release_path / name)
    with pytest.raises(ReleaseError, match=name):
        open_release(release_path, verify=False)


def test_a_release_that_ranks_by_biases_is_refused_with_what_to_do(release_path: Path) -> None:
    """Earlier versions built such releases; serving one by the cosine alone would change its hits without a word."""
    manifest = read_manifest(release_path)
    side = manifest.sides["molecules"].model_copy(update={"parameters": {"bias": 1}})
    biased = manifest.model_copy(update={"sides": {**manifest.sides, "molecules": side}})
    biased = biased.model_copy(update={"digest": biased.computed_digest()})
    (release_path / "manifest.json").write_text(biased.to_json())
    with pytest.raises(ReleaseError, match=r"built with --bias.*build it again without biases"):
        open_release(release_path)


def test_directories_that_are_no_releases(tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match="no such directory"):
        open_release(tmp_path / "none")
    with pytest.raises(ReleaseError, match=r"has no manifest\.json"):
        open_release(tmp_path)
    assert current_release(tmp_path) is None


def test_a_release_can_be_moved_and_read_from_a_read_only_place(release_path: Path, tmp_path: Path) -> None:
    moved = tmp_path / "else where?#%"
    release_path.rename(moved)
    for path in moved.iterdir():
        path.chmod(0o444)
    moved.chmod(0o555)
    try:
        release = open_release(moved)
        assert release.records.molecule_by_id("M1") is not None
        release.close()
        assert not list(moved.glob("*-wal"))
    finally:
        moved.chmod(0o755)


def test_many_threads_read_one_release(release_path: Path) -> None:
    release = open_release(release_path)
    problems: list[BaseException] = []

    def read(seed: int) -> None:
        try:
            rng = np.random.default_rng(seed)
            for _ in range(30):
                row = int(rng.integers(6))
                (record,) = release.records.molecules([row])
                assert record.id == f"M{row + 1}"
                vector = rng.normal(size=(1, 32)).astype(np.float32)
                assert release.molecules.search(vector, 6).rows.shape == (1, 6)
        except BaseException as problem:
            problems.append(problem)

    threads = [threading.Thread(target=read, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    release.close()


def test_closing_while_threads_read_ends_in_release_errors_only(release_path: Path) -> None:
    release: Release = open_release(release_path)
    outcomes: list[str] = []

    def read() -> None:
        try:
            while True:
                release.records.molecules([0])
        except ReleaseError as error:
            outcomes.append(str(error))

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    release.close()
    for thread in threads:
        thread.join(timeout=20)
    assert len(outcomes) == 4
    assert all("has been closed" in outcome for outcome in outcomes)


@pytest.mark.parametrize("name", ["molecules.npy", "fingerprints.npy"])
@pytest.mark.parametrize("rows", [10**12, 2**62, 2**70])
def test_an_array_that_claims_more_than_it_has_is_refused(release_path: Path, name: str, rows: int) -> None:
    path = release_path / name
    dtype, columns = ("<f4", 32) if name == "molecules.npy" else ("|u1", 256)
    with path.open("wb") as stream:
        header = {"descr": dtype, "fortran_order": False, "shape": (rows, columns)}
        np.lib.format.write_array_header_1_0(stream, header)  # type: ignore[arg-type]
        stream.write(bytes(1000))
    with pytest.raises(ReleaseError, match=name):
        Release(release_path, read_manifest(release_path))
