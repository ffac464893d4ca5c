"""The bundled corpus with the bundled checkpoint: questions in words are understood, and what is missing is said."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.api.bundled import MOLECULE, TEXT, ask


@pytest.mark.parametrize(
    "query",
    [
        "an analgesic drug for children",
        "painkillers",
        "drugs for high blood pressure",
        "fungal infections",
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


@pytest.mark.parametrize("query", ["smells like vanilla", "what is in coffee?", "found in tea leaves"])
def test_what_cannot_be_a_name_has_confidences(bundled: TestClient, query: str) -> None:
    answer = bundled.post(TEXT, json={"query": query}).json()
    assert answer["understood"][0]["confidence_means"] == "fits"
    assert answer["understood"][0]["remarks"] == []


@pytest.mark.parametrize(
    "query", ["compounds containing fluorine", "contains fluorine, MW < 300", "fluorinated molecules"]
)
def test_hits_of_properties_alone_have_them_and_no_confidence(bundled: TestClient, query: str) -> None:
    answer = bundled.post(TEXT, json={"query": query}).json()
    assert all("F" in hit["smiles"] for hit in answer["results"][0])
    assert {hit["confidence"] for hit in answer["results"][0]} == {None}
    assert "order means nothing" in answer["understood"][0]["remarks"][-1]


@pytest.mark.parametrize("query", ["contains gold", "negatively charged"])
def test_properties_that_nothing_has_are_said_to_be_so(bundled: TestClient, query: str) -> None:
    answer = bundled.post(TEXT, json={"query": query}).json()
    assert answer["results"] == [[]]
    assert answer["understood"][0]["remarks"] == ["Nothing in this corpus passes the filter."]


def test_two_tags_are_asked_for_at_once(bundled: TestClient) -> None:
    answer = ask(bundled, TEXT, ["an antioxidant and a vitamin"], 20)
    assert answer["results"][0] and all({"antioxidant", "vitamin"} <= set(hit["tags"]) for hit in answer["results"][0])


@pytest.mark.parametrize("query", ["oil of wintergreen", "nerve agent of the subway attack", "a liquid metal"])
def test_what_a_word_stands_for_and_the_corpus_lacks_is_said(bundled: TestClient, query: str) -> None:
    answer = ask(bundled, TEXT, [query])
    assert "which this corpus does not have" in answer["understood"][0]["remarks"][0]
    assert {hit["confidence"] for hit in answer["results"][0]} == {None}


def test_the_rest_of_a_question_counts_beside_its_everyday_words(bundled: TestClient) -> None:
    answer = bundled.post(TEXT, json={"query": "blue dye from madder"}).json()
    assert answer["results"][0][0]["name"] == "alizarin"


@pytest.mark.parametrize("query", ["sugar found in milk", "sugar in milk", "sugar of milk"])
def test_what_is_said_the_other_way_round_is_the_same(bundled: TestClient, query: str) -> None:
    assert ask(bundled, TEXT, [query])["results"][0][0]["name"] == "beta-lactose"


def test_what_is_to_be_like_a_molecule_is_searched_by_its_structure(bundled: TestClient) -> None:
    for query in ("drugs similar to morphine", "analogues of morphine", "something like morphine"):
        answer = ask(bundled, TEXT, [query], k=5)
        assert answer["understood"][0]["kind"] == "structure"
        assert "like morphine" in answer["understood"][0]["remarks"][0]
        assert {"codeine", "hydromorphone"} <= {hit["name"] for hit in answer["results"][0]}


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
        ("drug that lowers cholesterol", {"simvastatin", "pravastatin", "atorvastatin", "fenofibrate"}),
        ("forever chemical", {"perfluorooctanoic acid", "perfluorooctanesulfonic acid"}),
        ("incontinence", {"oxybutynin", "tolterodine", "solifenacin", "mirabegron"}),
        ("chemotherapy", {"doxorubicin", "cisplatin", "paclitaxel", "cyclophosphamide"}),
        ("scurvy", {"L-ascorbic acid"}),
        ("simplest amino acid", {"glycine"}),
        ("etches glass", {"hydrogen fluoride"}),
        ("antidote to warfarin", {"phylloquinone"}),
        ("fatty alcohol", {"1-octanol"}),
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
        ("isomers of Oc1ccccc1O", {"hydroquinone", "resorcinol"}, "formula"),
        ("enantiomer of C[C@H](N)C(=O)O", {"D-alanine"}, "structure"),
        ("similar to CC(=O)Oc1ccccc1C(=O)O", set(), "structure"),
        ("analogues of 50-78-2", set(), "structure"),
    ],
)
def test_what_is_asked_for_by_its_relation_to_a_molecule(
    bundled: TestClient, query: str, first: set[str], kind: str
) -> None:
    found = ask(bundled, TEXT, [query], 10)
    exact = {hit["name"] for hit in found["results"][0] if hit["found_by"][0]["kind"] == kind}
    assert exact == first
    assert found["understood"][0]["remarks"]


@pytest.mark.parametrize(
    "query",
    [
        "enantiomer of aspirin",
        "isomers of caffeine",
        "conjugate base of acetic acid",
        "conjugate base of water",  # deuterium oxide has the same skeleton
        "stereoisomers of water",
        "isomers of CCO",
    ],
)
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


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("Aspirin\u00ae", "aspirin"),
        ("Aspirin\u2122", "aspirin"),
        ("(aspirin)", "aspirin"),
        ("\u202easpirin\u200b", "aspirin"),
        ("CCO\u200b", "ethanol"),
        ("SMILES: CCO", "ethanol"),
        ("What is CN1C=NC2=C1C(=O)N(C(=O)N2C)C?", "caffeine"),
        ("alpha-pinene", "(+)-alpha-pinene"),
    ],
)
@pytest.mark.parametrize("path", [TEXT, MOLECULE])
def test_marks_labels_and_signs_hide_no_molecule(bundled: TestClient, path: str, query: str, first: str) -> None:
    found = ask(bundled, path, [query])
    assert found["results"][0][0]["name"] == first
    near = query == "alpha-pinene"
    assert any("other stereochemistry" in remark for remark in found["understood"][0]["remarks"]) is near
    assert found["results"][0][0]["found_by"][0]["kind"] != "vector"


@pytest.mark.parametrize("query", ["turpentine", "pine smell"])
def test_what_an_everyday_word_names_may_have_a_sign_before_it(bundled: TestClient, query: str) -> None:
    found = ask(bundled, TEXT, [query])
    assert found["results"][0][0]["name"] == "(+)-alpha-pinene"
    assert found["understood"][0]["remarks"] == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("noble gases", "noble gas"),
        ("viruses", "virus"),
        ("fertilizer", "fertiliser"),
        ("mood stabilisers", "mood stabiliser"),
        ("photosensitizer", "photosensitiser"),
    ],
)
def test_plurals_and_british_words_are_read_as_the_others(bundled: TestClient, one: str, other: str) -> None:
    found = ask(bundled, TEXT, [one, other], 10)
    assert found["understood"][0]["widened"] == found["understood"][1]["widened"]
    assert found["understood"][0]["remarks"] == found["understood"][1]["remarks"] == []
    by_words = [{hit["name"] for hit in hits if {"kind": "words"} in hit["found_by"]} for hits in found["results"]]
    assert len(by_words[0] & by_words[1]) >= 3


@pytest.mark.parametrize("query", ["TSH", "DOH", "TOT"])
def test_letters_are_no_formula_with_isotopes(bundled: TestClient, query: str) -> None:
    assert ask(bundled, TEXT, [query])["understood"][0]["kind"] == "text"


@pytest.mark.parametrize("query", ["painkiller", "a statin"])
def test_words_where_a_structure_is_asked_for_are_told_where_to_go(bundled: TestClient, query: str) -> None:
    answer = bundled.post(MOLECULE, json={"query": query}).json()
    assert answer["code"] == "query_unparsable" and "POST /search/text2mol" in answer["detail"]


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


def test_a_long_question_of_few_telling_words_is_not_taken_for_a_description(bundled: TestClient) -> None:
    query = "I'm looking for a drug that lowers cholesterol by blocking its intestinal absorption"
    answer = ask(bundled, TEXT, [query])
    assert answer["results"][0][0]["confidence"] < 0.8  # cholesterol, which all these words are said of


@pytest.mark.parametrize(
    ("query", "tag"),
    [
        ("hair dye", "hair dye"),
        ("musks", "musk"),
        ("an alkaloid", "alkaloid"),
        ("poisons", "poison"),
        ("disaccharides", "disaccharide"),
        ("antifungal drugs", "antifungal"),
        ("drugs for gout", "gout drug"),
        ("weedkiller", "herbicide"),
    ],
)
def test_what_has_the_tag_asked_for_comes_first_and_is_certain(bundled: TestClient, query: str, tag: str) -> None:
    answer = ask(bundled, TEXT, [query], 50)
    [hits] = answer["results"]
    by_tag = [hit["found_by"][0] == {"kind": "tag", "value": tag} for hit in hits]
    assert by_tag == [tag in hit["tags"] for hit in hits] == sorted(by_tag, reverse=True)
    assert by_tag[0] and len({hit["id"] for hit in hits}) == 50
    assert all((hit["confidence"] is None) is tagged for hit, tagged in zip(hits, by_tag, strict=True))


def test_what_follows_the_tagged_ones_is_as_probable_as_without_them(bundled: TestClient) -> None:
    """And they are in the order that they have among themselves."""
    hits = ask(bundled, TEXT, ["musk"], 10)["results"][0]
    alone = bundled.post(TEXT, json={"query": "musk", "k": 7, "filter": {"tags": {"none": ["musk"]}}}).json()
    assert [hit["name"] for hit in hits[3:]] == [hit["name"] for hit in alone["results"][0]]
    confidences = [hit["confidence"] for hit in hits[3:]]
    assert confidences == sorted(confidences, reverse=True)


@pytest.mark.parametrize(
    ("query", "first"), [("metabolite of aspirin", "salicylic acid"), ("active metabolites of codeine", "morphine")]
)
def test_a_metabolite_is_not_what_it_is_made_of(bundled: TestClient, query: str, first: str) -> None:
    found = ask(bundled, TEXT, [query], 20)
    names = [hit["name"] for hit in found["results"][0]]
    assert names[0] == first and query.split()[-1] not in names
    assert found["understood"][0]["filters"] == [f"not {query.split()[-1]}"]


def test_metabolites_that_nobody_tells_are_like_it_and_without_a_confidence(bundled: TestClient) -> None:
    found = ask(bundled, TEXT, ["metabolites of lidocaine"], 20)
    assert "does not tell" in found["understood"][0]["remarks"][0]
    assert {hit["confidence"] for hit in found["results"][0]} == {None}
    assert "lidocaine" not in {hit["name"] for hit in found["results"][0]}


def test_an_ester_of_an_acid_is_found_by_its_name_or_said_to_be_missing(bundled: TestClient) -> None:
    found = ask(bundled, TEXT, ["propyl ester of gallic acid", "methyl ester of salicylic acid"], 3)
    [there, missing] = found["results"]
    assert (there[0]["name"], there[0]["found_by"][0]["kind"]) == ("propyl gallate", "name")
    assert "Read as methyl salicylate." in found["understood"][1]["remarks"]
    assert {hit["confidence"] for hit in missing} == {None}
