"""A million molecules indexed, stage by stage, beside what each stage costs alone:

python -m benchmarks.million --count 1000000 [--workers 1] [--molecules FILE] [--keep DIR]
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from time import perf_counter

import torch
from rdkit import RDLogger

from benchmarks.machine import describe, restart_with_threads
from benchmarks.molecules import write_molecules
from benchmarks.table import Cell, Table, show
from benchmarks.towers import bundled_or_tiny_path
from indexer.corpus import Row, open_corpus
from indexer.parsing import ParsedMolecule, StructureParser
from indexer.release import RELEASES, current_release
from indexer.report import BuildReport
from model.checkpoint import load_checkpoint
from model.structure import StructureLimits

_SAMPLE = 2000
_MIB = 1 << 20


def build(checkpoint: Path, corpus: Path, out: Path, workers: int) -> BuildReport:
    """In a process of its own, so that its memory is its own."""
    command = [
        sys.executable,
        "-m",
        "indexer.cli",
        "build",
        "--checkpoint",
        str(checkpoint),
        "--molecules",
        str(corpus),
    ]
    subprocess.run([*command, "--out", str(out), "--workers", str(workers)], check=True, stdout=subprocess.DEVNULL)
    path = current_release(out)
    assert path is not None
    return BuildReport.model_validate_json((path / "build_report.json").read_bytes())


def alone(checkpoint: Path, corpus: Path) -> dict[str, float]:
    """Seconds a molecule of RDKit's part and of the encoder's, in this process, nothing else going on."""
    encoder = load_checkpoint(checkpoint).encoder
    rows = open_corpus(corpus, "molecules").rows()
    structures = [row.structure for row in islice(rows, _SAMPLE) if isinstance(row, Row)]
    parser = StructureParser(StructureLimits(), encoder.featurizer)
    parser(structures[:50], True)
    batch = parser(structures, True)
    features = [one.features for one in batch.results if isinstance(one, ParsedMolecule)]
    encoder.encode_features(features[:200])
    start = perf_counter()
    encoder.encode_features(features)
    encode = perf_counter() - start
    start = perf_counter()
    for _ in open_corpus(corpus, "molecules").rows():
        pass
    read = perf_counter() - start
    count = len(structures)
    return {
        "read": read / max(1, sum(1 for _ in corpus.open("rb")) - 1),
        "parse": batch.parse_seconds / count,
        "featurise": batch.featurise_seconds / count,
        "encode": encode / count,
    }


def disk_seconds(directory: Path, size: int) -> float:
    """Seconds to write so many bytes to one file and have them on the disk."""
    piece = os.urandom(_MIB)
    path = directory / "disk"
    start = perf_counter()
    with path.open("wb") as stream:
        for _ in range(-(-size // _MIB)):
            stream.write(piece)
        stream.flush()
        os.fsync(stream.fileno())
    seconds = perf_counter() - start
    path.unlink()
    return seconds


def run(count: int, workers: int, corpus: Path | None, keep: Path | None) -> list[Table]:
    with tempfile.TemporaryDirectory(dir=keep) as temporary:
        directory = Path(temporary)
        name, checkpoint = bundled_or_tiny_path(directory)
        made = 0.0
        if corpus is None:
            corpus = directory / "molecules.tsv"
            start = perf_counter()
            write_molecules(corpus, count)
            made = perf_counter() - start
        before = alone(checkpoint, corpus)
        report = build(checkpoint, corpus, directory / "index", workers)
        after = alone(checkpoint, corpus)
        limits = {stage: (before[stage] + after[stage]) / 2 for stage in before}  # the machine's speed drifts
        sizes = {path.name: path.stat().st_size for path in (directory / "index" / RELEASES / report.release).iterdir()}
        disk = disk_seconds(directory, sum(sizes.values()))
    molecules = report.counts.molecules
    rows: list[tuple[Cell, ...]] = []
    for stage in report.stages:
        limit = limits[stage.stage] * molecules if stage.stage in limits else disk if stage.stage == "write" else 0.0
        what = {"write": "the release's bytes written to one file"}.get(stage.stage, "alone in one process")
        rows.append(
            (
                stage.stage,
                stage.seconds,
                stage.share,
                what if limit else "",
                limit if limit else "",
                stage.seconds / limit if limit else "",
            )
        )
    title = f"Indexing {molecules:,} made molecules, {name}, {workers} parsing process(es)"
    return [
        Table(
            f"{title}: {report.wall_seconds:,.0f} s, {report.molecules_per_second:,.0f} molecules/s, peak "
            f"{report.peak_memory_mib:,.0f} MiB in the main process; {made:,.0f} s to make them, "
            f"{report.counts.rejected:,} rejected",
            ("stage", "busy seconds", "share", "limit", "limit s", "times its limit"),
            rows,
        ),
        Table(
            "What lies on the disk",
            ("file", "MiB", "bytes a molecule"),
            [(file, size / _MIB, size / molecules) for file, size in sorted(sizes.items(), key=lambda one: -one[1])],
        ),
    ]


def main(arguments: Sequence[str]) -> None:
    options = argparse.ArgumentParser(prog="python -m benchmarks.million", description=__doc__)
    options.add_argument("--count", type=int, default=1_000_000)
    options.add_argument("--workers", type=int, default=1)
    options.add_argument("--molecules", type=Path, help="a corpus file made before, by benchmarks.molecules")
    options.add_argument(
        "--keep", type=Path, help="directory on the disk to measure; default: the system's temporary one"
    )
    options.add_argument("--threads", type=int, default=1)
    chosen = options.parse_args(arguments)
    restart_with_threads(chosen.threads, "benchmarks.million", arguments)
    torch.set_num_threads(chosen.threads)
    RDLogger.DisableLog("rdApp.*")
    show(describe(chosen.threads), run(chosen.count, chosen.workers, chosen.molecules, chosen.keep))


if __name__ == "__main__":
    main(sys.argv[1:])
