"""How building and searching an index scale, up to a million generated molecules.

python -m benchmarks.million --keep DIR --results FILE [--count 1000000] [--sizes N …] [--workers 1] [--print]

For each size: build a release with the command line, then build, tune and search every kind of index over its vectors.
With MOLSEEK_MILVUS_URI, a Milvus server searches the same vectors, too (its memory is its own and not counted).
Each result is written to FILE at once, so an interrupted run resumes with the first result that is missing.
"""

import argparse
import csv
import multiprocessing
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from time import perf_counter

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError
from rdkit import rdBase

from benchmarks.machine import describe, restart_with_threads
from benchmarks.memory import PeakMemory
from benchmarks.molecules import write_molecules
from benchmarks.search import bare
from benchmarks.table import Cell, Table, show
from benchmarks.timing import interleave
from benchmarks.towers import bundled_or_tiny_path
from indexer.build.report import BuildReport
from indexer.engines import IndexSpec, VectorIndex, engine_for
from indexer.engines.base import Vectors
from indexer.engines.files import open_vectors
from indexer.engines.recall import TunableIndex, tune
from indexer.examples import example_corpus
from indexer.release.opened import CURRENT, MOLECULE_VECTORS, current_release
from model.checkpoint import load_checkpoint
from model.files import write_whole

KINDS = {
    "flat float32": IndexSpec(kind="flat"),
    "flat float16": IndexSpec(kind="flat", parameters={"precision": "float16"}),
    "hnsw": IndexSpec(kind="hnsw"),
    "ivf": IndexSpec(kind="ivf"),
    "ivfpq": IndexSpec(kind="ivfpq"),
}
MILVUS_KINDS = {f"Milvus {kind}": IndexSpec(engine="milvus", kind=kind) for kind in ("flat", "hnsw")}
BATCHES = (1, 64, 256)
SIZES = (10_000, 30_000, 100_000, 300_000)
_TUNING_QUERIES = 200
_SINGLE_QUERIES = 32  # timed one after the other for a batch of one
_K = 10


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Kind(_Value):
    """One kind of index over the vectors of one release.

    `build_mib`: peak memory while it is built. `index_bytes`: what a search reads. `recall_at_10`: against the ten
    best rows by NumPy's matrix product. `ms` and `product_ms`: milliseconds a query by batch size, of the index and of
    that product, timed in the same rounds.
    """

    build_seconds: float
    build_mib: float
    index_bytes: int
    effort: str
    recall_at_10: float
    ms: dict[int, float]
    product_ms: dict[int, float]


class Size(_Value):
    """The release of the first `molecules` rows, and the kinds of index measured so far.

    `stages`: busy seconds, summed over processes. `peak_mib`: of all processes together. `size_bytes`: of all files.
    """

    machine: str
    molecules: int
    rejected: int
    workers: int
    wall_seconds: float
    peak_mib: float
    stages: dict[str, float]
    size_bytes: int
    kinds: dict[str, Kind] = {}


class Results(_Value):
    """All results so far, by number of rows asked for, in the order measured."""

    checkpoint: str
    sizes: dict[int, Size] = {}

    def save(self, path: Path) -> None:
        write_whole(path, self.model_dump_json(indent=1) + "\n")


def load(path: Path) -> Results | None:
    """The results in a file, None where there is no file; SystemExit if it holds anything else."""
    try:
        return Results.model_validate_json(path.read_bytes()) if path.exists() else None
    except ValidationError as error:
        raise SystemExit(f"{path} does not hold results of this benchmark; choose another file") from error


