"""A worker process: loads one object, then answers calls of its methods until the pipe ends.

Started as `python -m indexer.chemistry.worker FD MEMORY_MIB` by `indexer.chemistry.pool`, with the pipe as an open file
descriptor. A fresh interpreter, not a fork or a copy of the main module, so that it imports only what its object needs.
"""

import os
import resource
import signal
import sys
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path

# A worker whose parent is gone ends itself so much later than its parent would have ended it.
_ORPHAN_SECONDS = 10.0
# What a worker does can take long, and what its parent does for everyone else does not: the parent goes first where
# they want the same processor.
_NICER = 5


def serve(connection: "Connection[object, object]", memory_mib: int) -> None:
    """Receive the object, say that it is loaded, answer `(method, arguments, seconds)` with `(done, result)`.

    `done` is false for an exception. After a MemoryError the process ends: whatever ran out of memory in C++ may have
    left anything behind.
    """
    target = connection.recv()
    _limit_memory(memory_mib)
    os.nice(_NICER)
    _silence()
    connection.send(None)
    while True:
        request = connection.recv()
        assert isinstance(request, tuple)
        method, arguments, seconds = request
        # The default action of SIGALRM ends the process, whatever C++ is doing.
        signal.setitimer(signal.ITIMER_REAL, seconds + _ORPHAN_SECONDS)
        try:
            answer: tuple[bool, object] = (True, getattr(target, method)(*arguments))
        except MemoryError:
            connection.send((False, MemoryError()))
            return
        except Exception as error:
            answer = (False, error)
        signal.setitimer(signal.ITIMER_REAL, 0)
        try:
            connection.send(answer)
        except (TypeError, AttributeError, ValueError):  # an exception of RDKit that cannot be pickled
            connection.send((False, RuntimeError(f"{type(answer[1]).__name__}: {answer[1]}")))


def _limit_memory(mebibytes: int) -> None:
    """Bound the address space to what the loaded libraries take, and so much more. Linux only."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
    except OSError:
        return
    limit = pages * resource.getpagesize() + mebibytes * 2**20
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _silence() -> None:
    """Send standard output and error to nowhere: lines that C++ writes would break the service's log."""
    sink = os.open(os.devnull, os.O_WRONLY)
    os.dup2(sink, 1)
    os.dup2(sink, 2)


if __name__ == "__main__":
    with suppress(EOFError, OSError):  # the parent has no more work, or is gone
        serve(Connection(int(sys.argv[1])), int(sys.argv[2]))
