"""The bundled corpus with the bundled checkpoint: what people type finds what they mean."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from functools import cache
from typing import Any

import pytest
from fastapi.testclient import TestClient

from indexer.examples import example_corpus
from tests.api.bundled import MOLECULE, TEXT, ask


@cache
def compounds() -> list[dict[str, str]]:
    with example_corpus().open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def names(client: TestClient, queries: Sequence[str]) -> list[str]:
    return [hits[0]["name"] for hits in ask(client, TEXT, queries)["results"]]


def test_every_compound_is_first_by_its_own_name(bundled: TestClient) -> None:
    found = ask(bundled, TEXT, [row["name"] for row in compounds()])
    assert [hits[0]["id"] for hits in found["results"]] == [row["id"] for row in compounds()]
    assert {hits[0]["found_by"][0]["kind"] for hits in found["results"]} == {"name"}
    assert all(hits[0]["confidence"] is None for hits in found["results"])


def test_every_structure_has_its_own_description_first(bundled: TestClient) -> None:
    found = ask(bundled, MOLECULE, [row["smiles"] for row in compounds()])
    assert [hits[0]["description"] for hits in found["results"]] == [row["description"] for row in compounds()]


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("viagra", "sildenafil"),
        ("tylenol", "paracetamol"),
        ("DMSO", "dimethyl sulfoxide"),
        ("laughing gas", "nitrous oxide"),
        ("50-78-2", "aspirin"),
        ("BSYNRYMUTXBXSQ-UHFFFAOYSA-N", "aspirin"),
        ("CC(=O)Oc1ccccc1C(=O)O", "aspirin"),
    ],
)
def test_what_people_type_is_first(bundled: TestClient, query: str, name: str) -> None:
    assert names(bundled, [query]) == [name]


def test_a_formula_finds_all_that_have_it(bundled: TestClient) -> None:
    [hits] = ask(bundled, TEXT, ["C9H8O4"], k=5)["results"]
    exact = [hit["name"] for hit in hits if hit["found_by"][0]["kind"] == "formula"]
    assert exact == sorted(row["name"] for row in compounds() if row["formula"] == "C9H8O4")


def variants() -> list[tuple[str, str]]:
    """A hundred names and more, each with another way to write it."""
    written: list[tuple[str, str]] = []
    for name in (row["name"] for row in compounds()):
        for letter, sign in (("alpha", "\u03b1"), ("beta", "\u03b2"), ("gamma", "\u03b3"), ("delta", "\u03b4")):
            if f"{letter}-" in name:
                written.append((name, name.replace(f"{letter}-", f"{sign}-")))
                written.append((name, name.replace(f"{letter}-", f"&{letter};-")))
        for stereo in ("L-", "D-"):
            if name.startswith(stereo):
                written.append((name, f"<small>{stereo[0]}</small>-{name[2:]}"))
                written.append((name, f"{stereo[0]}\u2010{name[2:]}"))
        if name.startswith(("(+)-", "(-)-", "(R)-", "(S)-")):
            written.append((name, name.replace("-", "\u2212")))
        for american, british in (("sulf", "sulph"), ("estr", "oestr"), ("aluminum", "aluminium"), ("hem", "haem")):
            if american in name and not name.startswith("sulfo") and british not in name and american != "hem":
                written.append((name, name.replace(american, british)))
        if len(name) > 6 and len(written) < 160:
            written.append((name, name.upper()))
    return written


def test_a_name_is_found_however_it_is_spelled(bundled: TestClient) -> None:
    pairs = variants()
    assert len(pairs) >= 100
    plain, other = (names(bundled, [pair[side] for pair in pairs]) for side in (0, 1))
    assert [(pair[1], found) for pair, found in zip(pairs, other, strict=True)] == [
        (pair[1], found) for pair, found in zip(pairs, plain, strict=True)
    ]


@pytest.mark.parametrize(
    "name", ["sildenafl", "zolmitriptan", "dolutegravirine", "2-chloro-7-ethylquinoxaline", "Xarelta"]
)
def test_a_name_that_is_not_there_is_not_believed(bundled: TestClient, name: str) -> None:
    """Alone, a third of all names whose molecule is absent had a first hit above .9."""
    answer = bundled.post("/search/text2mol", json={"query": name, "k": 5}).json()
    assert {hit["confidence"] for hit in answer["results"][0]} == {None}
    assert any("No molecule of this corpus has this name" in remark for remark in answer["understood"][0]["remarks"])


@pytest.mark.parametrize("query", ["an opioid analgesic", "a drug against high blood pressure", "aspirin"])
def test_no_hit_changes_its_rank_from_page_to_page(bundled: TestClient, query: str) -> None:
    """Words and vectors are fused as far as they go; beyond, the order is that of the vectors."""
    body: dict[str, Any] = {"query": query, "k": 45}
    [whole] = bundled.post(TEXT, json=body | {"k": 315}).json()["results"]
    pages: list[dict[str, Any]] = []
    cursor = None
    for _ in range(7):
        answer = bundled.post(TEXT, json=body | {"cursor": cursor}).json()
        pages += answer["results"][0]
        cursor = answer["next_cursor"]
    assert [(hit["rank"], hit["id"]) for hit in pages] == [(hit["rank"], hit["id"]) for hit in whole]
    assert len({hit["id"] for hit in pages}) == 315 and cursor is not None


def test_no_hit_of_a_text_claims_more_than_one_before_it(bundled: TestClient) -> None:
    texts = ["a cyclic ketone that smells of wood and was once made into films and billiard balls", "sweet taste"]
    texts += ["The molecule is a purine alkaloid that stimulates the central nervous system and occurs in coffee."]
    for hits in ask(bundled, TEXT, texts, k=250)["results"]:
        confidences = [hit["confidence"] for hit in hits]
        assert len(confidences) == 250 and confidences == sorted(confidences, reverse=True)
    [caffeine] = ask(bundled, TEXT, texts[-1:], k=3)["results"]
    assert caffeine[0]["name"] == "caffeine" and caffeine[0]["confidence"] > 0.5


def test_a_name_that_the_corpus_has_is_known_as_one_by_vectors_too(bundled: TestClient) -> None:
    answer = bundled.post(TEXT, json={"query": "caffeine", "k": 3, "mode": "vector"}).json()
    assert answer["understood"][0]["confidence_means"] == "described"
    hits = answer["results"][0]
    assert hits[0]["name"] == "caffeine" and hits[0]["confidence"] > 0.5


@pytest.mark.parametrize("mode", ["auto", "vector", "lexical"])
@pytest.mark.parametrize("query", ["你好世界", "???", "\N{SNOWMAN}"])
def test_a_text_of_which_nothing_is_known_finds_nothing_and_says_so(bundled: TestClient, query: str, mode: str) -> None:
    answer = bundled.post(TEXT, json={"query": query, "mode": mode}).json()
    assert answer["results"] == [[]]
    remarks = answer["understood"][0]["remarks"]
    assert "knows nothing" in remarks[-1]
    assert not any("The hits are" in remark for remark in remarks)


def test_two_names_of_one_molecule_are_a_name(bundled: TestClient) -> None:
    answer = bundled.post(TEXT, json={"query": "paracetamol (acetaminophen)", "k": 1}).json()
    assert answer["understood"][0]["kind"] == "name"
    assert answer["results"][0][0]["name"] == "paracetamol"
    both = bundled.post(TEXT, json={"query": "paracetamol (caffeine)", "k": 1}).json()
    assert both["understood"][0]["kind"] == "text"


@pytest.mark.parametrize(("query", "name"), [("aspirin for small children", "aspirin"), ("aspirin 500 mg", "aspirin")])
def test_names_within_a_text_are_suggested(bundled: TestClient, query: str, name: str) -> None:
    answer = bundled.post(TEXT, json={"query": query, "k": 1}).json()
    assert name in [suggestion["value"] for suggestion in answer["understood"][0]["suggestions"]]


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("what is aspirin?", "aspirin"),
        ("the active ingredient of Advil", "ibuprofen"),
        ("SMILES of caffeine", "caffeine"),
        ("Generic name for Prozac", "fluoxetine"),
    ],
)
def test_a_question_for_what_it_names_is_that_name(bundled: TestClient, query: str, name: str) -> None:
    answer = bundled.post(TEXT, json={"query": query, "k": 1}).json()
    assert answer["understood"][0]["kind"] == "name"
    assert answer["results"][0][0]["name"] == name


@pytest.mark.parametrize("query", ["drug for alcohol", "molecule in water", "main use of caffeine"])
def test_what_a_question_only_mentions_is_not_its_answer(bundled: TestClient, query: str) -> None:
    assert bundled.post(TEXT, json={"query": query}).json()["understood"][0]["kind"] == "text"


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("N-(4-hydroxyphenyl)ethanamide", "paracetamol"),
        ("structure of 2-hydroxypropane-1,2,3-tricarboxylic acid", "citric acid"),
        ("what is 3,7-dihydro-1,3,7-trimethyl-1H-purine-2,6-dione?", "caffeine"),
    ],
)
def test_a_systematic_name_is_the_structure_it_describes(bundled: TestClient, query: str, name: str) -> None:
    [[hit]] = ask(bundled, TEXT, [query])["results"]
    assert hit["name"] == name
    assert hit["found_by"][0]["kind"] in ("structure", "synonym", "common name")


def test_a_systematic_name_that_the_corpus_does_not_have_finds_what_is_like_it(bundled: TestClient) -> None:
    name = "ethyl 2-[4-(4-chlorobenzoyl)phenoxy]-2-methylpropanoate"  # the isopropyl ester is fenofibrate
    for path, given in ((TEXT, name), ("/search/mol2mol", name), (MOLECULE, name)):
        answer = ask(bundled, path, [given])
        [understood] = answer["understood"]
        assert understood["kind"] == "structure"
        assert understood["value"] == "CCOC(=O)C(C)(C)Oc1ccc(C(=O)c2ccc(Cl)cc2)cc1"
        assert "OPSIN" in understood["remarks"][0]
        assert answer["results"][0][0]["name"] == "fenofibrate"


@pytest.mark.parametrize("query", ["porphyrin", "a fluoroquinolone", "sulfonylurea", "vitamin", "gold", "azulene"])
def test_a_class_an_element_or_a_bare_word_stays_words(bundled: TestClient, query: str) -> None:
    [understood] = ask(bundled, TEXT, [query])["understood"]
    assert understood["kind"] == "text"
    assert any("OPSIN" in remark for remark in understood["remarks"]) == (query == "azulene")


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("metformin hydrochloride", "metformin"),
        ("sildenafil citrate", "sildenafil"),
        ("atorvastatin calcium trihydrate", "atorvastatin"),
        ("sodium acetate trihydrate", "sodium acetate"),
    ],
)
def test_a_salt_that_the_corpus_has_only_without_its_counter_ion_is_said_to_be_so(
    bundled: TestClient, query: str, name: str
) -> None:
    answer = ask(bundled, TEXT, [query])
    [[hit]], [understood] = answer["results"], answer["understood"]
    assert (hit["name"], hit["found_by"][0]) == (name, {"kind": "parent", "value": name})
    assert "No molecule of this corpus has this name" in understood["remarks"][0]
    assert ask(bundled, "/search/mol2mol", [query])["results"][0][0]["name"] == name


@pytest.mark.parametrize(
    "query",
    ["aspirin OR caffeine", "aspirin, caffeine", "aspirin/caffeine", "aspirin & caffeine", "aspirin\n caffeine\n"],
)
def test_several_names_are_all_found(bundled: TestClient, query: str) -> None:
    [hits] = ask(bundled, TEXT, [query], k=2)["results"]
    assert [hit["name"] for hit in hits] == ["aspirin", "caffeine"]
    assert {hit["found_by"][0]["kind"] for hit in hits} == {"name"}


def test_the_title_of_a_line_of_a_smiles_file_is_left_out(bundled: TestClient) -> None:
    answer = ask(bundled, TEXT, ["CC(=O)Oc1ccccc1C(=O)O CHEMBL25"])
    assert answer["results"][0][0]["name"] == "aspirin"
    assert "CHEMBL25" in answer["understood"][0]["remarks"][0]


@pytest.mark.parametrize(
    ("query", "name"),
    [("CCO ethanol", "ethanol"), ("CO methanol", "methanol"), ("CCO mol_17", "ethanol"), ("CCO 702", "ethanol")],
)
def test_a_smiles_of_letters_may_have_its_name_or_number_as_a_title(bundled: TestClient, query: str, name: str) -> None:
    answer = ask(bundled, TEXT, [query])
    assert answer["results"][0][0]["name"] == name and answer["understood"][0]["kind"] == "structure"
    assert f"title: {query.split()[1]}" in answer["understood"][0]["remarks"][0]


def test_a_full_stop_after_a_structure_is_none_of_it(bundled: TestClient) -> None:
    answer = ask(bundled, TEXT, ["CCO."])
    assert answer["results"][0][0]["name"] == "ethanol" and answer["understood"][0]["kind"] == "structure"


@pytest.mark.parametrize(
    "query", ["CO poisoning", "CC chemokine", "NO synthase", "CNS depressant", "CO carbon monoxide", "P53 inhibitor"]
)
def test_letters_before_a_word_are_no_structure(bundled: TestClient, query: str) -> None:
    understood = ask(bundled, TEXT, [query])["understood"][0]
    assert understood["kind"] == "text" and not any("structure" in remark for remark in understood["remarks"])


@pytest.mark.parametrize(
    ("query", "fault"),
    [
        ("C1CC", "never closes ring 1"),
        ("CC(C", "1 parenthesis open"),
        ("CC(=O)Oc1ccccc1C(=O", "1 parenthesis open"),
        ("CC(=O)Oc1ccccc1C(=O aspirin", "1 parenthesis open"),
        ("CC(=O)Oc1ccccc1C(=O" * 5, "open"),
    ],
)
def test_a_structure_that_cannot_be_read_is_said_and_words_are_not_believed(
    bundled: TestClient, query: str, fault: str
) -> None:
    answer = ask(bundled, TEXT, [query], 3)
    assert "Searched for as words" in answer["understood"][0]["remarks"][0]
    assert fault in answer["understood"][0]["remarks"][0]
    assert {hit["confidence"] for hit in answer["results"][0]} == {None}


def test_the_name_of_a_class_is_not_one_molecule(bundled: TestClient) -> None:
    """Others than the corpus call 1,4-dichlorobenzene so, and nicotinamide, and benzaldehyde."""
    for query in ("dichlorobenzene", "vitamin B", "aromatic aldehyde"):
        assert ask(bundled, TEXT, [query])["understood"][0]["kind"] == "text"


def test_what_was_found_exactly_is_not_said_to_be_unknown(bundled: TestClient) -> None:
    for query in ("C6H12O6", "LSD", "NH3"):
        answer = ask(bundled, TEXT, [query])
        assert answer["results"][0]
        assert not answer["understood"][0]["remarks"]


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("Paracétamol", "paracetamol"),
        ("cafeïne", "caffeine"),
        ("INS 330", "citric acid"),
        ("E-330", "citric acid"),
        ("LSD 25", "lysergide"),
        ("vit. C", "L-ascorbic acid"),
        ("conc. H2SO4", "sulfuric acid"),
        ("30% H2O2", "hydrogen peroxide"),
    ],
)
def test_accents_and_numbers_of_additives(bundled: TestClient, query: str, name: str) -> None:
    found = ask(bundled, TEXT, [query])
    assert found["results"][0][0]["name"] == name
    assert found["results"][0][0]["found_by"][0]["kind"] in {"name", "synonym", "common name"}


@pytest.mark.parametrize("smiles", ["CC#C", "C/C=C/C", "CC(N)C(=O)O", "CC(=O)[O-]"])
def test_no_text_is_believed_to_describe_a_molecule_that_is_not_there(bundled: TestClient, smiles: str) -> None:
    found = ask(bundled, MOLECULE, [smiles], 5)
    assert "corpus" in found["understood"][0]["remarks"][0]
    assert [hit["confidence"] for hit in found["results"][0]] == [None] * 5


def test_the_title_after_a_smiles_is_left_out_of_a_structure_too(bundled: TestClient) -> None:
    found = ask(bundled, MOLECULE, ["c1ccccc1 benzene, dry"])
    assert found["results"][0][0]["name"] == "benzene"
    assert "title: benzene, dry" in found["understood"][0]["remarks"][0]


def test_a_phosphate_of_a_nucleoside_is_no_salt(bundled: TestClient) -> None:
    found = ask(bundled, TEXT, ["uridine monophosphate"])
    assert all(way["kind"] != "parent" for way in found["results"][0][0]["found_by"])


@pytest.mark.parametrize("query", ["L-alanine", "D-alanine", "dexamethasone", "betamethasone", "L-threonine"])
@pytest.mark.parametrize("k", [1, 5])
@pytest.mark.parametrize("filter", [None, {"molecular_weight": {"max": 500}}, {"has_substructure": ["C"]}])
def test_what_is_asked_for_is_first_of_what_has_its_fingerprint(
    bundled: TestClient, query: str, k: int, filter: dict[str, Any] | None
) -> None:
    body = {"query": query, "k": k, "rank_by": "morgan", "filter": filter}
    [hits] = bundled.post("/search/mol2mol", json=body).json()["results"]
    assert (hits[0]["name"], hits[0]["morgan_similarity"], len(hits)) == (query, 1.0, k)
    similarities = [hit["morgan_similarity"] for hit in hits]
    assert similarities == sorted(similarities, reverse=True)


def test_a_filter_leaves_out_what_is_asked_for_by_fingerprints_too(bundled: TestClient) -> None:
    body = {"query": "L-alanine", "k": 1, "rank_by": "morgan", "filter": {"molecular_weight": {"min": 100}}}
    [[hit]] = bundled.post("/search/mol2mol", json=body).json()["results"]
    assert hit["name"] != "L-alanine" and hit["morgan_similarity"] < 1
