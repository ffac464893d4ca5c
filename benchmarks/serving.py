"""Requests a second of the service, beside an older checkout, a naive service and a bare loop of the same stages.

    python -m benchmarks.serving --index var/index --processes 2 --baseline ../base

The load comes from wrk. `share of ceiling` compares processor time: that of a query in a bare loop of the same stages,
in batches of 32, to that of a request in all processes of the service. Other load on the machine affects it little.
"""

import argparse
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from benchmarks.inputs import read_inputs
from benchmarks.machine import describe
from benchmarks.serving_load import Load, Service, free_port, press
from benchmarks.table import Cell, Table, show
from indexer.chemistry.chemist import Chemist, Want
from indexer.release import current_release, open_release
from model.checkpoint import load_checkpoint
from model.inputs.structure import StructureLimits
from service.answers import AnswerWriter, Found
from service.searcher import Query, Search, Searcher
from service.serving import Serving
from service.vector_cache import VectorCache

_COLUMNS = ("service", "clients", "answers/s", "p50 ms", "p99 ms", "refused", "CPU ms an answer", "share of ceiling")
_CLIENTS = (1, 8, 64, 256, 1024)
_BATCH = 32
_STRUCTURES = 512


class Bare:
    """The stages in a loop, without a service around them."""

    def __init__(self, checkpoint: str, release: Path, structures: Sequence[str]) -> None:
        self._serving = Serving(load_checkpoint(checkpoint), open_release(release, verify=False))
        self._encoder = self._serving.checkpoint.encoder
        # Neither a filter nor a description without a molecule is measured, so no chemistry worker is needed.
        self._searcher = Searcher(None, 1.0, VectorCache(0))  # type: ignore[arg-type]
        self._writer = AnswerWriter(None)  # type: ignore[arg-type]
        self._chemist = Chemist(StructureLimits(), self._encoder.featurizer)
        self._structures = structures
        self._asked = 0

    def milliseconds(self, route: str, batch: int, queries: int = 256, *, write: bool = True) -> float:
        """Processor time of a query: best of three rounds. Without `write`, it is read, encoded and searched for."""
        rounds = []
        for _ in range(3):
            start = time.process_time()
            for _ in range(queries // batch):
                searches = self._read(route, batch)
                found = self._searcher.encode_and_search(searches)
                if write:
                    self._writer.write([Found(one, each) for one, each in zip(searches, found, strict=True)])  # type: ignore[arg-type]
            rounds.append((time.process_time() - start) / queries)
        return 1000 * min(rounds)

    def _read(self, route: str, batch: int) -> list[Search]:
        numbers = range(self._asked, self._asked + batch)
        self._asked += batch
        if route == "text2mol":
            texts = [f"a natural alkaloid with peptide activity, number {time.monotonic_ns()}-{n}" for n in numbers]
            limit = self._encoder.max_text_tokens
            features, counts = self._encoder.text_featurizer(texts), self._encoder.count_tokens(texts)
            queries = [Query(*item) for item in zip(texts, features, [count > limit for count in counts], strict=True)]
            return [Search(self._serving, "text2mol", [query], 10, None, time.perf_counter()) for query in queries]
        searches = []
        for number in numbers:
            text = self._structures[number % len(self._structures)]
            read = self._chemist.read(text, "none", Want.FEATURES | Want.FINGERPRINT)
            query = Query(read.smiles, read.features, fingerprint=read.fingerprint)
            searches.append(Search(self._serving, "mol2text", [query], 10, None, time.perf_counter()))
        return searches


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkpoint", default="compact")
    parser.add_argument("--index", type=Path, required=True, help="index of `molseek-index build`, of any size")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--baseline", type=Path, help="an older checkout to measure beside this one")
    parser.add_argument("--clients", type=int, nargs="+", default=list(_CLIENTS))
    parser.add_argument("--routes", nargs="+", default=["text2mol", "mol2text"])
    parser.add_argument("--seconds", type=int, default=8, help="of load for each line")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    release = current_release(arguments.index)
    if release is None:
        sys.exit(f"{arguments.index} has no published release")
    structures = [smiles for smiles in read_inputs(_STRUCTURES).smiles if len(smiles) < 200]
    bare = Bare(arguments.checkpoint, release, structures)
    home = Path(__file__).parents[1]
    lines: dict[str, list[tuple[Cell, ...]]] = {route: [] for route in arguments.routes}
    ceilings = {route: bare.milliseconds(route, _BATCH) for route in arguments.routes}
    singles = {route: bare.milliseconds(route, 1, write=False) for route in arguments.routes}
    common = ["--checkpoint", arguments.checkpoint, "--index", str(arguments.index.resolve())]
    services = {
        "this": (home, ["-m", "service.cli", *common, "--processes", str(arguments.processes)]),
        "naive": (home, ["-m", "benchmarks.serving_naive", *common]),
    }
    if arguments.baseline is not None:
        services["baseline"] = (arguments.baseline.resolve(), ["-m", "service.cli", *common])
    for name, (place, command) in services.items():
        port = free_port()
        service = Service([*command, "--port", str(port)], port, place)
        try:
            service.wait()
            for route in arguments.routes:
                for clients in arguments.clients:
                    load = press(service, route, clients, arguments.seconds, structures)
                    lines[route].append(_line(name, clients, load, ceilings[route]))
        finally:
            service.close()
    tables = [
        Table(
            f"{route}, k=10, {bare_count(release):,} molecules; bare loop {ceilings[route]:.2f} ms of CPU a query in "
            f"batches of {_BATCH}; {singles[route]:.2f} ms to read, encode and search for one",
            _COLUMNS,
            lines[route],
        )
        for route in arguments.routes
    ]
    show(describe(1), tables)


def bare_count(release: Path) -> int:
    return len(np.load(release / "molecules.npy", mmap_mode="r"))


def _line(name: str, clients: int, load: Load, ceiling: float) -> tuple[Cell, ...]:
    share = ceiling / load.cpu_ms
    return name, clients, load.per_second, load.p50, load.p99, load.refused, load.cpu_ms, share


if __name__ == "__main__":
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    main()
