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

from benchmarks.inputs import read_inputs
from benchmarks.machine import describe
from benchmarks.serving_load import Load, Service, free_port, made_up, press
from benchmarks.table import Cell, Table, show
from indexer.chemistry import Chemistry
from indexer.release import current_release, open_release
from model.checkpoint import load_checkpoint
from service.answering.answers import AnswerWriter, answer
from service.answering.asked import Encoded, Found, Mode, Ranking, Search, Words
from service.answering.queries import QueryReader
from service.answering.ranking import rank
from service.answering.searcher import Searcher
from service.answering.searches import SearchReader, Unread
from service.answering.serving import Serving
from service.answering.threads import use_threads
from service.answering.vector_cache import VectorCache
from service.schemas import Mol2TextRequest, Text2MolRequest
from service.settings import Settings

_COLUMNS = ("service", "clients", "answers/s", "p50 ms", "p99 ms", "refused", "CPU ms an answer", "share of ceiling")
_CLIENTS = (1, 8, 64, 256, 1024)
_BATCH = 32
_STRUCTURES = 512


class Bare:
    """The service's own stages in a loop of one thread, without a service around them."""

    def __init__(self, settings: Settings, release: Path, structures: Sequence[str], mode: Mode) -> None:
        self._serving = Serving(load_checkpoint(settings.checkpoint), open_release(release, verify=False))
        checkpoint = self._serving.checkpoint
        chemistry = Chemistry(settings.structure_limits, {checkpoint.digest: checkpoint.encoder.featurizer}, workers=0)
        cache = VectorCache(0)  # every query is new: no vector is kept
        self._reader = SearchReader(QueryReader(settings, chemistry), cache)
        self._searcher = Searcher(chemistry, 1.0, cache)
        self._writer = AnswerWriter(chemistry)
        self._structures = structures
        self._mode = mode
        self._asked = 0

    def milliseconds(self, route: str, batch: int, queries: int = 256, *, write: bool = True) -> float:
        """Processor time of a query: best of three rounds. Without `write`, it is read, encoded and searched for."""
        rounds = []
        for _ in range(3):
            start = time.process_time()
            for _ in range(queries // batch):
                searches = self._read(route, batch)
                found = self._searcher.encode_and_search(searches)
                words = [self._searcher.words(search) for search in searches]
                if write:
                    ranked = [Found(*each) for each in zip(searches, map(_ranked, searches, found, words), strict=True)]
                    for written in self._writer.write(ranked):
                        answer([written])
            rounds.append((time.process_time() - start) / queries)
        return 1000 * min(rounds)

    def _read(self, route: str, batch: int) -> list[Search]:
        numbers = range(self._asked, self._asked + batch)
        self._asked += batch
        arrived = time.perf_counter()
        if route == "text2mol":
            unread = [
                Unread(Text2MolRequest(query=made_up(n), k=10, mode=self._mode), self._serving, arrived)
                for n in numbers
            ]
            return [search for search in self._reader.texts(unread) if isinstance(search, Search)]
        texts = [self._structures[number % len(self._structures)] for number in numbers]
        return [
            self._reader.structures(Mol2TextRequest(query=text, k=10, mode=self._mode), self._serving, arrived)
            for text in texts
        ]


def _ranked(search: Search, encoded: Encoded | Exception, words: Sequence[Words] | Exception) -> Sequence[Ranking]:
    assert not isinstance(encoded, Exception) and not isinstance(words, Exception)
    return rank(search, encoded, words)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkpoint", default="compact")
    parser.add_argument("--index", type=Path, required=True, help="index of `molseek-index build`, of any size")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--baseline", type=Path, help="an older checkout to measure beside this one")
    parser.add_argument("--clients", type=int, nargs="+", default=list(_CLIENTS))
    parser.add_argument("--routes", nargs="+", default=["text2mol", "mol2text"])
    parser.add_argument("--mode", choices=["auto", "vector", "lexical"], default="auto", help="of text2mol")
    parser.add_argument("--seconds", type=int, default=8, help="of load for each line")
    arguments = parser.parse_args()
    use_threads(1)
    release = current_release(arguments.index)
    if release is None:
        sys.exit(f"{arguments.index} has no published release")
    structures = [smiles for smiles in read_inputs(_STRUCTURES).smiles if len(smiles) < 200]
    settings = Settings(checkpoint=arguments.checkpoint, index=arguments.index)
    bare = Bare(settings, release, structures, arguments.mode)
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
        services["baseline"] = (arguments.baseline.resolve(), services["this"][1])
    for name, (place, command) in services.items():
        port = free_port()
        service = Service([*command, "--port", str(port)], port, place)
        try:
            service.wait()
            for route in arguments.routes:
                for clients in arguments.clients:
                    load = press(service, route, clients, arguments.seconds, structures, arguments.mode)
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
