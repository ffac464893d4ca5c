"""Milvus Lite in this process or another, and the real server, all reached through the real client."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from indexer.engines.milvus_settings import MilvusSettings

BOTH = ["lite", pytest.param("server", marks=pytest.mark.slow)]
"""What fixtures of a Milvus are parametrised with: fast tests have Milvus Lite, `make slow` the real server, too."""

# The last standalone server on PyPI. It needs packages that ours must not have: an environment of its own.
_PACKAGES = ["milvus==2.3.5", "setuptools<81"]
_ENVIRONMENT = Path(__file__).parents[2] / "var" / "milvus-2.3.5"
_START_SECONDS = 120.0
REASON = "Milvus Lite is not installed: pip install -e '.[milvus]'"


def milvus_settings(kind: str, directory: Path) -> Iterator[MilvusSettings]:
    """A Milvus of this kind, for the body of a fixture: a database of its own, or a server that ends with it."""
    if kind == "lite":
        yield milvus_lite(directory / "lite.db")
        return
    server = StandaloneServer(directory)
    server.start()
    yield MilvusSettings(uri=server.uri, timeout_seconds=100)
    server.kill()


def milvus_lite(file: Path) -> MilvusSettings:
    """Settings for a database in `file` (its name ends with .db); skips the test if the extra is missing."""
    _require()
    return MilvusSettings(uri=str(file), timeout_seconds=100)  # a busy machine is not a server that is away


class MilvusServer:
    """A server of its own, that can be killed, hung and started again; skips the test if the extra is missing."""

    def __init__(self, directory: Path) -> None:
        _require()
        self._directory = directory
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = int(free.getsockname()[1])
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def uri(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Start it on the same port and data as before, and wait until it listens."""
        command = [sys.executable, "-u", "-m", "milvus_lite", "server", "--data-dir", str(self._directory)]
        command += ["--host", "127.0.0.1", "--port", str(self._port)]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        assert self._process.stdout is not None
        assert b"listening" in self._process.stdout.readline()

    def kill(self) -> None:
        """End it at once, as a machine that fails."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            assert self._process.stdout is not None
            self._process.stdout.close()
            self._process = None

    def hang(self) -> None:
        """Let it hold its connections and answer nothing until `resume`."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        os.kill(self._process.pid, number)


class StandaloneServer(MilvusServer):
    """The real server, in one process; skips the test where it cannot be installed."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        self._program = _installed()

    def start(self) -> None:
        """Start it on the same port and data as before, and wait until it answers."""
        from pymilvus import MilvusClient, MilvusException

        command = [str(self._program), "--data", str(self._directory), "--proxy-port", str(self._port)]
        self._process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        deadline = time.monotonic() + _START_SECONDS
        while True:
            try:
                MilvusClient(uri=self.uri, timeout=5).close()
                return
            except MilvusException:
                if time.monotonic() > deadline:
                    self.kill()  # one machine has ports for one server
                    raise AssertionError("the server did not answer in time") from None
                time.sleep(0.5)

    def kill(self) -> None:
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        os.killpg(self._process.pid, number)


def _installed() -> Path:
    program = _ENVIRONMENT / "bin" / "milvus-server"
    if not program.exists():
        pip = [str(_ENVIRONMENT / "bin" / "python"), "-m", "pip", "install", "--quiet", *_PACKAGES]
        made = all(
            subprocess.run(command, check=False).returncode == 0
            for command in ([sys.executable, "-m", "venv", str(_ENVIRONMENT)], pip)
        )
        if not made:
            pytest.skip(f"the Milvus server cannot be installed: pip install {' '.join(_PACKAGES)}")
    return program


def _require() -> None:
    pytest.importorskip("pymilvus", reason=REASON)
    pytest.importorskip("milvus_lite", reason=REASON)
