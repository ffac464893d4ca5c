"""The slot: leases outlive a swap, and what nobody uses any more is closed."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from indexer.errors import ReleaseError
from indexer.release import open_release
from model import load_checkpoint
from service.answering.serving import NotReadyError, Serving, ServingSlot, open_serving
from tests.api.corpus import Index, build_index


@pytest.fixture(scope="module")
def index(tiny_checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Index:
    return build_index(tiny_checkpoint, tmp_path_factory.mktemp("serving"))


def opened(index: Index, name: str) -> Serving:
    return open_serving(index.root / "releases" / name, load_checkpoint(index.checkpoint), verify=True)


def is_open(serving: Serving) -> bool:
    try:
        serving.release.records.molecules([0])
    except ReleaseError:
        return False
    return True


def test_an_empty_slot_lends_nothing() -> None:
    slot = ServingSlot()
    assert slot.current is None
    with pytest.raises(NotReadyError), slot.lease():
        pass


def test_a_swap_waits_for_those_who_read(index: Index) -> None:
    slot, old, new = ServingSlot(), opened(index, index.first), opened(index, index.second)
    slot.swap(old)
    with slot.lease() as outer, slot.lease() as inner:
        assert outer is inner is old
        slot.swap(new)
        assert slot.current is new
        with slot.lease() as latest:
            assert latest is new
        assert is_open(old)
    assert not is_open(old)
    assert is_open(new)
    slot.close()
    assert not is_open(new)


def test_a_fault_gives_the_lease_back(index: Index) -> None:
    slot, old = ServingSlot(), opened(index, index.first)
    slot.swap(old)
    with pytest.raises(ZeroDivisionError), slot.lease():
        raise ZeroDivisionError
    slot.swap(None)
    assert not is_open(old)


def test_a_closed_slot_takes_nothing(index: Index) -> None:
    slot, late = ServingSlot(), opened(index, index.first)
    slot.close()
    slot.swap(late)
    assert slot.current is None
    assert not is_open(late)


def test_many_threads_never_read_a_closed_release(index: Index) -> None:
    slot = ServingSlot()
    slot.swap(opened(index, index.first))
    stop = threading.Event()
    faults: list[Exception] = []

    def read() -> None:
        while not stop.is_set():
            try:
                with slot.lease() as serving:
                    assert len(serving.release.records.molecules([0, 1])) == 2
            except Exception as fault:
                faults.append(fault)
                return

    readers = [threading.Thread(target=read) for _ in range(4)]
    for each in readers:
        each.start()
    checkpoint = load_checkpoint(index.checkpoint)
    for _ in range(20):
        slot.swap(Serving(checkpoint, open_release(index.root / "releases" / index.second)))
    stop.set()
    for each in readers:
        each.join()
    slot.close()
    assert faults == []


def test_a_release_of_another_checkpoint_is_not_opened(index: Index) -> None:
    path = index.foreign / "releases" / index.foreign_release
    with pytest.raises(ReleaseError, match="was built with checkpoint"):
        open_serving(path, load_checkpoint(index.checkpoint), verify=True)
