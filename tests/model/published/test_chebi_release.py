"""A small release, made up for these tests, as pairs and corpora."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from typer.testing import CliRunner

from indexer.corpus.columns import find_columns
from model.published.captions import OntologyRow, render_caption
from model.published.chebi_release import ReleaseOptions, ReleaseSummary, convert_release
from model.published.chebi_terms import clean
from model.published.obo import OboError
from tests.model.published.test_obo import MIDDLE, NEWEST, OLDEST
from training.commands.data import data_app
from training.pairs import FileKind, read_pairs
from training.pairs.hold_out import held_out_keys
from training.pairs.tables import PairFileError, Row, Source, read_table

RELEASE = r"""format-version: 1.2
data-version: 999

[Term]
id: CHEBI:100
name: made-up acid
alt_id: CHEBI:101
synonym: "acid; of our own" EXACT IUPAC:NAME [us]
synonym: "made-up acid" RELATED [us]
def: "A carboxylic acid; it has a <em>fresh</em> smell." [us]
subset: 3:STAR
xref: cas:50-78-2 {source="cas"}
xref: kegg:C01405
is_a: CHEBI:200 ! acids
is_a: CHEBI:201 ! small; things
relationship: RO:0000087 CHEBI:300 ! has role solvent
relationship: RO:0018034 CHEBI:110 ! is conjugate acid of made-up acid(1-)
relationship: RO:0018038 CHEBI:999 ! has functional parent nothing here
property_value: chemrof:inchi_key_string "OWBTYPJTUOEWEK-UHFFFAOYSA-N" xsd:string
property_value: chemrof:smiles_string "CC(O)C(C)O" xsd:string

[Term]
id: CHEBI:110
name: made-up acid(1-)
subset: 2:STAR
relationship: RO:0018033 CHEBI:101 ! is conjugate base of made-up acid
relationship: RO:0018033 CHEBI:110 ! is conjugate base of itself
property_value: chemrof:smiles_string "C/C=C\\C([O-])=O" xsd:string

[Term]
id: CHEBI:120
name: silent thing
property_value: chemrof:smiles_string "[He]" xsd:string

[Term]
id: CHEBI:130
name: family of things
is_a: CHEBI:200
property_value: chemrof:smiles_string "*C(=O)O" xsd:string

[Term]
id: CHEBI:140
name: broken thing
is_a: CHEBI:200
property_value: chemrof:smiles_string "C1CC(" xsd:string

[Term]
id: CHEBI:150
name: left behind
is_obsolete: true
property_value: chemrof:smiles_string "CCC" xsd:string

[Term]
id: CHEBI:160
name: garbled
this line means nothing
property_value: chemrof:smiles_string "CCCC" xsd:string

[Term]
id: CHEBI:100
name: made-up acid, again
property_value: chemrof:smiles_string "CCCCC" xsd:string

[Term]
id: CHEBI:200
name: acids
is_a: CHEBI:201

[Term]
id: CHEBI:201
name: small; things
is_a: CHEBI:200 ! a cycle

[Term]
id: CHEBI:300
name: solvent

