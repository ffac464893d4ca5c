"""Tables that a conversion writes: all of them complete, or those of an earlier call left as they were."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import TextIO

SUMMARY = "summary.json"
_UNFINISHED = ".unfinished"


class Tables:
    """The tables of a directory by file name, with their columns.

    They are written beside their names and moved there by `finish`, the summary last. Rows for other tables are
    dropped. OSError where the directory cannot be written.
    """

    def __init__(self, out: Path, columns: Mapping[str, Sequence[str]]) -> None:
        self._out = out
        self._columns = columns
        self._unfinished = out / _UNFINISHED
        self._files: dict[str, TextIO] = {}
        self._stack = ExitStack()

    def __enter__(self) -> Tables:
        self._unfinished.mkdir(parents=True, exist_ok=True)
        for name, columns in self._columns.items():
            path = self._unfinished / name
            self._files[name] = self._stack.enter_context(path.open("w", encoding="utf-8", newline="\n"))
            self.write(name, columns)
        return self

    def write(self, name: str, fields: Sequence[str]) -> None:
        """Add a row; white space in a field, tabs and line breaks included, becomes single blanks."""
        if name in self._columns:
            self._files[name].write("\t".join(" ".join(field.split()) for field in fields) + "\n")

    def finish(self, summary: Mapping[str, object]) -> None:
        self._stack.close()
        (self._out / SUMMARY).unlink(missing_ok=True)  # it vouches for the tables, and for these not yet
        for name in self._columns:
            (self._unfinished / name).replace(self._out / name)
        path = self._unfinished / SUMMARY
        path.write_text(json.dumps(summary, indent=2) + "\n", encoding="utf-8")
        path.replace(self._out / SUMMARY)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            self._stack.close()
        finally:
            for name in (*self._columns, SUMMARY):
                (self._unfinished / name).unlink(missing_ok=True)
            self._unfinished.rmdir()


def joined_synonyms(names: Iterable[str]) -> str:
    """Different names as one cell, separated by `|`, which the reader of a corpus splits at.

    A single name with a semicolon gets a `|`, or it would be split there.
    """
    cell = "|".join(dict.fromkeys(" ".join(name.split()) for name in names))
    return f"{cell}|" if ";" in cell and "|" not in cell else cell
