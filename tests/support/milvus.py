"""Milvus Lite in this process or another, reached through the real client."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from indexer.engines.milvus_settings import MilvusSettings

REASON = "Milvus Lite is not installed: pip install -e '.[milvus]'"


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


def _require() -> None:
    pytest.importorskip("pymilvus", reason=REASON)
    pytest.importorskip("milvus_lite", reason=REASON)