[Typedef]
id: RO:0000087
name: has role
"""
GARBLED = RELEASE.splitlines().index("this line means nothing") + 1
ACID = (
    "The molecule is a carboxylic acid; it has a fresh smell. It has a role as a solvent. "
    "It is a member of acids and a member of small, things. It is a conjugate acid of a made-up acid(1-)."
)
BASE = "The molecule is a conjugate base of a made-up acid."


@pytest.fixture
def obo(tmp_path: Path) -> Path:
    path = tmp_path / "release.obo"
    path.write_text(RELEASE, encoding="utf-8")
    return path


def rows(path: Path) -> list[tuple[str, ...]]:
    table = read_table(Source(path))
    assert not table.rejects
    return [tuple(row.fields.values()) for row in table.rows]


def _table(path: Path) -> Sequence[Row]:
    return read_table(Source(path)).rows


def convert(obo: Path, out: Path, *held_out: str, **options: bool | int) -> ReleaseSummary:
    return convert_release(obo, out, ReleaseOptions.model_validate(options), frozenset(held_out))


def test_molecules_and_their_texts_become_corpora_and_pairs(obo: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    convert(obo, out)
    assert rows(out / "pairs.tsv") == [
        ("CHEBI:100", "CC(O)C(C)O", ACID),
        ("CHEBI:110", r"C/C=C\C([O-])=O", BASE),
    ]
    assert rows(out / "molecules.tsv") == [
        (
            "CHEBI:100",
            "made-up acid",
            "acid; of our own|CHEBI:101|50-78-2",
            "CC(O)C(C)O",
            "OWBTYPJTUOEWEK-UHFFFAOYSA-N",
        ),
        ("CHEBI:110", "made-up acid(1-)", "", r"C/C=C\C([O-])=O", ""),
        ("CHEBI:120", "silent thing", "", "[He]", ""),
    ]
    assert rows(out / "descriptions.tsv") == [
        ("CHEBI:100", "made-up acid", "CC(O)C(C)O", ACID),
        ("CHEBI:110", "made-up acid(1-)", r"C/C=C\C([O-])=O", BASE),
    ]
    assert {path.name for path in out.iterdir()} == {
        "pairs.tsv",
        "ontology.tsv",
        "molecules.tsv",
        "descriptions.tsv",
        "rejects.tsv",
        "summary.json",
    }


def test_synonyms_are_names_to_train_on(obo: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    convert(obo, out)
    named = {pair.text for pair in read_pairs(out / "ontology.tsv", names=True).pairs} - {ACID, BASE}
    assert named == {
        "The molecule is made-up acid.",
        "The molecule is acid, of our own.",
        "The molecule is made-up acid(1-).",
    }


def test_every_term_is_counted_once_and_says_why_it_was_left_out(obo: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    summary = convert(obo, out)
    assert summary == ReleaseSummary(
        data_version="999",
        terms=11,
        molecules=3,
        descriptions=2,
        pairs=2,
        without_text=1,
        held_out=0,
        secondary_ids=1,
        dangling=1,
        rejected={"no_structure": 3, "obsolete": 1, "generic": 1, "structure": 1, "malformed": 1, "duplicate": 1},
    )
    assert summary.molecules + sum(summary.rejected.values()) == summary.terms
    reasons = {(id, code): (line, reason) for line, id, code, reason in rows(out / "rejects.tsv")}
    assert len(reasons) == 8
    assert reasons["CHEBI:160", "malformed"][1] == f"line {GARBLED} is not a clause 'tag: value'"
    assert RELEASE.splitlines()[int(reasons["CHEBI:140", "structure"][0])] == "id: CHEBI:140"
    assert "SMILES" in reasons["CHEBI:140", "structure"][1]
    saved = json.loads((out / "summary.json").read_text())
    assert (saved["molecules"], saved["source"], len(saved["sha256"])) == (3, "release.obo", 64)
    assert "3 classes and roles without a structure" in str(summary).replace(" terms left out:", "")


def test_captions_are_those_of_the_ontology_reader(obo: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    convert(obo, out)
    rendered = read_pairs(out / "ontology.tsv")
    assert rendered.kind is FileKind.ONTOLOGY
    pairs = read_pairs(out / "pairs.tsv")
    assert not rendered.rejects
    assert not pairs.rejects
    assert [(pair.smiles, pair.text) for pair in pairs.pairs] == [(pair.smiles, pair.text) for pair in rendered.pairs]
    assert [pair.id for pair in pairs.pairs] == ["CHEBI:100", "CHEBI:110"]
    ontology = [OntologyRow.from_fields(row.fields) for row in read_table(Source(out / "ontology.tsv")).rows]
    assert [render_caption(row) for row in ontology] == [ACID, BASE]


def test_corpora_have_the_columns_that_the_indexer_understands(obo: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    convert(obo, out)
    assert set(find_columns(read_table(Source(out / "molecules.tsv")).columns, {}).fields) == {
        "id",
        "name",
        "synonyms",
        "smiles",
    }
    descriptions = read_table(Source(out / "descriptions.tsv")).columns
    assert set(find_columns(descriptions, {}).fields) == {"id", "name", "smiles", "description"}


def test_files_of_all_generations_give_the_same_tables(tmp_path: Path) -> None:
    others = "\n[Term]\nid: CHEBI:2\nname: things\n\n[Term]\nid: CHEBI:3\nname: solvent\n"
    found = []
    for number, body in enumerate((OLDEST, MIDDLE, NEWEST)):
        path = tmp_path / f"{number}.obo.gz"
        path.write_bytes(gzip.compress(f"format-version: 1.2\n\n[Term]\n{body}{others}".encode()))
        convert(path, tmp_path / str(number))
        tables = ("pairs.tsv", "molecules.tsv", "descriptions.tsv")
        found.append([(tmp_path / str(number) / name).read_text() for name in tables])
    assert found[0] == found[1] == found[2]
    assert "It has a role as a solvent." in found[0][0]


@pytest.mark.realdata
def test_real_rows_written_as_obo_give_the_captions_of_the_table(real_data: Path, tmp_path: Path) -> None:
    table = read_table(Source(real_data / "chebi_ontology.tsv")).rows[:1500]
    ids: dict[str, str] = {}
    terms = []
    for row in table:
        entry = OntologyRow.from_fields(row.fields)
        related = [f"is_a: {ids.setdefault(name, f'X:{len(ids)}')} ! something" for name in entry.is_a]
        related += [
            f"relationship: {kind} {ids.setdefault(name, f'X:{len(ids)}')} ! something"
            for kind, name in entry.relations
        ]
        definition = entry.definition.replace("\\", "\\\\").replace('"', '\\"')
        smiles = entry.smiles.replace("\\\\", "\\").replace("\\", "\\\\")
        terms.append(
            "\n".join(
                [
                    f"id: {entry.chebi_id}",
                    "name: x",
                    *([f'def: "{definition}" [us]'] if definition else []),
                    *related,
                    f'property_value: chemrof:smiles_string "{smiles}" xsd:string',
                ]
            )
        )
    escaped = ((id, name.replace("\\", "\\\\").replace("!", "\\!")) for name, id in ids.items())
    terms += [f"id: {id}\nname: {name}" for id, name in escaped]
    path = tmp_path / "real.obo"
    path.write_text("format-version: 1.2\n" + "".join(f"\n[Term]\n{term}\n" for term in terms), encoding="utf-8")
    convert(path, tmp_path / "out", generic=True)
    by_id = {row.fields["chebi_id"]: row.fields["description"] for row in _table(tmp_path / "out" / "pairs.tsv")}
    expected = {row.fields["chebi_id"]: render_caption(OntologyRow.from_fields(row.fields)) for row in table}
    different = [id for id, caption in by_id.items() if clean(expected[id]) != caption]
    assert not different
    assert len(by_id) > 1400


def test_generic_structures_are_kept_when_asked_for(obo: Path, tmp_path: Path) -> None:
    summary = convert(obo, tmp_path / "out", generic=True)
    assert summary.molecules == 4
    assert "generic" not in summary.rejected
    assert ("CHEBI:130", "*C(=O)O", "The molecule is a member of acids.") in rows(tmp_path / "out" / "pairs.tsv")


def test_terms_can_be_chosen_by_their_stars(obo: Path, tmp_path: Path) -> None:
    assert convert(obo, tmp_path / "out", min_stars=2).molecules == 2
    summary = convert(obo, tmp_path / "out", min_stars=3)
    assert (summary.molecules, summary.rejected["stars"]) == (1, 4)


def test_held_out_molecules_stay_out_of_training_only(obo: Path, tmp_path: Path) -> None:
    held = tmp_path / "held.tsv"
    held.write_text("cid\tSMILES\n1\tOC(C)C(O)C\n1\tCCCCCC\n")  # written another way; a repeated id
    keys = held_out_keys([str(held)])
    assert len(keys) == 2
    out = tmp_path / "out"
    summary = convert(obo, out, *keys)
    assert (summary.molecules, summary.descriptions, summary.pairs, summary.held_out) == (3, 2, 1, 1)
    assert [row[0] for row in rows(out / "pairs.tsv")] == ["CHEBI:110"]
    assert [row[0] for row in rows(out / "ontology.tsv")] == ["CHEBI:110"]
    assert "CHEBI:100" in {row[0] for row in rows(out / "descriptions.tsv")}


def test_held_out_files_without_structures_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "held.tsv"
    path.write_text("cid\tname\n1\tx\n")
    with pytest.raises(PairFileError, match="no structure column"):
        held_out_keys([str(path)])


def test_a_file_that_breaks_off_leaves_the_tables_of_an_earlier_call(obo: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    convert(obo, out)
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    broken = tmp_path / "broken.obo.gz"
    broken.write_bytes(gzip.compress(RELEASE.encode())[:-10])
    with pytest.raises(OboError, match="cannot be read to its end"):
        convert(broken, out)
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before


def test_the_command_converts_a_file(obo: Path, tmp_path: Path) -> None:
    held = tmp_path / "held.tsv"
    held.write_text("cid\tsmiles\n1\tCC(O)C(C)O\n")
    command = ["chebi", "--obo", str(obo), "--out", str(tmp_path / "out"), "--held-out", str(held)]
    result = CliRunner().invoke(data_app, command, catch_exceptions=False)
    assert result.exit_code == 0
    assert "ChEBI 999: 11 terms" in result.output
    assert "1 pair left out: their molecules are held out" in result.output


@pytest.mark.parametrize("options", [[], ["--obo", "file.obo", "--download"]])
def test_the_command_wants_a_file_or_a_download(tmp_path: Path, options: list[str]) -> None:
    result = CliRunner().invoke(data_app, ["chebi", "--out", str(tmp_path), *options])
    assert result.exit_code == 2
