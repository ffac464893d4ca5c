"""All that a GPU does for Molseek, in one go, on a machine that has one: python -m benchmarks.gpu.

Builds an index with the encoder on the GPU; searches `flat` and `ivf` there beside the CPU; searches as many vectors in
float16 as its memory holds; runs the tests that need a GPU; serves with `--device cuda`. Prints Markdown.

Needs faiss-gpu in place of faiss-cpu (the extra `gpu`), and wrk for serving. Builds 33,010 molecules of ChEBI-20 where
`MOLSEEK_DATA` has them, else the bundled corpus.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from time import perf_counter

import faiss
import numpy as np
import torch

from benchmarks.inputs import find_data
from benchmarks.machine import describe
from benchmarks.search import unit_vectors
from benchmarks.table import Cell, Table
from benchmarks.timing import interleave
from indexer.build import BuildOptions, build_release
from indexer.engines import IndexSpec, VectorIndex, engine_for
from indexer.examples import example_corpus

_K = 10
_CHUNK = 100_000
_ROOT = Path(__file__).parents[1]
_PRODUCT = 4096  # rows and columns of the matrices by which arithmetic is measured


def missing_gpu(device: str) -> str | None:
    """Why nothing can be measured on a device, in one sentence; None if all is there."""
    if not torch.cuda.is_available():
        return f"there is no GPU here that torch can use as {device!r}; run this on a machine with one"
    if not hasattr(faiss, "StandardGpuResources") or not faiss.get_num_gpus():
        return "the installed faiss has no GPU code, or sees no GPU: put faiss-gpu in place of faiss-cpu"
    return None


def wait_for(device: str) -> None:
    """Wait until the device has done what it was given."""
    if device.startswith("cuda"):
        torch.cuda.synchronize(device)


def limits(device: str, megabytes: int, rounds: int) -> tuple[float, float]:
    """Bytes a second that a device reads, and operations a second of a product in float32."""
    read = torch.ones(megabytes * 2**18, device=device)
    side = min(_PRODUCT, 64 * megabytes)
    matrix = torch.ones(side, side, device=device)

    def reading() -> None:
        read.sum()
        wait_for(device)

    def multiplying() -> None:
        torch.mm(matrix, matrix)
        wait_for(device)

    timings = interleave({"reading": reading, "multiplying": multiplying}, rounds, perf_counter)
    return read.nbytes / timings.seconds("reading"), 2 * side**3 / timings.seconds("multiplying")


def builds(checkpoint: str | Path, corpus: Path, devices: Sequence[str]) -> Table:
    """One build on each device, whole and as its encoder sees it."""
    rows: list[tuple[Cell, ...]] = []
    for device in devices:
        with tempfile.TemporaryDirectory() as out:
            options = BuildOptions(checkpoint=checkpoint, molecules=(str(corpus),), out=Path(out), device=device)
            report = build_release(options)
        encode = next((stage.seconds for stage in report.stages if stage.stage == "encode"), 0.0)
        seconds = report.wall_seconds
        rows.append(
            (device, report.counts.molecules, seconds, report.counts.molecules / seconds, encode, encode / seconds)
        )
    columns = ("device", "molecules", "seconds", "molecules/s", "encoder s", "encoder's share")
    return Table(f"Builds of {corpus.name}", columns, rows)


def write_vectors(path: Path, count: int, dim: int) -> None:
    """Random directions in a file: float32 (count, dim), made in parts."""
    table = np.lib.format.open_memmap(path, mode="w+", dtype=np.float32, shape=(count, dim))
    for start in range(0, count, _CHUNK):
        part = min(_CHUNK, count - start)
        table[start : start + part] = unit_vectors(part, dim, seed=start)
    table.flush()


def searches(
    count: int, dim: int, batches: Sequence[int], rounds: int, devices: Sequence[str], megabytes: int
) -> Table:
    """`flat` and `ivf` of the engine on each device."""
    rows: list[tuple[Cell, ...]] = []
    with tempfile.TemporaryDirectory() as folder:
        directory = Path(folder)
        path = directory / "vectors.npy"
        write_vectors(path, count, dim)
        for device in devices:
            bandwidth, flops = limits(device, megabytes, rounds)
            for kind in ("flat", "ivf"):
                engine = engine_for(IndexSpec(kind=kind), device)
                spec = engine.resolve(IndexSpec(kind=kind), count, dim)
                start = perf_counter()
                engine.build(path, directory, spec)
                made = perf_counter() - start
                with closing(engine.open(path, directory, spec)) as index:
                    rows += [
                        (kind, device, batch, *_speed(index, batch, dim, rounds, count, kind, bandwidth, flops), made)
                        for batch in batches
                    ]
    columns = ("kind", "device", "batch", "q/s", "ms", "GB/s", "GB/s limit", "GFLOP/s", "GFLOP/s limit", "built in s")
    return Table(f"{count:,} × {dim}, k={_K}", columns, rows)


def _speed(
    index: VectorIndex, batch: int, dim: int, rounds: int, count: int, kind: str, bandwidth: float, flops: float
) -> tuple[Cell, ...]:
    queries = unit_vectors(batch, dim, seed=count + batch)
    seconds = interleave({"search": lambda: index.search(queries, _K)}, rounds, perf_counter).seconds("search")
    if kind != "flat":  # reads a part of the vectors, another for every query
        return batch / seconds, 1000 * seconds, "", "", "", ""
    size, work = count * dim * 4, 2.0 * batch * count * dim
    return batch / seconds, 1000 * seconds, size / seconds / 1e9, bandwidth / 1e9, work / seconds / 1e9, flops / 1e9


def half_precision(count: int, dim: int, batches: Sequence[int], rounds: int, device: str, megabytes: int) -> Table:
    """As many of `count` vectors as a device's memory holds in float16, searched exactly."""
    index, held = _half_index(count, dim, device)
    bandwidth, _ = limits(device, megabytes, rounds)
    rows: list[tuple[Cell, ...]] = []
    for batch in batches:
        queries = unit_vectors(batch, dim, seed=batch)
        search = partial(index.search, queries, _K)
        seconds = interleave({"search": search}, rounds, perf_counter).seconds("search")
        rows.append((batch, batch / seconds, 1000 * seconds, held * dim * 2 / seconds / 1e9, bandwidth / 1e9))
    columns = ("batch", "q/s", "ms", "GB/s", "GB/s limit")
    return Table(f"{held:,} × {dim} float16 of {count:,} asked for, exact, {device}, k={_K}", columns, rows)


