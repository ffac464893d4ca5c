"""A training step against its floor in operations: python -m benchmarks.training_step [--preset compact] [--batch 256].

The floor is three times the matrix products of the forward pass (backward takes two more), encoders and losses, each
input on its own so that padding is not counted, at the speed of one large product in the number format of the run:
bfloat16 where the device computes it fast, unless `--set precision=float32`.
"""

import argparse
import logging
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.inputs import parse_all, read_inputs
from benchmarks.limits import matrix_product
from benchmarks.machine import describe, restart_with_threads
from benchmarks.table import Cell, Table, show
from benchmarks.timing import Timings, clock_for, clock_name, interleave
from benchmarks.towers import molecule_flops, text_flops
from training.config import TrainingConfig, load_preset
from training.inputs.corpus import Corpus
from training.inputs.dataset import PairDataset, epoch_batches
from training.loop.allocator import keep_freed_memory
from training.loop.trainer import Trainer
from training.losses.objective import TowerOutput
from training.runs.network import build_encoder

_PRODUCT = "limit: matrix product"
_COLUMNS = ("what", "ms", "share of step", "GFLOP", "GFLOP/s", "GFLOP/s limit", "times its floor")


@dataclass(frozen=True, slots=True)
class Part:
    """A whole step or a part of one: how to run it, and the operations it cannot do without (0: none counted)."""

    name: str
    run: Callable[[], object]
    flops: float = 0


class Pieces:
    """What a trainer's first step does, piece by piece, each as often as one likes."""

    def __init__(self, trainer: Trainer) -> None:
        self.trainer = trainer
        config = trainer.config
        (self.rows, *_) = epoch_batches(trainer.dataset, trainer.batch_size, config.bucket_batches, config.seed, 0)
        size = config.micro_batch_size or len(self.rows)
        self.parts = [self.rows[start : start + size] for start in range(0, len(self.rows), size)]
        self.batches = [self.collate(part) for part in self.parts]
        dim, device = trainer.encoder.dim, trainer.device
        self.vectors = torch.nn.functional.normalize(torch.randn(4, len(self.rows), dim, device=device), dim=2)
        self.groups = torch.from_numpy(trainer.dataset.groups(self.rows)).to(device)

    def collate(self, part: NDArray[np.int64]) -> tuple[object, ...]:
        return tuple(one.to(self.trainer.device) for one in self.trainer.dataset.collate(part))

    def encode(self) -> None:
        """Forward and backward through both towers."""
        trainer = self.trainer
        trainer.encoder.train()
        for texts, molecules in self.batches:
            with torch.autocast(trainer.device.type, trainer.dtype, enabled=trainer.dtype is not None):
                sides = (trainer.encoder.embed_texts(texts), trainer.encoder.embed_molecules(molecules))  # type: ignore[arg-type]
                found = [TowerOutput.of(one, pool=trainer.objective.needs_states) for one in sides]
            outputs = [one for side in found for one in (side.embedding, side.pooled) if one is not None]
            torch.autograd.backward(outputs, [torch.ones_like(one) for one in outputs])

    def sides(self) -> tuple[TowerOutput, TowerOutput]:
        """Embeddings and pooled states as the losses get them."""
        leaves = [one.clone().requires_grad_() for one in self.vectors]
        return TowerOutput(leaves[0], leaves[1]), TowerOutput(leaves[2], leaves[3])

    def lose(self) -> None:
        """The losses of given embeddings, forward and backward, and the critic's updates."""
        objective = self.trainer.objective
        text, molecule = self.sides()
        if objective.critic is not None:
            objective.critic_loss(text, molecule).backward()  # type: ignore[no-untyped-call]
        total: Tensor = objective(text, molecule, self.groups)["total"]
        total.backward()  # type: ignore[no-untyped-call]

    def update(self) -> None:
        parameters = [one for group in self.trainer.optimizers["encoder"].param_groups for one in group["params"]]
        if (norm := self.trainer.config.optimizer.clip_norm) is not None:
            torch.nn.utils.clip_grad_norm_(parameters, norm)
        self.trainer.optimizers["encoder"].step()


def parts_of(trainer: Trainer) -> list[Part]:
    """A whole step, then its parts."""
    pieces, dataset = Pieces(trainer), trainer.dataset
    texts = [dataset.texts[row] for row in pieces.rows]
    molecules = [dataset.molecules[dataset.molecule_of[row]] for row in pieces.rows]
    encoding = 3 * (text_flops(trainer.encoder, texts) + molecule_flops(trainer.encoder, molecules))
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        trainer.objective(*pieces.sides(), pieces.groups)
    losing = 3.0 * counter.get_total_flops()
    return [
        Part("whole step", lambda: trainer.train_step(0), encoding + losing),
        Part("collate the batch", lambda: [pieces.collate(part) for part in pieces.parts]),
        Part("encoders, forward and backward", pieces.encode, encoding),
        Part("losses, forward and backward", pieces.lose, losing),
        Part("clip and update the weights", pieces.update),
    ]


