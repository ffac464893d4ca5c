"""Captions from ontology rows, against the wording of ChEBI-20."""

from __future__ import annotations

import random
import re
from collections import Counter
from pathlib import Path

import pytest

from model.published.captions import OntologyRow, indefinite, render_caption
from training.pairs.tables import Source, read_table


def row(definition: str = "", is_a: str = "", relations: str = "", name: str = "a name") -> OntologyRow:
    return OntologyRow.from_fields(
        {
            "chebi_id": "CHEBI:1",
            "name": name,
            "smiles": "C",
            "definition": definition,
            "is_a": is_a,
            "relations": relations,
            "cid": "",
        }
    )


def test_a_definition_hides_its_subject_and_relations_follow_in_order() -> None:
    caption = render_caption(
        row(
            "A benzoate that is the conjugate base of acetylsalicylic acid",
            "benzoates; phenol ester",
            "is_tautomer_of:keto form; is_enantiomer_of:(R)-form; has_parent_hydride:benzene; "
            "is_conjugate_acid_of:dianion; is_conjugate_base_of:acetylsalicylic acid; "
            "has_functional_parent:salicylate; has_part:water; "
            "has_role:drug; has_role:antipyretic; has_role:human metabolite",
        )
    )
    assert caption == (
        "The molecule is a benzoate that is the conjugate base of acetylsalicylic acid. "
        "It has a role as a drug, an antipyretic and a human metabolite. "
        "It is a member of benzoates and a phenol ester. "
        "It contains a water. "
        "It derives from a salicylate. "
        "It is a conjugate base of an acetylsalicylic acid. "
        "It is a conjugate acid of a dianion. "
        "It derives from a hydride of a benzene. "
        "It is an enantiomer of a (R)-form. "
        "It is a tautomer of a keto form."
    )


def test_a_single_class_is_not_repeated_after_a_definition() -> None:
    assert render_caption(row("A nitro compound with two rings.", "nitro compound")) == (
        "The molecule is a nitro compound with two rings."
    )


def test_without_a_definition_the_classes_open_and_roles_follow() -> None:
    caption = render_caption(row("", "pteridines; dicarboxylic acid", "has_role:antimetabolite"))
    assert (
        caption == "The molecule is a member of pteridines and a dicarboxylic acid. It has a role as an antimetabolite."
    )
    assert render_caption(row("", "", "has_role:solvent")) == "The molecule has a role as a solvent."
    assert render_caption(row()) == ""


@pytest.mark.parametrize(
    ("definition", "caption"),
    [
        ("An acid.", "The molecule is an acid."),
        ("The D-enantiomer of valine.", "The molecule is the D-enantiomer of valine."),
        ("Zwitterionic form of X.", "The molecule is zwitterionic form of X."),
        ("D-Ribitol in which a group moved.", "The molecule is D-Ribitol in which a group moved."),
        ("Sucrose is a glycosyl glycoside.", "The molecule is a glycosyl glycoside."),
        ("7-Hydroxy thing is the parent.", "The molecule is the parent."),
        ("A gas;  used widely", "The molecule is a gas; used widely."),
    ],
)
def test_definitions_of_every_shape_become_a_predicate(definition: str, caption: str) -> None:
    assert render_caption(row(definition)) == caption


