"""The protocol of vector engines: build once, open many times, search with exact scores, report what is open.

A release keeps the vectors of each side in a plain float32 `.npy` file, `(count, dim)`, rows L2-normalised. An engine
may build further files from it, and re-scores what it finds against it: scores are exact cosines whatever the engine.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

Vectors = NDArray[np.float32]
Rows = NDArray[np.int64]

Bounds = tuple[float | None, float | None]

NO_ROW = -1
AUTO = "auto"


class EngineAwayError(OSError):
    """A server that searches need does not answer, or refuses what it is asked for."""


def index_file(vectors: Path, directory: Path) -> Path:
    """Where an engine that needs one file per side keeps it."""
    return directory / f"{vectors.stem}.faiss"


class IndexSpec(BaseModel):
    """Engine, kind of index and its parameters; part of the manifest."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    engine: str = "faiss"
    kind: str = "flat"
    parameters: dict[str, int | float | str] = {}


@dataclass(frozen=True, slots=True)
class Hits:
    """The rows of highest score for each query, best first; rows of equal score in row order.

    Shapes: `scores` float32 `(queries, k)`, `rows` int64 `(queries, k)`. Where fewer than k rows exist, the rest is
    row -1 with score -inf.
    """

    scores: Vectors
    rows: Rows


@dataclass(frozen=True, slots=True)
class Where:
    """Conditions that the molecules of `count` rows of a side meet; every row that a search allows is among them.

    For an engine that stores the columns (`indexer.columns`) too and can filter by itself. `ranges`: property name, and
    its minimum and maximum, both inclusive. `tag_sets`: numbers of the tag sets that a molecule may have; None for any.
    """

    ranges: tuple[tuple[str, Bounds], ...]
    tag_sets: tuple[int, ...] | None
    count: int


@dataclass(frozen=True, slots=True)
class EngineStats:
    """Size and location of an open index.

    `vector_bytes` is the size of the vectors, `index_bytes` that of all files beside them. `resident_bytes` of the
    latter are read into each process when it opens the index; the rest is mapped: read on demand, shared by processes.
    """

    engine: str
    kind: str
    count: int
    dim: int
    vector_bytes: int
    index_bytes: int
    resident_bytes: int = 0
    device: str = "cpu"


class VectorIndex(Protocol):
    """One side of a release, opened for search. Safe to use from several threads at once."""

    @property
    def count(self) -> int: ...

    @property
    def dim(self) -> int: ...

    def search(self, queries: Vectors, k: int, allowed: Rows | None = None, where: Where | None = None) -> Hits:
        """Find the k best rows of each query.

        Args:
            queries: float32 `(queries, dim)`, L2-normalised.
            k: number of hits wanted, at least 1; may exceed the number of rows.
            allowed: only these rows may be found: int64 `(m,)`, ascending, without repeats; None for all.
            where: what all allowed rows have in common; an engine may use it to filter, the hits do not depend on it.

        Raises:
            ValueError: k below 1, a wrong shape, or values that are not finite.
            EngineAwayError: the server is unavailable.
        """
        ...

    def scores(self, query: Vectors, rows: Rows) -> Vectors:
        """Cosines of `rows` with one query `(dim,)`, as `search` gives them: float32 `(rows,)`."""
        ...

    def check(self) -> None:
        """Raise EngineAwayError if searches need a server that is unavailable."""
        ...

    def stats(self) -> EngineStats: ...

    def close(self) -> None: ...


class Engine(Protocol):
    """Builds the index files of one side next to its vectors, and opens them."""

    @property
    def name(self) -> str: ...

    @property
    def kinds(self) -> tuple[str, ...]: ...

    def resolve(self, spec: IndexSpec, count: int, dim: int, memory: int | None = None) -> IndexSpec:
        """The spec for a side of `count` vectors: `auto` replaced by a kind, every parameter given its value.

        `memory`: bytes available to searches; None for those of this machine. ValueError for an unknown kind or
        parameter, or a value out of range.
        """
        ...

    def build(self, vectors: Path, directory: Path, spec: IndexSpec) -> list[Path]:
        """Write what this kind needs beside the vector file into `directory`; returns the files written.

        `spec` comes from `resolve`. The same vectors and spec give the same bytes.
        """
        ...

    def open(self, vectors: Path, directory: Path, spec: IndexSpec) -> VectorIndex:
        """Open what `build` wrote, without reading all vectors. Raises OSError or ValueError if it is damaged."""
        ...

    def publish(self, release: Path) -> None:
        """Tell the server, if there is one, that this release is served from now on. EngineAwayError if it cannot."""
        ...

    def discard(self, removed: Sequence[Path], kept: Sequence[Path]) -> list[str]:
        """Delete what removed releases have on a server, unless a kept one shares it; returns the names deleted.

        Raises EngineAwayError if the server is unavailable.
        """
        ...
