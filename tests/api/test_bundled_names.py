"""The bundled corpus: names of salts that are esters, and names of several isomers, are not taken for one molecule."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from tests.api.bundled import MOLECULE, TEXT, ask


@pytest.mark.parametrize(
    ("query", "name", "suggested"),
    [
        ("glucose phosphate", "D-glucose 6-phosphate", "D-glucose 6-phosphate"),
        ("fructose phosphate", "D-fructose 6-phosphate", "D-fructose 6-phosphate"),
        ("glycerol phosphate", "sn-glycerol 3-phosphate", "L-glycerol 3-phosphate"),
        ("fructose bisphosphate", "D-fructose 1,6-bisphosphate", "D-fructose 1,6-bisphosphate"),
    ],
)
def test_an_ester_is_no_salt_and_its_locants_are_suggested(
    bundled: TestClient, query: str, name: str, suggested: str
) -> None:
    answer = ask(bundled, TEXT, [query])
    [[hit]], [understood] = answer["results"], answer["understood"]
    assert (understood["kind"], hit["name"]) == ("text", name)
    assert suggested in [suggestion["value"] for suggestion in understood["suggestions"]]


@pytest.mark.parametrize("query", ["methane chloride", "water sulfate", "octane hydrochloride"])
def test_what_makes_no_salts_is_words(bundled: TestClient, query: str) -> None:
    answer = ask(bundled, TEXT, [query], 5)
    assert answer["understood"][0]["kind"] == "text"
    assert {way["kind"] for hit in answer["results"][0] for way in hit["found_by"]} <= {"words", "vector"}
    refused = bundled.post(MOLECULE, json={"query": query})
    assert (refused.status_code, refused.json()["code"]) == (422, "query_unparsable")


@pytest.mark.parametrize("query", ["fructose bisphosphate", "mannose bisphosphate", "methanol chloride"])
def test_components_that_no_writer_means_are_not_read_from_a_name(bundled: TestClient, query: str) -> None:
    understood = ask(bundled, TEXT, [query])["understood"][0]
    assert understood["kind"] == "text" and not any("OPSIN" in remark for remark in understood["remarks"])


def test_an_ester_named_by_its_alcohol_is_that_ester(bundled: TestClient) -> None:
    [[hit]] = ask(bundled, TEXT, ["ethanol acetate"])["results"]
    assert hit["name"] == "ethyl acetate"


@pytest.mark.parametrize("query", ["dexamethasone acetate", "dexamethasone sodium phosphate"])
def test_an_ester_of_a_drug_is_found_as_the_drug(bundled: TestClient, query: str) -> None:
    [[hit]] = ask(bundled, TEXT, [query])["results"]
    assert (hit["name"], hit["found_by"][0]["kind"]) == ("dexamethasone", "parent")


@pytest.mark.parametrize(
    ("query", "meant"),
    [
        ("dimethylbenzene", {"o-xylene", "m-xylene", "p-xylene"}),
        ("xylol", {"o-xylene", "m-xylene", "p-xylene"}),
        ("xylene", {"o-xylene", "m-xylene", "p-xylene"}),
        ("benzenedicarboxylic acid", {"phthalic acid", "terephthalic acid"}),
    ],
)
def test_a_name_of_several_isomers_is_words_and_says_which(bundled: TestClient, query: str, meant: set[str]) -> None:
    answer = ask(bundled, TEXT, [query], 4)
    [understood] = answer["understood"]
    assert understood["kind"] == "text"
    assert "may mean any of several isomers" in understood["remarks"][0]
    assert all(name in understood["remarks"][0] for name in meant)
    assert meant <= {hit["name"] for hit in answer["results"][0]}
    assert {hit["confidence"] for hit in answer["results"][0]} == {None}
    refused = bundled.post(MOLECULE, json={"query": query})
    assert (refused.status_code, refused.json()["code"]) == (422, "query_ambiguous")
    assert all(name in refused.json()["detail"] for name in meant)


def test_a_name_of_isomers_of_which_the_corpus_has_one_or_none_says_so(bundled: TestClient) -> None:
    answer = ask(bundled, TEXT, ["hydroxybenzoic acid", "cresol"])
    assert [one["kind"] for one in answer["understood"]] == ["text", "text"]
    assert "isomers: in this corpus salicylic acid." in answer["understood"][0]["remarks"][0]
    assert "none of them in this corpus" in answer["understood"][1]["remarks"][0]
    assert answer["results"][0][0]["name"] == "salicylic acid"
    structures = ask(bundled, MOLECULE, ["hydroxybenzoic acid"])
    assert "several isomers" in structures["understood"][0]["remarks"][0]


@pytest.mark.parametrize(
    ("query", "name"),
    [("decabromophenyl ether", "decabromodiphenyl ether"), ("5-hydroxy-dimethyltryptamine", "bufotenin")],
)
def test_a_common_name_that_opsin_reads_otherwise_is_what_it_is_called(
    bundled: TestClient, query: str, name: str
) -> None:
    answer = ask(bundled, TEXT, [query])
    assert answer["results"][0][0]["name"] == name
    assert (answer["understood"][0]["kind"], answer["understood"][0]["remarks"]) == ("name", [])


def test_a_systematic_name_that_lacks_a_locant_is_one_isomer_and_says_so(bundled: TestClient) -> None:
    [understood] = ask(bundled, TEXT, ["4-chloro-methylbenzene sulfonamide"])["understood"]
    assert "Locants are missing" in understood["remarks"][0]


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("ethyl acetate", "ethyl acetate"),
        ("ethyl ethanoate", "ethyl acetate"),
        ("ethanoic acid", "acetic acid"),
        ("propan-2-ol", "isopropanol"),
        ("1,2-dimethylbenzene", "o-xylene"),
        ("2-hydroxybenzoic acid", "salicylic acid"),
        ("naphthalene", "naphthalene"),
        ("methylbenzene", "toluene"),
        ("benzenecarboxylic acid", "benzoic acid"),
    ],
)
def test_a_name_of_one_molecule_is_that(bundled: TestClient, query: str, name: str) -> None:
    for path in (TEXT, MOLECULE):
        [[hit]] = ask(bundled, path, [query])["results"]
        assert hit["name"] == name
        assert hit["found_by"][0]["kind"] in {"name", "synonym", "common name", "structure"}
