"""Memory, descriptors and threads of the service under mixed load for a long time.

    python -m benchmarks.soak --minutes 30 --rate 50 --tsv soak.tsv

Starts the service (the bundled corpus if no index is named) and asks it at a bounded rate: searches of all routes,
drawings, pages, bad input of every kind, clients that leave before their answer; now and then the release is exchanged
for a copy of itself. What all its processes have is looked at every ten seconds and written to the TSV; printed are the
means of each sixth of the time and the slope after the first two sixths.
"""

import argparse
import json
import os
import random
import shutil
import socket
import tempfile
import threading
import time
from collections import Counter
from itertools import cycle
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import numpy as np

from benchmarks.hostile_inputs import ask, hostile_structures
from benchmarks.inputs import read_inputs
from benchmarks.machine import describe
from benchmarks.memory import family, proportional_mib
from benchmarks.serving_load import Service, free_port, made_up
from benchmarks.swapping import publish
from benchmarks.table import Cell, Table, show
from indexer.release import current_release
from molseek.demo import bundled_index

_CLIENTS = 8
_SAMPLE_SECONDS = 10
_PARTS = 6
_WARM = 2
_COLUMNS = ("minutes", "requests/s", "PSS MiB", "descriptors", "threads", "processes")


class Sample(NamedTuple):
    """minutes since the start; requests answered so far; of all processes of the service the rest."""

    minutes: float
    requests: int
    pss_mib: float
    descriptors: int
    threads: int
    processes: int


class Load:
    """Clients that ask for one thing after another at a bounded rate in all, and count what they get."""

    def __init__(self, port: int, rate: float, seed: int) -> None:
        self.outcomes: Counter[str] = Counter()
        self._port = port
        self._pause = _CLIENTS / rate
        self._draw = random.Random(seed)
        self._lock = threading.Lock()
        self._inputs = read_inputs(256)
        self._ended = threading.Event()
        self._threads = [threading.Thread(target=self._client) for _ in range(_CLIENTS)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join()

    def _client(self) -> None:
        while not self._ended.is_set():
            began = time.monotonic()
            with self._lock:
                path, body = self._request()
                leaves = self._draw.random() < 0.02
            if leaves and body is not None:
                self._leave(path, body)
                status = "left"
            else:
                status = str(ask(self._port, path, body).status)
            with self._lock:
                self.outcomes[status] += 1
            self._ended.wait(max(0.0, began + self._pause - time.monotonic()))

    def _request(self) -> tuple[str, bytes | None]:
        draw = self._draw
        text = draw.choice([made_up(draw.randrange(10**9)), draw.choice(self._inputs.texts), "caffeine", "50-78-2"])
        structure = draw.choice(self._inputs.smiles)
        kind = draw.randrange(16)
        if kind < 4:
            body: dict[str, object] = {"query": text, "mode": draw.choice(["auto", "vector", "lexical"])}
            if kind == 0:
                body["filter"] = {"has_substructure": ["c1ccccc1"], "molecular_weight": {"max": draw.randint(100, 900)}}
            if kind == 1:
                body["reference"] = structure
            return "/search/text2mol", json.dumps(body).encode()
        if kind < 6:
            return "/search/mol2text", json.dumps({"queries": draw.sample(self._inputs.smiles, 3)}).encode()
        if kind < 8:
            rank_by = draw.choice(["embedding", "morgan"])
            return "/search/mol2mol", json.dumps({"query": structure, "rank_by": rank_by}).encode()
        if kind == 8:
            return "/embed/text", json.dumps({"query": text}).encode()
        if kind == 9:
            return "/embed/molecule", json.dumps({"query": structure}).encode()
        if kind == 10:
            return f"/suggest?q={quote(text[:4])}", None
        if kind == 11:
            return f"/structures/drawing.svg?structure={quote(structure)}", None
        if kind == 12:
            return draw.choice(["/version", "/metrics", "/statistics", "/", "/health/ready", "/nothing"]), None
        if kind == 13:
            return "/search/mol2text", json.dumps({"query": draw.choice([*hostile_structures().values()])}).encode()
        if kind == 14:
            bad: list[object] = [{"query": ""}, {"queries": [1] * 1000}, {"query": "x", "k": 0}, {"unknown": 1}, []]
            return "/search/text2mol", json.dumps(draw.choice(bad)).encode()
        return "/search/text2mol", draw.randbytes(draw.randint(1, 2000))

    def _leave(self, path: str, body: bytes) -> None:
        head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        with socket.create_connection(("127.0.0.1", self._port), timeout=60) as connection:
            connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkpoint", default="compact")
    parser.add_argument("--index", type=Path, help="index of `molseek-index build`; without it, the bundled corpus")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--rate", type=float, default=50, help="most requests a second")
    parser.add_argument("--swap-every", type=float, default=30, help="seconds")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--tsv", type=Path, help="where all samples go")
    arguments = parser.parse_args()
    release = current_release(arguments.index or bundled_index())
    if release is None:
        parser.error("the index has no published release")
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory)
        names = [release.name, f"{release.name}-copy"]
        for name in names:
            shutil.copytree(release, root / "releases" / name)
        publish(root, names[0])
        samples, outcomes, swaps = soak(arguments, root, names)
    if arguments.tsv is not None:
        lines = ["\t".join(Sample._fields), *("\t".join(f"{cell:g}" for cell in sample) for sample in samples)]
        arguments.tsv.write_text("\n".join(lines) + "\n", encoding="utf-8")
    show(describe(1), [_table(samples, arguments.rate, swaps)])
    print("answers:", ", ".join(f"{count:,} × {status}" for status, count in sorted(outcomes.items())))
    print(f"after the first {_WARM} rows: {_slope(samples):+.2f} MiB of PSS an hour")


