"""Output that cannot be written: a full disk is told in a sentence, a closed pipe ends a command quietly."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedWriter, FileIO, TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, TextIO

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


@contextmanager
def written_output(command: str) -> Iterator[None]:
    """While `command` runs, its output is written or ends it, with status 1, wherever it is written from.

    Letters that the terminal does not have are replaced. Errors and progress that cannot be written are left out, and
    stop nothing.
    """
    streams = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = _guarded(sys.stdout, command), _guarded(sys.stderr, None)
    try:
        yield
    finally:
        sys.stdout.flush()  # while a failure can still be told
        sys.stderr.flush()
        sys.stdout, sys.stderr = streams


def json_text(value: object, indent: int | None = None) -> str:
    """A value as JSON for standard output; letters that its encoding may lack are escaped, and none is lost."""
    unicode = (sys.stdout.encoding or "").lower().startswith("utf")
    return json.dumps(value, indent=indent, ensure_ascii=not unicode)


def unwritable(command: str, error: OSError) -> NoReturn:
    """End `command`, whose output cannot be written. Who closed a pipe has read enough, and is told nothing."""
    if not isinstance(error, BrokenPipeError):
        reason = error.strerror or (os.strerror(error.errno) if error.errno else str(error))
        print(f"{command}: the output cannot be written: {reason}", file=sys.stderr)
    raise SystemExit(1)


class _Output(FileIO):
    """A standard stream. Once it cannot be written, what follows is dropped, so that ending does not fail again."""

    def __init__(self, descriptor: int, command: str | None) -> None:
        super().__init__(descriptor, "w", closefd=False)
        self._command = command
        self._lost = False

    def write(self, data: ReadableBuffer) -> int:
        if not self._lost:
            try:
                return super().write(data)
            except OSError as error:
                self._lost = True
                if self._command is not None:
                    unwritable(self._command, error)
        return memoryview(data).nbytes


def _guarded(stream: TextIO | None, command: str | None) -> TextIO:
    """`stream` on its own descriptor; itself where it has none, as in a test, or is guarded by an outer command."""
    if stream is None:  # closed by whoever started the command
        return Path(os.devnull).open("w", encoding="utf-8")
    buffer = getattr(stream, "buffer", None)
    raw = getattr(buffer, "raw", buffer)  # without a buffer where PYTHONUNBUFFERED says so
    if not isinstance(stream, TextIOWrapper):
        return stream
    if type(raw) is not FileIO:
        stream.reconfigure(errors="replace")
        return stream
    stream.flush()
    return TextIOWrapper(
        BufferedWriter(_Output(raw.fileno(), command)),
        encoding=stream.encoding,
        errors="replace",
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )
