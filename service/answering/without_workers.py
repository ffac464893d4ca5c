"""Reading queries where nobody may wait for a worker process."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from typing import NoReturn

from indexer.chemistry import Chemistry, ReadStructure, Want
from indexer.chemistry.name_reader import NamedStructure
from indexer.policy import Standardization
from indexer.search.substructure import MatchTime, Pattern


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

    def read(
        self,
        text: str,
        policy: Standardization = "none",
        want: Want = Want.FINGERPRINT,
        model: str = "",
        expires: float | None = None,
    ) -> Future[ReadStructure]:
        _refuse()

    def read_name(self, name: str) -> NamedStructure:
        if self.reads_names_by is None:
            return NamedStructure("")
        _refuse()

    def pattern(self, smarts: str, expires: float | None = None) -> Future[Pattern]:
        _refuse()

    def match(
        self, smiles: Sequence[str], has: Sequence[Pattern], lacks: Sequence[Pattern], time: MatchTime
    ) -> list[bool]:
        _refuse()


def _refuse() -> NoReturn:
    raise WorkerNeededError
