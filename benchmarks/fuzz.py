"""Made-up structures and SMARTS sent to the service: each gets an answer or a problem of its own, in time.

    python -m benchmarks.fuzz --count 100000 --tsv fuzz.tsv

Starts the service (the bundled corpus if no index is named) and sends it so many structures and as many SMARTS, crafted
dense graphs among them, 64 in a request: line by line to the bulk routes, and every eighth request as one search, too.
Each request is a line of the TSV, and those that it has already are not sent again, so that a run that was stopped goes
on. Printed is what they got in all runs, by route; the command fails if anything was a fault of the service, came after
the deadline of a search, or was not answered.
"""

import argparse
import csv
import json
import os
import random
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from rdkit import rdBase

from benchmarks.machine import describe
from benchmarks.memory import PeakMemory
from benchmarks.serving_load import Service, free_port
from benchmarks.table import Table, show
from molseek.demo import bundled_index
from service.settings import Settings
from tests.support.fuzzed import pattern, structure

_TOGETHER = 64
_AS_SEARCH = 8  # each request of so many
_TIMEOUT = 300.0
_FIELDS = ("route", "number", "items", "seconds", "slowest", "slowest_item", "outcomes")
_DEADLINE = float(Settings.model_fields["search_seconds"].default)
_NO_FAULTS = {"engine_away", "search_timeout"}  # of the problems from 500 on


@dataclass(frozen=True, slots=True)
class Batch:
    """The texts of one request, the same whenever they are made."""

    route: str
    number: int
    size: int
    seed: int

    def texts(self) -> list[str]:
        draw = random.Random(f"{self.seed} {self.route.rpartition('/')[2]} {self.number}")
        make = pattern if self.route.endswith("text2mol") else structure
        with rdBase.BlockLogs():
            return [make(draw) for _ in range(self.size)]

    def bodies(self, texts: list[str]) -> list[dict[str, object]]:
        """What each text asks for by itself: a SMARTS as what hits have or lack."""
        if not self.route.endswith("text2mol"):
            return [{"query": text, "k": 1} for text in texts]
        ways = ("has_substructure", "lacks_substructure")
        return [{"query": "an acid", "k": 1, "filter": {ways[place % 2]: [text]}} for place, text in enumerate(texts)]


@dataclass(frozen=True, slots=True)
class Sent:
    """What a batch got. slowest: seconds between two answers, or of all where there is one; outcomes: how many by
    status and code.
    """

    seconds: float
    slowest: float
    slowest_item: str
    outcomes: Counter[str]


