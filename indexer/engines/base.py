"""What every vector engine offers: build once, open many times, search exactly, tell about itself.

A release keeps the vectors of each side in a plain float32 `.npy` file, `(count, dim)`, rows L2-normalised.
That file is the truth; an engine may build further files from it and re-scores what it finds against it,
so a score is the cosine whatever the engine.

A side may have a bias for each of its rows (`bias_file`). Every kind carries it as one more dimension of the vectors,
1 in the query: rows are ranked by cosine + bias, and the score that is reported stays the cosine.
"""

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
    """What searches need outside this process, such as a server, does not answer or does not do what it is asked to."""


def bias_file(vectors: Path) -> Path:
    """Where the biases of a side's rows stand, if it has any: float32 `(count,)` beside its vectors."""
    return vectors.with_suffix(".bias.npy")


def index_file(vectors: Path, directory: Path) -> Path:
    """Where an engine that needs one file per side keeps it."""
    return directory / f"{vectors.stem}.faiss"


class IndexSpec(BaseModel):
    """Which engine and kind of index serves a release, and with which parameters; part of the manifest."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    engine: str = "faiss"
    kind: str = "flat"
    parameters: dict[str, int | float | str] = {}


@dataclass(frozen=True, slots=True)
class Hits:
    """Best rows per query, best first; equal ones in row order. Best is the highest score, or score + bias.

    Shapes: `scores` float32 `(queries, k)`, `rows` int64 `(queries, k)`. Where there are fewer than k rows to
    find, the rest is filled with row -1 and score -inf.
    """

    scores: Vectors
    rows: Rows


@dataclass(frozen=True, slots=True)
class Where:
    """Conditions that the molecules of `count` rows of a side meet, all rows that a search allows among them.

    For an engine that has the columns (`indexer.columns`) as well and can drop other rows by itself. `ranges`: least
    and most of a property, both included, by its name in a filter. `tag_sets`: numbers of the sets of tags that a
    molecule may have, None for any.
    """

    ranges: tuple[tuple[str, Bounds], ...]
    tag_sets: tuple[int, ...] | None
    count: int


@dataclass(frozen=True, slots=True)
class EngineStats:
    """What an open index holds, and where.

    `vector_bytes` is the size of the vectors, `index_bytes` of all files beside them. `resident_bytes` of the latter
    were read when it was opened, each process its own; all else is mapped: read when touched, shared by processes.
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
            where: what all allowed rows have in common, for engines that can make use of it; hits do not depend on it.

        Raises:
            ValueError: k below 1, a wrong shape, or values that are not finite.
            EngineAwayError: a server that is needed is away.
        """
        ...

    def check(self) -> None:
        """Raise EngineAwayError if searches need a server that is away. At once, where they need none."""
        ...

    def stats(self) -> EngineStats: ...

    def close(self) -> None: ...


class Engine(Protocol):
    """A kind of vector index: makes its files next to the vectors of a side and opens them again."""

    @property
    def name(self) -> str: ...

    @property
    def kinds(self) -> tuple[str, ...]: ...

    def resolve(self, spec: IndexSpec, count: int, dim: int, memory: int | None = None) -> IndexSpec:
        """The spec for one side of so many vectors: a kind in place of `auto`, every parameter with its value.

        `memory`: bytes that the index may count on when it is searched; None for those of this machine. ValueError for
        a kind or parameter that there is not, or a value that it cannot have.
        """
        ...

    def build(self, vectors: Path, directory: Path, spec: IndexSpec) -> list[Path]:
        """Write whatever this kind needs beside the vector file into `directory`; returns the files written.

        `spec` comes from `resolve`. The same vectors and spec give the same bytes.
        """
        ...

    def open(self, vectors: Path, directory: Path, spec: IndexSpec) -> VectorIndex:
        """Open what `build` made. Start-up must not read the vectors whole. Raises OSError or ValueError if damaged."""
        ...
