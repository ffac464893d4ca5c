"""Milvus: the hits of FAISS bit for bit, imports that go on, aliases that follow what is served, clear errors."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from typer.testing import CliRunner

from indexer.cli import app
from indexer.engines import IndexSpec, VectorIndex, engine_for
from indexer.engines.milvus_engine import MilvusEngine
from indexer.engines.milvus_index import MilvusApproximateIndex
from indexer.engines.milvus_settings import MilvusError, MilvusSettings
from indexer.engines.milvus_store import MilvusStore
from indexer.engines.recall import tune
from indexer.errors import ReleaseError
from indexer.release import open_release
from indexer.release.publishing import prune, publish, rollback, verify
from tests.indexer.conftest import Build
from tests.support.milvus import BOTH, milvus_lite, milvus_settings

MILVUS = IndexSpec(engine="milvus", kind="flat")


@pytest.fixture(scope="module", params=BOTH)
def settings(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MilvusSettings]:
    """Milvus, asked also where the engine would rather search itself."""
    for found in milvus_settings(request.param, tmp_path_factory.mktemp("milvus")):
        yield found.model_copy(update={"local_rows": 0, "prefix": "tests"})


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MilvusSettings:
    """A database of its own that builds find by the variables."""
    found = milvus_lite(tmp_path / "lite.db")
    monkeypatch.setenv("MOLSEEK_MILVUS_URI", found.uri)
    return found


def unit(seed: int, count: int, dim: int) -> NDArray[np.float32]:
    return normalized(np.random.default_rng(seed).normal(size=(count, dim)).astype(np.float32))


def normalized(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def both(settings: MilvusSettings, directory: Path, vectors: NDArray[np.float32]) -> tuple[VectorIndex, VectorIndex]:
    """The same vectors in Milvus and in FAISS's flat."""
    path = directory / "molecules.npy"
    np.save(path, vectors)
    opened = []
    for engine in (MilvusEngine(settings), engine_for(IndexSpec())):
        spec = engine.resolve(IndexSpec(engine=engine.name, kind="flat"), *vectors.shape)
        engine.build(path, directory, spec)
        opened.append(engine.open(path, directory, spec))
    return opened[0], opened[1]


def assert_same(
    both: tuple[VectorIndex, VectorIndex],
    queries: NDArray[np.float32],
    k: int,
    allowed: NDArray[np.int64] | None = None,
) -> None:
    ours, theirs = (index.search(queries, k, allowed) for index in both)
    assert ours.rows.tolist() == theirs.rows.tolist()
    assert ours.scores.tobytes() == theirs.scores.tobytes()


def test_hits_are_those_of_faiss_to_the_last_bit_at_any_selectivity(settings: MilvusSettings, tmp_path: Path) -> None:
    vectors, queries = unit(0, 3000, 24), unit(1, 3, 24)
    indexes = both(settings, tmp_path, vectors)
    assert_same(indexes, queries, 10)
    rng = np.random.default_rng(2)
    for share in (0.9, 0.3, 0.01, 0.001):
        assert_same(indexes, queries, 10, np.flatnonzero(rng.random(3000) < share).astype(np.int64))
    farthest = np.sort(np.argsort(vectors @ queries[0])[:7])  # what no list of the nearest has near its top
    assert_same(indexes, queries[:1], 10, farthest.astype(np.int64))
    assert_same(indexes, queries, 3, np.empty(0, dtype=np.int64))


def test_recall_measured_right_after_a_build_is_that_of_the_index(settings: MilvusSettings, tmp_path: Path) -> None:
    """A server searches for seconds in what it made of rows as they came, which misses more however hard it looks."""
    path = tmp_path / "molecules.npy"
    spread = unit(2, 24, 256)  # as embeddings lie: in fewer directions than they have dimensions
    np.save(path, normalized(unit(0, 12_000, 24) @ spread))
    engine = MilvusEngine(settings)
    spec = engine.resolve(IndexSpec(engine="milvus", kind="hnsw"), 12_000, 256)
    engine.build(path, tmp_path, spec)
    index = engine.open(path, tmp_path, spec)
    assert isinstance(index, MilvusApproximateIndex)
    recall = tune(index, normalized(unit(1, 100, 24) @ spread))
    index.close()
    assert recall.at_10 >= 0.95
    assert recall.effort <= 256


