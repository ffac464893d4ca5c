"""What an index of so many molecules costs: memory, disk, time to build and to search, kind by kind.

Reckoned from speeds that were measured (`MEASURED`), so a figure is good to a factor of two or three on a machine like
that one; `bandwidth` replaces the speed of reading memory for others. What is not in it: parsing and embedding, whose
speed a build prints, and waiting for the disk where the memory is too small.
"""

import math
from dataclasses import dataclass

from indexer.engines.base import IndexSpec
from indexer.engines.parameters import (
    MEMORY_SHARE,
    HnswParameters,
    IvfParameters,
    IvfpqParameters,
    choose,
    padded,
    read_parameters,
    resolve,
)


@dataclass(frozen=True, slots=True)
class Speeds:
    """What one core does in a second."""

    scan_bytes: float
    half_scan_bytes: float
    product_flops: float
    graph_visits: float
    graph_steps: float
    assign_flops: float
    list_bytes: float
    encode_rows: float
    code_bytes: float


# 2026-11-20, one core of an AMD EPYC (2 cores, AVX-512) shared with others (load 32), faiss-cpu 1.15.1, 40,000 × 300
# clustered vectors, CPU time: python -m benchmarks.index_constants --size 40000. So few vectors partly fit the caches
# and searches include re-scoring, so graphs are slower than this in large sides, and lists and codes faster.
MEASURED = Speeds(
    scan_bytes=3.74e10,
    half_scan_bytes=2.90e10,
    product_flops=9.38e10,
    graph_visits=6.04e4,
    graph_steps=2.97e6,
    assign_flops=1.16e11,
    list_bytes=7.1e9,
    encode_rows=3.26e4,
    code_bytes=5.39e8,
)

# Bytes a molecule beside its vector: Morgan and pattern fingerprints and columns, and about as much as the records of
# ChEBI-20's molecules take without descriptions.
_FILES_A_MOLECULE = 256 + 128 + 40
_RECORDS_A_MOLECULE = 400
_SLOW_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class KindPlan:
    """One kind. Sizes in bytes, times in seconds; `memory` is what searches touch again and again and should fit.

    `batch_seconds`: of one query among 64 at once.
    """

    kind: str
    precision: str
    memory: float
    disk: float
    build_seconds: float
    query_seconds: float
    batch_seconds: float
    note: str

    @property
    def name(self) -> str:
        return f"{self.kind} {self.precision}"


@dataclass(frozen=True, slots=True)
class Plan:
    """All kinds, and the one that `--kind auto` would take, with its reasons."""

    molecules: int
    dim: int
    memory: float
    kinds: tuple[KindPlan, ...]
    recommended: str
    reasons: tuple[str, ...]


def make_plan(
    molecules: int, dim: int, memory: int, cores: int = 1, bandwidth: float | None = None, speeds: Speeds = MEASURED
) -> Plan:
    """Plan for one side of `molecules` vectors of `dim` numbers.

    Args:
        memory: bytes that searches may count on.
        cores: that a build may use; a search is reckoned with one.
        bandwidth: bytes a second that one search reads from memory, in place of the measured.

    Raises:
        ValueError: a number that is not positive.
    """
    if min(molecules, dim, memory, cores) < 1 or (bandwidth is not None and bandwidth <= 0):
        raise ValueError("molecules, dim, memory, cores and bandwidth must be positive")
    kinds = (
        _flat(molecules, dim, "float32", bandwidth or speeds.scan_bytes, speeds),
        _flat(molecules, dim, "float16", bandwidth or speeds.half_scan_bytes, speeds),
        _hnsw(molecules, dim, speeds),
        _ivf(molecules, dim, "ivf", cores, speeds),
        _ivf(molecules, dim, "ivfpq", cores, speeds),
    )
    kind, precision = choose(molecules, dim, memory)
    recommended = f"{kind} {'pq' if kind == 'ivfpq' else precision}"
    return Plan(molecules, dim, memory, kinds, recommended, _reasons(kinds, recommended, memory))


def _base_disk(molecules: int, dim: int) -> float:
    return float(molecules) * (dim * 4 + _FILES_A_MOLECULE + _RECORDS_A_MOLECULE)


def _flat(molecules: int, dim: int, precision: str, bandwidth: float, speeds: Speeds) -> KindPlan:
    half = precision == "float16"
    scanned = float(molecules) * (padded(dim, 0) * 2 if half else dim * 4)
    one = scanned / bandwidth
    batch = min(one, 2.0 * molecules * dim / speeds.product_flops)
    build = scanned / speeds.list_bytes if half else 0.0
    note = "exact; single queries read half as much" if half else "exact"
    disk = _base_disk(molecules, dim) + (scanned if half else 0)
    return KindPlan("flat", precision, scanned, disk, build, one, batch, note)