def batches(count: int, seed: int) -> Iterator[Batch]:
    """Structures to one route and another, and SMARTS."""
    for number in range(-(-count // _TOGETHER)):
        size = min(_TOGETHER, count - number * _TOGETHER)
        molecule = ("mol2text", "mol2mol")[number % 2]
        yield Batch(f"/bulk/{molecule}", number, size, seed)
        yield Batch("/bulk/text2mol", number, size, seed)
        if number % _AS_SEARCH == 0:
            yield Batch(f"/search/{molecule}", number, size, seed)


def send(batch: Batch, port: int, client: int) -> Sent:
    """Send a batch from an address of the client's own."""
    texts = batch.texts()
    connection = HTTPConnection("127.0.0.1", port, timeout=_TIMEOUT, source_address=(f"127.0.0.{2 + client}", 0))
    start = time.perf_counter()
    try:
        if batch.route.startswith("/bulk/"):
            return _line_by_line(connection, batch, texts, start)
        connection.request(
            "POST", batch.route, json.dumps({"queries": texts, "k": 1}), {"Content-Type": "application/json"}
        )
        answer = connection.getresponse()
        content = answer.read()
        seconds = time.perf_counter() - start
        code = _code(json.loads(content)) if answer.status >= 400 else ""
        return Sent(seconds, seconds, "", Counter({_outcome(answer.status, code): 1}))
    except (OSError, HTTPException, ValueError) as error:
        seconds = time.perf_counter() - start
        return Sent(seconds, seconds, "", Counter({f"none {type(error).__name__}": batch.size}))
    finally:
        connection.close()


def _line_by_line(connection: HTTPConnection, batch: Batch, texts: list[str], start: float) -> Sent:
    body = "".join(json.dumps(each) + "\n" for each in batch.bodies(texts))
    connection.request("POST", batch.route, body, {"Content-Type": "application/x-ndjson"})
    answer = connection.getresponse()
    outcomes: Counter[str] = Counter()
    slowest, slowest_item, last = 0.0, "", start
    if answer.status != 200:
        outcomes[_outcome(answer.status, _code(json.loads(answer.read())))] += batch.size
        texts = []
    for text in texts:
        line = answer.readline()
        now = time.perf_counter()
        if now - last > slowest:
            slowest, slowest_item = now - last, text
        last = now
        if not line:
            outcomes["none"] += batch.size - outcomes.total()
            break
        error = json.loads(line).get("error")
        outcomes["200" if error is None else _outcome(error["status"], error["code"])] += 1
    return Sent(time.perf_counter() - start, slowest, slowest_item, outcomes)


def _code(problem: dict[str, object]) -> str:
    return str(problem["code"])


def _outcome(status: int, code: str) -> str:
    return f"{status} {code}".strip()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkpoint", default="compact")
    parser.add_argument("--index", type=Path, help="index of `molseek-index build`; without it, the bundled corpus")
    parser.add_argument("--count", type=int, default=100_000, help="structures, and as many SMARTS")
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--tsv", type=Path, required=True, help="where each request goes, and what is done already")
    arguments = parser.parse_args()
    port = free_port()
    command = ["-m", "service.cli", "--checkpoint", arguments.checkpoint, "--port", str(port)]
    command += ["--index", str((arguments.index or bundled_index()).resolve())]
    service = Service(command, port, Path(__file__).parents[1], log=True)
    try:
        service.wait()
        with PeakMemory(service.pid) as memory:
            send_all(batches(arguments.count, arguments.seed), port, arguments)
        alive = service.alive
    finally:
        service.close()
    rows = [row for row in rows_of(arguments.tsv) if int(row["number"]) < -(-arguments.count // _TOGETHER)]
    show(describe(1), tables(rows))
    print(f"memory of all processes, of this run: {memory.with_children:,.0f} MiB at most")
    faults = faults_of(rows)
    if faults or not alive:
        sys.exit("faults: " + "; ".join([*faults, *([] if alive else ["the service has ended"])]))


def send_all(wanted: Iterable[Batch], port: int, arguments: argparse.Namespace) -> None:
    """Those that have not been sent, in threads, each a client; written as each is answered, in whatever order."""
    done = {(row["route"], int(row["number"])) for row in rows_of(arguments.tsv)}
    lock = threading.Lock()
    left = (batch for batch in wanted if (batch.route, batch.number) not in done)
    new = not arguments.tsv.exists()
    with arguments.tsv.open("a", encoding="utf-8", newline="") as stream, ThreadPoolExecutor(arguments.clients) as pool:
        writer = csv.DictWriter(stream, _FIELDS, delimiter="\t", lineterminator="\n")
        if new:
            writer.writeheader()

        def client(number: int) -> None:
            while True:
                with lock:
                    batch = next(left, None)
                if batch is None:
                    return
                sent = send(batch, port, number)
                with lock:
                    writer.writerow(_row(batch, sent))
                    stream.flush()

        list(pool.map(client, range(arguments.clients)))


def _row(batch: Batch, sent: Sent) -> dict[str, object]:
    return {
        "route": batch.route,
        "number": batch.number,
        "items": batch.size,
        "seconds": f"{sent.seconds:.3f}",
        "slowest": f"{sent.slowest:.3f}",
        "slowest_item": json.dumps(sent.slowest_item),
        "outcomes": json.dumps(sent.outcomes),
    }


def rows_of(path: Path) -> list[dict[str, str]]:
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as stream:
        return [row for row in csv.DictReader(stream, delimiter="\t") if row["outcomes"]]


def tables(rows: list[dict[str, str]]) -> list[Table]:
    """What was sent to each route and how long it took, and how often each answer was given."""
    routes = sorted({row["route"] for row in rows})
    times, answers = [], []
    for route in routes:
        own = [row for row in rows if row["route"] == route]
        longest = max(own, key=lambda row: float(row["slowest"]))
        item = json.loads(longest["slowest_item"])
        shown = f"`{item[:60]!r}`" if item else ""
        items = sum(int(row["items"]) for row in own)
        times.append((route, len(own), items, max(float(r["seconds"]) for r in own), float(longest["slowest"]), shown))
        outcomes: Counter[str] = Counter()
        for row in own:
            outcomes.update(json.loads(row["outcomes"]))
        answers += [(route, outcome, count) for outcome, count in outcomes.most_common()]
    columns = ("route", "requests", "items", "slowest request s", "slowest answer s", "the item it waited for")
    return [
        Table("Made-up structures and SMARTS", columns, times),
        Table("What they got", ("route", "answer", "times"), answers),
    ]


def faults_of(rows: list[dict[str, str]]) -> list[str]:
    """What nothing that is sent may bring about."""
    faults: list[str] = []
    for row in rows:
        outcomes = json.loads(row["outcomes"])
        wrong = [one for one in outcomes if one.startswith(("none", "5")) and one.partition(" ")[2] not in _NO_FAULTS]
        if wrong or float(row["slowest"]) > _DEADLINE:
            faults.append(f"{row['route']} {row['number']}: {', '.join(wrong)} in {row['slowest']} s")
    return faults


if __name__ == "__main__":
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    main()
