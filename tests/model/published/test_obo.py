"""The OBO reader on files as they are published: sound ones, and every kind of damage that releases have had."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.published.chebi_terms import TAGS as CHEBI_TAGS
from model.published.chebi_terms import ChebiTerm, read_names, read_term
from model.published.obo import (
    MAX_LINE_CHARACTERS,
    OboError,
    Stanza,
    plain_value,
    quoted_value,
    read_stanzas,
    unescape,
    unescape_structure,
)

TAGS = ("format-version", "id", "name", "def", "synonym", "property_value", "is_a")


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "file.obo"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    return path


def stanzas(tmp_path: Path, text: str) -> list[Stanza]:
    return list(read_stanzas(write(tmp_path, text), TAGS))


def only(tmp_path: Path, body: str) -> Stanza:
    found = stanzas(tmp_path, f"format-version: 1.2\n\n[Term]\n{body}\n")
    assert len(found) == 2
    return found[1]


def term(tmp_path: Path, body: str) -> ChebiTerm:
    path = write(tmp_path, f"format-version: 1.2\n\n[Term]\n{body}\n")
    found = read_term(list(read_stanzas(path, CHEBI_TAGS))[1])
    assert isinstance(found, ChebiTerm), found
    return found


def complaint(tmp_path: Path, body: str) -> str:
    path = write(tmp_path, f"format-version: 1.2\n\n[Term]\n{body}\n")
    found = read_term(list(read_stanzas(path, CHEBI_TAGS))[1])
    assert isinstance(found, str)
    return found


def test_stanzas_come_in_order_with_the_tags_that_are_asked_for(tmp_path: Path) -> None:
    found = stanzas(
        tmp_path,
        "format-version: 1.2\nontology: made up\n"
        "\n! a comment\n[Term]\nid: X:1\nname: one\nxref: Y:1\n"
        "\n[Typedef]\nid: part_of\n"
        "[Term] ! right after\nid: X:2\nis_a: X:1 ! one\n",
    )
    assert [(one.kind, one.line, [clause.tag for clause in one.clauses], one.damage) for one in found] == [
        ("", 1, ["format-version"], None),
        ("Term", 5, ["id", "name"], None),
        ("Typedef", 10, ["id"], None),
        ("Term", 12, ["id", "is_a"], None),
    ]


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("compressed", [False, True])
def test_compression_goes_by_content_and_any_line_ending_will_do(tmp_path: Path, ending: str, compressed: bool) -> None:
    text = "\ufeffformat-version: 1.4\n\n[Term]\nid: X:1\nname: β-thing".replace("\n", ending).encode()
    path = tmp_path / ("named.obo" if compressed else "named.obo.gz")
    path.write_bytes(gzip.compress(text) if compressed else text)
    found = list(read_stanzas(path, TAGS))
    assert found[0].values("format-version") == ["1.4"]
    assert found[1].values("name") == ["β-thing"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("one ! a comment", "one"),
        ('X:1 {source="us", date="today"} ! a comment', "X:1"),
        ("wow\\! ! a comment", "wow!"),
        ("no!comment", "no!comment"),
        ("a\\: b\\, c", "a: b, c"),
        ("hexane {1-[4,6-O-ethylidene]}", "hexane {1-[4,6-O-ethylidene]}"),
        ("6,6'-dithiodi\\{1-[4,6-O-ethylidene]hexane}", "6,6'-dithiodi{1-[4,6-O-ethylidene]hexane}"),
        ("a\\nb\\tc\\Wd", "a b c d"),
        ("! nothing else", ""),
    ],
)
def test_comments_modifiers_and_escapes_are_taken_off_plain_values(value: str, text: str) -> None:
    assert plain_value(value) == text


@pytest.mark.parametrize(
    ("tag", "value", "text"),
    [
        ("def", '"A gas." []', "A gas."),
        ("def", '"A gas." [us:1, "a title"] {a="b"} ! comment', "A gas."),
        ("def", '"An \\"active\\" gas." [us]', 'An \\"active\\" gas.'),
        ("def", '"An "active" gas." [us]', 'An "active" gas.'),
        ("def", '"A gas [see "there"]." []', 'A gas [see "there"].'),
        ("def", '"A gas.', None),
        ("def", "A gas. []", None),
        ("synonym", '"3,3\',3"-phosphanetriyl" EXACT IUPAC_NAME [IUPAC:]', "3,3',3\"-phosphanetriyl"),
        ("property_value", 'chemrof:smiles_string "C/C=C\\\\C" xsd:string', "C/C=C\\\\C"),
        ("property_value", '"http://a.b/SMILES" "CC" xsd:string {x="y"} ! z', "CC"),
        ("property_value", 'a "CC"', "CC"),
        ("property_value", "a X:1", None),
    ],
)
def test_quoted_values_end_where_what_follows_makes_sense(tag: str, value: str, text: str | None) -> None:
    found = quoted_value(tag, value)
    assert (found[0] if found else None) == text


def test_escapes_of_texts_and_of_structures_differ() -> None:
    assert unescape(r"a \"b\" \\ c\n") == 'a "b" \\ c '
    assert unescape_structure(r"C/C=C\\C") == unescape_structure(r"C/C=C\C") == r"C/C=C\C"
    assert unescape_structure(r"O/C=C\[C@H](N)/N=C\n1cccc1") == r"O/C=C\[C@H](N)/N=C\n1cccc1"


@given(st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1))
def test_what_is_escaped_comes_back(text: str) -> None:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    found = quoted_value("def", f'"{escaped}" [us]')
    assert found is not None
    assert unescape(found[0]) == text


def test_quoted_values_may_go_on_over_lines(tmp_path: Path) -> None:
    found = only(tmp_path, 'id: X:1\ndef: "A gas.\nIt is light\n  and cheap." [us]\nname: one')
    assert found.damage is None
    assert quoted_value("def", found.values("def")[0]) == ("A gas. It is light and cheap.", "[us]")
    assert found.values("name") == ["one"]


def test_unasked_values_may_go_on_over_lines_too(tmp_path: Path) -> None:
    path = write(tmp_path, 'format-version: 1.2\n[Term]\nid: X:1\ndef: "A gas.\nIt is light." [us]\nname: one\n')
    _, found = read_stanzas(path, ("id", "name"))
    assert (found.damage, found.values("name")) == (None, ["one"])


def test_a_backslash_joins_lines(tmp_path: Path) -> None:
    assert only(tmp_path, "id: X:1\nname: one \\\nand the same").values("name") == ["one and the same"]
    assert only(tmp_path, "id: X:1\nname: one \\\\").values("name") == ["one \\\\"]


@pytest.mark.parametrize(
    ("body", "damage"),
    [
        ("id: X:1\nnothing of the kind", "line 5 is not a clause"),
        ('id: X:1\ndef: "A gas." []\nnothing of the kind', "line 6 is not a clause"),
        ("id: X:1\nname: \udcff\udcfe", "line 5 is not valid UTF-8"),
        ("id: X:1\nname: " + "a" * MAX_LINE_CHARACTERS, "line 5 is longer than 1,000,000 characters"),
        ("[Term\nid: X:1", "line 4 is not a clause"),
    ],
)
def test_damage_stays_in_its_stanza(tmp_path: Path, body: str, damage: str) -> None:
    found = stanzas(tmp_path, f"format-version: 1.2\n\n[Term]\n{body}\n\n[Term]\nid: X:2\n")
    assert [one.kind for one in found] == ["", "Term", "Term"]
    assert found[1].damage is not None
    assert found[1].damage.startswith(damage)
    assert found[2].damage is None
    assert found[2].values("id") == ["X:2"]


def test_a_value_that_never_ends_does_not_swallow_the_next_stanza(tmp_path: Path) -> None:
    text = 'format-version: 1.2\n[Term]\nid: X:1\ndef: "A gas\nand so on\n\n[Term]\nid: X:2\n'
    found = stanzas(tmp_path, text)
    assert found[2].values("id") == ["X:2"]
    assert quoted_value("def", found[1].values("def")[0]) is None


@pytest.mark.parametrize("cut", [5, 20, 100])
def test_a_compressed_file_that_ends_too_early_is_an_error(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "file.obo.gz"
    body = gzip.compress(b"format-version: 1.2\n" + b"".join(b"[Term]\nid: X:%d\n" % n for n in range(1000)))
    path.write_bytes(body[:-cut])
    with pytest.raises(OboError, match="cannot be read to its end"):
        list(read_stanzas(path, TAGS))


def test_files_that_are_missing_or_something_else_are_errors(tmp_path: Path) -> None:
    with pytest.raises(OboError, match="cannot be read"):
        list(read_stanzas(tmp_path / "missing", TAGS))
    with pytest.raises(OboError, match="not an OBO file"):
        read_names(write(tmp_path, "id\tsmiles\n1\tC\n" * 10))
    with pytest.raises(OboError, match="not an OBO file"):
        read_names(write(tmp_path, "id\tsmiles\n1\tC\n" * 2000))
    with pytest.raises(OboError, match="not an OBO file"):
        read_names(write(tmp_path, ""))
    with pytest.raises(OboError, match=r"no \[Term\]"):
        read_names(write(tmp_path, "format-version: 1.2\n\n[Typedef]\nid: part_of\n"))


# --------------------------------------------------------------------------------------------------- terms of ChEBI

OLDEST = r"""id: CHEBI:1
name: (E)-thing
alt_id: CHEBI:11
def: "A thing that is made up." [us]
subset: 3_STAR
synonym: "(2E)-thing" EXACT IUPAC_NAME [IUPAC:]
synonym: "C4H8" RELATED FORMULA [ChEBI:]
synonym: "C/C=C/C" RELATED SMILES [ChEBI:]
synonym: "InChIKey=IAQRGUVFOMOMEM-ONEGZZNKSA-N" RELATED InChIKey [ChEBI:]
xref: ChEBI:624-64-6 "CAS Registry Number"
xref: ChEBI:1718755 "Beilstein Registry Number"
is_a: CHEBI:2 ! things
relationship: has_role CHEBI:3 ! solvent
"""
MIDDLE = r"""id: CHEBI:1
name: (E)-thing
alt_id: CHEBI:11
subset: 3_STAR
def: "A thing that is made up." []
synonym: "(2E)-thing" EXACT IUPAC_NAME [IUPAC]
xref: CAS:624-64-6 {source="NIST Chemistry WebBook"}
property_value: http://purl.obolibrary.org/obo/chebi/formula "C4H8" xsd:string
property_value: http://purl.obolibrary.org/obo/chebi/inchi "InChI=1S/C4H8/c1-3-4-2/h3-4H,1-2H3/b4-3+" xsd:string
property_value: http://purl.obolibrary.org/obo/chebi/inchikey "IAQRGUVFOMOMEM-ONEGZZNKSA-N" xsd:string
property_value: http://purl.obolibrary.org/obo/chebi/smiles "C/C=C/C" xsd:string
is_a: CHEBI:2
relationship: has_role CHEBI:3
"""
NEWEST = r"""id: CHEBI:1
name: (E)-thing
alt_id: CHEBI:11
def: "A thing that is made up." [ChEBI]
subset: 3:STAR
synonym: "(2E)-thing" EXACT IUPAC:NAME [IUPAC]
xref: cas:624-64-6 {source="cas"}
is_a: CHEBI:2 ! things
relationship: RO:0000087 CHEBI:3 ! has role solvent
property_value: chemrof:charge "0" xsd:integer
property_value: chemrof:inchi_key_string "IAQRGUVFOMOMEM-ONEGZZNKSA-N" xsd:string
property_value: chemrof:smiles_string "C/C=C/C" xsd:string
"""


@pytest.mark.parametrize(
    ("body", "role"), [(OLDEST, "has_role"), (MIDDLE, "has_role"), (NEWEST, "RO:0000087")], ids=["2010", "2020", "2026"]
)
def test_terms_of_all_generations_are_the_same(tmp_path: Path, body: str, role: str) -> None:
    assert term(tmp_path, body) == ChebiTerm(
        id="CHEBI:1",
        line=3,
        name="(E)-thing",
        synonyms=("(2E)-thing",),
        other_ids=("CHEBI:11", "624-64-6"),
        definition="A thing that is made up.",
        smiles="C/C=C/C",
        inchikey="IAQRGUVFOMOMEM-ONEGZZNKSA-N",
        is_a=("CHEBI:2",),
        relations=((role, "CHEBI:3"),),
        stars=3,
        obsolete=False,
    )


@pytest.mark.parametrize(
    "relation",
    ["has_role", "chebi:has_role", "http://purl.obolibrary.org/obo/chebi#has_role", "obo:chebi#has_role"],
)
def test_longer_names_of_relations_mean_the_same(tmp_path: Path, relation: str) -> None:
    found = term(tmp_path, f'id: CHEBI:1\nrelationship: {relation} CHEBI:3 {{source="us"}} ! solvent')
    assert found.relations == (("has_role", "CHEBI:3"),)


def test_synonyms_are_other_names_and_not_wider_or_narrower_ones(tmp_path: Path) -> None:
    found = term(
        tmp_path,
        'id: CHEBI:1\nsynonym: "thing \\"A\\"" RELATED []\nsynonym: "things" BROAD [us]\n'
        'synonym: "red thing" NARROW []\nsynonym: "<i>cis</i>-thing" RELATED INN [us]\n'
        'synonym: "InChI=1S/CH4/h1H4" RELATED InChI [us]\nsynonym: "no end\nsynonym: "thing \\"A\\"" EXACT [us]',
    )
    assert found.synonyms == ('thing "A"', "cis-thing")


def test_markup_in_texts_is_taken_off_and_comparisons_stay(tmp_path: Path) -> None:
    found = term(
        tmp_path,
        "id: CHEBI:1\nname: <i>N</i><small><sub>2</sub></small>-<greek>alpha</greek>\n"
        'def: "A gas of <em>Vinca&nbsp;minor</em> with x < 5 and y > 2 &amp; more." []',
    )
    assert found.name == "N2-alpha"
    assert found.definition == "A gas of Vinca minor with x < 5 and y > 2 & more."


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("name: nameless", "it has no id"),
        ("id: CHEBI:1\nid: CHEBI:2", "it has several ids"),
        ('id: CHEBI:1\ndef: "A gas', "its definition has no end"),
        ('id: CHEBI:1\nproperty_value: chemrof:smiles_string "CC', "its structure has no end"),
        ("id: CHEBI:1\nrelationship: has_role", "is not of the form 'relation id'"),
        (
            'id: CHEBI:1\nproperty_value: chemrof:smiles_string "C" xsd:string\n'
            'property_value: chemrof:smiles_string "CC" xsd:string',
            "it has 2 different structures",
        ),
        ("id: CHEBI:1\ngarbage", "line 5 is not a clause"),
    ],
)
def test_terms_that_cannot_be_used_say_why(tmp_path: Path, body: str, reason: str) -> None:
    assert reason in complaint(tmp_path, body)


def test_names_know_secondary_ids_and_leave_obsolete_terms_out(tmp_path: Path) -> None:
    names = read_names(
        write(
            tmp_path,
            "format-version: 1.2\ndata-version: 252\n"
            "\n[Term]\nid: CHEBI:1\nname: one\nalt_id: CHEBI:11\nalt_id: CHEBI:12\n"
            "\n[Term]\nid: CHEBI:2\nname: two\nis_obsolete: true\nalt_id: CHEBI:21\n"
            "\n[Term]\nid: CHEBI:3\n"
            "\n[Term]\nid: CHEBI:4\nname: one; two; three\n",
        )
    )
    assert (names.terms, names.data_version) == (4, "252")
    assert names.resolve("CHEBI:1") == names.resolve("CHEBI:11") == names.resolve("CHEBI:12") == "one"
    assert names.resolve("CHEBI:2") is names.resolve("CHEBI:21") is names.resolve("CHEBI:3") is None
    assert names.resolve("CHEBI:4") == "one, two, three"
