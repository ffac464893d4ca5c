"""Common names: chosen among what a database says, and of the package that has them itself."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from training.naming.common_names import CommonNames, CommonNamesError
from training.naming.opsin import Opsin
from training.pairs.structures import inchikeys

ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"
ETHANOL = "OCC"


@dataclass
class Compound:
    common_name: str
    iupac_name: str
    synonyms: list[str] = field(default_factory=list)


@dataclass
class Database:
    compounds: Mapping[str, Compound]

    def search_InChI_key(self, InChI_key: str) -> Compound | bool:  # noqa: N802, N803
        return self.compounds.get(InChI_key, False)


def by_key(*smiles: str) -> dict[str, str]:
    return {key: one for one, key in inchikeys(smiles).items()}


def names_of(compound: Compound, per_molecule: int = 10, seed: int = 0) -> list[str]:
    (key,) = by_key(ETHANOL)
    source = CommonNames(Database({key: compound}), "1")  # type: ignore[arg-type]
    found = source.of(by_key(ETHANOL, ASPIRIN), Opsin.find(), per_molecule=per_molecule, seed=seed)
    assert {smiles for _, smiles in found} <= {ETHANOL}  # as the caller has it; aspirin is not in this database
    return [name for name, _ in found]


def test_words_come_first_then_what_opsin_reads_the_molecule_in() -> None:
    synonyms = ["grain alcohol", "1-hydroxyethane", "propan-1-ol", "stk366316", "64-17-5", "ethanol [french]"]
    names = names_of(Compound("ethyl alcohol", "ethanol", [*synonyms, "benzene, 1-chloro-"]))
    assert names[0] == "ethyl alcohol"
    assert set(names[:3]) == {"ethyl alcohol", "grain alcohol", "ethanol"}
    assert names[3:] == ["1-hydroxyethane"]  # propan-1-ol is read, but as another molecule


def test_spellings_count_once_and_dotted_greek_is_written_out() -> None:
    names = names_of(
        Compound("alpha-Hydroxy ethane", "a", [".alpha.-hydroxyethane", "alphahydroxyethane", "ALPHA-HYDROXYETHANE"])
    )
    assert len(names) == 1
    assert names_of(Compound("x", "y", [".beta.-stuff"])) == ["beta-stuff"]


def test_the_choice_among_many_depends_on_the_seed_alone() -> None:
    compound = Compound(
        "spirit", "ethanol", [f"brand {letter}{letter}{letter}{letter}" for letter in "abcdefghijklmnop"]
    )
    chosen = names_of(compound, per_molecule=4)
    assert (len(chosen), chosen[0]) == (4, "spirit")
    assert names_of(compound, per_molecule=4) == chosen
    assert names_of(compound, per_molecule=4, seed=1) != chosen


@pytest.mark.parametrize("nothing", [Compound("", "", []), Compound("asa", "50-78-2", ["", "B-12", "é" * 9])])
def test_no_name_is_no_error(nothing: Compound) -> None:
    assert names_of(nothing) == []


def test_the_package_knows_aspirin_by_its_name() -> None:
    found = CommonNames.find().of(by_key(ASPIRIN), Opsin.find(), per_molecule=3)
    assert ("aspirin", ASPIRIN) in found
    assert len(found) == 3


def test_a_package_that_is_missing_is_named_with_its_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    hidden: Sequence[str] = ("chemicals", "chemicals.identifiers")
    for module in hidden:
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(CommonNamesError, match=r"chemicals, which is not installed\. .*pip install -e '.\[names\]'"):
        CommonNames.find()
