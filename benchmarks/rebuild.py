"""Cost of a rebuild after part of the corpus changed: python -m benchmarks.rebuild [--molecules 5000]."""

import argparse
import random
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import torch

from benchmarks.inputs import read_inputs
from benchmarks.machine import describe, restart_with_threads
from benchmarks.table import Cell, Table, show
from benchmarks.towers import bundled_or_tiny_path
from indexer.build import BuildOptions, BuildReport, build_release


def write_corpus(directory: Path, smiles: Sequence[str], texts: Sequence[str]) -> tuple[Path, Path]:
    """A file of molecules, and one of descriptions of the first of them."""
    molecules, descriptions = directory / "molecules.tsv", directory / "descriptions.tsv"
    for path, column, values in ((molecules, "smiles", smiles), (descriptions, "description", texts)):
        lines = [f"id\t{column}", *(f"{row}\t{value}" for row, value in enumerate(values))]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return molecules, descriptions


def changed(items: Sequence[str], ending: str, share: float, rng: random.Random) -> list[str]:
    """The items, a share of them, spread over all, with another ending."""
    result = list(items)
    for row in rng.sample(range(len(items)), round(share * len(items))):
        result[row] += ending
    return result


def seconds(report: BuildReport, stage: str) -> float:
    return next(one.seconds for one in report.stages if one.stage == stage)


def run(molecules: int, descriptions: int, share: float, workers: int) -> list[Table]:
    inputs = read_inputs(max(molecules, descriptions))
    smiles, texts = inputs.smiles[:molecules], inputs.texts[:descriptions]
    rng = random.Random(0)
    with tempfile.TemporaryDirectory() as directory:
        name, checkpoint = bundled_or_tiny_path(Path(directory))
        files = write_corpus(Path(directory), smiles, texts)

        def build(reuse: bool, out: Path = Path(directory) / "index") -> BuildReport:
            return build_release(
                BuildOptions(
                    checkpoint=checkpoint,
                    molecules=files[:1],
                    descriptions=files[1:],
                    out=out,
                    workers=workers,
                    reuse=reuse,
                )
            )

        first = build(True)
        unchanged = build(True)
        # A water molecule more, and a sentence more: a structure and a text that no build has seen.
        write_corpus(
            Path(directory), changed(smiles, ".O", share, rng), changed(texts, " It has been revised.", share, rng)
        )
        second = build(True)
        full = build(False, Path(directory) / "full")
    same = "same digest as a build of everything" if full.digest == second.digest else "OTHER DIGEST than a full build"
    reports = {"first": first, "nothing changed": unchanged, f"{share:.1%} changed": second, "all again": full}
    rows: list[tuple[Cell, ...]] = []
    for what, report in reports.items():
        encode = seconds(report, "encode")
        parse = seconds(report, "parse") + seconds(report, "featurise")
        base = seconds(first, "parse") + seconds(first, "featurise")
        rows.append(
            (
                what,
                report.embedded_molecules,
                report.embedded_descriptions,
                encode,
                f"{encode / seconds(first, 'encode'):.1%}",
                parse,
                f"{parse / base:.1%}",
                seconds(report, "reuse"),
                report.wall_seconds,
                f"{report.wall_seconds / first.wall_seconds:.1%}",
            )
        )
    columns = ("build", "molecules embedded", "texts embedded", "encode s", "of first", "RDKit s", "of first")
    return [
        Table(
            f"Rebuilding {len(smiles):,} molecules and {len(texts):,} descriptions, {name}; {inputs.origin}; {same}",
            (*columns, "reuse s", "wall s", "of first"),
            rows,
        )
    ]


def main(arguments: Sequence[str]) -> None:
    options = argparse.ArgumentParser(prog="python -m benchmarks.rebuild", description=__doc__)
    options.add_argument("--molecules", type=int, default=5000)
    options.add_argument("--descriptions", type=int, default=500)
    options.add_argument("--share", type=float, default=0.01, help="of structures, and of texts, that change")
    options.add_argument("--workers", type=int, default=0, help="parsing processes; 0: none")
    options.add_argument("--threads", type=int, default=1)
    chosen = options.parse_args(arguments)
    restart_with_threads(chosen.threads, "benchmarks.rebuild", arguments)
    torch.set_num_threads(chosen.threads)
    show(describe(chosen.threads), run(chosen.molecules, chosen.descriptions, chosen.share, chosen.workers))


if __name__ == "__main__":
    main(sys.argv[1:])
