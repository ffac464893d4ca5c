"""Start a service as a process, load it with wrk, and measure both."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

# Queries are a sentence of this kind with a number that no other query has, so that no cache has its vector.
_WORDS = ("acid", "alcohol", "steroid", "alkaloid", "peptide", "sugar", "lipid", "dye", "drug", "solvent")
_TEXT_LUA = """
local words = {WORDS}
local number = 0
wrk.method, wrk.headers["Content-Type"] = "POST", "application/json"
function request()
  number = number + 1
  local text = "a natural " .. words[math.random(10)] .. " with " .. words[math.random(10)] .. " activity, number "
  return wrk.format(nil, "/search/text2mol", nil, '{"query": "' .. text .. SEED .. "-" .. number .. '"MODE}')
end
"""
_STRUCTURE_LUA = """
local structures = {STRUCTURES}
local number = 0
wrk.method, wrk.headers["Content-Type"] = "POST", "application/json"
function request()
  number = number + 1
  local body = '{"query": "' .. structures[number % #structures + 1] .. '"}'
  return wrk.format(nil, "/search/mol2text", nil, body)
end
"""
_UNITS = {"us": 1e-3, "ms": 1.0, "s": 1e3, "m": 6e4}


@dataclass(frozen=True, slots=True)
class Load:
    """What a number of clients got: good answers a second, latencies in ms, others, processor ms a good answer."""

    per_second: float
    p50: float
    p99: float
    refused: int
    cpu_ms: float


class Service:
    """A command that listens on `port`, in a session of its own so that the time of all its processes can be told.

    log: read what it writes to standard error (and throw it away), so that `stalled_log` can stop reading.
    """

    def __init__(self, command: Sequence[str], port: int, home: Path, *, log: bool = False) -> None:
        self.port = port
        self._reading = threading.Event()
        self._reading.set()
        environment = os.environ | {"PYTHONPATH": str(home), "HF_HUB_OFFLINE": "1"}
        self._process = subprocess.Popen(
            [sys.executable, *command],
            cwd=home,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE if log else subprocess.DEVNULL,
            start_new_session=True,  # so that all of it can be killed
        )
        if log:
            threading.Thread(target=self._read_log, daemon=True).start()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def _read_log(self) -> None:
        assert self._process.stderr is not None
        while self._reading.wait() and self._process.stderr.read1(1 << 16):  # type: ignore[attr-defined]
            pass

    @contextmanager
    def stalled_log(self, stalled: bool = True) -> Iterator[None]:
        """Nobody reads the log during the block, if `stalled`."""
        if stalled:
            self._reading.clear()
        try:
            yield
        finally:
            self._reading.set()

    def wait(self, seconds: float = 600.0) -> None:
        """Until it is ready and all that it starts has started. RuntimeError if that never is."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health/ready", timeout=5):
                    break
            except (urllib.error.URLError, OSError):
                time.sleep(0.2)
        else:
            raise RuntimeError("the service did not become ready")
        self.settle()

    def settle(self) -> None:
        """Until it does nothing: its processes have loaded, and what clients left behind is done."""
        before = -1.0
        while self.cpu_seconds() - before > 0.1:
            before = self.cpu_seconds()
            time.sleep(1)

    def cpu_seconds(self) -> float:
        """Processor time of the process and of all that it has started."""
        parents: dict[int, int] = {}
        ticks: dict[int, int] = {}
        for status in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = status.read_text().rpartition(")")[2].split()
            except OSError:
                continue
            number = int(status.parent.name)
            parents[number], ticks[number] = int(fields[1]), int(fields[11]) + int(fields[12])

        def ours(number: int) -> bool:
            while number not in (0, self._process.pid):
                number = parents.get(number, 0)
            return bool(number)

        return sum(spent for number, spent in ticks.items() if ours(number)) / os.sysconf("SC_CLK_TCK")

    def close(self) -> None:
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def made_up(number: int) -> str:
    """A text query of the kind that `press` sends."""
    one, other = _WORDS[number % len(_WORDS)], _WORDS[number // len(_WORDS) % len(_WORDS)]
    return f"a natural {one} with {other} activity, number {time.monotonic_ns()}-{number}"


def press(
    service: Service, route: str, clients: int, seconds: int, structures: Sequence[str], mode: str = "auto"
) -> Load:
    """`clients` connections that each ask again as soon as they are answered. mode: of text2mol."""
    wrk = shutil.which("wrk")
    if wrk is None:
        raise RuntimeError("wrk is needed to make load: apt-get install wrk")
    script = _TEXT_LUA.replace("SEED", f'"{time.monotonic_ns()}"').replace("WORDS", ", ".join(f'"{w}"' for w in _WORDS))
    # Left out where it is the default, as the baseline may not know it.
    script = script.replace("MODE", "" if mode == "auto" else f', "mode": "{mode}"')
    if route == "mol2text":
        quoted = ", ".join('"' + smiles.replace("\\", "\\\\\\\\") + '"' for smiles in structures)
        script = _STRUCTURE_LUA.replace("STRUCTURES", quoted)
    with TemporaryDirectory() as directory:
        path = Path(directory) / "load.lua"
        path.write_text(script, encoding="utf-8")
        service.settle()
        command = [wrk, "-t1", f"-c{clients}", f"-d{seconds}s", "--timeout", "30s", "--latency", "-s", str(path)]
        before = service.cpu_seconds()
        printed = subprocess.run(
            [*command, f"http://127.0.0.1:{service.port}"], check=True, capture_output=True, text=True
        ).stdout
        spent = service.cpu_seconds() - before
    found = re.search(r"(\d+) requests in ([\d.]+)(\w+)", printed)
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", printed)
    assert found is not None
    bad = int(refused[1]) if refused else 0
    good = int(found[1]) - bad
    lasted = float(found[2]) * _UNITS[found[3]] / 1000
    cpu_ms = 1000 * spent / good if good else float("inf")
    return Load(good / lasted, _latency(printed, "50%"), _latency(printed, "99%"), bad, cpu_ms)


def _latency(printed: str, share: str) -> float:
    found = re.search(rf"{share}\s+([\d.]+)(us|ms|s|m)\b", printed)
    return float(found[1]) * _UNITS[found[2]] if found else float("nan")
