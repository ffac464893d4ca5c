"""Filters and kinds in Milvus: ranges and tags are the server's work, and hits are right however few rows fit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from indexer.build.index_stage import build_indexes
from indexer.chemistry import Chemistry
from indexer.columns import PROPERTIES, Columns
from indexer.engines import IndexSpec, VectorIndex, engine_for
from indexer.engines.base import Where
from indexer.engines.flat import FlatIndex
from indexer.engines.milvus_engine import MilvusEngine
from indexer.engines.milvus_index import MilvusApproximateIndex, condition
from indexer.engines.milvus_settings import MilvusError, MilvusSettings
from indexer.release import Release, current_release, open_release
from indexer.search.filters import FilteredSearch, MoleculeFilter
from indexer.search.substructure import read_pattern
from indexer.tags import TagFilter
from model.inputs.structure import StructureLimits
from tests.indexer.conftest import Build
from tests.support.milvus import BOTH, milvus_settings

ROWS, DIM, SETS = 2400, 16, 9
Ranges = dict[str, tuple[float | None, float | None]]
# Milvus Lite makes 128 lists whatever it is told, and has no IVF_PQ.
KINDS: dict[str, dict[str, int | float | str]] = {
    "flat": {},
    "hnsw": {"ef_search": 400},
    "ivf": {"lists": 128, "probes": 64},
    "ivfpq": {"lists": 128, "probes": 64, "code_bytes": 8},
}


def unit(seed: int, count: int) -> NDArray[np.float32]:
    vectors = np.random.default_rng(seed).normal(size=(count, DIM)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors


@pytest.fixture(scope="module", params=BOTH)
def milvus(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MilvusSettings]:
    for found in milvus_settings(request.param, tmp_path_factory.mktemp("milvus")):
        yield found.model_copy(update={"local_rows": 0})


@pytest.fixture(scope="module")
def sides(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Vectors and columns of both sides; every seventh description has no molecule."""
    directory = tmp_path_factory.mktemp("sides")
    rng = np.random.default_rng(5)
    np.save(directory / "molecules.npy", unit(0, ROWS))
    np.save(directory / "descriptions.npy", unit(1, ROWS))
    for name, (_, dtype) in PROPERTIES.items():
        values = rng.normal(scale=3, size=ROWS) if dtype == "<f8" else rng.integers(-4, 9, size=ROWS)
        np.save(directory / f"column_{name}.npy", values.astype(dtype))
    np.save(directory / "column_tag_set.npy", rng.integers(0, SETS, size=ROWS).astype("<i4"))
    owners = rng.integers(0, ROWS, size=ROWS)
    owners[::7] = -1
    np.save(directory / "column_molecule_row.npy", owners.astype("<i8"))
    return directory


def opened(kind: str, sides: Path, milvus: MilvusSettings, side: str = "molecules") -> VectorIndex:
    engine = MilvusEngine(milvus)
    spec = engine.resolve(IndexSpec(engine="milvus", kind=kind, parameters=KINDS[kind]), ROWS, DIM)
    assert spec.kind == kind
    engine.build(sides / f"{side}.npy", sides, spec)
    return engine.open(sides / f"{side}.npy", sides, spec)


@pytest.fixture(scope="module", params=["molecules", "descriptions"])
def pair(request: pytest.FixtureRequest, sides: Path, milvus: MilvusSettings) -> Iterator[tuple[str, VectorIndex]]:
    index = opened("flat", sides, milvus, request.param)
    yield request.param, index
    index.close()


BOUND = st.one_of(
    st.none(), st.sampled_from([-1e300, -3.5, -1e-7, 0.0, 0.1, 1.5, 2.0, 7.0, 40_000.0, 1e22]), st.floats(-9, 9)
)
RANGES = st.dictionaries(st.sampled_from(list(PROPERTIES)), st.tuples(BOUND, BOUND), max_size=3)
TAG_SETS = st.one_of(st.none(), st.lists(st.integers(0, SETS - 1), max_size=4, unique=True).map(sorted).map(tuple))


