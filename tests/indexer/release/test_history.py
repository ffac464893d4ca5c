"""What was served before: a rollback goes back, a publication goes on from there."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from indexer.release.history import History, read_history, record, was_served


def before(root: Path, current: str, *existing: str) -> list[str]:
    return list(read_history(root, current, existing).before())


def test_a_publication_after_a_rollback_replaces_what_was_rolled_back(tmp_path: Path) -> None:
    record(tmp_path, "R1")
    record(tmp_path, "R2")
    record(tmp_path, "R1", rollback=True)
    record(tmp_path, "R3")
    assert before(tmp_path, "R3") == ["R1"]


def test_rollbacks_go_back_one_each(tmp_path: Path) -> None:
    for name in ("R1", "R2", "R3"):
        record(tmp_path, name)
    assert before(tmp_path, "R3") == ["R2", "R1"]
    record(tmp_path, "R2", rollback=True)
    assert before(tmp_path, "R2") == ["R1"]
    record(tmp_path, "R1", rollback=True)
    assert before(tmp_path, "R1") == []


def test_publishing_what_is_served_changes_nothing(tmp_path: Path) -> None:
    for name in ("R1", "R2", "R2"):
        record(tmp_path, name)
    assert before(tmp_path, "R2") == ["R1"]


def test_an_entry_that_never_took_effect_does_not_count(tmp_path: Path) -> None:
    """A kill between the log and the link."""
    for name in ("R1", "R2", "R3"):
        record(tmp_path, name)
    assert before(tmp_path, "R2") == ["R1"]


def test_what_was_rolled_back_from_was_served_all_the_same(tmp_path: Path) -> None:
    for name in ("R1", "R2"):
        record(tmp_path, name)
    record(tmp_path, "R1", rollback=True)
    record(tmp_path, "R3")
    assert [was_served(tmp_path, name, "R3") for name in ("R1", "R2", "R3", "R4")] == [True, True, True, False]


def test_what_was_killed_before_it_took_effect_was_not_served(tmp_path: Path) -> None:
    assert not was_served(tmp_path, "R1", None)  # without a log
    record(tmp_path, "R1")
    assert not was_served(tmp_path, "R1", None)
    assert was_served(tmp_path, "R1", "R1")
    record(tmp_path, "R2")
    assert not was_served(tmp_path, "R2", "R1")


def test_a_missing_or_damaged_log(tmp_path: Path) -> None:
    assert before(tmp_path, "R2", "R1", "R2", "R3") == ["R1"]
    (tmp_path / "publications.log").write_bytes(b"\xff\n\n2026-11-20T12:00:00Z\tR1\n2026-11-20T12:")
    assert before(tmp_path, "R2", "R1", "R2") == ["R1"]


@given(st.lists(st.sampled_from(["R1", "R2", "R3", "back"]), max_size=20))
def test_a_rollback_always_leads_to_what_was_served_directly_before(steps: list[str]) -> None:
    history, stack = History((), 0), list[str]()
    for step in steps:
        if step != "back":
            history = history.published(step)
            stack += [] if stack[-1:] == [step] else [step]
        elif len(stack) > 1:
            previous = stack[-2]
            history = history.rolled_back(previous)
            stack.pop()
            assert history.names[history.position] == previous
    assert list(history.names[: history.position + 1]) == stack
