"""Measure a build in its own process, each stage beside its lower bound."""

from __future__ import annotations

import os
import subprocess
import sys
from itertools import islice
from pathlib import Path
from time import perf_counter

from rdkit import rdBase

from benchmarks.featurise import rdkit_cases
from benchmarks.inputs import parse_all
from benchmarks.limits import matrix_product
from benchmarks.machine import describe
from benchmarks.memory import PeakMemory
from benchmarks.million_results import Build, Stage
from benchmarks.timing import interleave_fresh
from benchmarks.towers import molecule_flops
from indexer.build.report import BuildReport
from indexer.corpus import Row, open_corpus
from indexer.release.opened import RELEASES, current_release
from model.checkpoint import load_checkpoint

_SAMPLE = 1000
_MIB = 1 << 20
# The RDKit calls of two stages, with generators made once and nothing cached on the molecules.
_PARSE = (
    "rdkit parse + canonical",
    "rdkit inchikey",
    "rdkit descriptors",
    "rdkit morgan r2",
    "rdkit pattern",
)
_FEATURISE = (
    "rdkit morgan r1 with atoms",
    "rdkit chiral morgan r3",
    "rdkit feature morgan r2",
    "rdkit torsions",
    "rdkit possible groups",
)
_LIMITS = {
    "read": "its lines, split at tabs",
    "parse": "RDKit alone: SMILES, InChIKey, descriptors, Morgan and pattern fingerprints",
    "featurise": "RDKit alone: Morgan, torsions, groups that can be there",
    "encode": "its matrix products at the speed of a large one",
    "write": "the release's bytes written to one file",
}


def release_of(out: Path) -> Path:
    """The release that a build has published."""
    path = current_release(out)
    assert path is not None
    return path


def measure(checkpoint: Path, corpus: Path, out: Path, workers: int, threads: int) -> Build:
    """Build into `out`, an empty or missing directory; limits are measured before and after, as machines drift."""
    before = least_seconds(checkpoint, corpus)
    command = [sys.executable, "-m", "indexer.cli", "build", "--checkpoint", str(checkpoint), "--no-reuse"]
    command += ["--molecules", str(corpus), "--out", str(out), "--workers", str(workers)]
    machine = describe(threads)
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    with PeakMemory(process.pid) as memory:
        if process.wait():
            raise SystemExit(f"the build of {corpus} failed")
    after = least_seconds(checkpoint, corpus)
    path = release_of(out)
    report = BuildReport.model_validate_json((path / "build_report.json").read_bytes())
    files = {file.name: file.stat().st_size for file in (out / RELEASES / report.release).iterdir()}
    molecules = report.counts.molecules
    limits = {stage: (before[stage] + after[stage]) / 2 * molecules for stage in before}
    limits["write"] = disk_seconds(out, sum(files.values()))
    return Build(
        machine=machine,
        molecules=molecules,
        rejected=report.counts.rejected,
        workers=workers,
        wall_seconds=report.wall_seconds,
        peak_mib=memory.with_children,
        stages=tuple(
            Stage(
                stage=one.stage,
                seconds=one.seconds,
                limit=_LIMITS.get(one.stage, ""),
                limit_seconds=limits.get(one.stage, 0.0),
            )
            for one in report.stages
        ),
        files=files,
    )


def least_seconds(checkpoint: Path, corpus: Path) -> dict[str, float]:
    """Seconds a molecule that each stage cannot do without, by a sample, in this process."""
    encoder = load_checkpoint(checkpoint).encoder
    rows = islice(open_corpus(corpus, "molecules").rows(), _SAMPLE)
    smiles = [row.structure for row in rows if isinstance(row, Row) and row.structure is not None]
    cases = {name: case for name, case in rdkit_cases().items() if name in (*_PARSE, *_FEATURISE)}
    with rdBase.BlockLogs():
        timings = interleave_fresh(cases, lambda: parse_all(smiles), 1, perf_counter)
        features = [encoder.featurizer(molecule) for molecule in parse_all(smiles)]
    multiply, flops = matrix_product(2048)
    multiply()
    start = perf_counter()
    multiply()
    speed = flops / (perf_counter() - start)
    start = perf_counter()
    with corpus.open("rb") as stream:
        lines = sum(len(line.split(b"\t")) > 0 for line in stream)
    read = perf_counter() - start
    return {
        "read": read / lines,
        "parse": sum(timings.seconds(case) for case in _PARSE) / len(smiles),
        "featurise": sum(timings.seconds(case) for case in _FEATURISE) / len(smiles),
        "encode": molecule_flops(encoder, features) / speed / len(smiles),
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
