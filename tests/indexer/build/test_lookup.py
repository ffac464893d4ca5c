"""Which molecule a description belongs to, and which texts and ids were seen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from indexer.build.lookup import Link, Lookup

ETHANOL, METHANOL = "LFQSCWFLJHTTHZ-UHFFFAOYSA-N", "OKKJLVBELUTLKV-UHFFFAOYSA-N"
ETHANOLATE = "LFQSCWFLJHTTHZ-UHFFFAOYSA-M"


@pytest.fixture
def lookup(tmp_path: Path) -> Iterator[Lookup]:
    found = Lookup(tmp_path / "lookup.sqlite")
    assert found.add_molecule("a", "702", ETHANOL)
    assert found.add_molecule("b", "887", METHANOL)
    assert found.add_molecule("c", None, "")
    assert not found.add_molecule("a", "1", METHANOL)
    found.finish_molecules()
    yield found
    found.close()


@pytest.mark.parametrize(
    ("id", "cid", "inchikey", "link"),
    [
        ("a", None, None, Link(0, "a")),
        (None, "887", None, Link(1, "b")),
        ("a", "887", None, Link(0, "a")),
        (None, None, METHANOL, Link(1, "b")),
        ("a", None, ETHANOLATE, Link(0, "a")),  # the same connectivity
        ("a", None, METHANOL, Link(1, "b", conflict=True)),
        ("a", None, "VNWKTOKETHGBQD-UHFFFAOYSA-N", Link(None, conflict=True)),
        ("c", None, ETHANOL, Link(2, "c")),  # nothing known of its structure
        ("z", "9", None, Link(None)),
        (None, None, "", Link(None)),
    ],
)
def test_an_id_decides_unless_the_structure_speaks_against_it(
    lookup: Lookup, id: str | None, cid: str | None, inchikey: str | None, link: Link
) -> None:
    assert lookup.link(id, cid, inchikey) == link


def test_a_text_counts_once_for_each_owner_white_space_aside(lookup: Lookup) -> None:
    assert lookup.add_text("row 0", "an  alcohol")
    assert not lookup.add_text("row 0", " an alcohol\n")
    assert lookup.add_text("row 1", "an alcohol")
