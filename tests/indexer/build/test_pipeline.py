"""A build from corpus files to a release that finds what is in it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from indexer.build import BuildReport
from indexer.release import current_release, open_release
from model.checkpoint import load_checkpoint
from model.inputs.fingerprint import morgan_fingerprint
from model.inputs.structure import parse_structure
from tests.indexer.conftest import Build, current


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