def _hnsw(molecules: int, dim: int, speeds: Speeds) -> KindPlan:
    parameters = read_parameters(IndexSpec(kind="hnsw"))
    assert isinstance(parameters, HnswParameters)
    size = float(molecules) * (padded(dim, 0) * 2 + parameters.links * 2 * 4 + 12)
    steps = math.log2(max(molecules, 2))
    query = parameters.ef_search * steps / speeds.graph_steps
    build = molecules * steps / speeds.graph_visits
    disk = _base_disk(molecules, dim) + size
    return KindPlan("hnsw", "float16", size, disk, build, query, query, "approximate; one core builds it, in memory")


def _ivf(molecules: int, dim: int, kind: str, cores: int, speeds: Speeds) -> KindPlan:
    resolved = resolve(IndexSpec(kind=kind), molecules, dim)
    if resolved.kind == "flat":
        return _flat(molecules, dim, "float32", speeds.scan_bytes, speeds)
    parameters = read_parameters(resolved)
    assert isinstance(parameters, IvfParameters)
    width = padded(dim, 0)
    share = parameters.probes / parameters.lists
    trained = 2.0 * parameters.lists * width * parameters.train_rows * parameters.iterations
    added = 2.0 * parameters.lists * width * molecules
    build = trained / speeds.assign_flops + added / speeds.assign_flops / cores
    centroids = parameters.lists * width * 4.0
    query = centroids / speeds.scan_bytes
    if isinstance(parameters, IvfpqParameters):
        row, scanned = parameters.code_bytes + 8, speeds.code_bytes
        query += share * molecules * parameters.code_bytes / scanned
        build += molecules / speeds.encode_rows / cores
        note, precision = "approximate; re-scoring reads vectors from disk or cache", "pq"
    else:
        row, scanned = width * 2 + 8, speeds.list_bytes
        query += share * molecules * width * 2 / scanned
        note, precision = "approximate", "float16"
    size = float(molecules) * row + centroids
    disk = _base_disk(molecules, dim) + size
    return KindPlan(kind, precision, size, disk, build, query, query, note)


def _reasons(kinds: tuple[KindPlan, ...], recommended: str, memory: float) -> tuple[str, ...]:
    usable = memory * MEMORY_SHARE
    found = []
    for kind in kinds:
        if kind.name == recommended:
            break
        if kind.kind == "hnsw":
            found.append("hnsw float16: not chosen by itself, one core has to build its graph")
        elif kind.memory > usable:
            found.append(f"{kind.name}: {kind.memory / 1e9:,.1f} GB are more than half of the memory")
        else:
            found.append(f"{kind.name}: reads {kind.memory / 1e9:,.1f} GB for every query")
    chosen = next((kind for kind in kinds if kind.name == recommended), None)
    if chosen is not None:
        exact = "exact and cheap enough" if chosen.kind == "flat" else "the first that fits"
        found.append(f"{recommended}: {exact}, {chosen.memory / 1e9:,.2f} GB in memory")
        if chosen.memory > usable:
            found.append("even this is more than half of the memory: searches will wait for the disk")
        if chosen.query_seconds > _SLOW_SECONDS:
            found.append("a query takes over a second: spread the corpus over machines (engine milvus) or use GPUs")
    return tuple(found)


def show(plan: Plan) -> str:
    """The plan as a table, with the recommendation and its reasons."""
    lines = [
        f"{plan.molecules:,} × {plan.dim}, {plan.memory / 1e9:,.1f} GB of memory",
        "",
        f"{'kind':<14}{'memory':>10}{'disk':>10}{'build':>10}{'query':>10}{'of 64':>10}  ",
    ]
    for kind in plan.kinds:
        mark = "*" if kind.name == plan.recommended else " "
        sizes = f"{_size(kind.memory):>10}{_size(kind.disk):>10}"
        times = f"{_time(kind.build_seconds):>10}{_time(kind.query_seconds):>10}{_time(kind.batch_seconds):>10}"
        lines.append(f"{mark} {kind.name:<12}{sizes}{times}  {kind.note}")
    lines += ["", f"recommended: {plan.recommended}", *(f"- {reason}" for reason in plan.reasons)]
    lines.append(
        "build: of the index alone, without parsing and embedding; from speeds of one core, see indexer/build/plan.py"
    )
    return "\n".join(lines)


def _size(count: float) -> str:
    return f"{count / 1e9:,.2f} GB" if count < 1e12 else f"{count / 1e12:,.2f} TB"


def _time(seconds: float) -> str:
    if seconds < 1:
        return f"{seconds * 1e3:,.1f} ms"
    return f"{seconds:,.1f} s" if seconds < 600 else f"{seconds / 3600:,.1f} h"