def trainer_for(config: TrainingConfig, inputs: int, device: str, directory: Path) -> Trainer:
    """A new network of the preset, for texts and molecules put together at random: a step costs the same.

    Raises:
        ConfigError: the text encoder of the preset cannot be loaded.
    """
    found = read_inputs(inputs)
    molecules = parse_all(found.smiles)[: len(found.texts)]
    texts = found.texts[: len(molecules)]
    encoder = build_encoder(config, Corpus([one.smiles for one in molecules], texts, workers=0))
    features = [encoder.featurizer(one) for one in molecules]
    rows = np.arange(len(texts))
    dataset = PairDataset(encoder.text_featurizer(texts), features, rows, rows, encoder.text_featurizer.pad_token)
    return Trainer(config, encoder, dataset, directory, device=device)


def measure(trainer: Trainer, rounds: int, scale: float = 1) -> Table:
    """All parts beside the machine's limit."""
    device, threads = trainer.device, torch.get_num_threads()
    on_gpu = device.type == "cuda"
    dtype = trainer.dtype or torch.float32
    product, flops = matrix_product(int((8192 if on_gpu else 2048) * scale), dtype, str(device))
    parts = parts_of(trainer)
    cases = {part.name: part.run for part in parts} | {_PRODUCT: product}
    if on_gpu:
        cases = {name: _to_the_end(case) for name, case in cases.items()}
    timings = interleave(cases, rounds, perf_counter if on_gpu else clock_for(threads))
    peak = flops / timings.seconds(_PRODUCT)
    how = torch.cuda.get_device_name(device) if on_gpu else f"{threads} thread(s), {clock_name(threads)}"
    config = trainer.config
    size = min(trainer.batch_size, len(trainer.dataset))
    title = f"A step of `{config.name}`: {size:,} pairs, {dtype}".replace("torch.", "")
    return Table(f"{title}, {how}", _COLUMNS, [_row(timings, part, parts[0], flops, peak) for part in parts])


def _row(timings: Timings, part: Part, whole: Part, product_flops: float, peak: float) -> tuple[Cell, ...]:
    seconds = timings.seconds(part.name)
    start: tuple[Cell, ...] = (part.name, seconds * 1e3, timings.ratio(part.name, whole.name))
    if not part.flops:
        return (*start, "", "", "", "")
    times = timings.ratio(part.name, _PRODUCT) * product_flops / part.flops
    return (*start, part.flops / 1e9, part.flops / seconds / 1e9, peak / 1e9, times)


def _to_the_end(case: Callable[[], object]) -> Callable[[], object]:
    def run() -> None:
        case()
        torch.cuda.synchronize()

    return run


def run(
    preset: str, overrides: Sequence[str], inputs: int, rounds: int, threads: int, device: str, scale: float = 1
) -> list[Table]:
    torch.set_num_threads(threads)
    with tempfile.TemporaryDirectory() as directory:
        trainer = trainer_for(load_preset(preset, overrides), inputs, device, Path(directory))
        return [measure(trainer, rounds, scale)]


def main(arguments: Sequence[str]) -> None:
    options = argparse.ArgumentParser(prog="python -m benchmarks.training_step", description=__doc__)
    options.add_argument("--preset", default="compact")
    options.add_argument("--set", action="append", default=[], help="path=value, as for molseek-train fit")
    options.add_argument("--batch", type=int, default=256, help="pairs a step")
    options.add_argument("--inputs", type=int, default=3301, help="texts and molecules that vocabularies are made from")
    options.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--threads", type=int, default=2)
    options.add_argument(
        "--allocator", choices=["kept", "default"], default="kept", help="kept: as molseek-train has it"
    )
    chosen = options.parse_args(arguments)
    restart_with_threads(chosen.threads, "benchmarks.training_step", arguments)
    if chosen.allocator == "kept":
        keep_freed_memory()
    logging.getLogger("gensim").setLevel(logging.ERROR)
    overrides = [*chosen.set, f"batch_size={chosen.batch}", "least_batches=1"]
    tables = run(chosen.preset, overrides, chosen.inputs, chosen.rounds, chosen.threads, chosen.device)
    show(f"{describe(chosen.threads)}; {read_inputs(1).origin}", tables)


if __name__ == "__main__":
    main(sys.argv[1:])