def fitting(sides: Path, side: str, ranges: Ranges, sets: tuple[int, ...] | None) -> tuple[NDArray[np.int64], Where]:
    """The rows that fit by the definition, and the conditions as the engines are given them."""
    columns = Columns(sides)
    fit = np.ones(ROWS, np.bool_)
    for name, (least, most) in ranges.items():
        column = columns.property(name)
        fit &= (least is None or column >= least) & (most is None or column <= most)
    if sets is not None:
        fit &= np.isin(columns.tag_sets(), sets)
    if side == "descriptions":
        owners = columns.owners()
        fit = (owners >= 0) & fit[owners]
    rows = np.flatnonzero(fit).astype(np.int64)
    return rows, Where(tuple(ranges.items()), sets, len(rows))


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    ranges=RANGES,
    sets=TAG_SETS,
    k=st.sampled_from([1, 10, 300]),
    keep=st.sampled_from([1, 3, 200]),
    seed=st.integers(0, 9),
)
def test_whatever_the_filter_hits_are_those_of_faiss(
    pair: tuple[str, VectorIndex],
    sides: Path,
    ranges: Ranges,
    sets: tuple[int, ...] | None,
    k: int,
    keep: int,
    seed: int,
) -> None:
    """`keep`: of the rows that meet the conditions one in so many is allowed, as with substructures beside them."""
    side, index = pair
    rows, where = fitting(sides, side, ranges, sets)
    allowed = rows[seed % keep :: keep]
    exact = FlatIndex(np.load(sides / f"{side}.npy"))
    ours, theirs = index.search(unit(seed, 2), k, allowed, where), exact.search(unit(seed, 2), k, allowed)
    assert ours.rows.tolist() == theirs.rows.tolist()
    assert ours.scores.tobytes() == theirs.scores.tobytes()


