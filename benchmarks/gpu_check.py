"""Does Molseek work on this machine's GPU, and how fast: python -m benchmarks.gpu_check [--size 1000000].

A training step, embedding, and search of each kind, on the CPU and on the GPU, with the differences between the two. To
be run where there is a GPU with faiss-gpu; without one it says so and leaves with exit code 2. It has been run without
a GPU only.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter

import numpy as np
import torch

from benchmarks.index_constants import clustered
from benchmarks.inputs import parse_all, read_inputs
from benchmarks.machine import describe
from benchmarks.search import unit_vectors
from benchmarks.table import Cell, Table, show
from indexer.engines import IndexSpec, engine_for
from indexer.engines.gpu import gpus_for
from model.checkpoint import load_checkpoint

_ROUNDS = 5
_COLUMNS = ("what", "CPU s", "GPU s", "CPU / GPU", "agrees")


def seconds(call: Callable[[], object]) -> float:
    """Least wall seconds of a few runs, with all work of the GPU done."""
    call()
    best = float("inf")
    for _ in range(_ROUNDS):
        start = perf_counter()
        call()
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        best = min(best, perf_counter() - start)
    return best


def training_step(device: str) -> float:
    """One contrastive step of two small towers on random features: shows that training works, not a preset's speed."""
    torch.manual_seed(0)
    towers = [torch.nn.Sequential(torch.nn.Linear(768, 600), torch.nn.ReLU(), torch.nn.Linear(600, 300)) for _ in "tm"]
    network = torch.nn.ModuleList(towers).to(device)
    optimizer = torch.optim.Adam(network.parameters(), 1e-4)
    texts, molecules = torch.randn(2, 2048, 768, device=device)
    target = torch.arange(2048, device=device)

    def step() -> None:
        text = torch.nn.functional.normalize(towers[0](texts), dim=1)
        molecule = torch.nn.functional.normalize(towers[1](molecules), dim=1)
        loss = torch.nn.functional.cross_entropy(text @ molecule.T / 0.07, target)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()

    return seconds(step)


def embedding(
    checkpoint: str, device: str, count: int
) -> tuple[float, np.ndarray[tuple[int, int], np.dtype[np.float32]]]:
    """Seconds to encode texts and molecules, and the vectors of both."""
    encoder = load_checkpoint(checkpoint, device).encoder
    inputs = read_inputs(count)
    molecules = parse_all(inputs.smiles)
    vectors = np.concatenate([encoder.encode_text(inputs.texts), encoder.encode_molecules(molecules)])

    def encode() -> None:
        encoder.encode_text(inputs.texts)
        encoder.encode_molecules(molecules)

    return seconds(encode), vectors


def searching(count: int, dim: int, kind: str) -> tuple[Cell, ...]:
    """One row: 64 queries on the CPU and on the GPU, and the share of hits that are the same."""
    vectors, queries = clustered(count, dim, 0), unit_vectors(64, dim, 1)
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        path = directory / "side.npy"
        np.save(path, vectors)
        spec = engine_for(IndexSpec(kind=kind), "cuda").resolve(IndexSpec(kind=kind), count, dim)
        start = perf_counter()
        engine_for(spec, "cuda").build(path, directory, spec)
        built = perf_counter() - start
        on_cpu, on_gpu = (engine_for(spec, device).open(path, directory, spec) for device in ("cpu", "cuda"))
        same = float((on_cpu.search(queries, 10).rows == on_gpu.search(queries, 10).rows).mean())
        cpu, gpu = seconds(lambda: on_cpu.search(queries, 10)), seconds(lambda: on_gpu.search(queries, 10))
        where = on_gpu.stats().device
        on_cpu.close()
        on_gpu.close()
    return f"search {kind}, {count:,} × {dim}, on {where} (built in {built:.1f} s)", cpu, gpu, cpu / gpu, f"{same:.1%}"


def main(arguments: Sequence[str]) -> int:
    options = argparse.ArgumentParser(prog="python -m benchmarks.gpu_check", description=__doc__)
    options.add_argument("--size", type=int, default=1_000_000, help="vectors searched")
    options.add_argument("--dim", type=int, default=300)
    options.add_argument("--inputs", type=int, default=2000, help="texts and molecules embedded")
    options.add_argument("--checkpoint", default="compact")
    chosen = options.parse_args(arguments)
    if not torch.cuda.is_available():
        print("There is no GPU that PyTorch can use: nothing was checked.", file=sys.stderr)
        return 2
    cpu, gpu = training_step("cpu"), training_step("cuda")
    rows: list[tuple[Cell, ...]] = [("training step, 2 towers, batch 2,048", cpu, gpu, cpu / gpu, "")]
    (cpu, ours), (gpu, theirs) = (embedding(chosen.checkpoint, device, chosen.inputs) for device in ("cpu", "cuda"))
    difference = f"to {np.abs(ours - theirs).max():.1e}"
    rows.append((f"embedding {chosen.checkpoint}, {chosen.inputs:,} of each", cpu, gpu, cpu / gpu, difference))
    if gpus_for("cuda"):
        rows += [searching(chosen.size, chosen.dim, kind) for kind in ("flat", "ivf", "ivfpq")]
    else:
        print("faiss-gpu is not installed: searches were not checked.", file=sys.stderr)
    device = torch.cuda.get_device_name()
    show(f"{describe(torch.get_num_threads())}; {device}", [Table("GPU check", _COLUMNS, rows)])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
