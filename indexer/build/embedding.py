"""Vectors from the encoder that depend on the input alone, not on what it is embedded together with.

The last bits of a matrix product depend on its shape: libraries sum a product of 8 rows in another order than one of
12. So on a CPU every forward pass has the same shape for inputs of one length: exactly `ROWS` of them, none padded, and
a batch that is not full repeats its first input. A rebuild that embeds only what is new then gives the bytes of one
that embeds everything. Inputs so long that `ROWS` of them outgrow the cache go one at a time.

A GPU sums in no fixed order and wants large batches: there, a batch holds as many inputs of one length as fit.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from indexer.build.report import StageClock
from indexer.errors import BuildError
from model.inputs.features import MoleculeFeatures
from model.network.encoder import TextMoleculeEncoder

Vectors = NDArray[np.float32]
Item = TypeVar("Item")

ROWS = 8
"""Inputs of one length in a forward pass on a CPU."""

# The most atoms or tokens in a forward pass.
_POSITIONS_CPU = 1024
_POSITIONS_GPU = 8192
# Vectors are unit vectors, or zero where the encoder knows nothing about the input.
_NORM_TOLERANCE = 1e-3


@dataclass(frozen=True, slots=True)
class Encoded:
    """Takes the place of a molecule's features where it was embedded as it was parsed: `vector` is float32 `(dim,)`."""

    vector: Vectors


class Embeds(Protocol):
    """Turns molecules and texts into vectors, on this machine or on a cluster."""

    dim: int

    def molecules(self, features: Sequence[MoleculeFeatures]) -> Vectors:
        """float32 `(molecules, dim)` in the order given."""
        ...

    def texts(self, texts: Sequence[str]) -> Vectors:
        """float32 `(texts, dim)` in the order given."""
        ...


class Embedder:
    """Embeds with an encoder of this process. `batch_size`: the most inputs in a forward pass on a GPU."""

    def __init__(self, encoder: TextMoleculeEncoder, batch_size: int, clock: StageClock, device: str = "cpu") -> None:
        self.dim = encoder.dim
        self._encoder = encoder
        self._on_cpu = device == "cpu"
        self._most = ROWS if self._on_cpu else batch_size
        self._positions = _POSITIONS_CPU if self._on_cpu else _POSITIONS_GPU
        self._clock = clock

    def molecules(self, features: Sequence[MoleculeFeatures]) -> Vectors:
        """float32 `(molecules, dim)` in the order given."""
        self._clock.embedded["molecules"] += len(features)
        return self._embed(features, [item.num_atoms for item in features], self._encoder.encode_features)

    def texts(self, texts: Sequence[str]) -> Vectors:
        """float32 `(texts, dim)` in the order given."""
        self._clock.embedded["descriptions"] += len(texts)
        with self._clock.measure("encode"):
            features = self._encoder.text_featurizer(texts)
        return self._embed(features, [len(item.tokens) for item in features], self._encoder.encode_text_features)

    def _embed(
        self, items: Sequence[Item], lengths: Sequence[int], encode: Callable[[Sequence[Item]], Vectors]
    ) -> Vectors:
        vectors = np.empty((len(items), self.dim), dtype=np.float32)
        with self._clock.measure("encode"):
            for rows, size in self._batches(lengths):
                filling = [items[rows[0]]] * (size - len(rows))
                vectors[rows] = encode([items[row] for row in rows] + filling)[: len(rows)]
        norms = np.linalg.norm(vectors, axis=1)
        if not np.all((np.abs(norms - 1) < _NORM_TOLERANCE) | (norms == 0)):
            raise BuildError("the checkpoint is damaged: its vectors are not of length 1")
        return vectors

    def _batches(self, lengths: Sequence[int]) -> Iterator[tuple[list[int], int]]:
        """Rows of one length that share a forward pass, and the number of inputs to fill it up to."""
        groups: defaultdict[int, list[int]] = defaultdict(list)
        for row, length in enumerate(lengths):
            groups[length].append(row)
        for length, rows in sorted(groups.items()):
            fitting = self._positions // max(length, 1)
            most = self._most if fitting >= self._most else 1 if self._on_cpu else max(1, fitting)
            for start in range(0, len(rows), most):
                batch = rows[start : start + most]
                yield batch, most if self._on_cpu else len(batch)
