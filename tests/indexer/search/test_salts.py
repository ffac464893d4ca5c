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
    assert [parent.name for parent in parents(name)] == found


@pytest.mark.parametrize(
    ("name", "formula", "may_be"),
    [
        ("metformin hydrochloride", "C4H11N5", True),
        ("atorvastatin calcium trihydrate", "C33H35FN2O5", True),
        ("dexamethasone acetate", "C22H29FO5", True),
        ("codeine phosphate", "C18H21NO3", True),
        ("naproxen sodium", "C14H14O3", True),
        ("glucose monohydrate", "C6H12O6", True),
        ("glucose phosphate", "C6H12O6", False),
        ("ethanol acetate", "C2H6O", False),
        ("methane chloride", "CH4", False),
        ("water sulfate", "H2O", False),
        ("octane sodium", "C8H18", False),
    ],
)
def test_a_molecule_makes_only_some_salts(name: str, formula: str, may_be: bool) -> None:
    assert list(parents(name))[-1].may_be(formula) is may_be
