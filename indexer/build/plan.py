"""What an index of so many molecules costs: memory, disk, time to build and to search, kind by kind.

Estimated from measured speeds (`MEASURED`), so a figure is good to a factor of two or three on a machine like that
one; `bandwidth` replaces the speed of reading memory for others. Waiting for the disk where memory is too small is not
in it.
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
    parse_molecules: float
    embed_molecules: float
    gpu_embed_molecules: float


# Indexes: 2026-11-20, one core of an AMD EPYC (2 cores, AVX-512) shared with others (load 32), faiss-cpu 1.15.1,
# 40,000 × 300 clustered vectors, CPU time: python -m benchmarks.index_constants --size 40000. So few vectors partly fit
# the caches and searches include re-scoring, so graphs are slower than this in large sides, and lists and codes faster.
# Parsing (features and fingerprints included) and embedding: 2026-11-29, one core of an Intel Xeon (2 cores, AVX-512)
# shared with others, torch 2.13.0, bundled `compact`, CPU time, 2,000 molecules of ChEBI-20 in a file:
# python -m benchmarks.index_build --molecules FILE --rounds 1 --workers 0. A GPU embeds in no more than the time in
# which an H200 trained on as many (docs/journal/performance.md).
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
    parse_molecules=3.9e2,
    embed_molecules=3.0e3,
    gpu_embed_molecules=2.6e4,
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
    parse_seconds: float
    embed_seconds: float
    kinds: tuple[KindPlan, ...]
    recommended: str
    reasons: tuple[str, ...]


def make_plan(
    molecules: int,
    dim: int,
    memory: int,
    cores: int = 1,
    bandwidth: float | None = None,
    speeds: Speeds = MEASURED,
    gpus: int = 0,
) -> Plan:
    """Plan for one side of `molecules` vectors of `dim` numbers.

    Args:
        memory: bytes that searches may count on.
        cores: of a build, for parsing, embedding and clusters; a search takes one.
        gpus: that embed in place of the cores.
        bandwidth: bytes a second that one search reads from memory, in place of the measured.

    Raises:
        ValueError: a number that is not positive.
    """
    if min(molecules, dim, memory, cores) < 1 or gpus < 0 or (bandwidth is not None and bandwidth <= 0):
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
    parsing = molecules / speeds.parse_molecules / cores
    rate = speeds.gpu_embed_molecules * gpus if gpus else speeds.embed_molecules * cores
    reasons = _reasons(kinds, recommended, memory)
    return Plan(molecules, dim, memory, parsing, molecules / rate, kinds, recommended, reasons)


def dim_of(checkpoint: str) -> int:
    """Dimension of a checkpoint's vectors. Raises CheckpointError if there is no such checkpoint."""
    from model.checkpoint.info import EnsembleInfo, read_info
    from model.checkpoint.source import locate_checkpoint

    directory = locate_checkpoint(checkpoint)
    info = read_info(directory)
    if isinstance(info, EnsembleInfo):
        return sum(dim_of(str(directory / member)) for member in info.members)
    return info.model.dim


def _base_disk(molecules: int, dim: int) -> float:
    return float(molecules) * (dim * 4 + _FILES_A_MOLECULE + _RECORDS_A_MOLECULE)


def _flat(molecules: int, dim: int, precision: str, bandwidth: float, speeds: Speeds) -> KindPlan:
    half = precision == "float16"
    scanned = float(molecules) * (padded(dim) * 2 if half else dim * 4)
    one = scanned / bandwidth
    batch = min(one, 2.0 * molecules * dim / speeds.product_flops)
    build = scanned / speeds.list_bytes if half else 0.0
    note = "exact; single queries read half as much" if half else "exact"
    disk = _base_disk(molecules, dim) + (scanned if half else 0)
    return KindPlan("flat", precision, scanned, disk, build, one, batch, note)


def _hnsw(molecules: int, dim: int, speeds: Speeds) -> KindPlan:
    parameters = read_parameters(IndexSpec(kind="hnsw"))
    assert isinstance(parameters, HnswParameters)
    size = float(molecules) * (padded(dim) * 2 + parameters.links * 2 * 4 + 12)
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
    width = padded(dim)
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
        f"first build: {_time(plan.parse_seconds)} to parse and {_time(plan.embed_seconds)} to embed, then the index:",
        "",
        f"{'kind':<14}{'memory':>10}{'disk':>10}{'build':>10}{'query':>10}{'of 64':>10}  ",
    ]
    for kind in plan.kinds:
        mark = "*" if kind.name == plan.recommended else " "
        sizes = f"{_size(kind.memory):>10}{_size(kind.disk):>10}"
        times = f"{_time(kind.build_seconds):>10}{_time(kind.query_seconds):>10}{_time(kind.batch_seconds):>10}"
        lines.append(f"{mark} {kind.name:<12}{sizes}{times}  {kind.note}")
    lines += ["", f"recommended: {plan.recommended}", *(f"- {reason}" for reason in plan.reasons)]
    lines.append("A rebuild parses and embeds only what changed. From speeds of one core, see indexer/build/plan.py")
    return "\n".join(lines)


def _size(count: float) -> str:
    return f"{count / 1e9:,.2f} GB" if count < 1e12 else f"{count / 1e12:,.2f} TB"


def _time(seconds: float) -> str:
    if seconds < 1:
        return f"{seconds * 1e3:,.1f} ms"
    if seconds < 600:
        return f"{seconds:,.1f} s"
    return f"{seconds / 3600:,.1f} h" if seconds < 2 * 86400 else f"{seconds / 86400:,.1f} days"