@pytest.mark.parametrize(
    ("name", "phrase"),
    [
        ("acid", "an acid"),
        ("EC 3.1.1.7 (acetylcholinesterase) inhibitor", "an EC 3.1.1.7 (acetylcholinesterase) inhibitor"),
        ("L-serine", "a L-serine"),
        ("N-acylsphingosine", "a N-acylsphingosine"),
        ("8-hydroxy steroid", "an 8-hydroxy steroid"),
        ("11,12-saturated fatty acyl-CoA", "an 11,12-saturated fatty acyl-CoA"),
        ("18-oxo compound", "a 18-oxo compound"),
        ("110-mer", "a 110-mer"),
        ("(R)-lactic acid", "a (R)-lactic acid"),
        ("(E)-stilbene", "an (E)-stilbene"),
        ("(omega-1)-hydroxy fatty acid", "an (omega-1)-hydroxy fatty acid"),
        ("one-carbon compound", "a one-carbon compound"),
        ("organic ion", "an organic ion"),
        ("eugenol", "a eugenol"),
        ("uridine", "a uridine"),
        ("uracil", "a uracil"),
        ("urea", "a urea"),
        ("ursane", "an ursane"),
        ("unsaturated fatty acid", "an unsaturated fatty acid"),
        ("UDP", "an UDP"),
        ("H1-receptor antagonist", "a H1-receptor antagonist"),
        ("phenols", "a member of phenols"),
        ("reactive oxygen species", "a member of reactive oxygen species"),
        ("prostaglandins A", "a member of prostaglandins A"),
        ("greenhouse gas", "a greenhouse gas"),
        ("elemental phosphorus", "an elemental phosphorus"),
        ("bioglass", "a bioglass"),
    ],
)
def test_articles_are_those_of_the_published_captions(name: str, phrase: str) -> None:
    assert indefinite(name) == phrase


def test_plural_roles_are_singular_in_a_caption() -> None:
    roles = "has_role:EC 1.11.1.11 (L-ascorbate peroxidase) inhibitors; has_role:greenhouse gas"
    assert render_caption(row("A gas.", "", roles)) == (
        "The molecule is a gas. "
        "It has a role as an EC 1.11.1.11 (L-ascorbate peroxidase) inhibitor and a greenhouse gas."
    )


def test_relations_named_by_identifier_are_the_same_relations() -> None:
    named = row("A gas.", "", "has_role:fuel; has_part:tin; is_conjugate_acid_of:base")
    coded = row("A gas.", "", "RO:0000087:fuel; has_role:fuel; BFO:0000051:tin; BFO_0000051:tin; RO:0018034:base")
    assert render_caption(coded) == render_caption(named)
    assert coded.relations == named.relations


def test_names_with_colons_stay_whole() -> None:
    assert row(relations="is_conjugate_base_of:PC(16:0/18:1)").relations == (("is_conjugate_base_of", "PC(16:0/18:1)"),)


def test_variations_say_no_more_than_the_row_and_never_nothing() -> None:
    full = row("A benzoate.", "benzoates; ester; drug", "has_role:a; has_role:b; has_role:c; has_part:water")
    words = set(re.findall(r"\w+", render_caption(full)))
    captions = {render_caption(full, random.Random(seed)) for seed in range(60)}
    assert len(captions) > 10
    for caption in captions:
        assert caption.startswith("The molecule ")
        assert caption.endswith(".")
        assert caption.count("The molecule") == 1
        assert set(re.findall(r"\w+", caption)) <= words
    assert render_caption(full, random.Random(5)) == render_caption(full, random.Random(5))
    single = row("", "ester")
    assert {render_caption(single, random.Random(seed)) for seed in range(20)} == {"The molecule is an ester."}


@pytest.mark.realdata
def test_rendered_captions_are_close_to_the_published_ones(real_data: Path) -> None:
    published: dict[str, list[str]] = {}
    for found in read_table(Source(real_data / "pairs_open.tsv")).rows:
        if found.fields["source"] in ("chemllmbench_shots", "altegrad2025_val") and found.fields["cid"]:
            published.setdefault(found.fields["cid"], []).append(found.fields["description"])
    scores = []
    for found in read_table(Source(real_data / "chebi_ontology.tsv")).rows:
        entry = OntologyRow.from_fields(found.fields)
        if entry.definition and entry.cid is not None:
            scores += [token_f1(render_caption(entry), text) for text in published.get(entry.cid, [])]
    assert len(scores) > 100
    assert sum(scores) / len(scores) > 0.85  # definitions and relations of two ChEBI releases differ


def token_f1(one: str, other: str) -> float:
    left, right = (Counter(re.findall(r"\w+|[^\w\s]", text.lower())) for text in (one, other))
    return 2 * (left & right).total() / (left.total() + right.total())
