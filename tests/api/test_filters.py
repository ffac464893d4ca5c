"""Filters in both search routes: right hits at any selectivity, and a clear problem for each misuse."""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from fastapi.testclient import TestClient
from rdkit import Chem
from rdkit.Chem import Crippen, Descriptors, rdMolDescriptors

from indexer.chemistry import Chemistry
from indexer.search.substructure import MatchTime, MatchTimeoutError, read_pattern
from model.inputs.structure import StructureLimits
from tests.api.corpus import CORPUS, EXTRA_DESCRIPTIONS, Index
from tests.api.test_bad_requests import problem

TEXT = "/search/text2mol"
MOLECULE = "/search/mol2text"
QUERY = {TEXT: "an acid", MOLECULE: "CCO"}
MOLS = {molecule.id: Chem.MolFromSmiles(molecule.smiles) for molecule in CORPUS}

COMPUTED: dict[str, Callable[[Chem.Mol], float]] = {
    "molecular_weight": Descriptors.MolWt,  # type: ignore[attr-defined]
    "logp": Crippen.MolLogP,  # type: ignore[attr-defined]
    "tpsa": rdMolDescriptors.CalcTPSA,
    "hbd": rdMolDescriptors.CalcNumHBD,
    "hba": rdMolDescriptors.CalcNumHBA,
    "rings": rdMolDescriptors.CalcNumRings,
    "rotatable_bonds": rdMolDescriptors.CalcNumRotatableBonds,
    "heavy_atoms": lambda mol: mol.GetNumHeavyAtoms(),
    "formal_charge": Chem.GetFormalCharge,
}


def found(client: TestClient, path: str, filter: object, k: int = 20) -> list[str]:
    answer = client.post(path, json={"query": QUERY[path], "k": k, "filter": filter, "mode": "vector"})
    assert answer.status_code == 200, answer.text
    [hits] = answer.json()["results"]
    assert [hit["rank"] for hit in hits] == list(range(1, len(hits) + 1))
    assert all(a["score"] >= b["score"] for a, b in pairwise(hits))
    return [hit["id"] for hit in hits]


@pytest.mark.parametrize("path", [TEXT, MOLECULE])
@pytest.mark.parametrize("name", COMPUTED)
def test_ranges_leave_the_molecules_within_them(client: TestClient, path: str, name: str) -> None:
    values = {id: COMPUTED[name](mol) for id, mol in MOLS.items()}
    middle = round(sorted(values.values())[len(values) // 2], 4)
    for bounds in ({"min": middle}, {"max": middle}, {"min": middle, "max": middle}, {"min": -1000}, {"min": 1e6}):
        least, most = bounds.get("min", -1e9), bounds.get("max", 1e9)
        wanted = {id for id, value in values.items() if least <= round(value, 4) <= most}
        assert set(found(client, path, {name: bounds})) == wanted


@pytest.mark.parametrize("path", [TEXT, MOLECULE])
@pytest.mark.parametrize(
    ("has", "lacks"),
    [
        (["C(=O)[OH]"], []),
        (["c1ccccc1"], []),
        (["c1ccccc1", "C(=O)[OH]"], []),
        ([], ["c1ccccc1"]),
        (["[#6]"], ["[#7]"]),
        (["[Na+]"], []),
        (["S(=O)(=O)N"], []),
        (["[C@@H](C)(N)C(=O)O"], []),
        (["[$([CH3]),$([CH2])]O"], []),
    ],
)
def test_substructures(client: TestClient, path: str, has: list[str], lacks: list[str]) -> None:
    options = Chem.SubstructMatchParameters()
    options.useChirality = True  # type: ignore[assignment]

    def matches(mol: Chem.Mol, smarts: str) -> bool:
        return bool(mol.HasSubstructMatch(Chem.MolFromSmarts(smarts), options))

    wanted = {
        id
        for id, mol in MOLS.items()
        if all(matches(mol, smarts) for smarts in has) and not any(matches(mol, smarts) for smarts in lacks)
    }
    assert set(found(client, path, {"has_substructure": has, "lacks_substructure": lacks})) == wanted


@pytest.mark.parametrize("path", [TEXT, MOLECULE])
@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        ({"any": ["drug"]}, {"aspirin", "caffeine"}),
        ({"any": ["solvent", "  natural   product "]}, {"ethanol", "alanine", "caffeine", "rac/lactic"}),
        ({"all": ["drug", "natural product"]}, {"caffeine"}),
        ({"any": ["small"], "none": ["solvent"]}, {"salt"}),
        ({"none": ["drug", "natural product", "small"]}, {"phenol"}),
        ({"all": ["drug", "small"]}, set()),
    ],
)
def test_tags(client: TestClient, path: str, asked: dict[str, list[str]], wanted: set[str]) -> None:
    assert set(found(client, path, {"tags": asked})) == wanted
    rings = {"tags": asked, "rings": {"min": 1}, "has_substructure": ["[#7]"]}
    assert set(found(client, path, rings)) == wanted & {"caffeine"}


