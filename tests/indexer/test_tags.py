"""Tags: read from columns and given to whole files, kept through releases, searched at any selectivity."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from indexer.build import BuildReport
from indexer.chemistry import Chemistry
from indexer.cli import app
from indexer.corpus import CorpusLimits, Reject, Row, open_corpus
from indexer.errors import CorpusError
from indexer.release import Release, current_release, open_release
from indexer.release.diff import diff_releases
from indexer.release.manifest import read_manifest
from indexer.search.filters import FilteredSearch, MoleculeFilter
from indexer.search.substructure import read_pattern
from indexer.tags import TagFilter, TagSets, split_set, tags_in
from model.inputs.structure import StructureLimits
from tests.indexer.conftest import Build

TAGS = st.lists(st.sampled_from("abcdef"), max_size=4)


def fits(tags: tuple[str, ...], wanted: TagFilter) -> bool:
    having = set(tags)
    return (
        (not wanted.any or bool(having & set(wanted.any)))
        and having >= set(wanted.all)
        and not having & set(wanted.none)
    )


@given(st.lists(st.frozensets(st.sampled_from("abcde")), max_size=12), TAGS, TAGS, TAGS)
def test_sets_fit_by_definition(sets: list[frozenset[str]], any: list[str], all: list[str], none: list[str]) -> None:
    written = [";".join(sorted(each)) for each in sets]
    wanted = TagFilter(tuple(any), tuple(all), tuple(none))
    assert TagSets(written).fitting(wanted).tolist() == [fits(split_set(each), wanted) for each in written]


@settings(max_examples=50)
@given(st.text())
def test_whatever_a_cell_holds_its_tags_can_be_written_and_read(cell: str) -> None:
    tags = tags_in(cell)
    assert list(split_set(";".join(tags))) == tags == sorted(set(tags))
    assert all(tag == " ".join(tag.split()) and tag for tag in tags)


def one(path: Path, content: str, **options: object) -> Row | Reject:
    path.write_text(content)
    (row,) = open_corpus(path, "molecules", **options).rows()  # type: ignore[arg-type]
    return row


def test_a_column_of_tags_is_read_from_every_format(tmp_path: Path) -> None:
    tsv = one(tmp_path / "a.tsv", "SMILES\tTags\nCCO\t oral ; approved;;oral\n")
    csv = one(tmp_path / "a.csv", 'smiles,tag\nCCO,"oral;  natural\nproduct"\n')
    chosen = one(tmp_path / "b.tsv", "smiles\tstatus\nCCO\tapproved\n", columns={"tags": "status"})
    plain = one(tmp_path / "a.smi", "CCO ethanol\n", tags=["solvent", "small; organic"])
    both = one(tmp_path / "c.tsv", "smiles\ttags\nCCO\tb;c\n", tags=["a", "c"])
    read = [row.tags for row in (tsv, csv, chosen, plain, both) if isinstance(row, Row)]
    assert read == ["approved;oral", "natural;oral;product", "approved", "organic;small;solvent", "a;b;c"]
    lists = pa.array([["b", "a", None], None, []], pa.list_(pa.string()))
    pq.write_table(pa.table({"smiles": ["C", "CC", "CCC"], "tags": lists}), tmp_path / "a.parquet")
    assert [row.tags for row in open_corpus(tmp_path / "a.parquet", "molecules").rows()] == ["a;b", "", ""]  # type: ignore[union-attr]
    sdf = one(tmp_path / "a.sdf", "\n\n\n  0  0 V2000\nM  END\n> <tags>\noral\napproved\n\n$$$$\n")
    assert isinstance(sdf, Row)
    assert sdf.tags == "approved;oral"


def test_tags_beyond_the_bounds_cost_their_row_or_name_the_file(tmp_path: Path) -> None:
    many = one(tmp_path / "a.tsv", f"smiles\ttags\nCCO\t{';'.join(map(str, range(17)))}\n")
    assert isinstance(many, Reject)
    assert (many.field, many.code, many.line) == ("tags", "too_many_tags", 2)
    assert "17 tags; a molecule can have 16" in many.reason
    long = one(tmp_path / "a.tsv", f"smiles\ttags\nCCO\tok;{'x' * 65}\n")
    assert isinstance(long, Reject)
    assert (long.code, "65 characters; at most 64" in long.reason) == ("tag_too_long", True)
    with pytest.raises(CorpusError, match=r"a\.tsv: There are 3 tags; a molecule can have 2"):
        open_corpus(tmp_path / "a.tsv", "molecules", CorpusLimits(max_tags=2), tags="abc")


PARTS = {
    "first.tsv": ("id\tsmiles\tdescription\ttags\nA\tCCO\tAn alcohol.\toral;drug\nB\tCCN\tAn amine.\t\n", ("mine",)),
    "second.tsv": ("id\tsmiles\tdescription\nC\tc1ccccc1O\tA phenol.\nD\tCC=O\tAn aldehyde.\n", ("drug", "theirs")),
    "third.tsv": ("id\tsmiles\nE\tCCCC\n", ()),
}


@pytest.fixture
def corpora(tmp_path: Path) -> list[Path]:
    for name, (content, _) in PARTS.items():
        (tmp_path / name).write_text(content)
    return [tmp_path / name for name in PARTS]


def build_tagged(build: Build, corpora: list[Path], **options: object) -> BuildReport:
    values = {"molecules": corpora, "tags": tuple(tags for _, tags in PARTS.values())}
    return build(corpora[0], **(values | options))


def opened(root: Path) -> Release:
    path = current_release(root)
    assert path is not None
    return open_release(path)


def test_each_file_and_row_has_its_tags_in_records_and_manifest(
    build: Build, corpora: list[Path], tmp_path: Path
) -> None:
    report = build_tagged(build, corpora)
    release = opened(tmp_path / "index")
    tags = {record.id: record.tags for record in release.records.molecules(range(5))}
    assert tags == {
        "A": ("drug", "mine", "oral"),
        "B": ("mine",),
        "C": ("drug", "theirs"),
        "D": ("drug", "theirs"),
        "E": (),
    }
    assert list(release.manifest.tags.items()) == [("drug", 3), ("mine", 2), ("theirs", 2), ("oral", 1)]
    assert release.manifest.tags == report.tags
    assert [corpus.tags for corpus in release.manifest.corpora] == [("mine",), ("drug", "theirs"), ()]
    texts = {record.text: record.tags for record in release.records.descriptions(range(4))}
    assert texts["A phenol."] == ("drug", "theirs")
    assert texts["An amine."] == ("mine",)
    release.close()
    untagged = build_tagged(build, corpora, tags=(), publish=False)
    assert (untagged.tags, untagged.embedded_molecules) == ({"drug": 1, "oral": 1}, 0)


def test_changing_only_tags_embeds_nothing_and_changes_the_record(
    build: Build, corpora: list[Path], tmp_path: Path
) -> None:
    first = build_tagged(build, corpora)
    corpora[0].write_text(PARTS["first.tsv"][0].replace("oral;drug", "drug;oral"))
    same = build_tagged(build, corpora)
    assert same.changes is not None
    assert same.changes.molecules.changed == 0
    corpora[0].write_text(PARTS["first.tsv"][0].replace("oral;drug", "withdrawn"))
    second = build_tagged(build, corpora)
    assert (second.embedded_molecules, second.embedded_descriptions, second.reused_structures) == (0, 0, 5)
    assert second.digest != same.digest
    full = build_tagged(build, corpora, out=tmp_path / "full", reuse=False)
    assert full.digest == second.digest
    release = opened(tmp_path / "index")
    changed = release.records.molecule_by_id("A")
    assert changed is not None
    assert changed.tags == ("mine", "withdrawn")
    release.close()
    found = diff_releases(tmp_path / "index", first.release, second.release)
    assert (found.molecules.changed, found.molecules.counts.unchanged) == (("A",), 4)
    assert found.descriptions.counts.changed == 0
    retagged = build_tagged(build, corpora, tags=(("mine",), ("theirs",), ()))
    assert retagged.changes is not None
    assert (retagged.changes.molecules.changed, retagged.embedded_molecules) == (2, 0)


def test_a_column_that_has_no_tags_ends_the_build(
    build: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("indexer.tags.MOST_TAGS", 20)
    corpus = tmp_path / "m.tsv"
    corpus.write_text("smiles\ttags\n" + "".join(f"{'C' * n}O\tnote {n}\n" for n in range(1, 30)))
    with pytest.raises(CorpusError, match=r"more than 20 different tags.*--column tags=NAME"):
        build(corpus)
    assert current_release(tmp_path / "index") is None
    assert build(corpus, columns={"tags": ""}).tags == {}


def test_the_command_tags_all_files_or_one(tiny_checkpoint: Path, corpora: list[Path], tmp_path: Path) -> None:
    first, second, _ = corpora
    command = ["build", "--checkpoint", tiny_checkpoint, "--out", tmp_path / "index"]
    command += ["--molecules", first, "--molecules", second]
    tagged = ["--tag", "2026", "--tag", f"{second}=drug", "--tag", f"{second}=in house"]
    result = CliRunner().invoke(app, [str(word) for word in command + tagged])
    assert result.exit_code == 0, result.output
    assert "tags          2026 4, drug 3, in house 2, oral 1\n" in result.stdout
    wrong = CliRunner().invoke(app, [str(word) for word in [*command, "--tag", "other.tsv=drug"]])
    assert wrong.exit_code == 2
    assert "not as given to --molecules" in " ".join(wrong.stderr.replace("│", " ").split())


@pytest.fixture(scope="module")
def many(tiny_checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Release]:
    """480 molecules, every third with a description: tags that all have, that few have, that one has."""
    from indexer.build import build_release
    from indexer.build.options import BuildOptions

    directory = tmp_path_factory.mktemp("tags")
    lines = ["id\tsmiles\ttags\tdescription"]
    for n in range(480):
        groups = {"all": True, "half": n % 2, "tenth": n % 10 == 3, "five": n % 96 == 7, "only": n == 123}
        tags = ";".join(tag for tag, holds in groups.items() if holds)
        smiles = f"{'C' * (n % 20 + 1)}{'ONSF'[n % 4]}{'C' * (n // 80 + 1)}"
        lines.append(f"{n}\t{smiles}\t{tags}\t{f'Compound {n}.' if n % 3 == 0 else ''}")
    corpus = directory / "m.tsv"
    corpus.write_text("\n".join(lines) + "\n")
    options = BuildOptions(checkpoint=tiny_checkpoint, molecules=(corpus,), out=directory / "out", workers=0)
    release = open_release(directory / "out" / "releases" / build_release(options).release)
    yield release
    release.close()


@pytest.mark.parametrize("side", ["molecules", "descriptions"])
@pytest.mark.parametrize(
    "wanted",
    [
        TagFilter(any=("only",)),
        TagFilter(any=("five", "only")),
        TagFilter(any=("tenth",), all=("all", "half"), none=("five",)),
        TagFilter(none=("half",)),
        TagFilter(any=("nobody has this",)),
    ],
)
def test_the_best_of_those_that_fit_are_found_at_any_selectivity(many: Release, side: str, wanted: TagFilter) -> None:
    """Also with ranges and substructures beside the tags."""
    records = many.records.molecules(range(many.molecules.count))
    matchers = Chemistry(StructureLimits(), {}, workers=1)
    searched = many.molecules if side == "molecules" else many.descriptions
    owners = np.arange(many.molecules.count) if side == "molecules" else many.columns.owners()
    queries = np.random.default_rng(0).normal(size=(2, many.molecules.dim)).astype(np.float32)
    queries /= np.linalg.norm(queries, axis=1, keepdims=True)
    for k, heavy, sulfur in ((5, None, False), (20, (5.0, 30.0), False), (20, None, True)):
        allowed = [
            row
            for row, owner in enumerate(owners.tolist())
            if fits(records[owner].tags, wanted)
            and (heavy is None or heavy[0] <= records[owner].heavy_atoms <= heavy[1])
            and (not sulfur or "S" in records[owner].smiles)
        ]
        filter = MoleculeFilter(
            ranges=(("heavy_atoms", heavy),) if heavy else (),
            tags=wanted,
            has=(read_pattern("S"),) if sulfur else (),
        )
        hits = FilteredSearch(many, side, filter, matchers).search(queries, k, 60)  # type: ignore[arg-type]
        expected = searched.search(queries, k, np.asarray(allowed, np.int64))
        assert hits.rows.tolist() == expected.rows.tolist()
        assert hits.scores.tobytes() == expected.scores.tobytes()
    matchers.close()


def test_tags_take_four_bytes_a_molecule(many: Release) -> None:
    assert many.columns.tag_sets().nbytes == 4 * many.molecules.count
    assert json.loads((many.path / "manifest.json").read_text())["tags"] == read_manifest(many.path).tags
