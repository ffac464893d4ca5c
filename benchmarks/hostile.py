"""What requests made to stop the service get, and what everyone else notices meanwhile.

    python -m benchmarks.hostile --index var/index

Starts the service (the bundled corpus if no index is named). Each input is sent once by itself, for its answer and its
time, and then for some seconds again and again by several clients, while another process, at another address, looks at
`/health/live` 25 times a second and searches by texts and by structures five times a second each. It has the same
searches without anyone else as a yardstick, before the first input and after the last.
"""

import argparse
import json
import multiprocessing
import os
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from http.client import HTTPConnection
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Event
from pathlib import Path

import numpy as np

from benchmarks.hostile_inputs import Hostile, Outcome, ask, hostile_inputs, send_together
from benchmarks.inputs import read_inputs
from benchmarks.machine import describe
from benchmarks.memory import PeakMemory
from benchmarks.serving_load import Service, free_port, made_up
from benchmarks.table import Cell, Table, show
from molseek.demo import bundled_index

_HEALTH_SECONDS = 0.04
_SEARCH_SECONDS = 0.2
_SOMEONE_ELSE = "127.0.0.2"  # who has places of their own, as each address has
_COLUMNS = (
    "input",
    "answer",
    "s",
    "clients",
    "answers",
    "slowest s",
    "/health/live max ms",
    "text p99 ms",
    "× usual",
    "structure p99 ms",
    "× usual",
    "memory MiB",
)


@dataclass(slots=True)
class Noticed:
    """What others notice: seconds of each look at `/health/live` and of each search, and how many of these failed."""

    health: list[float] = field(default_factory=list)
    texts: list[float] = field(default_factory=list)
    structures: list[float] = field(default_factory=list)
    failed: int = 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkpoint", default="compact")
    parser.add_argument("--index", type=Path, help="index of `molseek-index build`; without it, the bundled corpus")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=8, help="that each input is sent again and again")
    parser.add_argument("--only", default="", help="only inputs with one of these, apart by |, in their names")
    arguments = parser.parse_args()
    index = arguments.index or bundled_index()
    port = free_port()
    command = ["-m", "service.cli", "--checkpoint", arguments.checkpoint, "--index", str(index.resolve())]
    command += ["--port", str(port), "--processes", str(arguments.processes)]
    service = Service(command, port, Path(__file__).parents[1], log=True)
    try:
        service.wait()
        usual = watched(port, lambda: time.sleep(3 * arguments.seconds))
        rows = []
        for hostile in hostile_inputs(_large_molecule(port)):
            if any(one in hostile.name.lower() for one in arguments.only.lower().split("|")):
                rows.append(_line(hostile, service, arguments.seconds, usual))
                print(*rows[-1], flush=True)
        after = watched(port, lambda: time.sleep(3 * arguments.seconds))
    finally:
        service.close()
    for name, noticed in (("usually", usual), ("usually, after all", after)):
        rows.append((name, "", "", "", "", "", *_noticed(noticed, usual), ""))
    title = f"Inputs made to stop the service, {arguments.processes} process(es), each sent for {arguments.seconds:g} s"
    show(describe(1), [Table(title, _COLUMNS, rows)])


def _line(hostile: Hostile, service: Service, seconds: float, usual: Noticed) -> tuple[Cell, ...]:
    outcomes: list[Outcome] = []
    with PeakMemory(service.pid) as memory, service.stalled_log(hostile.stalls_log):
        alone = hostile.send(service.port)
        noticed = watched(service.port, lambda: outcomes.extend(send_together(hostile, service.port, seconds)))
    answer = f"{alone.status} `{alone.code}`" if alone.code else str(alone.status)
    slowest = max(outcome.seconds for outcome in outcomes)
    common = _noticed(noticed, usual)
    return hostile.name, answer, alone.seconds, hostile.clients, len(outcomes), slowest, *common, memory.with_children


def _noticed(noticed: Noticed, usual: Noticed) -> tuple[Cell, ...]:
    texts, structures = _p99(noticed.texts), _p99(noticed.structures)
    return (
        1000 * max(noticed.health),
        f"{1000 * texts:.0f}" + (f", {noticed.failed} refused" if noticed.failed else ""),
        texts / _p99(usual.texts),
        1000 * structures,
        structures / _p99(usual.structures),
    )


def _p99(seconds: Sequence[float]) -> float:
    return float(np.percentile(seconds, 99)) if seconds else float("nan")


def watched(port: int, block: Callable[[], object]) -> Noticed:
    """What others notice while `block` runs."""
    context = multiprocessing.get_context("spawn")
    ended, begun = context.Event(), context.Event()
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_watch, args=(port, begun, ended, theirs), daemon=True)
    process.start()
    begun.wait()
    try:
        block()
    finally:
        ended.set()
    noticed: Noticed = ours.recv()
    process.join()
    return noticed


def _watch(port: int, begun: Event, ended: Event, result: "Connection[Noticed, Noticed]") -> None:
    """In a process of its own."""
    noticed = Noticed()
    structures = [smiles for smiles in read_inputs(64).smiles if len(smiles) < 100]
    asked = iter(range(1, 1_000_000))

    def text() -> None:
        _timed(port, noticed, noticed.texts, "/search/text2mol", made_up(next(asked)))

    def structure() -> None:
        query = structures[next(asked) % len(structures)]
        _timed(port, noticed, noticed.structures, "/search/mol2text", query)

    def health() -> None:
        start = time.perf_counter()
        if ask(port, "/health/live", source=_SOMEONE_ELSE).status != 200:
            noticed.failed += 1
        noticed.health.append(time.perf_counter() - start)

    text()
    structure()
    noticed.texts.clear()
    noticed.structures.clear()
    noticed.failed = 0
    begun.set()
    threads = [
        threading.Thread(target=_again, args=(call, pause, ended))
        for call, pause in ((health, _HEALTH_SECONDS), (text, _SEARCH_SECONDS), (structure, _SEARCH_SECONDS))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    result.send(noticed)


def _again(call: Callable[[], None], pause: float, ended: Event) -> None:
    while not ended.is_set():
        began = time.monotonic()
        call()
        time.sleep(max(0.0, began + pause - time.monotonic()))


def _timed(port: int, noticed: Noticed, seconds: list[float], path: str, query: str) -> None:
    outcome = ask(port, path, json.dumps({"query": query}).encode(), _SOMEONE_ELSE)
    seconds.append(outcome.seconds)
    noticed.failed += outcome.status != 200


def _large_molecule(port: int) -> str | None:
    """The id of a molecule with many atoms, if the corpus has any."""
    for atoms in (300, 100, 50):
        body = {"query": "a large molecule", "k": 1, "filter": {"heavy_atoms": {"min": atoms}}}
        connection = HTTPConnection("127.0.0.1", port, timeout=60)
        connection.request("POST", "/search/text2mol", json.dumps(body), {"Content-Type": "application/json"})
        [hits] = json.loads(connection.getresponse().read())["results"]
        connection.close()
        if hits:
            return str(hits[0]["id"])
    return None


if __name__ == "__main__":
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    main()