def run(count: int, sizes: Sequence[int], workers: int, threads: int, keep: Path, file: Path, rounds: int) -> Results:
    """Measure what `file` lacks and return everything; `keep` holds the molecules and the release being measured."""
    keep.mkdir(parents=True, exist_ok=True)
    name, checkpoint = bundled_or_tiny_path(keep)
    results = load(file) or Results(checkpoint=name)
    if results.checkpoint != name:
        raise SystemExit(f"{file} holds results of another checkpoint ({results.checkpoint}); choose another file")
    corpus = keep / f"made-{count}.tsv"
    if not corpus.exists():
        log(f"generating {count:,} molecules")
        write_molecules(corpus.with_suffix(".partial"), count)
        corpus.with_suffix(".partial").rename(corpus)
    queries = text_queries(checkpoint)
    kinds = KINDS | MILVUS_KINDS if os.environ.get("MOLSEEK_MILVUS_URI") else KINDS
    for rows in sizes:
        out = keep / f"index-{rows}"
        size = results.sizes.get(rows)
        if size is None or (not size.kinds.keys() >= kinds.keys() and current_release(out) is None):
            log(f"{rows:,}: build")
            shutil.rmtree(out, ignore_errors=True)
            size = measure_build(checkpoint, first_rows(corpus, rows), out, workers, threads)
            results = _with_size(results, rows, size, file)
        for kind, spec in kinds.items():
            if kind in size.kinds:
                continue
            log(f"{rows:,}: {kind}")
            arguments = (spec, out / CURRENT / MOLECULE_VECTORS, queries, out / "kind", rounds)
            # A process of its own, so that the memory measured is its own.
            with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
                measured = pool.submit(measure_kind, *arguments).result()
            size = size.model_copy(update={"kinds": {**size.kinds, kind: measured}})
            results = _with_size(results, rows, size, file)
        shutil.rmtree(out, ignore_errors=True)
    return results


def _with_size(results: Results, rows: int, size: Size, file: Path) -> Results:
    results = results.model_copy(update={"sizes": {**results.sizes, rows: size}})
    results.save(file)
    return results


def first_rows(corpus: Path, count: int) -> Path:
    """A corpus file with the first `count` rows of another."""
    path = corpus.with_name(f"molecules-{count}.tsv")
    with corpus.open("rb") as source, path.open("wb") as target:
        target.writelines(islice(source, count + 1))
    return path


def text_queries(checkpoint: Path) -> Vectors:
    """Embedded descriptions of the example corpus, shuffled with a fixed seed: float32 (256 + 200, dim)."""
    with example_corpus().open(encoding="utf-8", newline="") as stream:
        rows = csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE)
        texts = [row["description"] for row in rows if row["description"]]
    random.Random(0).shuffle(texts)
    encoder = load_checkpoint(checkpoint).encoder
    return np.ascontiguousarray(encoder.encode_text(texts[: BATCHES[-1] + _TUNING_QUERIES]))


def measure_build(checkpoint: Path, corpus: Path, out: Path, workers: int, threads: int) -> Size:
    """Build a release into `out`, an empty or missing directory, and delete the corpus file."""
    command = [sys.executable, "-m", "indexer.cli", "build", "--checkpoint", str(checkpoint), "--no-reuse"]
    command += ["--molecules", str(corpus), "--out", str(out), "--workers", str(workers)]
    machine = describe(threads)
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    with PeakMemory(process.pid) as memory:
        if process.wait():
            raise SystemExit(f"the build of {corpus} failed; its error is above")
    corpus.unlink()
    release = current_release(out)
    if release is None:
        raise SystemExit(f"the build of {corpus} published no release in {out}")
    report = BuildReport.model_validate_json((release / "build_report.json").read_bytes())
    return Size(
        machine=machine,
        molecules=report.counts.molecules,
        rejected=report.counts.rejected,
        workers=workers,
        wall_seconds=report.wall_seconds,
        peak_mib=memory.with_children,
        stages={stage.stage: stage.seconds for stage in report.stages},
        size_bytes=sum(file.stat().st_size for file in release.iterdir()),
    )


def measure_kind(spec: IndexSpec, vectors: Path, queries: Vectors, directory: Path, rounds: int) -> Kind:
    """Build, tune and search one kind of index; the first 256 `queries` (n, dim) are searched, the others tune."""
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    rows = open_vectors(vectors)
    engine = engine_for(spec)
    resolved = engine.resolve(spec, *rows.shape)
    with PeakMemory() as memory:
        start = perf_counter()
        engine.build(vectors, directory, resolved)
        build_seconds = perf_counter() - start
    index = opened = engine.open(vectors, directory, resolved)
    effort = "all"
    if isinstance(opened, TunableIndex):
        found = tune(opened, queries[BATCHES[-1] :])
        index = opened.with_effort(found.effort)
        effort = f"{found.effort} {'candidates' if resolved.kind == 'hnsw' else 'lists'}"
    searched = queries[: BATCHES[-1]]
    hits, best = index.search(searched, _K).rows.tolist(), bare(rows, searched, _K).tolist()
    times = {batch: _milliseconds(index, rows, searched, batch, rounds) for batch in BATCHES}
    stats = index.stats()
    opened.close()
    return Kind(
        build_seconds=build_seconds,
        build_mib=memory.mib,
        index_bytes=stats.index_bytes or stats.vector_bytes,
        effort=effort,
        recall_at_10=float(np.mean([len(set(a) & set(b)) / _K for a, b in zip(hits, best, strict=True)])),
        ms={batch: ours for batch, (ours, _) in times.items()},
        product_ms={batch: product for batch, (_, product) in times.items()},
    )


