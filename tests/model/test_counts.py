"""Numbers of things in a sentence."""

import pytest

from model.counts import counted


@pytest.mark.parametrize(
    ("number", "shown"),
    [(0, "0 molecules"), (1, "1 molecule"), (1344, "1,344 molecules"), (1.0, "1 molecule"), (0.5, "0.5 molecules")],
)
def test_one_is_one_and_others_are_many(number: float, shown: str) -> None:
    assert counted(number, "molecule") == shown


def test_a_plural_of_its_own() -> None:
    assert counted(1, "entry has", "entries have") == "1 entry has"
    assert counted(2, "entry has", "entries have") == "2 entries have"
