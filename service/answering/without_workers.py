"""Reading queries where nobody may wait for a worker process."""

from __future__ import annotations

from typing import NoReturn

from indexer.chemistry import Chemistry
from indexer.chemistry.name_reader import NamedStructure


class WorkerNeededError(Exception):
    """A query cannot be read without a worker: it has to be read where that is waited for."""


class WithoutWorkers(Chemistry):
    """Raises `WorkerNeededError` in place of asking a worker.

    A batch is read with it. What a text holds is known only when it has been read: a structure behind a label, a name
    for OPSIN; and a worker may take its time, in which all others would wait.
    """

    def __init__(self, chemistry: Chemistry) -> None:
        self._of = chemistry

    @property
    def reads_names_by(self) -> str | None:
        return self._of.reads_names_by

    def read(self, *_: object, **__: object) -> NoReturn:
        raise WorkerNeededError

    def read_name(self, name: str) -> NamedStructure:
        if self.reads_names_by is None:
            return NamedStructure("")
        raise WorkerNeededError

    def pattern(self, *_: object, **__: object) -> NoReturn:
        raise WorkerNeededError

    def match(self, *_: object, **__: object) -> NoReturn:
        raise WorkerNeededError