def _half_index(count: int, dim: int, device: str) -> tuple[faiss.Index, int]:
    if not device.startswith("cuda"):
        index: faiss.Index = faiss.IndexScalarQuantizer(dim, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT)
        index.train(unit_vectors(1, dim, seed=0))
    else:
        free, _ = torch.cuda.mem_get_info(device)
        count = min(count, int(0.85 * free) // (2 * dim))
        config = faiss.GpuIndexFlatConfig()
        config.useFloat16 = True
        resources = faiss.StandardGpuResources()
        index = faiss.GpuIndexFlatIP(resources, dim, config)
    block = unit_vectors(min(_CHUNK, count), dim, seed=0)
    added = 0
    while added < count:
        part = min(len(block), count - added)
        try:
            index.add(np.roll(block, added // len(block), axis=1)[:part])  # other vectors, without drawing them anew
        except RuntimeError:  # the memory was full before that
            break
        added += part
    return index, added


def run_tests() -> str:
    """The tests that need a GPU; the last line that pytest prints."""
    command = [sys.executable, "-m", "pytest", "-q", "-m", "gpu", "tests"]
    done = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, check=False)
    return (done.stdout.strip().splitlines() or ["pytest did not start"])[-1]


def serve(checkpoint: str | Path, corpus: Path, device: str) -> str:
    """What `benchmarks.serving` prints of a service with its encoder and its index on a device, or why it does not."""
    with tempfile.TemporaryDirectory() as out:
        build_release(BuildOptions(checkpoint=checkpoint, molecules=(str(corpus),), out=Path(out), device=device))
        command = [sys.executable, "-m", "benchmarks.serving", "--checkpoint", str(checkpoint), "--index", out]
        environment = os.environ | {"MOLSEEK_DEVICE": device}
        done = subprocess.run(command, cwd=_ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        return f"Serving was not measured: {(done.stderr.strip().splitlines() or ['it failed'])[-1]}"
    return done.stdout


def main(arguments: Sequence[str]) -> None:
    options = argparse.ArgumentParser(prog="python -m benchmarks.gpu", description=__doc__)
    options.add_argument("--device", default="cuda")
    options.add_argument("--sizes", type=int, nargs="+", default=[33_000, 1_000_000, 10_000_000], help="vectors")
    options.add_argument("--half", type=int, default=100_000_000, help="vectors in float16")
    options.add_argument("--dim", type=int, default=256)
    options.add_argument("--batches", type=int, nargs="+", default=[1, 64, 1024], help="queries at once")
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--checkpoint", default="compact")
    chosen = options.parse_args(arguments)
    if missing := missing_gpu(chosen.device):
        raise SystemExit(f"error: {missing}")
    data = find_data()
    corpus = data / "chebi20_candidates.tsv" if data is not None else example_corpus()
    devices = (chosen.device, "cpu")
    print(f"{describe(torch.get_num_threads())}, {torch.cuda.get_device_name(chosen.device)}", end="\n\n")
    print(builds(chosen.checkpoint, corpus, devices), flush=True)
    for size in chosen.sizes:
        print(searches(size, chosen.dim, chosen.batches, chosen.rounds, devices, megabytes=1024), flush=True)
    print(
        half_precision(chosen.half, chosen.dim, chosen.batches, chosen.rounds, chosen.device, megabytes=1024),
        flush=True,
    )
    print(f"Tests that need a GPU: {run_tests()}", end="\n\n", flush=True)
    for device in devices:
        print(f"Served with --device {device}:\n\n{serve(chosen.checkpoint, corpus, device)}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
