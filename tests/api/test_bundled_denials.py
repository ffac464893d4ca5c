"""Questions that say what is not asked for, or what words cannot tell: denials, opposites, company, claims."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from tests.api.bundled import TEXT, ask


def test_a_tag_that_is_missing_proves_nothing(bundled: TestClient) -> None:
    answer = bundled.post(TEXT, json={"query": "not a salt"}).json()
    assert "a tag may be missing" in answer["understood"][0]["remarks"][0]


@pytest.mark.parametrize(
    ("query", "denied"),
    [
        ("amino acid without a stereocentre", "without a stereocentre"),
        ("calorie-free sweetener", "calorie-free"),
        ("non-toxic antifreeze", "non-toxic"),
        ("not toxic", "not toxic"),
        ("antibiotic without two rings", "without two rings"),
    ],
)
def test_a_denial_that_cannot_be_read_is_said_and_not_believed(bundled: TestClient, query: str, denied: str) -> None:
    answer = bundled.post(TEXT, json={"query": query}).json()
    assert any(f"“{denied}”" in remark for remark in answer["understood"][0]["remarks"])
    assert {hit["confidence"] for hit in answer["results"][0]} == {None}


@pytest.mark.parametrize(
    ("query", "tag"), [("sugar-free sweetener", "sugar"), ("painkiller without opioids", "opioid")]
)
def test_what_it_is_without_may_be_a_tag(bundled: TestClient, query: str, tag: str) -> None:
    answer = ask(bundled, TEXT, [query], 20)
    assert answer["understood"][0]["filters"] == [f"not tagged “{tag}”"]
    assert not any(tag in hit["tags"] for hit in answer["results"][0])


def test_a_tag_that_the_conditions_rule_out_is_said(bundled: TestClient) -> None:
    answer = ask(bundled, TEXT, ["nitrogen-free explosive"])
    assert "tags “explosive” fulfils the conditions" in answer["understood"][0]["remarks"][0]
    assert {hit["confidence"] for hit in answer["results"][0]} == {None}


@pytest.mark.parametrize(
    ("query", "not_it", "first"),
    [
        ("used with levodopa", "levodopa", "carbidopa"),
        ("added to amoxicillin", "amoxicillin", "clavulanic acid"),
        ("formed from arachidonic acid", "arachidonic acid", None),
        ("blocks glucose uptake", "D-glucose, open chain", None),
        ("stimulant without caffeine", "caffeine", None),
    ],
)
def test_what_others_go_with_or_come_from_is_no_hit(
    bundled: TestClient, query: str, not_it: str, first: str | None
) -> None:
    names = [hit["name"] for hit in ask(bundled, TEXT, [query], 30)["results"][0]]
    assert not_it not in names and (first is None or names[0] == first)


@pytest.mark.parametrize(
    "query",
    ["non-steroidal anti-inflammatory drug", "sugar-free gum", "NO synthase inhibitor", "azo dye without esters"],
)
def test_what_is_called_so_or_was_read_is_no_denial(bundled: TestClient, query: str) -> None:
    answer = bundled.post(TEXT, json={"query": query}).json()
    assert not any("could not be read" in remark for remark in answer["understood"][0]["remarks"])
    first = answer["results"][0][0]
    assert first["confidence"] is not None or "tag" in [way["kind"] for way in first["found_by"]]


def test_a_denied_tag_goes_with_the_tags_of_the_request(bundled: TestClient) -> None:
    body = {"query": "painkiller, not an opioid", "filter": {"tags": {"all": ["approved"]}}}
    answer = bundled.post(TEXT, json=body).json()
    assert answer["understood"][0]["filters"] == ["not tagged “opioid”"]
    assert all("approved" in hit["tags"] and "opioid" not in hit["tags"] for hit in answer["results"][0])


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("a drug that causes low blood pressure", "causes low blood pressure"),
        ("is ibuprofen safe in pregnancy?", "safe in pregnancy"),
        ("the most potent steroid", "most potent"),
        ("stronger than morphine", "stronger than morphine"),
        ("IC50 below 10 nM against EGFR", "IC50 below 10 nM against EGFR"),
        ("cocaine antagonist", "cocaine antagonist"),
    ],
)
def test_a_claim_that_words_cannot_tell_is_said_and_not_believed(bundled: TestClient, query: str, said: str) -> None:
    answer = ask(bundled, TEXT, [query], 10)
    assert f"“{said}” was not understood" in answer["understood"][0]["remarks"][0]
    assert {hit["confidence"] for hit in answer["results"][0]} == {None}


@pytest.mark.parametrize(
    ("query", "first", "without"),
    [
        ("morphine antagonist", {"naltrexone", "naloxone"}, "morphine"),
        ("antidote to morphine", {"naltrexone", "naloxone"}, "morphine"),
        ("testosterone antagonist", {"enzalutamide", "bicalutamide"}, "testosterone"),
        ("adenosine receptor antagonist", {"caffeine", "theophylline", "theobromine"}, "adenosine"),
        ("histamine antagonist", {"cetirizine"}, "histamine"),
        ("antagonist of dopamine", {"metoclopramide", "domperidone", "chlorpromazine", "haloperidol"}, "dopamine"),
        ("estrogen antagonist", {"tamoxifen", "raloxifene"}, None),
        ("vitamin K antagonist", {"warfarin"}, None),
        ("folate antagonist", {"methotrexate"}, None),
        ("reverses warfarin", {"phylloquinone"}, "warfarin"),
        ("causes high blood pressure", {"(-)-ephedrine"}, None),
        ("precursor to dopamine", {"levodopa"}, "dopamine"),
        ("which drug treats gout", {"allopurinol"}, None),
        ("amino acid without chirality", {"gamma-aminobutyric acid", "beta-alanine", "glycine"}, None),
        ("vitamin C deficiency", {"L-ascorbic acid"}, None),
    ],
)
def test_what_acts_on_a_molecule_is_found_and_not_the_molecule(
    bundled: TestClient, query: str, first: set[str], without: str | None
) -> None:
    answer = ask(bundled, TEXT, [query], 50)
    names = [hit["name"] for hit in answer["results"][0]]
    assert names[0] in first and answer["understood"][0]["remarks"] == []
    assert without is None or without not in names[:2]


def test_what_is_named_as_not_asked_for_is_not_found(bundled: TestClient) -> None:
    for query, name in (("anticoagulant that is not warfarin", "warfarin"), ("not aspirin", "aspirin")):
        found = ask(bundled, TEXT, [query], 50)
        assert found["understood"][0]["filters"] == [f"not {name}"]
        assert name not in {hit["name"] for hit in found["results"][0]}


@pytest.mark.parametrize("query", ["not an opioid", "painkiller, not an opioid", "musk found in plants"])
def test_a_tag_denied_or_asked_for_with_more_is_no_hit_by_tag(bundled: TestClient, query: str) -> None:
    hits = ask(bundled, TEXT, [query], 20)["results"][0]
    assert all(way["kind"] != "tag" for hit in hits for way in hit["found_by"])
    assert all("opioid" not in hit["tags"] for hit in hits) or "opioid" not in query