def test_what_milvus_does_not_settle_is_settled_here(
    settings: MilvusSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More equal vectors, or a rarer filter, than the longest list that a server gives can show."""
    monkeypatch.setattr("indexer.engines.milvus_index.MAX_HITS", 64)
    distinct = unit(3, 4, 8)
    vectors = distinct[np.random.default_rng(4).integers(0, 4, size=600)]
    indexes = both(settings, tmp_path, vectors)
    assert_same(indexes, distinct, 20)
    assert_same(indexes, distinct, 100)
    nearest = np.flatnonzero((vectors == distinct[1]).all(axis=1))
    assert_same(indexes, distinct[:1], 5, nearest.astype(np.int64))


def test_small_filters_do_not_ask_the_server(settings: MilvusSettings, tmp_path: Path) -> None:
    near, exact = both(settings.model_copy(update={"local_rows": 50}), tmp_path, unit(5, 200, 8))
    queries, allowed = unit(6, 2, 8), np.arange(0, 200, 4)
    with MilvusStore(settings) as store:
        pointer = json.loads((tmp_path / "molecules.milvus.json").read_text())
        store.drop([f"tests_{pointer['collection']}"])
    assert_same((near, exact), queries, 5, allowed)
    with pytest.raises(MilvusError, match="cannot search"):
        near.search(queries, 5)


def test_an_interrupted_import_goes_on(
    settings: MilvusSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("indexer.engines.milvus_store._STEP_BYTES", 100 * 4 * 8)  # 100 rows of 8 numbers
    vectors = unit(10, 950, 8)
    reads: list[tuple[int, int]] = []

    def read(start: int, stop: int) -> dict[str, NDArray[np.generic]]:
        reads.append((start, stop))
        if len(reads) == 5:
            raise KeyboardInterrupt
        return {"vector": vectors[start:stop]}

    steps: list[int] = []
    with MilvusStore(settings) as store:
        with pytest.raises(KeyboardInterrupt):
            store.fill("tests_interrupted", 950, 8, {"index_type": "FLAT"}, {}, read, steps.append)
        assert (store.count("tests_interrupted"), steps) == (400, [100] * 4)
        store._client.insert("tests_interrupted", [{"row": 410, "vector": vectors[0]}])  # a step that arrived in part
        reads[:] = [(0, 0)] * 5
        steps.clear()
        store.fill("tests_interrupted", 950, 8, {"index_type": "FLAT"}, {}, read, steps.append)
        assert reads[5:] == [(start, min(start + 100, 950)) for start in range(400, 950, 100)]
        assert sum(steps) == 950
        assert store.count("tests_interrupted") == 950
        (found,) = store.search("tests_interrupted", vectors[410:411], 1)
        assert found.rows.tolist() == [410]
        store.fill("tests_interrupted", 950, 8, {"index_type": "FLAT"}, {}, read, steps.append)
        assert len(reads) == 5 + 6


def collections(settings: MilvusSettings) -> dict[str, str]:
    """Every collection, and what the aliases stand for."""
    with MilvusStore(settings) as store:
        client = store._client
        found = {str(name): str(name) for name in client.list_collections()}
        for name in list(found):
            found.update({str(alias): name for alias in client.list_aliases(name)["aliases"]})
        return found


def pointed(release: Path, side: str) -> str:
    return f"molseek_{json.loads((release / f'{side}.milvus.json').read_text())['collection']}"


def test_aliases_follow_what_is_served_and_prune_drops_the_rest(
    build: Build, molecules_file: Path, tmp_path: Path, environment: MilvusSettings
) -> None:
    root = tmp_path / "index"
    first = build(molecules_file, index=MILVUS).release
    with molecules_file.open("a", encoding="utf-8") as stream:
        stream.write("M7\t887\tmethanol\tCO\tThe simplest alcohol.\n")
    second = build(molecules_file, index=MILVUS).release
    old, new = (root / "releases" / name for name in (first, second))
    assert pointed(old, "molecules") != pointed(new, "molecules")
    for change, served in ((lambda: None, new), (lambda: rollback(root), old), (lambda: publish(root, second), new)):
        change()
        found = collections(environment)
        assert found["molseek_molecules"] == pointed(served, "molecules")
        assert found["molseek_descriptions"] == pointed(served, "descriptions")
    release = open_release(old)  # whoever has the older release open finds its rows whatever the aliases say
    assert release.molecules.count == 6
    assert release.molecules.search(np.asarray(np.load(old / "molecules.npy")), 1).rows[:, 0].tolist() == list(range(6))
    release.close()
    assert not any(summary.problem for summary in verify(root))
    gone = {pointed(old, side) for side in ("molecules", "descriptions")}
    assert prune(root, keep=1) == [first]
    left = set(collections(environment))
    assert not gone & left
    assert {pointed(new, "molecules"), "molseek_molecules"} <= left


def test_a_release_with_the_same_vectors_shares_their_collection(
    build: Build, molecules_file: Path, tmp_path: Path, environment: MilvusSettings
) -> None:
    root = tmp_path / "index"
    first = build(molecules_file, index=MILVUS)
    second = build(molecules_file, index=MILVUS)
    assert first.digest == second.digest
    assert prune(root, keep=1) == [first.release]
    assert pointed(root / "releases" / second.release, "molecules") in collections(environment)


def test_hits_of_a_release_do_not_depend_on_the_engine(
    build: Build, molecules_file: Path, tmp_path: Path, environment: MilvusSettings
) -> None:
    build(molecules_file, index=MILVUS, out=tmp_path / "milvus")
    build(molecules_file, out=tmp_path / "faiss")
    ours, theirs = (open_release(tmp_path / name / "current") for name in ("milvus", "faiss"))
    queries = unit(11, 3, ours.manifest.dim)
    for side in ("molecules", "descriptions"):
        a, b = (getattr(release, side).search(queries, 4) for release in (ours, theirs))
        assert (a.rows.tolist(), a.scores.tobytes()) == (b.rows.tolist(), b.scores.tobytes())
    text = (ours.path / "manifest.json").read_text()
    assert str(tmp_path) not in text
    assert "lite.db" not in text
    ours.close()
    theirs.close()


def test_a_server_that_is_away_is_said_in_one_line_without_secrets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    milvus_lite(tmp_path / "none.db")
    monkeypatch.setenv("MOLSEEK_MILVUS_URI", "http://reader:hunter2@127.0.0.1:9")
    monkeypatch.setenv("MOLSEEK_MILVUS_TOKEN", "root:letmein")
    monkeypatch.setenv("MOLSEEK_MILVUS_TIMEOUT_SECONDS", "2")
    path = tmp_path / "molecules.npy"
    np.save(path, unit(0, 5, 8))
    with pytest.raises(MilvusError, match=r"^Milvus at http://127\.0\.0\.1:9 cannot be reached: ") as caught:
        MilvusEngine().build(path, tmp_path, MILVUS)
    assert "\n" not in str(caught.value)
    said = str(caught.value) + "".join(capfd.readouterr()) + repr(MilvusSettings())
    assert "hunter2" not in said
    assert "letmein" not in said


def test_a_release_whose_server_is_away_cannot_be_opened_nor_published(
    build: Build, molecules_file: Path, tmp_path: Path, environment: MilvusSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "index"
    first, second = (build(molecules_file, index=MILVUS).release for _ in range(2))
    monkeypatch.setenv("MOLSEEK_MILVUS_URI", "http://127.0.0.1:9")
    with pytest.raises(ReleaseError, match=r"molecules\.npy cannot be opened: Milvus at http://127\.0\.0\.1:9"):
        open_release(root / "current")
    with pytest.raises(ReleaseError, match=r"Milvus at http://127\.0\.0\.1:9 cannot be reached"):
        publish(root, first, verified=True)
    assert (root / "current").readlink().name == second
    monkeypatch.setenv("MOLSEEK_MILVUS_URI", str(tmp_path / "other.db"))
    with pytest.raises(ReleaseError, match=r"Milvus at .*other\.db: the collection molseek_molecules_\w+ is not there"):
        open_release(root / "current")


def test_settings_that_are_missing_or_wrong_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "molecules.npy"
    np.save(path, unit(0, 5, 8))
    monkeypatch.delenv("MOLSEEK_MILVUS_URI", raising=False)
    with pytest.raises(MilvusError, match="--milvus-uri or the variable MOLSEEK_MILVUS_URI"):
        MilvusEngine().build(path, tmp_path, MILVUS)
    monkeypatch.setenv("MOLSEEK_MILVUS_PREFIX", "no spaces")
    with pytest.raises(MilvusError, match="MOLSEEK_MILVUS_PREFIX"):
        MilvusEngine().build(path, tmp_path, MILVUS)
    with pytest.raises(ValueError, match=r"no kind 'round'; known: flat, hnsw, ivf, ivfpq"):
        MilvusEngine().resolve(IndexSpec(engine="milvus", kind="round"), 5, 8)
    with pytest.raises(ValueError, match="known: none"):
        MilvusEngine().resolve(IndexSpec(engine="milvus", parameters={"lists": 3}), 5, 8)


def test_the_command_takes_an_address(
    tiny_checkpoint: Path, molecules_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = milvus_lite(tmp_path / "lite.db")
    monkeypatch.setenv("MOLSEEK_MILVUS_URI", "http://127.0.0.1:9")
    corpus = [
        "--checkpoint",
        str(tiny_checkpoint),
        "--molecules",
        str(molecules_file),
        "--out",
        str(tmp_path / "index"),
    ]
    away = CliRunner().invoke(app, ["build", *corpus, "--engine", "milvus"])
    assert (away.exit_code, away.stderr.count("\n")) == (1, 1)
    assert away.stderr.startswith("error: Milvus at http://127.0.0.1:9 cannot be reached")
    built = CliRunner().invoke(app, ["build", *corpus, "--engine", "milvus", "--milvus-uri", found.uri])
    assert built.exit_code == 0, built.output
    root, archive = str(tmp_path / "index"), str(tmp_path / "release.tar")
    options = ["--no-reuse", "--set", f"milvus.uri={found.uri}"]
    assert CliRunner().invoke(app, ["build", *corpus, "--engine", "milvus", *options]).exit_code == 0
    for command in (
        ["verify", root],
        ["rollback", root],
        ["publish", root, "latest"],
        ["export", root, "current", archive],
        ["import", archive, str(tmp_path / "other"), "--publish"],
        ["prune", root, "--keep", "1"],
    ):
        done = CliRunner().invoke(app, [*command, "--milvus-uri", found.uri])
        assert done.exit_code == 0, (command, done.output)
    assert os.environ["MOLSEEK_MILVUS_URI"] == "http://127.0.0.1:9"


def test_a_missing_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pymilvus", None)
    with pytest.raises(MilvusError, match=r"pip install -e '\.\[milvus\]'"):
        MilvusStore(MilvusSettings(uri=str(tmp_path / "lite.db")))


@pytest.mark.parametrize(
    ("uri", "address"),
    [
        ("http://host:19530", "http://host:19530"),
        ("https://user:secret@host:443/db?token=x", "https://host:443/db"),
        ("./file.db", "./file.db"),
    ],
)
def test_addresses_have_no_secrets(uri: str, address: str) -> None:
    assert MilvusSettings(uri=uri).address == address