def _milliseconds(index: VectorIndex, rows: Vectors, queries: Vectors, batch: int, rounds: int) -> tuple[float, float]:
    """Wall-clock milliseconds a query, of the index and of NumPy's product: medians over the same rounds."""
    batches = [queries[:batch]] if batch > 1 else np.split(queries[:_SINGLE_QUERIES], _SINGLE_QUERIES)
    cases = {
        "index": lambda: [index.search(part, _K) for part in batches],
        "product": lambda: [bare(rows, part, _K) for part in batches],
    }
    timings = interleave(cases, rounds, perf_counter)
    each = 1000 / (batch * len(batches))
    return timings.seconds("index") * each, timings.seconds("product") * each


def tables(results: Results) -> list[Table]:
    """How building grows, smallest release first, and the kinds of index at each size."""
    sizes = sorted(results.sizes.values(), key=lambda size: size.molecules)
    return [_builds(results.checkpoint, sizes), *map(_kinds, sizes)] if sizes else []


def _builds(checkpoint: str, sizes: Sequence[Size]) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for size in sizes:
        stages = [seconds / size.molecules * 1000 for seconds in size.stages.values()]
        each = size.size_bytes / size.molecules
        rows.append((size.molecules, size.rejected, size.workers, size.wall_seconds, size.peak_mib, each, *stages))
    columns = ("molecules", "rejected", "workers", "wall s", "peak MiB", "bytes a molecule")
    title = f"Building, {checkpoint}; stages: busy ms a molecule, all processes ({sizes[-1].machine})"
    return Table(title, (*columns, *(f"{stage} ms" for stage in sizes[0].stages)), rows)


def _kinds(size: Size) -> Table:
    times = [f"{whose} ms, {batch} at once" for batch in BATCHES for whose in ("index", "NumPy")]
    columns = ("kind", "recall@10", *times, "bytes a vector", "build s", "build MiB", "looks at")
    rows: list[tuple[Cell, ...]] = []
    for name, kind in size.kinds.items():
        pairs = [found[batch] for batch in BATCHES for found in (kind.ms, kind.product_ms)]
        built = (kind.index_bytes / size.molecules, kind.build_seconds, kind.build_mib, kind.effort)
        rows.append((name, kind.recall_at_10, *pairs, *built))
    return Table(f"Searching {size.molecules:,} vectors for 10, times a query ({size.machine})", columns, rows)


def log(line: str) -> None:
    print(f"{datetime.now(UTC):%H:%M:%S} {line}", file=sys.stderr, flush=True)


def main(arguments: Sequence[str]) -> None:
    options = argparse.ArgumentParser(prog="python -m benchmarks.million", description=__doc__)
    options.add_argument("--count", type=int, default=1_000_000, help="molecules to generate")
    options.add_argument("--sizes", type=int, nargs="+", help="default: 10k, 30k, 100k, 300k below --count, and it")
    options.add_argument("--workers", type=int, default=1, help="RDKit worker processes")
    options.add_argument("--threads", type=int, default=1)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--keep", type=Path, help="working directory, on the disk to measure")
    options.add_argument("--results", type=Path, required=True, help="JSON file; a run resumes from it")
    options.add_argument("--print", action="store_true", help="only print the tables")
    chosen = options.parse_args(arguments)
    if not chosen.print:
        if chosen.keep is None:
            options.error("--keep is required unless you only --print")
        sizes = chosen.sizes or [*(size for size in SIZES if size < chosen.count), chosen.count]
        if not all(0 < size <= chosen.count for size in sizes):
            options.error(f"--sizes must lie between 1 and --count ({chosen.count})")
        restart_with_threads(chosen.threads, "benchmarks.million", arguments)
        rdBase.DisableLog("rdApp.*")
        run(chosen.count, sizes, chosen.workers, chosen.threads, chosen.keep, chosen.results, chosen.rounds)
    results = load(chosen.results)
    if results is None:
        raise SystemExit(f"{chosen.results} does not exist; run without --print first")
    show("", tables(results))


if __name__ == "__main__":
    main(sys.argv[1:])