def soak(arguments: argparse.Namespace, root: Path, names: list[str]) -> tuple[list[Sample], Counter[str], int]:
    """The samples, what clients got, and how often the release was exchanged."""
    port = free_port()
    command = ["-m", "service.cli", "--checkpoint", arguments.checkpoint, "--index", str(root), "--port", str(port)]
    service = Service([*command, "--processes", str(arguments.processes)], port, Path(__file__).parents[1], log=True)
    samples: list[Sample] = []
    swaps = 0
    try:
        service.wait()
        load = Load(port, arguments.rate, arguments.seed)
        load.start()
        start = swapped = time.monotonic()
        others = cycle(reversed(names))
        try:
            while (now := time.monotonic()) < start + 60 * arguments.minutes:
                samples.append(_sample(service.pid, (now - start) / 60, load.outcomes.total()))
                time.sleep(min(_SAMPLE_SECONDS, arguments.swap_every))
                if time.monotonic() >= swapped + arguments.swap_every:
                    publish(root, next(others))
                    swaps, swapped = swaps + 1, time.monotonic()
        finally:
            load.stop()
        return samples, load.outcomes, swaps
    finally:
        service.close()


def _sample(pid: int, minutes: float, requests: int) -> Sample:
    pss, descriptors, threads, processes = 0.0, 0, 0, 0
    for member in family(pid):
        try:
            pss += proportional_mib(member)
            descriptors += len(list(Path(f"/proc/{member}/fd").iterdir()))
            threads += len(list(Path(f"/proc/{member}/task").iterdir()))
        except OSError:  # it has ended
            continue
        processes += 1
    return Sample(minutes, requests, pss, descriptors, threads, processes)


def _table(samples: list[Sample], rate: float, swaps: int) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for part in np.array_split(np.array(samples), _PARTS):
        means = part[:, 2:].mean(axis=0)
        first, last = part[0], part[-1]
        asked = (last[1] - first[1]) / max(1e-9, 60 * (last[0] - first[0]))
        rows.append((f"{first[0]:.1f} to {last[0]:.1f}", float(asked), *(float(mean) for mean in means)))
    title = f"The service under mixed load, at most {rate:g} requests/s, {swaps} releases exchanged"
    return Table(title, _COLUMNS, rows)


def _slope(samples: list[Sample]) -> float:
    """MiB an hour, by least squares, without the time in which caches fill."""
    warm = np.array(samples[len(samples) * _WARM // _PARTS :])
    return float(60 * np.polyfit(warm[:, 0], warm[:, 2], 1)[0])


if __name__ == "__main__":
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    main()
