"""Names without what a drug is sold as."""

import pytest

from indexer.search.salts import parents


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("metformin hydrochloride", ["metformin"]),
        ("atorvastatin calcium trihydrate", ["atorvastatin calcium", "atorvastatin"]),
        ("Sertraline HCl", ["Sertraline"]),
        ("morphine sulphate", ["morphine"]),
        ("uridine monophosphate", []),
        ("codeine phosphate", ["codeine"]),
        ("sodium", []),
        ("a calcium" * 100, []),
        ("x salt salt salt salt", ["x salt salt salt", "x salt salt", "x salt"]),
    ],
)
def test_parents(name: str, found: list[str]) -> None:
    assert list(parents(name)) == found