def test_hits_molecules_and_the_version_say_their_tags(client: TestClient) -> None:
    hits = client.post(TEXT, json={"query": "an acid", "k": 20}).json()["results"][0]
    texts = client.post(MOLECULE, json={"query": "CCO", "k": 20}).json()["results"][0]
    for molecule in CORPUS:
        tags = sorted(molecule.tags.split(";")) if molecule.tags else []
        assert [hit["tags"] for hit in hits if hit["id"] == molecule.id] == [tags]
        assert [hit["tags"] for hit in texts if hit["id"] == molecule.id] == [tags]
        assert client.get(f"/molecules/{molecule.id}").json()["tags"] == tags
    assert [hit["tags"] for hit in texts if hit["id"] == "d-text"] == [[]]
    tags = client.get("/version").json()["release"]["tags"]
    assert list(tags.items()) == [("natural product", 3), ("drug", 2), ("small", 2), ("solvent", 1)]


def test_a_tag_that_the_corpus_lacks_is_named_with_those_it_has(
    client_with: Callable[..., TestClient], index: Index
) -> None:
    code, detail = problem(client_with(), TEXT, {"query": "a", "filter": {"tags": {"any": ["drug", "Drug"]}}})
    assert (code, detail["field"]) == ("tag_unknown", "filter.tags.any[1]")
    assert "no tag 'Drug'; it has natural product, drug, small, solvent." in str(detail["detail"])
    client = client_with(index=index.without_descriptions)
    _, detail = problem(client, TEXT, {"query": "a", "filter": {"tags": {"none": ["x"]}}})
    assert "no tag 'x'; it has no tags" in str(detail["detail"])


def test_ranges_and_substructures_hold_together_and_the_ranking_is_that_without_a_filter(client: TestClient) -> None:
    everything = found(client, TEXT, {"heavy_atoms": {"min": 0}})
    assert set(everything) == set(MOLS)
    filter = {"rings": {"min": 1}, "has_substructure": ["C=O"], "lacks_substructure": ["n"]}
    assert found(client, TEXT, filter) == ["aspirin"]
    phenyl = found(client, TEXT, {"has_substructure": ["c"]})
    assert phenyl == [id for id in everything if id in phenyl]
    assert found(client, TEXT, {"has_substructure": ["c"]}, k=1) == phenyl[:1]


@pytest.mark.parametrize(
    "filter", [None, {}, {"has_substructure": []}, {"logp": None}, {"tags": {}}, {"tags": {"none": []}}]
)
def test_a_filter_that_says_nothing_is_none(client: TestClient, filter: object) -> None:
    assert len(found(client, TEXT, filter)) == len(CORPUS)
    assert len(found(client, MOLECULE, filter)) == len(CORPUS) + len(EXTRA_DESCRIPTIONS)


@pytest.mark.parametrize("path", [TEXT, MOLECULE])
def test_formulas_and_exact_masses(client: TestClient, path: str) -> None:
    assert found(client, path, {"formula": ["O4H8C9"]}) == ["aspirin"]
    assert set(found(client, path, {"formula": ["C2H6O", "C6H6O"]})) == {"ethanol", "phenol"}
    assert found(client, path, {"formula": ["C9H8O4"], "exact_mass": {"max": 100}}) == []
    assert found(client, path, {"exact_mass": {"min": 180.04, "max": 180.05}}) == ["aspirin"]
    assert found(client, path, {"formula": ["C9H8O4"], "has_substructure": ["c"]}) == ["aspirin"]


def test_nothing_left_is_no_error(client: TestClient) -> None:
    answer = client.post(TEXT, json={"query": "an acid", "filter": {"rings": {"min": 99}}}).json()
    assert answer["results"] == [[]]
    assert answer["morgan_reference"] == [None]


