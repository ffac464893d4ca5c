"""Building an index from end to end: python -m benchmarks.index_build [--molecules FILE] [--descriptions FILE]."""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

import torch

from benchmarks.machine import describe, restart_with_threads
from benchmarks.table import Cell, Table, show
from benchmarks.towers import bundled_or_tiny_path
from indexer.build import BuildOptions, BuildReport, build_release
from indexer.build.parsing import ParsedMolecule, StructureParser
from indexer.corpus import CorpusLimits, Row, open_corpus
from model.checkpoint import load_checkpoint
from model.inputs.features import MoleculeFeatures
from model.inputs.structure import StructureLimits
from model.network.encoder import TextMoleculeEncoder

_BATCH = 256


def read_corpus(source: str | Path) -> tuple[list[str], list[str]]:
    """Structures and descriptions of a corpus file of molecules."""
    rows = [row for row in open_corpus(source, "molecules", CorpusLimits(), {}).rows() if isinstance(row, Row)]
    return [row.structure for row in rows if row.structure], [row.description for row in rows if row.description]


@dataclass(frozen=True, slots=True)
class Floor:
    """What no build can leave out, in one process, nothing read or written: seconds of wall time, and of CPU time for
    RDKit's part of the molecules (`parse`, of which `featurise`) and for the encoder's (`embed`).
    """

    seconds: float
    parse: float
    featurise: float
    embed: float


def floor(encoder: TextMoleculeEncoder, structures: Sequence[str], texts: Sequence[str]) -> Floor:
    start = perf_counter()
    parser = StructureParser(StructureLimits(), encoder.featurizer)
    parsing = featurising = embedding = 0.0
    for first in range(0, len(structures), _BATCH):
        begun = process_time()
        batch = parser(structures[first : first + _BATCH], True)
        parsed = process_time()
        parts = [one.features for one in batch.results if isinstance(one, ParsedMolecule)]
        encoder.encode_features([features for features in parts if isinstance(features, MoleculeFeatures)])
        embedding += process_time() - parsed
        parsing += parsed - begun
        share = batch.featurise_seconds / (batch.parse_seconds + batch.featurise_seconds)
        featurising += share * (parsed - begun)
    for first in range(0, len(texts), _BATCH):
        encoder.encode_text(texts[first : first + _BATCH])
    return Floor(perf_counter() - start, parsing, featurising, embedding)


def build_once(checkpoint: Path, molecules: str | Path, descriptions: Sequence[Path], workers: int) -> BuildReport:
    with tempfile.TemporaryDirectory() as directory:
        return build_release(
            BuildOptions(
                checkpoint=checkpoint,
                molecules=(molecules,),
                descriptions=tuple(descriptions),
                out=Path(directory),
                workers=workers,
            )
        )


def run(molecules: str | Path, descriptions: Sequence[Path], workers: Sequence[int], rounds: int) -> list[Table]:
    with tempfile.TemporaryDirectory() as directory:
        name, checkpoint = bundled_or_tiny_path(Path(directory))
        encoder = load_checkpoint(checkpoint).encoder
        structures, texts = read_corpus(molecules)
        for path in descriptions:
            texts += read_descriptions(path)
        floors: list[Floor] = []
        reports: dict[int, list[BuildReport]] = {count: [] for count in workers}
        for _ in range(rounds):
            floors.append(floor(encoder, structures, texts))
            for count in workers:
                reports[count].append(build_once(checkpoint, molecules, descriptions, count))
    counts = reports[workers[0]][0].counts
    corpus = f"{counts.molecules:,} molecules and {counts.descriptions:,} descriptions, {name}"
    return [
        _speeds(corpus, len(structures), [each.seconds for each in floors], reports),
        _rates(len(structures), floors),
        _stages(corpus, reports),
    ]


def read_descriptions(path: Path) -> list[str]:
    """The texts of a corpus file of descriptions."""
    rows = open_corpus(path, "descriptions", CorpusLimits(), {}).rows()
    return [row.description for row in rows if isinstance(row, Row) and row.description]


def _speeds(corpus: str, rows: int, floors: Sequence[float], reports: dict[int, list[BuildReport]]) -> Table:
    lines: list[tuple[Cell, ...]] = [("floor: parse, featurise, encode; no files", rows / median(floors), 1.0, "")]
    for count, runs in reports.items():
        ratio = median(alone / report.wall_seconds for alone, report in zip(floors, runs, strict=True))
        speed = median(report.molecules_per_second for report in runs)
        lines.append((f"build, {_processes(count)}", speed, ratio, max(report.peak_memory_mib for report in runs)))
    return Table(
        f"Building an index (wall time): {corpus}",
        ("what", "molecules/s", "speed / floor", "peak MiB of main process"),
        lines,
    )


def _rates(molecules: int, floors: Sequence[Floor]) -> Table:
    """The speeds that `indexer.build.plan` reckons with."""
    lines = [
        ("read, identify, describe, featurise: `parse_molecules`", molecules / median(each.parse for each in floors)),
        ("of which features", molecules / median(each.featurise for each in floors)),
        ("encode: `embed_molecules`", molecules / median(each.embed for each in floors)),
    ]
    return Table("What one process does in a second of CPU time", ("what", "molecules/s"), lines)


def _stages(corpus: str, reports: dict[int, list[BuildReport]]) -> Table:
    lines: list[tuple[Cell, ...]] = []
    for count, runs in reports.items():
        for index, stage in enumerate(runs[0].stages):
            share = median(report.stages[index].share for report in runs)
            seconds = median(report.stages[index].seconds for report in runs)
            lines.append((_processes(count), stage.stage, seconds, share))
    return Table(
        f"Where a build's time goes (busy seconds, summed over processes): {corpus}",
        ("processes", "stage", "seconds", "share"),
        lines,
    )


def _processes(workers: int) -> str:
    return f"{workers} parsing process{'es' if workers > 1 else ''}" if workers else "all in one process"


def main(arguments: Sequence[str]) -> None:
    options = argparse.ArgumentParser(prog="python -m benchmarks.index_build", description=__doc__)
    options.add_argument("--molecules", default="example", help="corpus file, or `example`")
    options.add_argument("--descriptions", type=Path, nargs="*", default=[], help="corpus files of descriptions")
    options.add_argument("--workers", type=int, nargs="+", default=[0, 1], help="parsing processes; 0: none")
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--threads", type=int, default=1)
    chosen = options.parse_args(arguments)
    restart_with_threads(chosen.threads, "benchmarks.index_build", arguments)
    torch.set_num_threads(chosen.threads)
    show(describe(chosen.threads), run(chosen.molecules, chosen.descriptions, chosen.workers, chosen.rounds))


if __name__ == "__main__":
    main(sys.argv[1:])
