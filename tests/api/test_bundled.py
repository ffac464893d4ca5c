"""The bundled corpus with the bundled checkpoint: what people type finds what they mean."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

import pytest
from fastapi.testclient import TestClient

from indexer.build import build_release
from indexer.build.options import BuildOptions
from indexer.examples import example_corpus
from service.app import create_app
from service.settings import Settings

TEXT = "/search/text2mol"
MOLECULE = "/search/mol2text"


@pytest.fixture(scope="session")
def bundled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    out = tmp_path_factory.mktemp("bundled")
    build_release(BuildOptions(checkpoint="compact", molecules=("example",), out=out, workers=0))
    app = create_app(Settings(checkpoint="compact", index=out, max_queries=2000, poll_seconds=60))
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


@cache
def compounds() -> list[dict[str, str]]:
    with example_corpus().open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def ask(client: TestClient, path: str, queries: Sequence[str], k: int = 1) -> dict[str, Any]:
    answer = client.post(path, json={"queries": list(queries), "k": k})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


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


@pytest.mark.parametrize(
    "query",
    [
        "an analgesic",
        "analgesics",
        "painkillers",
        "drugs for gout",
        "antifungal",
        "a trimethylxanthine that keeps people awake",
    ],
)
def test_a_short_question_has_confidences_and_no_remark_about_names(bundled: TestClient, query: str) -> None:
    answer = bundled.post(TEXT, json={"query": query, "k": 20}).json()
    assert answer["understood"][0]["remarks"] == []
    assert answer["understood"][0]["confidence_means"] == "fits"
    confidences = [hit["confidence"] for hit in answer["results"][0]]
    assert all(0 <= confidence <= 1 for confidence in confidences) and confidences[0] > 0.2
    assert confidences == sorted(confidences, reverse=True)


def test_no_hit_of_a_text_claims_more_than_one_before_it(bundled: TestClient) -> None:
    texts = ["a cyclic ketone that smells of wood and was once made into films and billiard balls", "sweetener"]
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


@pytest.mark.parametrize("query", ["smells like vanilla", "what is in coffee?", "found in tea leaves"])
def test_what_cannot_be_a_name_has_confidences(bundled: TestClient, query: str) -> None:
    answer = bundled.post(TEXT, json={"query": query}).json()
    assert answer["understood"][0]["confidence_means"] == "fits"
    assert answer["understood"][0]["remarks"] == []


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
    "query", ["compounds containing fluorine", "contains fluorine, MW < 300", "fluorinated molecules"]
)
def test_hits_of_properties_alone_have_them_and_no_confidence(bundled: TestClient, query: str) -> None:
    answer = bundled.post(TEXT, json={"query": query}).json()
    assert all("F" in hit["smiles"] for hit in answer["results"][0])
    assert {hit["confidence"] for hit in answer["results"][0]} == {None}
    assert "order means nothing" in answer["understood"][0]["remarks"][-1]


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


def test_a_denied_tag_goes_with_the_tags_of_the_request(bundled: TestClient) -> None:
    body = {"query": "painkiller, not an opioid", "filter": {"tags": {"all": ["approved"]}}}
    answer = bundled.post(TEXT, json=body).json()
    assert answer["understood"][0]["filters"] == ["not tagged “opioid”"]
    assert all("approved" in hit["tags"] and "opioid" not in hit["tags"] for hit in answer["results"][0])


def test_the_rest_of_a_question_counts_beside_its_everyday_words(bundled: TestClient) -> None:
    answer = bundled.post(TEXT, json={"query": "sugar found in milk", "k": 2}).json()
    assert {hit["name"] for hit in answer["results"][0]} == {"beta-lactose", "beta-D-galactopyranose"}


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
    "query", ["aspirin OR caffeine", "aspirin, caffeine", "aspirin/caffeine", "aspirin & caffeine"]
)
def test_several_names_are_all_found(bundled: TestClient, query: str) -> None:
    [hits] = ask(bundled, TEXT, [query], k=2)["results"]
    assert [hit["name"] for hit in hits] == ["aspirin", "caffeine"]
    assert {hit["found_by"][0]["kind"] for hit in hits} == {"name"}


def test_what_is_to_be_like_a_molecule_is_searched_by_its_structure(bundled: TestClient) -> None:
    for query in ("drugs similar to morphine", "analogues of morphine", "something like morphine"):
        answer = ask(bundled, TEXT, [query], k=5)
        assert answer["understood"][0]["kind"] == "structure"
        assert "like morphine" in answer["understood"][0]["remarks"][0]
        assert {"codeine", "hydromorphone"} <= {hit["name"] for hit in answer["results"][0]}


def test_the_title_of_a_line_of_a_smiles_file_is_left_out(bundled: TestClient) -> None:
    answer = ask(bundled, TEXT, ["CC(=O)Oc1ccccc1C(=O)O CHEMBL25"])
    assert answer["results"][0][0]["name"] == "aspirin"
    assert "CHEMBL25" in answer["understood"][0]["remarks"][0]


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
    ("query", "first"),
    [
        ("banana smell", {"isoamyl acetate"}),
        ("mothballs", {"naphthalene", "1,4-dichlorobenzene", "(+)-camphor"}),
        ("fire extinguisher", {"carbon dioxide", "sodium bicarbonate"}),
        ("vitamin B", {"nicotinamide", "pyridoxine", "pantothenic acid", "riboflavin", "thiamine"}),
        ("the flavour of bananas", {"isoamyl acetate"}),
        ("smell of roses", {"geraniol"}),
        ("vinegar", {"acetic acid"}),
        ("sleep hormone", {"melatonin"}),
        ("essential amino acids", {"L-isoleucine", "L-tryptophan", "L-valine", "L-leucine", "L-lysine"}),
        ("antidepressants that are SSRIs", {"sertraline", "fluoxetine", "paroxetine", "citalopram", "clomipramine"}),
        ("neurotransmitter of happiness", {"serotonin"}),
    ],
)
def test_words_of_the_household_find_what_they_mean(bundled: TestClient, query: str, first: set[str]) -> None:
    [hits] = ask(bundled, TEXT, [query])["results"]
    assert hits[0]["name"] in first
    exact = hits[0]["found_by"][0]["kind"] == "common name"  # what others than the corpus call just this: vinegar
    assert exact or hits[0]["confidence"] > 0.8


@pytest.mark.parametrize("query", ["nerve agent", "mustard gas", "a fish poison in mothballs"])
def test_a_word_for_molecules_that_are_not_there_says_so(bundled: TestClient, query: str) -> None:
    found = ask(bundled, TEXT, [query], 3)
    remarks = found["understood"][0]["remarks"]
    said = any("has none of them" in remark or "does not have" in remark for remark in remarks)
    assert said is (query != "a fish poison in mothballs")  # which asks for more than mothballs
    assert said is all(hit["confidence"] is None for hit in found["results"][0])


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


@pytest.mark.parametrize(
    ("query", "own", "found"),
    [
        ("exact mass 180.0423", {"exact_mass": {"max": 180.05}}, {"aspirin", "caffeic acid"}),
        ("exact mass 180.0423", {"exact_mass": {"min": 180.05}}, set()),
        ("FA 18:2", {"formula": ["C18H32O2"]}, {"linoleic acid"}),
        ("FA 18:2", {"formula": ["C2H6O"]}, set()),
    ],
)
def test_a_mass_or_formula_in_words_goes_with_the_filter_of_the_request(
    bundled: TestClient, query: str, own: dict[str, Any], found: set[str]
) -> None:
    answer = bundled.post(TEXT, json={"queries": [query], "filter": own}).json()
    assert {hit["name"] for hit in answer["results"][0]} == found


@pytest.mark.parametrize(
    ("query", "first", "kind"),
    [
        ("isomers of catechol", {"hydroquinone", "resorcinol"}, "formula"),
        ("enantiomer of L-alanine", {"D-alanine"}, "structure"),
        ("the mirror image of (R)-limonene", {"(S)-limonene"}, "structure"),
        ("stereoisomers of (R)-carvone", {"(S)-carvone"}, "skeleton"),
    ],
)
def test_what_is_asked_for_by_its_relation_to_a_molecule(
    bundled: TestClient, query: str, first: set[str], kind: str
) -> None:
    found = ask(bundled, TEXT, [query], 10)
    exact = {hit["name"] for hit in found["results"][0] if hit["found_by"][0]["kind"] == kind}
    assert exact == first
    assert found["understood"][0]["remarks"]


@pytest.mark.parametrize("query", ["enantiomer of aspirin", "isomers of caffeine", "conjugate base of acetic acid"])
def test_a_relation_that_no_molecule_of_the_corpus_has_is_said(bundled: TestClient, query: str) -> None:
    found = ask(bundled, TEXT, [query], 3)
    assert "none but" in found["understood"][0]["remarks"][0]
    assert {way["kind"] for hit in found["results"][0] for way in hit["found_by"]} == {"vector"}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("alkane with 8 carbons", {"octane", "isooctane"}),
        ("C10 alkanes", {"decane"}),
        ("solvent with two chlorine atoms", {"dichloromethane", "1,2-dichloroethane", "1,2-dichlorobenzene"}),
        ("oxidizing agents with chromium", {"chromium trioxide", "potassium dichromate"}),
    ],
)
def test_atoms_are_counted(bundled: TestClient, query: str, found: set[str]) -> None:
    hits = ask(bundled, TEXT, [query], len(found))["results"][0]
    assert {hit["name"] for hit in hits} == found


@pytest.mark.parametrize("smiles", ["CC#C", "C/C=C/C", "CC(N)C(=O)O", "CC(=O)[O-]"])
def test_no_text_is_believed_to_describe_a_molecule_that_is_not_there(bundled: TestClient, smiles: str) -> None:
    found = ask(bundled, MOLECULE, [smiles], 5)
    assert "corpus" in found["understood"][0]["remarks"][0]
    assert [hit["confidence"] for hit in found["results"][0]] == [None] * 5


def test_the_title_after_a_smiles_is_left_out_of_a_structure_too(bundled: TestClient) -> None:
    found = ask(bundled, MOLECULE, ["c1ccccc1 benzene, dry"])
    assert found["results"][0][0]["name"] == "benzene"
    assert "title: benzene, dry" in found["understood"][0]["remarks"][0]


def test_what_is_named_as_not_asked_for_is_not_found(bundled: TestClient) -> None:
    for query, name in (("anticoagulant that is not warfarin", "warfarin"), ("not aspirin", "aspirin")):
        found = ask(bundled, TEXT, [query], 50)
        assert found["understood"][0]["filters"] == [f"not {name}"]
        assert name not in {hit["name"] for hit in found["results"][0]}


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("What drug is used to treat malaria?", {"quinine", "quinidine", "artemisinin"}),
        ("compound responsible for the smell of rain", {"(-)-geosmin"}),
        ("volatile compound that smells like rotten eggs", {"hydrogen sulfide"}),
        ("pain killer that damages the liver in overdose", {"paracetamol"}),
        ("neurotransmitter lacking in Parkinson's disease", {"dopamine"}),
    ],
)
def test_questions_in_whole_sentences(bundled: TestClient, query: str, first: set[str]) -> None:
    assert ask(bundled, TEXT, [query])["results"][0][0]["name"] in first


@pytest.mark.parametrize(
    ("query", "meant"),
    [
        ("anti-depresant", "antidepressant"),
        ("anti inflamatory drug", "anti-inflammatory drug"),
        ("antidepressant", None),
    ],
)
def test_a_misspelt_everyday_word_is_said(bundled: TestClient, query: str, meant: str | None) -> None:
    remarks = ask(bundled, TEXT, [query])["understood"][0]["remarks"]
    assert remarks[:1] == ([f"Did you mean “{meant}”?"] if meant else [])


@pytest.mark.parametrize("query", ["DPP4", "P2Y12", "CB1", "HIV1"])
def test_a_target_that_could_be_a_formula_is_no_error(bundled: TestClient, query: str) -> None:
    answer = bundled.post(TEXT, json={"query": query})
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(
    ("query", "filter", "first"),
    [
        ("like ibuprofen but more soluble", "logP below 3.07, that of ibuprofen", "naproxen"),
        ("molecules like caffeine but larger", "molecular weight above 194.19, that of caffeine", None),
    ],
)
def test_like_a_molecule_but_otherwise(bundled: TestClient, query: str, filter: str, first: str | None) -> None:
    found = ask(bundled, TEXT, [query], 5)
    assert found["understood"][0]["filters"] == [filter]
    names = [hit["name"] for hit in found["results"][0]]
    assert first is None or names[0] == first
    assert not {"ibuprofen", "caffeine", "theobromine"} & set(names)


def test_a_phosphate_of_a_nucleoside_is_no_salt(bundled: TestClient) -> None:
    found = ask(bundled, TEXT, ["uridine monophosphate"])
    assert all(way["kind"] != "parent" for way in found["results"][0][0]["found_by"])


def test_a_long_question_of_few_telling_words_is_not_taken_for_a_description(bundled: TestClient) -> None:
    query = "I'm looking for a drug that lowers cholesterol by blocking its intestinal absorption"
    answer = ask(bundled, TEXT, [query])
    assert answer["results"][0][0]["confidence"] < 0.8  # cholesterol, which all these words are said of
