"""The bundled corpus: a structure that it has in another form is found in that form, and what is said of it is true."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.api.bundled import MOLECULE, TEXT, ask

MADE_OF = "the same formula, of the same ions or ligands, written in another way"
ARRANGED = "cis or trans, cannot be told"
V3000 = """
  Molseek

  0  0  0     0  0            999 V3000
M  V30 BEGIN CTAB
M  V30 COUNTS 6 5 0 0 0
M  V30 BEGIN ATOM
M  V30 1 C -1.299 0.75 0 0
M  V30 2 C 0 0 0 0 CFG=2
M  V30 3 N 0 -1.5 0 0
M  V30 4 C 1.299 0.75 0 0
M  V30 5 O 2.598 0 0 0
M  V30 6 O 1.299 2.25 0 0
M  V30 END ATOM
M  V30 BEGIN BOND
M  V30 1 1 1 2
M  V30 2 1 2 3 CFG=1
M  V30 3 1 2 4
M  V30 4 2 4 5
M  V30 5 1 4 6
M  V30 END BOND
M  V30 BEGIN COLLECTION
M  V30 MDLV30/{group} ATOMS=(1 2)
M  V30 END COLLECTION
M  V30 END CTAB
M  END
"""


def found(client: TestClient, smiles: str, k: int = 4) -> tuple[dict[str, str], str]:
    """The kind of each near or exact match by its name, and the remarks as one text."""
    answer = ask(client, TEXT, [smiles], k)
    hits: list[dict[str, Any]] = answer["results"][0]
    ways = {hit["name"]: hit["found_by"][0]["kind"] for hit in hits}
    [understood] = answer["understood"]
    return {name: kind for name, kind in ways.items() if kind not in ("words", "vector")}, " ".join(
        understood["remarks"]
    )


@pytest.mark.parametrize(
    ("smiles", "name"),
    [
        ("O.O.O.O.O.[Cu+2].[O-]S([O-])(=O)=O", "copper(II) sulfate"),
        ("O.O.O.O.O.O.O.[Mg+2].[O-]S([O-])(=O)=O", "magnesium sulfate"),
        ("O.Cn1c(=O)c2c(ncn2C)n(C)c1=O", "caffeine"),
        ("O.O.O.O.O.O=S1(=O)O[Cu]O1", "copper(II) sulfate"),
        ("CO.[Na+].CC(=O)[O-]", "sodium acetate"),
    ],
)
def test_a_hydrate_or_solvate_is_found_without_its_solvent(bundled: TestClient, smiles: str, name: str) -> None:
    matches, remarks = found(bundled, smiles)
    assert matches == {name: "parent"}
    assert "without its water or solvent" in remarks


@pytest.mark.parametrize(
    ("smiles", "name", "arranged"),
    [
        ("[NH3][Pt]([NH3])(Cl)Cl", "cisplatin", True),
        ("N[Pt](N)(Cl)Cl", "cisplatin", True),
        ("[Li+].[CH2-]CCC", "n-butyllithium", False),
        ("[Ti+4].[O-2].[O-2]", "titanium dioxide", False),
        ("[Ca]=O", "calcium oxide", False),
        ("C12C3C4C5C1[Fe]23451678C2C1C6C7C28", "ferrocene", False),
    ],
)
def test_ionic_and_covalent_are_two_ways_to_write_it(
    bundled: TestClient, smiles: str, name: str, arranged: bool
) -> None:
    matches, remarks = found(bundled, smiles)
    assert matches == {name: "composition"}
    assert MADE_OF in remarks
    assert (ARRANGED in remarks) is arranged
    described = ask(bundled, MOLECULE, [smiles])["results"][0][0]
    assert (described["name"], described["found_by"][0]["kind"]) == (name, "composition")


@pytest.mark.parametrize(
    "smiles",
    [
        "[Na+].[OH-].[Cl-]",  # no salt of water's
        "[Li]C(C)CC",  # sec-butyllithium is an isomer of what the corpus has, and none of butane's salts
        "[K+].[O-]S([O-])(=O)=O.[K+]",  # sulfuric acid is no more than the counter-ion
        "[NH3][Co]([NH3])([NH3])(Cl)(Cl)Cl",
    ],
)
def test_no_counter_ion_or_ligand_is_taken_for_the_salt(bundled: TestClient, smiles: str) -> None:
    for path in (TEXT, MOLECULE):
        answer = ask(bundled, path, [smiles], 5)
        assert {way["kind"] for hit in answer["results"][0] for way in hit["found_by"]} == {"vector"}


@pytest.mark.parametrize(
    ("smiles", "names"),
    [
        ("CC(=O)O.CCO", {"acetic acid", "ethanol"}),
        ("c1ccccc1.Cc1ccccc1", {"benzene", "toluene"}),
        ("CC(=O)Oc1ccccc1C(=O)O.Cn1c(=O)c2c(ncn2C)n(C)c1=O", {"aspirin", "caffeine"}),
    ],
)
def test_a_mixture_finds_its_components(bundled: TestClient, smiles: str, names: set[str]) -> None:
    matches, remarks = found(bundled, smiles)
    assert matches == dict.fromkeys(names, "parent")
    assert "it has all of its 2 components" in remarks


@pytest.mark.parametrize(
    ("smiles", "name"),
    [
        ("CN(C)C(=N)N=C(N)N.Cl", "metformin"),
        ("CC(=O)[O-].[K+]", "acetic acid"),
        ("C[NH+](C)C(=N)N=C(N)N.Cc1ccc(cc1)S(=O)(=O)[O-]", "metformin"),
        ("[Na+].CC(C)Cc1ccc(cc1)C(C)C(=O)[O-]", "ibuprofen"),
    ],
)
def test_a_salt_is_found_by_what_it_is_the_salt_of(bundled: TestClient, smiles: str, name: str) -> None:
    matches, remarks = found(bundled, smiles)
    assert matches == {name: "parent"}
    assert "without its salts and charges" in remarks


@pytest.mark.parametrize("query", ["C[C@H](N)C(=O)O |&1:1|", V3000.replace("{group}", "STERAC1")])
def test_a_racemate_is_neither_of_its_enantiomers(bundled: TestClient, query: str) -> None:
    for path in (TEXT, MOLECULE, "/search/mol2mol"):
        answer = ask(bundled, path, [query], 2)
        kinds = {hit["name"]: hit["found_by"][0]["kind"] for hit in answer["results"][0]}
        assert kinds == {"L-alanine": "skeleton", "D-alanine": "skeleton"}
        assert "racemates and relative configurations, are not told apart" in answer["understood"][0]["remarks"][0]


@pytest.mark.parametrize("query", ["C[C@H](N)C(=O)O |o1:1|", V3000.replace("{group}", "STEREL1")])
def test_a_relative_configuration_is_taken_as_drawn_and_said(bundled: TestClient, query: str) -> None:
    matches, remarks = found(bundled, query)
    assert matches == {"L-alanine": "structure"}
    assert "taken as it is drawn" in remarks


def test_an_absolute_configuration_needs_no_remark(bundled: TestClient) -> None:
    for query in ("C[C@H](N)C(=O)O |a:1|", V3000.replace("{group}", "STEABS")):
        assert found(bundled, query) == ({"L-alanine": "structure"}, "")


def test_what_no_corpus_has_is_not_taken_apart(bundled: TestClient) -> None:
    """Six hundred ions took half a second, each request with them up to half a minute."""
    _, remarks = found(bundled, ".".join(["[Na+].[Cl-]"] * 300))
    assert remarks == "The corpus does not have this molecule; the hits are what lies nearest."
