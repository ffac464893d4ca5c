"""How queries are read: exact things first, words beside vectors, and what was understood."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from indexer.release.manifest import read_manifest
from tests.api.corpus import CORPUS, Index, copy_index

TEXT = "/search/text2mol"
MOLECULE = "/search/mol2text"


def ask(client: TestClient, path: str, query: str, **more: object) -> dict[str, Any]:
    answer = client.post(path, json={"query": query, "k": 100, **more})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def first(client: TestClient, path: str, query: str, **more: object) -> tuple[str, list[dict[str, str]]]:
    [hits] = ask(client, path, query, **more)["results"]
    return hits[0]["id"], hits[0]["found_by"]


def problem(client: TestClient, path: str, query: str, **more: object) -> tuple[str, str]:
    answer = client.post(path, json={"query": query, **more})
    assert answer.status_code == 422, answer.text
    return answer.json()["code"], answer.json()["detail"]


@pytest.mark.parametrize(
    "query",
    [
        "A salt of an alkali metal.",
        "a salt of an alkali metal",
        "A salt\u00a0of an alkali  metal .",
        "An \u03b1\u2010amino acid of proteins.",
    ],
)
def test_a_description_of_the_corpus_is_its_molecule(client: TestClient, query: str) -> None:
    answer = ask(client, TEXT, query)
    [hits], [understood], [reference] = answer["results"], answer["understood"], answer["morgan_reference"]
    assert hits[0]["id"] == ("alanine" if "amino" in query else "salt")
    assert hits[0]["found_by"][0] == {"kind": "description"}
    assert {hit["confidence"] for hit in hits} == {None}
    assert understood["kind"] == reference["kind"] == "description"
    assert ask(client, TEXT, query, mode="vector")["understood"][0]["kind"] == "text"


@pytest.mark.parametrize(
    ("query", "id", "kind"),
    [
        ("Aspirin", "aspirin", "name"),
        ("caffeine", "caffeine", "name"),
        ("CID 2244", "aspirin", "cid"),
        ("rac/lactic", "rac/lactic", "id"),
        ("C9H8O4", "aspirin", "formula"),
        ("H8O4C9", "aspirin", "formula"),
        ("BSYNRYMUTXBXSQ-UHFFFAOYSA-N", "aspirin", "inchikey"),
        ("BSYNRYMUTXBXSQ", "aspirin", "skeleton"),
        ("OC(=O)c1ccccc1OC(C)=O", "aspirin", "structure"),
        ("C[C@H](C(=O)O)N", "alanine", "skeleton"),  # the mirror image
        ("C[C@@H](C(=O)[O-])[NH3+]", "alanine", "structure"),  # the zwitterion
        ("[K+].CC(O)C(=O)[O-]", "rac/lactic", "parent"),
    ],
)
@pytest.mark.parametrize("mode", ["auto", "lexical"])
def test_exact_matches_come_first(client: TestClient, query: str, id: str, kind: str, mode: str) -> None:
    found, ways = first(client, TEXT, query, mode=mode)
    assert (found, ways[0]["kind"]) == (id, kind)


@pytest.mark.parametrize(
    "query", ["aspirin", "CID 2244", "C9H8O4", "BSYNRYMUTXBXSQ-UHFFFAOYSA-N", "OC(=O)c1ccccc1OC(C)=O"]
)
def test_a_structure_may_be_given_by_name(client: TestClient, query: str) -> None:
    answer = ask(client, MOLECULE, query)
    assert answer["understood_as"] == ["CC(=O)Oc1ccccc1C(=O)O"]
    assert answer["results"][0][0]["name"] == "aspirin"
    assert answer["results"][0][0]["found_by"][-1] == {"kind": "vector"}
    compared = ask(client, TEXT, "an acid", reference=query)["morgan_reference"]
    assert compared == [{"kind": "reference", "smiles": "CC(=O)Oc1ccccc1C(=O)O", "id": None}]


def test_a_structure_in_a_search_for_molecules_is_one(client: TestClient) -> None:
    answer = ask(client, TEXT, "OCC")
    assert (answer["understood_as"], answer["understood"][0]["kind"]) == (["CCO"], "structure")
    assert answer["morgan_reference"] == [{"kind": "query", "smiles": "CCO", "id": None}]
    first_hit = answer["results"][0][0]
    assert (first_hit["id"], first_hit["morgan_similarity"]) == ("ethanol", 1.0)
    assert first_hit["score"] == pytest.approx(1, abs=1e-5)


def test_scores_stay_cosines(client: TestClient) -> None:
    for query in ("aspirin", "a white powder"):
        scores = [
            {hit["id"]: hit["score"] for hit in ask(client, TEXT, query, mode=mode)["results"][0]}
            for mode in ("auto", "vector", "lexical")
        ]
        assert scores[0] == pytest.approx(scores[1], abs=1e-6)
        assert scores[2].items() <= {id: pytest.approx(score, abs=1e-6) for id, score in scores[1].items()}.items()


def test_words_count_beside_vectors(client: TestClient) -> None:
    assert {"kind": "words"} in first(client, TEXT, "which one relieves fever", mode="lexical")[1]
    [lexical] = ask(client, TEXT, "which one relieves fever", mode="lexical")["results"]
    assert [hit["id"] for hit in lexical] == ["aspirin"]
    [fused] = ask(client, TEXT, "which one relieves fever")["results"]
    assert {hit["id"] for hit in fused} == {molecule.id for molecule in CORPUS}
    [vector] = ask(client, TEXT, "aspirin", mode="vector")["results"]
    assert all(hit["found_by"] == [{"kind": "vector"}] for hit in vector)


def test_what_is_said_of_properties_becomes_a_filter(client: TestClient) -> None:
    answer = ask(client, TEXT, "a painkiller without nitrogen and with molecular weight below 200")
    assert {hit["id"] for hit in answer["results"][0]} == {"aspirin", "ethanol", "phenol", "salt", "rac/lactic"}
    understood = answer["understood"][0]
    assert understood["filters"] == ["molecular weight at most 200", "no nitrogen"]
    assert understood["widened"] and "analgesic" in understood["widened"][0]
    # Its own filter and the request's hold together, for this query alone.
    both = client.post(
        TEXT, json={"queries": ["an acid without nitrogen", "an acid"], "filter": {"heavy_atoms": {"max": 6}}}
    ).json()["results"]
    assert {hit["id"] for hit in both[0]} == {"ethanol", "salt", "rac/lactic"}
    assert {hit["id"] for hit in both[1]} == {"ethanol", "salt", "rac/lactic", "alanine"}


def test_a_filter_holds_for_exact_matches(client: TestClient) -> None:
    [hits] = ask(client, TEXT, "aspirin", filter={"molecular_weight": {"max": 150}})["results"]
    assert "aspirin" not in {hit["id"] for hit in hits}
    [hits] = ask(client, TEXT, "aspirin", filter={"lacks_substructure": ["[CX3](=O)[OX2]c"]})["results"]
    assert "aspirin" not in {hit["id"] for hit in hits}


def test_close_names_are_suggested_and_nothing_more(client: TestClient) -> None:
    answer = ask(client, TEXT, "asprin")
    assert answer["understood"][0]["suggestions"] == [{"value": "aspirin", "id": "aspirin"}]
    assert all({way["kind"] for way in hit["found_by"]} <= {"vector", "words"} for hit in answer["results"][0])
    code, detail = problem(client, MOLECULE, "asprin")
    assert code == "query_unparsable" and "Did you mean aspirin?" in detail


@pytest.mark.parametrize(
    ("query", "code", "said"),
    [
        ("CHEMBL9999999", "identifier_unknown", "ChEMBL id"),
        ("AAAAAAAAAAAAAA-UHFFFAOYSA-N", "identifier_unknown", "InChIKey"),
        ("50-78-3", "identifier_unknown", "check digit"),
        ("C60H122N3O9", "identifier_unknown", "molecular formula"),
        ("BSYNRYMUTXBXSQ-UHFFFAOYSA-M", "identifier_unknown", "aspirin (BSYNRYMUTXBXSQ-UHFFFAOYSA-N)"),
        ("SMILES: C1CC", "query_unparsable", "never closes ring 1"),
        ("CCO\nCCN", "query_several", "2 structures"),
        ("InChI=1S/C2H6O/c1-2-3/h3H,2H2,1H2", "query_unparsable", "have to agree"),
        ("InChI=1S/C3H6O/c1-2-3/h3H,2H2,1H3", "query_unparsable", "have to agree"),
    ],
)
@pytest.mark.parametrize("path", [TEXT, MOLECULE])
def test_what_the_corpus_does_not_have_is_a_problem(
    client: TestClient, path: str, query: str, code: str, said: str
) -> None:
    found, detail = problem(client, path, query)
    assert found == code and said in detail


def test_a_structure_behind_a_label_is_held_to_the_limits(client: TestClient) -> None:
    for path in (TEXT, MOLECULE):
        code, detail = problem(client, path, "SMILES: " + "C" * 700)
        assert code.startswith("query_") and "at most 600" in detail


def test_a_broken_structure_among_words_is_said(client: TestClient) -> None:
    [understood] = ask(client, TEXT, "c1ccccc")["understood"]
    assert understood["kind"] == "text" and "never closes ring 1" in understood["remarks"][0]


def test_a_release_without_a_lexicon_searches_by_vectors(
    index: Index, tmp_path: Path, client: TestClient, client_with: Callable[..., TestClient]
) -> None:
    root = copy_index(index.root, tmp_path / "index")
    for release in (root / "releases").iterdir():
        (release / "lexicon.sqlite").unlink()
        manifest = read_manifest(release)
        del manifest.files["lexicon.sqlite"]
        manifest = manifest.model_copy(update={"digest": manifest.computed_digest()})
        (release / "manifest.json").write_text(manifest.to_json())
    bare = client_with(index=root)
    answer = ask(bare, TEXT, "aspirin")
    wanted = ask(client, TEXT, "aspirin", mode="vector")
    assert [hit["id"] for hit in answer["results"][0]] == [hit["id"] for hit in wanted["results"][0]]
    assert problem(bare, TEXT, "aspirin", mode="lexical")[0] == "lexicon_missing"
    assert problem(bare, MOLECULE, "aspirin")[0] == "query_unparsable"
    version = bare.get("/version").json()["release"]
    assert version["lexicon"] is None and "names" in version["missing"][0]
    version = client.get("/version").json()["release"]
    assert version["missing"] == [] and version["lexicon"]["name"] == len(CORPUS)


def test_a_corpus_without_descriptions_says_so(index: Index, client_with: Callable[..., TestClient]) -> None:
    answer = ask(client_with(index=index.without_descriptions), MOLECULE, "CCO")
    assert answer["results"] == [[]] and "no descriptions" in answer["understood"][0]["remarks"][0]


def test_an_unknown_mode_is_a_problem(client: TestClient) -> None:
    code, detail = problem(client, TEXT, "an acid", mode="magic")
    assert code == "mode_unknown" and "lexical" in detail


def test_a_filter_that_nothing_passes_is_said(client: TestClient) -> None:
    answer = ask(client, TEXT, "a solvent", filter={"molecular_weight": {"min": 9000}})
    assert answer["results"] == [[]]
    assert answer["understood"][0]["remarks"] == ["Nothing in this corpus passes the filter."]


@pytest.mark.parametrize(
    ("smarts", "said"),
    [
        ("C1=CC=CC=C1", "c1ccccc1, and so probably nothing: it draws an aromatic ring"),
        ("CN(=O)=O", "C[N+](=O)[O-], and so probably nothing: an index has it with charges"),
        ("CN=N#N", "CN=[N+]=[N-]"),
        ("[H]C", "[CH3]"),
        ("c1ccccc1", None),
        ("[#6]1:[#6]:[#6]:[#6]:[#6]:[#6]:1", None),
        ("C[N+](=O)[O-]", None),
        ("[2H]C", None),
        ("[OH]", None),
    ],
)
@pytest.mark.parametrize("list", ["has_substructure", "lacks_substructure"])
def test_a_pattern_that_can_match_nothing_is_said(client: TestClient, smarts: str, said: str | None, list: str) -> None:
    [understood] = ask(client, TEXT, "a solvent", filter={list: [smarts]})["understood"]
    remarks = [one for one in understood["remarks"] if "SMARTS" in one]
    assert len(remarks) == (said is not None)
    assert said is None or said in remarks[0]


def test_a_long_text_is_encoded_as_it_is(client: TestClient) -> None:
    short, long = "painkiller", "a painkiller that has been on the market for decades, sold in every pharmacy"
    [widened] = ask(client, TEXT, long)["understood"]
    assert any("analgesic" in more for more in widened["widened"])  # looked up in names and descriptions
    for text, same in ((long, True), (short, False)):
        by_vector = {hit["id"]: hit["score"] for hit in ask(client, TEXT, text, mode="vector")["results"][0]}
        auto = {hit["id"]: hit["score"] for hit in ask(client, TEXT, text)["results"][0]}
        assert (auto == pytest.approx(by_vector, abs=1e-5)) is same


def test_what_is_denied_is_not_widened(client: TestClient) -> None:
    [understood] = ask(client, TEXT, "painkiller, not a blood thinner")["understood"]
    [widened] = understood["widened"]
    assert "painkiller" in widened