@pytest.mark.parametrize("path", [TEXT, MOLECULE])
@pytest.mark.parametrize(
    ("filter", "code", "field"),
    [
        ("heavy", "filter_not_an_object", "filter"),
        ([], "filter_not_an_object", "filter"),
        (5, "filter_not_an_object", "filter"),
        ({"colour": {"min": 1}}, "filter_unknown_property", "filter.colour"),
        ({"logp": 5}, "filter_invalid_range", "filter.logp"),
        ({"logp": [1, 2]}, "filter_invalid_range", "filter.logp"),
        ({"logp": {}}, "filter_invalid_range", "filter.logp"),
        ({"formula": "C2H6O"}, "filter_invalid_formula", "filter.formula"),
        ({"formula": ["C2H6O", "water"]}, "filter_invalid_formula", "filter.formula[1]"),
        ({"formula": ["C2H6O"] * 65}, "filter_invalid_formula", "filter.formula"),
        ({"logp": {"min": "1"}}, "filter_invalid_range", "filter.logp.min"),
        ({"logp": {"min": True}}, "filter_invalid_range", "filter.logp.min"),
        ({"logp": {"least": 1}}, "filter_invalid_range", "filter.logp.least"),
        ({"logp": {"min": 2, "max": 1}}, "filter_min_above_max", "filter.logp"),
        ({"has_substructure": "c1ccccc1"}, "substructure_not_text", "filter.has_substructure"),
        ({"has_substructure": [5]}, "substructure_not_text", "filter.has_substructure[0]"),
        ({"has_substructure": ["C", ""]}, "substructure_empty", "filter.has_substructure[1]"),
        ({"lacks_substructure": ["c1ccccc"]}, "substructure_unparsable", "filter.lacks_substructure[0]"),
        ({"lacks_substructure": ["hello world"]}, "substructure_unparsable", "filter.lacks_substructure[0]"),
        ({"has_substructure": ["C" * 201]}, "substructure_too_long", "filter.has_substructure[0]"),
        ({"has_substructure": ["C" * 60]}, "substructure_too_many_atoms", "filter.has_substructure[0]"),
        ({"has_substructure": ["C"] * 5, "lacks_substructure": ["N"] * 4}, "substructures_too_many", "filter"),
        ({"tags": ["drug"]}, "filter_invalid_tags", "filter.tags"),
        ({"tags": {"any": "drug"}}, "filter_invalid_tags", "filter.tags.any"),
        ({"tags": {"any": [1]}}, "filter_invalid_tags", "filter.tags.any[0]"),
        ({"tags": {"some": ["drug"]}}, "filter_invalid_tags", "filter.tags.some"),
        ({"tags": {"all": ["dru\x07g"]}}, "tag_unknown", "filter.tags.all[0]"),
        ({"tags": {"any": ["drug"] * 40, "none": ["small"] * 25}}, "tags_too_many", "filter.tags"),
        ({"has_substructure": ["C\x00"]}, "text_control_character", "filter.has_substructure[0]"),
    ],
)
def test_misuse_is_a_clear_problem(client: TestClient, path: str, filter: object, code: str, field: str) -> None:
    found_code, detail = problem(client, path, {"query": QUERY[path], "filter": filter})
    assert (found_code, detail["status"], detail.get("field")) == (code, 422, field)


def test_a_range_beyond_all_numbers_is_refused(client: TestClient) -> None:
    code, _ = problem(client, TEXT, b'{"query": "an acid", "filter": {"logp": {"max": 1e999}}}')
    assert code == "filter_invalid_range"


def test_a_pattern_that_takes_too_long_costs_its_own_search_only(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    match = Chemistry.match

    def with_no_time_left(chemistry: Chemistry, *what: Any) -> list[bool]:
        *_, limit = what
        limit.seconds = 0.0
        return match(chemistry, *what)

    monkeypatch.setattr(Chemistry, "match", with_no_time_left)
    answer = client.post(TEXT, json={"query": "an acid", "filter": {"has_substructure": ["C=O"]}})
    assert (answer.status_code, answer.json()["code"]) == (422, "substructure_too_slow")
    assert client.post(TEXT, json={"query": "an acid"}).status_code == 200
    assert client.post(TEXT, json={"query": "an acid", "filter": {"hbd": {"min": 1}}}).status_code == 200


def test_filters_are_described(client: TestClient) -> None:
    schemas = client.get("/openapi.json").json()["components"]["schemas"]
    assert set(schemas["Filter"]["properties"]) == {
        *COMPUTED,
        "exact_mass",
        "formula",
        "tags",
        "has_substructure",
        "lacks_substructure",
    }
    for request in ("Text2MolRequest", "Mol2TextRequest"):
        assert "filter" in schemas[request]["properties"]


def test_the_deadline_ends_a_match_that_would_not_end() -> None:
    """A path of 45 atoms that no walk through a sheet of graphene completes: RDKit would look for years."""
    sheet = Chem.RWMol()
    rows, columns = 8, 12
    for _ in range(rows * columns):
        sheet.AddAtom(Chem.Atom("C"))
    for row in range(rows):
        for column in range(columns):
            place = row * columns + column
            if column + 1 < columns:
                sheet.AddBond(place, place + 1, Chem.BondType.SINGLE)
            if row + 1 < rows and (row + column) % 2 == 0:
                sheet.AddBond(place, place + columns, Chem.BondType.SINGLE)
    far = sheet.AddAtom(Chem.Atom("F"))
    sheet.AddBond(0, far, Chem.BondType.SINGLE)
    pattern = read_pattern("~".join("*" * 46) + "~[F;+]")
    matcher = Chemistry(StructureLimits(), {}, workers=1)
    try:
        assert matcher.match(["CCO", "CCC"], [read_pattern("O")], [], MatchTime(60)) == [True, False]
        start = time.monotonic()
        with pytest.raises(MatchTimeoutError):
            matcher.match([Chem.MolToSmiles(sheet)], [pattern], [], MatchTime(1))
        assert time.monotonic() - start < 10
        assert matcher.match(["CCO", "CCC"], [read_pattern("O")], [], MatchTime(60)) == [True, False]
    finally:
        matcher.close()
