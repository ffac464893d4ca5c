"""A rebuild costs what has changed, and its release is the same to the last byte as one built from nothing."""

from __future__ import annotations

import itertools
import json
import random
import shutil
from pathlib import Path

import numpy as np
import pytest

from indexer.build import BuildReport
from indexer.release import current_release, read_manifest
from model.files import sha256_file
from tests.indexer.conftest import Build
from tests.support.tiny import make_tiny_checkpoint

Table = list[tuple[str, str, str, str]]


def write(path: Path, rows: Table) -> Path:
    path.write_text("\n".join(["id\tname\tsmiles\tdescription", *("\t".join(row) for row in rows)]) + "\n")
    return path


def structure(number: int) -> str:
    """Distinct valid structures, some with two parts, some not canonical, one in 29 broken."""
    if number % 29 == 28:
        return "C1CC"
    chain = "C" * (number % 13 + 1)
    tail = ("O", "N", "S", "Cl", "C(=O)O", "[NH3+].[Cl-]")[number % 6]
    return f"{'c1ccccc1' if number % 2 else 'OC'}{chain}{'(F)' * (number % 3 == 0)}{'C' * (number // 78)}{tail}"


def row(number: int) -> tuple[str, str, str, str]:
    text = f"A compound with the number {number}." if number % 3 else ""
    return (f"id{number}", f"name {number}", structure(number), text)


def contents(report: BuildReport, root: Path) -> dict[str, str]:
    manifest = json.loads((root / "releases" / report.release / "manifest.json").read_text())
    return manifest["files"] | {"digest": report.digest}


def edited(rows: Table, rng: random.Random) -> Table:
    """The table after a night: rows removed, added anywhere, with another structure, text, name or notation, moved."""
    rows = list(rows)
    for _ in range(rng.randint(1, 8)):
        place = rng.randrange(len(rows))
        id, name, smiles, text = rows[place]
        number = rng.randrange(1000)
        match rng.randrange(7):
            case 0:
                del rows[place]
            case 1:
                rows.insert(place, row(1000 + number))
            case 2:
                rows[place] = (id, name, structure(number), text)
            case 3:
                rows[place] = (id, name, smiles, f"Another  text {number}")
            case 4:
                rows[place] = (id, "renamed", smiles, text)
            case 5:
                rows[place] = (id, name, "OCC" if smiles == "CCO" else f"{smiles} |$x$|", text)
            case _:
                rows.append(rows.pop(place))
    return rows


