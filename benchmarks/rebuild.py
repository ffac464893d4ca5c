"""What a rebuild costs after a share of the rows has changed: python -m benchmarks.rebuild [--count 5000]."""

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


def write_corpus(path: Path, smiles: Sequence[str], texts: Sequence[str]) -> None:
    lines = ["id\tsmiles\tdescription"]
    lines += [f"{row}\t{one}\t{text}" for row, (one, text) in enumerate(zip(smiles, texts, strict=True))]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def changed(items: Sequence[str], fresh: Sequence[str], share: float, rng: random.Random) -> list[str]:
    """The items with a share of them, spread over all, replaced by fresh ones."""
    result = list(items)
    for row, other in zip(rng.sample(range(len(items)), round(share * len(items))), fresh, strict=False):
        result[row] = other
    return result


def seconds(report: BuildReport, stage: str) -> float:
    return next(one.seconds for one in report.stages if one.stage == stage)


def run(count: int, share: float, workers: int) -> list[Table]:
    inputs = read_inputs(count * 11 // 10)
    smiles, texts = inputs.smiles, inputs.texts
    count = min(count, len(smiles) * 10 // 11)
    texts = [texts[row % len(texts)] + f" {row}" for row in range(len(smiles))]
    rng = random.Random(0)
    with tempfile.TemporaryDirectory() as directory:
        name, checkpoint = bundled_or_tiny_path(Path(directory))
        corpus, root = Path(directory) / "corpus.tsv", Path(directory) / "index"

        def build(reuse: bool, out: Path = root) -> BuildReport:
            return build_release(
                BuildOptions(checkpoint=checkpoint, molecules=(corpus,), out=out, workers=workers, reuse=reuse)
            )

        write_corpus(corpus, smiles[:count], texts[:count])
        first = build(True)
        unchanged = build(True)
        write_corpus(
            corpus,
            changed(smiles[:count], smiles[count:], share, rng),
            changed(texts[:count], texts[count:], share, rng),
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
            f"Rebuilding {count:,} molecules and descriptions, {name}; {inputs.origin}; {same}",
            (*columns, "reuse s", "wall s", "of first"),
            rows,
        )
    ]


def main(arguments: Sequence[str]) -> None:
    options = argparse.ArgumentParser(prog="python -m benchmarks.rebuild", description=__doc__)
    options.add_argument("--count", type=int, default=5000, help="molecules, each with a description")
    options.add_argument("--share", type=float, default=0.01, help="of structures, and of texts, that change")
    options.add_argument("--workers", type=int, default=0, help="parsing processes; 0: none")
    options.add_argument("--threads", type=int, default=1)
    chosen = options.parse_args(arguments)
    restart_with_threads(chosen.threads, "benchmarks.rebuild", arguments)
    torch.set_num_threads(chosen.threads)
    show(describe(chosen.threads), run(chosen.count, chosen.share, chosen.workers))


if __name__ == "__main__":
    main(sys.argv[1:])
