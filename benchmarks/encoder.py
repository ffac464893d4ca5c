"""Encoder throughput against its floor in floating-point operations: python -m benchmarks.encoder [--size 64]."""

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import torch

from benchmarks.inputs import parse_all, read_inputs
from benchmarks.limits import Limits, measure_with
from benchmarks.machine import describe, restart_with_threads
from benchmarks.table import Cell, Table, show
from benchmarks.timing import Timings, clock_for, clock_name, interleave
from benchmarks.towers import bundled_or_tiny, minilm, molecule_flops, text_flops
from model.inputs.batch import collate_molecules, collate_texts
from model.inputs.features import MoleculeFeatures
from model.inputs.structure import Molecule
from model.inputs.text_features import TextFeatures
from model.network.dual_encoder import DualEncoder
from model.network.encoder import TextMoleculeEncoder

_Item = TypeVar("_Item")

_BATCH = 32
_OURS = "ours: buckets by length"
_IN_ORDER = f"in order, batches of {_BATCH}"
_SINGLE = f"one at a time, the first {_BATCH}"
_COLUMNS = (
    "tower",
    "how",
    "items",
    "items/s",
    "ms an item",
    "time / ours",
    "MFLOP an item",
    "GFLOP/s",
    "GFLOP/s limit",
    "share of limit",
)


@dataclass(frozen=True, slots=True)
class Way:
    """One way of encoding: `run` handles `items` inputs and needs at least `flops` operations (0: not counted)."""

    tower: str
    name: str
    run: Callable[[], object]
    items: int
    flops: float

    @property
    def key(self) -> str:
        return f"{self.tower}: {self.name}"


def one_by_one(encode: Callable[[Sequence[_Item]], object], items: Sequence[_Item]) -> None:
    for item in items:
        encode([item])


def texts_in_order(encoder: DualEncoder, features: Sequence[TextFeatures]) -> None:
    """The obvious alternative: batches in the order given, padded to the longest of each."""
    with torch.inference_mode():
        for start in range(0, len(features), _BATCH):
            batch = collate_texts(features[start : start + _BATCH], encoder.text_featurizer.pad_token)
            encoder.embed_texts(batch).embedding.numpy()


def molecules_in_order(encoder: DualEncoder, features: Sequence[MoleculeFeatures]) -> None:
    """As `texts_in_order`."""
    with torch.inference_mode():
        for start in range(0, len(features), _BATCH):
            encoder.embed_molecules(collate_molecules(features[start : start + _BATCH])).embedding.numpy()


def text_ways(encoder: TextMoleculeEncoder, texts: Sequence[str]) -> list[Way]:
    """From features to vectors; then a query's whole way, and the part before the network."""
    features = encoder.text_featurizer(texts)
    encode = encoder.encode_text_features
    total, few = text_flops(encoder, features), text_flops(encoder, features[:_BATCH])
    count, first = len(features), len(features[:_BATCH])
    plain = (
        [Way("text", _IN_ORDER, partial(texts_in_order, encoder, features), count, total)]
        if isinstance(encoder, DualEncoder)
        else []
    )
    return [
        Way("text", _OURS, partial(encode, features), count, total),
        *plain,
        Way("text", _SINGLE, partial(one_by_one, encode, features[:_BATCH]), first, few),
        Way("text", f"{_SINGLE}, from the string", partial(one_by_one, encoder.encode_text, texts[:_BATCH]), first, 0),
        Way("text", "string to features alone", lambda: encoder.text_featurizer(texts), count, 0),
    ]


def molecule_ways(encoder: TextMoleculeEncoder, molecules: Sequence[Molecule]) -> list[Way]:
    """From features to vectors; what comes before is RDKit's (`benchmarks.featurise`)."""
    features = [encoder.featurizer(molecule) for molecule in molecules]
    encode = encoder.encode_features
    total, few = molecule_flops(encoder, features), molecule_flops(encoder, features[:_BATCH])
    count, first = len(features), len(features[:_BATCH])
    plain = (
        [Way("molecule", _IN_ORDER, partial(molecules_in_order, encoder, features), count, total)]
        if isinstance(encoder, DualEncoder)
        else []
    )
    return [
        Way("molecule", _OURS, partial(encode, features), count, total),
        *plain,
        Way("molecule", _SINGLE, partial(one_by_one, encode, features[:_BATCH]), first, few),
    ]


def measure(name: str, ways: Sequence[Way], rounds: int, limits: Limits) -> Table:
    """All ways of one encoder beside the machine's limit; the first way of a tower is ours."""
    threads = torch.get_num_threads()
    cases = {way.key: way.run for way in ways}
    timings = interleave(cases | limits.cases(), rounds, clock_for(threads))
    ours = {way.tower: way for way in reversed(ways)}
    rows = [_row(timings, limits, way, ours[way.tower]) for way in ways]
    return Table(f"{name}: {threads} thread(s), {clock_name(threads)}", _COLUMNS, rows)


def _row(timings: Timings, limits: Limits, way: Way, ours: Way) -> tuple[Cell, ...]:
    seconds = timings.seconds(way.key)
    times = timings.ratio(way.key, ours.key) * ours.items / way.items
    speed: tuple[Cell, ...] = (way.tower, way.name, way.items, way.items / seconds, seconds / way.items * 1e3, times)
    if not way.flops:
        return (*speed, "", "", "", "")
    share = timings.share(way.key, lambda index: limits.multiplying(timings, index, way.flops))
    peak = limits.flops_per_second(timings)
    return (*speed, way.flops / way.items / 1e6, way.flops / seconds / 1e9, peak / 1e9, share)


def run(size: int, rounds: int, threads: int, scale: float = 1, pretrained: bool = True) -> list[Table]:
    torch.set_num_threads(threads)
    inputs = read_inputs(size)
    molecules = parse_all(inputs.smiles)
    encoders: list[tuple[str, TextMoleculeEncoder | None]] = [bundled_or_tiny()]
    if pretrained:
        encoders.append(("MiniLM (6 layers of 384) and the paper's GCN, projector and dimension", minilm(molecules)))
    limits = measure_with(scale)
    return [
        measure(name, text_ways(encoder, inputs.texts) + molecule_ways(encoder, molecules), rounds, limits)
        for name, encoder in encoders
        if encoder is not None
    ]


def main(arguments: Sequence[str]) -> None:
    options = argparse.ArgumentParser(prog="python -m benchmarks.encoder", description=__doc__)
    options.add_argument("--size", type=int, default=64, help="texts and molecules")
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--threads", type=int, default=1)
    chosen = options.parse_args(arguments)
    restart_with_threads(chosen.threads, "benchmarks.encoder", arguments)
    tables = run(chosen.size, chosen.rounds, chosen.threads)
    show(f"{describe(chosen.threads)}; {read_inputs(1).origin}", tables)


if __name__ == "__main__":
    main(sys.argv[1:])
