"""A build from corpus files to a release that finds what is in it."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from indexer.build import BuildReport
from indexer.errors import BuildError, CorpusError
from indexer.release import current_release, open_release
from model.checkpoint import load_checkpoint
from model.inputs.fingerprint import morgan_fingerprint
from model.inputs.structure import parse_structure
from tests.indexer.conftest import Build


def rejects_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="\n") as stream:
        return list(csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE))


def current(root: Path) -> Path:
    path = current_release(root)
    assert path is not None
    return path


def test_every_molecule_and_description_is_found_first_by_its_own_vector(
    build: Build, molecules_file: Path, tiny_checkpoint: Path, tmp_path: Path
) -> None:
    report = build(molecules_file)
    checkpoint = load_checkpoint(tiny_checkpoint)
    release = open_release(current(tmp_path / "index"))
    assert release.name == report.release
    assert release.manifest.checkpoint.digest == checkpoint.digest
    assert release.molecules.count == release.descriptions.count == 6
    records = release.records.molecules(range(6))
    parsed = [parse_structure(record.smiles) for record in records]
    hits = release.molecules.search(checkpoint.encoder.encode_molecules(parsed), 1)
    assert hits.rows[:, 0].tolist() == list(range(6))
    np.testing.assert_allclose(hits.scores[:, 0], 1, atol=1e-5)
    texts = [record.description or "" for record in records]
    hits = release.descriptions.search(checkpoint.encoder.encode_text(texts), 1)
    assert hits.rows[:, 0].tolist() == list(range(6))
    np.testing.assert_array_equal(release.fingerprints, [morgan_fingerprint(molecule.mol) for molecule in parsed])
    release.close()


def test_records_say_who_the_rows_are(build: Build, molecules_file: Path, tmp_path: Path) -> None:
    build(molecules_file)
    records = open_release(current(tmp_path / "index")).records
    aspirin = records.molecule_by_id("M3")
    assert aspirin is not None
    assert aspirin == records.molecule_by_id("2244")
    assert (aspirin.row, aspirin.cid, aspirin.name) == (2, "2244", "aspirin")
    assert aspirin.inchikey == "BSYNRYMUTXBXSQ-UHFFFAOYSA-N"
    assert aspirin.formula == "C9H8O4"
    assert aspirin.molecular_weight == pytest.approx(180.16, abs=0.01)
    assert (aspirin.rings, aspirin.h_bond_donors, aspirin.heavy_atoms, aspirin.formal_charge) == (1, 1, 13, 0)
    assert aspirin.description == "A salicylate ester that relieves pain."
    assert records.molecule_rows_by_description("  A salicylate ester\nthat relieves pain. ") == [2]
    assert records.molecule_rows_by_description("A salicylate ester that relieves PAIN.") == []
    (description,) = records.descriptions([2])
    assert (description.molecule_row, description.id, description.smiles) == (2, "M3", aspirin.smiles)
    assert [record.row for record in records.molecules([4, 0, 4])] == [4, 0, 4]
    assert records.molecule_by_id("M99") is None
    with pytest.raises(IndexError, match="no molecule with row 6"):
        records.molecules([6])


def test_descriptions_are_linked_by_id_then_structure_or_stand_alone(build: Build, tmp_path: Path) -> None:
    molecules = tmp_path / "m.tsv"
    molecules.write_text("chebi_id\tcid\tsmiles\nCHEBI:1\t702\tCCO\nCHEBI:2\t887\tCO\nCHEBI:3\t\tCCN\n")
    descriptions = tmp_path / "d.tsv"
    descriptions.write_text(
        "id\tcid\tsmiles\tdescription\n"
        "CHEBI:1\t\t\tby id\n"
        "\t887\t\tby cid\n"
        "\t\tNCC\tby structure\n"
        "X\t\tc1ccccc1\tof another molecule\n"
        "\t\t\tof nothing\n"
        "CHEBI:1\t\tCO\tids collide\n"
        "CHEBI:1\t\tOCC\tsecond text\n"
    )
    report = build(molecules, descriptions)
    records = open_release(current(tmp_path / "index")).records
    found = [(d.text, d.molecule_row, d.id, d.smiles) for d in records.descriptions(range(7))]
    assert found == [
        ("by id", 0, "CHEBI:1", "CCO"),
        ("by cid", 1, "887", "CO"),
        ("by structure", 2, "CHEBI:3", "CCN"),
        ("of another molecule", None, "X", "c1ccccc1"),
        ("of nothing", None, "d.tsv:6", None),
        ("ids collide", 1, "CHEBI:1", "CO"),
        ("second text", 0, "CHEBI:1", "CCO"),
    ]
    assert (report.linked_descriptions, report.link_conflicts) == (5, 1)
    first = records.molecule_by_id("CHEBI:1")
    assert first is not None
    assert first.description == "by id"


def test_bad_rows_are_rejected_with_line_and_reason_and_the_rest_is_built(build: Build, tmp_path: Path) -> None:
    molecules = tmp_path / "bad.tsv"
    lines = [
        b"cid\tsmiles\tdescription",
        b"1\tCCO\tfine",
        b"2\tC1CC\tring is open",
        b"3\tCCO",
        b"4\tCCN\t",
        b"5\t" + b"C" * 5000 + b"\tlong",
        b"1\tCCC\tsame id",
        b"7\tCC\xff\tnot UTF-8",
        b"8\t" + b"C" * 700 + b"\tmany atoms",
        b"9\tC(C)(C)(C)(C)C\tfive bonds",
        b"10\tCCCl\tfine too",
    ]
    molecules.write_bytes(b"\n".join(lines) + b"\n")
    report = build(molecules)
    release = open_release(current(tmp_path / "index"))
    found = [(int(r["line"]), r["field"], r["code"]) for r in rejects_of(release.path / "rejects.tsv")]
    assert found == [
        (3, "smiles", "unparsable_structure"),
        (4, "row", "wrong_column_count"),
        (5, "description", "empty_text"),
        (6, "smiles", "structure_too_long"),
        (7, "id", "duplicate_id"),
        (8, "smiles", "invalid_utf8"),
        (9, "smiles", "too_many_atoms"),
        (10, "smiles", "invalid_chemistry"),
    ]
    assert [m.id for m in release.records.molecules(range(3))] == ["1", "4", "10"]
    assert (report.counts.molecules, report.counts.descriptions) == (3, 2)
    assert (report.counts.rejected, report.counts.dropped_texts) == (7, 1)
    assert report.corpora[0].rows == 10
    assert report.corpora[0].accepted + report.corpora[0].rejected == 10


def test_an_id_belongs_to_the_first_row_that_is_accepted(build: Build, tmp_path: Path) -> None:
    molecules = tmp_path / "m.tsv"
    molecules.write_text("id\tsmiles\na\tbroken(\na\tCCO\na\tCCN\n")
    build(molecules)
    release = open_release(current(tmp_path / "index"))
    assert [m.smiles for m in release.records.molecules([0])] == ["CCO"]
    assert [r["code"] for r in rejects_of(release.path / "rejects.tsv")] == ["unparsable_structure", "duplicate_id"]


def test_rows_of_description_files_are_rejected_too(build: Build, molecules_file: Path, tmp_path: Path) -> None:
    descriptions = tmp_path / "d.tsv"
    descriptions.write_text(
        "cid\tsmiles\tdescription\n702\tCCO\ta new text\n702\t\ta new  text\n702\tC1\tbad structure\n702\t\t\n"
    )
    report = build(molecules_file, descriptions)
    rejects = rejects_of(current(tmp_path / "index") / "rejects.tsv")
    assert [(r["file"], int(r["line"]), r["code"]) for r in rejects] == [
        ("d.tsv", 3, "duplicate_description"),
        ("d.tsv", 4, "unparsable_structure"),
        ("d.tsv", 5, "empty_text"),
    ]
    assert report.counts.descriptions == 7


def test_rows_without_an_id_are_named_by_file_and_line(build: Build, tmp_path: Path) -> None:
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "m.tsv").write_text("smiles\nCCO\n")
    build(tmp_path / "one" / "m.tsv", molecules=(tmp_path / "one" / "m.tsv", tmp_path / "two" / "m.tsv"))
    release = open_release(current(tmp_path / "index"))
    assert [m.id for m in release.records.molecules([0, 1])] == ["m.tsv:2", "m.tsv#2:2"]


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("smiles\nC1\nC2\n", r"all 2 rows were rejected \(2 × unparsable_structure\); see .*rejects\.tsv"),
        ("smiles\n", "no rows, only a header"),
    ],
)
def test_a_corpus_with_nothing_usable_is_an_error_and_publishes_nothing(
    build: Build, molecules_file: Path, tmp_path: Path, content: str, complaint: str
) -> None:
    before = build(molecules_file).release
    bad = tmp_path / "bad.tsv"
    bad.write_text(content)
    with pytest.raises(BuildError, match=complaint):
        build(bad)
    assert current(tmp_path / "index").name == before
    assert len(list((tmp_path / "index" / "releases").iterdir())) == 1


def test_unusable_description_files_are_an_error(build: Build, molecules_file: Path, tmp_path: Path) -> None:
    descriptions = tmp_path / "d.tsv"
    descriptions.write_text("cid\tdescription\n702\t\n")
    with pytest.raises(BuildError, match=r"d\.tsv: all 1 rows were rejected"):
        build(molecules_file, descriptions)
    with pytest.raises(CorpusError, match=r"none\.tsv"):
        build(molecules_file, tmp_path / "none.tsv")


def many(path: Path, count: int) -> Path:
    """`count` alkanes, ethers and amines, tagged, every fifth with a description, every eleventh broken."""
    lines = ["id\tsmiles\tdescription\ttags"]
    for i in range(count):
        smiles = "C" * (i % 17 + 1) + ("O", "N", "S", "")[i % 4] + "C" * (i % 7)
        text, tags = f"Compound number {i}." if i % 5 == 0 else "", ("", "even;odd", "odd")[i % 3]
        lines.append(f"{i}\t{'C1' if i % 11 == 10 else smiles}\t{text}\t{tags}")
    path.write_text("\n".join(lines) + "\n")
    return path


def contents(report: BuildReport, root: Path) -> dict[str, str]:
    manifest = json.loads((root / "releases" / report.release / "manifest.json").read_text())
    files: dict[str, str] = manifest["files"]
    return files | {"digest": report.digest}


def test_worker_processes_give_the_same_release(build: Build, tmp_path: Path) -> None:
    corpus = many(tmp_path / "m.tsv", 600)
    here = build(corpus, out=tmp_path / "a", workers=0, shard_rows=128)
    there = build(corpus, out=tmp_path / "b", workers=2, shard_rows=128)
    assert contents(here, tmp_path / "a") == contents(there, tmp_path / "b")
    assert here.counts.molecules == 546
    assert here.counts.descriptions == 109


@pytest.mark.parametrize("lost", [0, 2, 4])
def test_a_build_continues_after_its_last_whole_shard_to_the_same_digests(
    build: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lost: int
) -> None:
    """The encoder fails once some shards are done; the next build takes these over and embeds only the rest."""
    from indexer.build.embedding import Embedder

    corpus = many(tmp_path / "m.tsv", 300)
    whole = build(corpus, out=tmp_path / "whole", shard_rows=64)
    calls = 0
    embed = Embedder.molecules

    def failing(self: Embedder, features: object) -> object:
        nonlocal calls
        calls += 1
        if calls > lost:
            raise KeyboardInterrupt
        return embed(self, features)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(Embedder, "molecules", failing)
        with pytest.raises(KeyboardInterrupt):
            build(corpus, out=tmp_path / "parts", shard_rows=64)
    assert current_release(tmp_path / "parts") is None
    resumed = build(corpus, out=tmp_path / "parts", shard_rows=64)
    assert resumed.resumed_shards == lost
    assert contents(resumed, tmp_path / "parts") == contents(whole, tmp_path / "whole")
    assert list((tmp_path / "parts" / "work").iterdir()) == []


def test_a_damaged_shard_is_made_again(build: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from indexer.build import release_writer

    corpus = many(tmp_path / "m.tsv", 200)
    whole = build(corpus, out=tmp_path / "whole", shard_rows=64)

    def failing(*_: object) -> None:
        raise OSError("a cable was pulled")

    with monkeypatch.context() as patch:
        patch.setattr(release_writer, "write_data", failing)
        with pytest.raises(OSError, match="a cable was pulled"):
            build(corpus, shard_rows=64)
    (vectors,) = (tmp_path / "index" / "work").glob("*/molecules/000001/vectors.npy")
    vectors.write_bytes(vectors.read_bytes()[:-4] + b"\0\0\0\0")
    resumed = build(corpus, shard_rows=64)
    assert resumed.embedded_molecules == 58  # 64 rows less the six broken ones
    assert contents(resumed, tmp_path / "index") == contents(whole, tmp_path / "whole")


def test_other_options_or_corpora_do_not_take_over_unfinished_work(build: Build, tmp_path: Path) -> None:
    first = build(many(tmp_path / "m.tsv", 100), shard_rows=32)
    second = build(many(tmp_path / "m.tsv", 101), shard_rows=32)
    assert second.resumed_shards == 0
    assert first.digest != second.digest


def test_a_release_can_be_built_without_being_published(build: Build, molecules_file: Path, tmp_path: Path) -> None:
    report = build(molecules_file, publish=False)
    assert current_release(tmp_path / "index") is None
    open_release(tmp_path / "index" / "releases" / report.release).close()