@pytest.mark.parametrize("seed", range(4))
def test_after_any_edits_an_incremental_build_equals_a_full_one(build: Build, tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    options = {"shard_rows": rng.choice([16, 50, 4096]), "standardize": ("none", "parent")[seed % 2], "workers": 0}
    rows = [row(number) for number in rng.sample(range(300), 120)]
    build(write(tmp_path / "m.tsv", rows), **options)
    for _ in range(2):
        rows = edited(rows, rng)
        corpus = write(tmp_path / "m.tsv", rows)
        extra = tmp_path / "d.tsv"
        lines = ["id\tsmiles\tdescription", f"{rows[0][0]}\t\tmore of it", f"\t{structure(3)}\ttext {rng.random()}"]
        extra.write_text("\n".join(lines) + "\n")
        incremental = build(corpus, extra, **options)
        full = build(corpus, extra, out=tmp_path / "full", reuse=False, **options)
        assert contents(incremental, tmp_path / "index") == contents(full, tmp_path / "full")
        assert incremental.taken_from is not None
        assert full.embedded_molecules == full.counts.molecules
        assert incremental.embedded_molecules + incremental.reused_molecules == full.counts.molecules
        assert incremental.embedded_molecules <= 8
        assert incremental.embedded_descriptions <= 18
        assert incremental.reused_structures >= 90


def test_changes_are_counted_in_report_and_manifest(build: Build, tmp_path: Path) -> None:
    rows = [row(number) for number in range(1, 21)]
    first = build(write(tmp_path / "m.tsv", rows))
    assert (first.taken_from, first.changes) == (None, None)
    rows[4] = ("id5", "name 5", "CCCCCCCCCC", rows[4][3])
    rows[6] = ("id7", "renamed", *rows[6][2:])
    rows[7] = (*rows[7][:3], "Another text.")
    del rows[9]
    rows.append(row(40))
    rows.append(row(41))
    second = build(write(tmp_path / "m.tsv", rows))
    changes = second.changes
    assert changes is not None
    assert changes.release == first.release == second.taken_from
    counts = changes.molecules
    assert (counts.added, counts.removed, counts.changed, counts.unchanged) == (2, 1, 2, 17)
    texts = changes.descriptions
    assert (texts.added, texts.removed, texts.changed, texts.unchanged) == (2, 1, 1, 12)
    assert (second.embedded_molecules, second.reused_molecules) == (3, 18)
    assert (second.embedded_descriptions, second.reused_descriptions) == (3, 12)
    path = current_release(tmp_path / "index")
    assert path is not None
    assert json.loads((path / "manifest.json").read_text())["changes"] == changes.model_dump()


def test_another_notation_of_the_same_structure_is_parsed_but_not_embedded(build: Build, tmp_path: Path) -> None:
    build(write(tmp_path / "m.tsv", [("a", "", "CCO", ""), ("b", "", "Oc1ccccc1", "")]))
    report = build(write(tmp_path / "m.tsv", [("a", "", "OCC", ""), ("b", "", "Oc1ccccc1", "")]))
    assert (report.embedded_molecules, report.reused_molecules, report.reused_structures) == (0, 2, 1)


def test_nothing_is_taken_over_where_numbers_could_differ(build: Build, tmp_path: Path, tiny_checkpoint: Path) -> None:
    corpus = write(tmp_path / "m.tsv", [row(number) for number in range(10)])
    build(corpus)
    other = make_tiny_checkpoint(tmp_path / "other", seed=1)
    for options, reason in (
        ({"checkpoint": other}, "another checkpoint"),
        ({"standardize": "parent"}, "another option standardize"),
        ({"limits": {"structure": {"max_atoms": 50}}}, "another option limits"),
    ):
        report = build(corpus, publish=False, **options)
        assert report.taken_from is None
        assert reason in (report.not_taken_over or "")
        assert report.reused_molecules + report.reused_descriptions + report.reused_structures == 0
        shutil.rmtree(tmp_path / "index" / "releases" / report.release)
    assert build(corpus, shard_rows=3, batch_size=9).embedded_molecules == 0
    assert build(corpus, reuse=False).not_taken_over is None


def test_a_damaged_or_foreign_release_is_not_taken_over(
    build: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus = write(tmp_path / "m.tsv", [row(number) for number in range(10)])
    first = build(corpus)
    vectors = tmp_path / "index" / "releases" / first.release / "molecules.npy"
    whole = vectors.read_bytes()
    vectors.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    report = build(corpus)
    assert "molecules.npy has been changed" in (report.not_taken_over or "")
    assert contents(report, tmp_path / "index")["digest"] == first.digest


def stored_vectors_off_by(root: Path, name: str, amount: float) -> None:
    """Change every vector of a release by so much, and its digests with them, as another processor would have."""
    path = root / "releases" / name
    np.save(path / "molecules.npy", np.load(path / "molecules.npy") + np.float32(amount))
    manifest = read_manifest(path)
    files = {**manifest.files, "molecules.npy": sha256_file(path / "molecules.npy")}
    manifest = manifest.model_copy(update={"files": files})
    manifest = manifest.model_copy(update={"digest": manifest.computed_digest()})
    (path / "manifest.json").write_text(manifest.to_json())


def test_vectors_that_differ_by_rounding_are_reused_and_others_are_not(build: Build, tmp_path: Path) -> None:
    corpus = write(tmp_path / "m.tsv", [row(number) for number in range(10)])
    first = build(corpus)
    stored_vectors_off_by(tmp_path / "index", first.release, 1e-6)
    report = build(corpus, publish=False)
    assert (report.taken_from, report.embedded_molecules) == (first.release, 0)
    shutil.rmtree(tmp_path / "index" / "releases" / report.release)
    stored_vectors_off_by(tmp_path / "index", first.release, 1e-3)
    report = build(corpus)
    assert "more than rounding explains" in (report.not_taken_over or "")
    assert report.embedded_molecules == report.counts.molecules


def test_hundreds_of_inputs_of_one_length_are_reused_to_the_same_digest(build: Build, tmp_path: Path) -> None:
    """Libraries sum a product of 8 rows otherwise than one of 12; what was embedded among many is embedded alone."""
    chains = ["F" + "".join(atoms) + "C" for atoms in itertools.product("CNO", repeat=6)]
    words = ("acid", "base", "salt", "drug", "dyes")
    texts = [f"a {one} or {two} and {three}" for one, two, three in itertools.product(words, repeat=3)]
    rows = [(f"id{i}", "", chain, texts[i] if i < 100 else "") for i, chain in enumerate(chains[:400])]
    options = {"checkpoint": "compact", "workers": 0}
    first = build(write(tmp_path / "m.tsv", rows), **options)
    for number in (7, 200, 333):
        rows[number] = (f"id{number}", "", chains[400 + number % 100], texts[100] if number < 100 else "")
    corpus = write(tmp_path / "m.tsv", rows)
    second = build(corpus, **options)
    assert second.taken_from == first.release
    assert (second.embedded_molecules, second.embedded_descriptions) == (3, 1)
    full = build(corpus, out=tmp_path / "full", reuse=False, **options)
    assert contents(second, tmp_path / "index") == contents(full, tmp_path / "full")