def test_ranges_and_tags_are_left_to_the_server(
    sides: Path, milvus: MilvusSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows that no list of the nearest of all has near its top are found without a look at the vectors here."""
    index = opened("flat", sides, milvus)
    rows, where = fitting(sides, "molecules", {"logp": (7.0, None)}, (1, 4))
    assert 3 <= len(rows) <= 12
    query = -np.load(sides / "molecules.npy")[rows].mean(axis=0, keepdims=True)
    expected = FlatIndex(np.load(sides / "molecules.npy")).search(query, 3, rows).rows.tolist()
    monkeypatch.setattr("indexer.engines.milvus_index.MAX_HITS", 64)
    monkeypatch.setattr(FlatIndex, "search", None)
    assert index.search(query, 3, rows, where).rows.tolist() == expected
    index.close()


def test_conditions_say_what_was_asked() -> None:
    asked = Where((("logp", (1e-7, 1e21)), ("rings", (1.5, 2.5)), ("hbd", (-1e9, None))), (2, 3), 5)
    assert condition(asked) == (
        "tag_set >= 0 and logp >= 0.0000001 and logp <= 1000000000000000000000.0 "
        "and rings >= 2 and rings <= 2 and hbd >= -32768 and tag_set in [2, 3]"
    )


@pytest.mark.parametrize("kind", ["hnsw", "ivf", "ivfpq"])
def test_approximate_kinds_report_true_cosines_of_rows_that_fit(kind: str, sides: Path, milvus: MilvusSettings) -> None:
    if kind == "ivfpq" and milvus.uri.endswith(".db"):
        with pytest.raises(MilvusError, match=r"IVF_PQ.*supported: HNSW"):
            opened(kind, sides, milvus)
        return
    index = opened(kind, sides, milvus)
    vectors = np.load(sides / "molecules.npy")
    exact, queries = FlatIndex(vectors), unit(9, 4)
    everything = np.arange(ROWS)
    asked: list[tuple[Ranges, tuple[int, ...] | None, int]] = [
        ({}, None, 1),
        ({"rings": (2.0, 6.0)}, (0, 1, 2), 1),
        ({"logp": (None, 1.0)}, None, 25),
    ]
    for ranges, sets, part in asked:
        rows, where = fitting(sides, "molecules", ranges, sets)
        allowed = everything if part == 1 and not ranges else rows[::part]
        hits = index.search(queries, 10, None if allowed is everything else allowed, where)
        assert np.isin(hits.rows, allowed).all()
        for query, found, scores in zip(queries, hits.rows, hits.scores, strict=True):
            np.testing.assert_array_equal(scores, (vectors[found].astype(np.float64) @ query).astype(np.float32))
            assert (np.diff(scores) <= 0).all()
        wanted = exact.search(queries, 10, allowed).rows
        assert np.mean([len(set(a) & set(b)) / 10 for a, b in zip(hits.rows, wanted, strict=True)]) > 0.8
    few = np.array([5, 700, 2399])
    assert index.search(queries, 5, few).rows.tolist() == exact.search(queries, 5, few).rows.tolist()
    index.close()


def test_recall_is_measured_and_tuned_when_a_kind_is_built(
    sides: Path, milvus: MilvusSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOLSEEK_MILVUS_URI", milvus.uri)
    monkeypatch.setenv("MOLSEEK_MILVUS_LOCAL_ROWS", "0")
    monkeypatch.setattr("indexer.engines.recall._QUERIES", 20)
    spec = IndexSpec(engine="milvus", kind="ivf", parameters={"lists": 128, "probes": 1, "target_recall": 0.9})
    found = build_indexes(sides, spec)["molecules"]
    assert found.kind == "ivf"
    if milvus.uri.endswith(".db"):  # a server scans segments as small as this one whole
        assert int(found.parameters["probes"]) > 1
    assert found.recall_at_10 is not None
    assert found.recall_at_10 >= 0.9
    assert found.recall_queries_from == "other side"


def test_kinds_and_parameters_are_checked_before_anything_is_sent() -> None:
    engine = MilvusEngine(MilvusSettings())
    small = engine.resolve(IndexSpec(engine="milvus", kind="hnsw"), 1999, DIM)
    assert (small.kind, small.parameters) == ("flat", {})
    assert engine.resolve(IndexSpec(engine="milvus", kind="auto"), 10**9, DIM).kind == "flat"
    for kind, parameters, complaint in (
        ("hnsw", {"links": 1}, "links"),
        ("ivf", {"code_bytes": 8}, "'code_bytes' of kind ivf.*known: .*probes"),
        ("ivfpq", {"code_bytes": 7}, "code_bytes of kind ivfpq must divide 304"),
    ):
        with pytest.raises(ValueError, match=complaint):
            engine.resolve(IndexSpec(engine="milvus", kind=kind, parameters=dict(parameters)), 5000, 300)


@pytest.fixture
def releases(
    build: Build, tmp_path: Path, milvus: MilvusSettings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[list[Release]]:
    """The same corpus in Milvus and in FAISS."""
    monkeypatch.setenv("MOLSEEK_MILVUS_URI", milvus.uri)
    monkeypatch.setenv("MOLSEEK_MILVUS_LOCAL_ROWS", "0")
    monkeypatch.setattr("indexer.search.filters._MATCH_ALL", 20)
    lines = ["id\tsmiles\ttags\tdescription"]
    for n in range(240):
        smiles = f"{'C' * (n % 20 + 1)}{'ONSF'[n % 4]}{'C' * (n // 80 + 1)}"
        lines.append(
            f"{n}\t{smiles}\t{'few' if n % 60 == 7 else 'many;more' if n % 2 else ''}\t{f'Text {n}.' * (n % 3 == 0)}"
        )
    (tmp_path / "m.tsv").write_text("\n".join(lines) + "\n")
    opened = []
    for engine in ("milvus", "faiss"):
        build(tmp_path / "m.tsv", out=tmp_path / engine, index=IndexSpec(engine=engine))
        path = current_release(tmp_path / engine)
        assert path is not None
        opened.append(open_release(path))
    yield opened
    for release in opened:
        release.close()


def test_a_release_is_filtered_in_milvus_as_in_faiss(releases: list[Release]) -> None:
    """Ranges, tags and substructures together, through what the service uses."""
    matchers = Chemistry(StructureLimits(), {}, workers=1)
    queries = np.random.default_rng(3).normal(size=(2, releases[0].manifest.dim)).astype(np.float32)
    queries /= np.linalg.norm(queries, axis=1, keepdims=True)
    for filter in (
        MoleculeFilter(tags=TagFilter(any=("few",))),
        MoleculeFilter(tags=TagFilter(none=("more",)), ranges=(("molecular_weight", (100.0, None)),)),
        MoleculeFilter(ranges=(("logp", (0.5, 4.0)),), has=(read_pattern("S"),)),
        MoleculeFilter(tags=TagFilter(all=("many", "more")), lacks=(read_pattern("F"),)),
        MoleculeFilter(tags=TagFilter(all=("many", "few"))),
    ):
        for side in ("molecules", "descriptions"):
            ours, theirs = (FilteredSearch(r, side, filter, matchers).search(queries, 7, 60) for r in releases)
            assert ours.rows.tolist() == theirs.rows.tolist()
            assert ours.scores.tobytes() == theirs.scores.tobytes()
    matchers.close()


def test_with_another_effort_the_same_collection_is_searched(sides: Path, milvus: MilvusSettings) -> None:
    index = opened("ivf", sides, milvus)
    assert isinstance(index, MilvusApproximateIndex)
    narrow = index.with_effort(1)
    exact = FlatIndex(np.load(sides / "molecules.npy")).search(unit(2, 8), 10).rows
    shares = [
        np.mean([len(set(a) & set(b)) for a, b in zip(i.search(unit(2, 8), 10).rows, exact, strict=True)])
        for i in (narrow, index)
    ]
    assert shares[0] < shares[1]
    assert engine_for(IndexSpec(engine="milvus")).kinds == ("flat", "hnsw", "ivf", "ivfpq")
    index.close()
