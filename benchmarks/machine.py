"""The hardware line of every table, and the number of threads."""

import os
import platform
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_LIBRARIES = ("torch", "numpy", "rdkit", "faiss-cpu", "faiss-gpu", "transformers")
_THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def restart_with_threads(threads: int, module: str, arguments: Sequence[str]) -> None:
    """Begin anew with so many threads in every numeric library, which read these variables when they are loaded."""
    wanted = {**dict.fromkeys(_THREAD_VARIABLES, str(threads)), "TOKENIZERS_PARALLELISM": "false"}
    if any(os.environ.get(name) != value for name, value in wanted.items()):
        os.execve(sys.executable, [sys.executable, "-m", module, *arguments], {**os.environ, **wanted})


def describe(threads: int) -> str:
    """One line: date, processor, cores, threads used, load by others, library versions."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    busy = f"load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "load unknown"
    libraries = ", ".join(f"{name} {found}" for name in _LIBRARIES if (found := _version(name)) is not None)
    return (
        f"{datetime.now(UTC):%Y-%m-%d %H:%MZ}, {_processor()}, {cores} cores, {threads} thread(s) used, {busy}, "
        f"Python {platform.python_version()}, {libraries}"
    )


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
