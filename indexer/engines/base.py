"""What every vector engine offers: build once, open many times, search exactly, tell about itself.

A release keeps the vectors of each side in a plain float32 `.npy` file, `(count, dim)`, rows L2-normalised.
That file is the truth; an engine may build further files from it and re-scores what it finds against it,
so a score is the cosine whatever the engine.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

Vectors = NDArray[np.float32]
Rows = NDArray[np.int64]

NO_ROW = -1


class IndexSpec(BaseModel):
    """Which engine and kind of index serves a release, and with which parameters; part of the manifest."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    engine: str = "faiss"
    kind: str = "flat"
    parameters: dict[str, int | float | str] = {}


@dataclass(frozen=True, slots=True)
class Hits:
    """Best rows per query, best first; equal scores in row order.

    Shapes: `scores` float32 `(queries, k)`, `rows` int64 `(queries, k)`. Where there are fewer than k rows to
    find, the rest is filled with row -1 and score -inf.
    """

    scores: Vectors
    rows: Rows


@dataclass(frozen=True, slots=True)
class EngineStats:
    """What an open index holds: `vector_bytes` is the size of the vectors, `index_bytes` of all files beside them."""

    engine: str
    kind: str
    count: int
    dim: int
    vector_bytes: int
    index_bytes: int


class VectorIndex(Protocol):
    """One side of a release, opened for search. Safe to use from several threads at once."""

    @property
    def count(self) -> int: ...

    @property
    def dim(self) -> int: ...

    def search(self, queries: Vectors, k: int, allowed: Rows | None = None) -> Hits:
        """Find the k best rows of each query.

        Args:
            queries: float32 `(queries, dim)`, L2-normalised.
            k: number of hits wanted, at least 1; may exceed the number of rows.
            allowed: only these rows may be found: int64 `(m,)`, ascending, without repeats; None for all.

        Raises:
            ValueError: k below 1, a wrong shape, or values that are not finite.
        """
        ...

    def stats(self) -> EngineStats: ...

    def close(self) -> None: ...


class Engine(Protocol):
    """A kind of vector index: makes its files next to the vectors of a side and opens them again."""

    @property
    def name(self) -> str: ...

    @property
    def kinds(self) -> tuple[str, ...]: ...

    def build(self, vectors: Path, directory: Path, spec: IndexSpec) -> list[Path]:
        """Write whatever this kind needs beside the vector file into `directory`; returns the files written."""
        ...

    def open(self, vectors: Path, directory: Path, spec: IndexSpec) -> VectorIndex:
        """Open what `build` made. Start-up must not read the vectors whole. Raises OSError or ValueError if damaged."""
        ...
