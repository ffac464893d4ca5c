"""Vectors from the encoder that depend on the input alone, not on what it is embedded together with.

How a matrix product is summed up depends on its shape, and so do the last bits of a vector. Here inputs share a batch
only with others of the same length, so that none is padded, and at least eight at a time (fewer are filled up by
repeating one): from four rows on, the products of the CPU libraries in use sum up each row in the same way however many
there are. An input so long that a batch of eight would be large goes alone. So a rebuild that embeds only what is new
gives the same bytes as one that embeds everything. On a GPU, sums are taken in no fixed order, and this does not hold.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from indexer.build.report import StageClock
from indexer.errors import BuildError
from model.inputs.features import MoleculeFeatures
from model.network.encoder import TextMoleculeEncoder

Item = TypeVar("Item")

# The least rows in a batch, and the most atoms or tokens: on a CPU, batches that outgrow the cache are slower.
_LEAST_ROWS = 8
_POSITIONS_CPU = 1024
_POSITIONS_GPU = 8192
# Vectors are unit vectors, or zero where the encoder knows nothing about the input.
_NORM_TOLERANCE = 1e-3


class Embedder:
    """Embeds as many items at a time as are at hand; `batch_size` (at least 8) go into one forward pass at most."""

    def __init__(self, encoder: TextMoleculeEncoder, batch_size: int, clock: StageClock, device: str = "cpu") -> None:
        self.dim = encoder.dim
        self._encoder = encoder
        self._batch_size = max(batch_size, _LEAST_ROWS)
        self._positions = _POSITIONS_CPU if device == "cpu" else _POSITIONS_GPU
        self._clock = clock

    def molecules(self, features: Sequence[MoleculeFeatures]) -> NDArray[np.float32]:
        """float32 `(molecules, dim)` in the order given."""
        self._clock.embedded["molecules"] += len(features)
        return self._embed(features, [item.num_atoms for item in features], self._encoder.encode_features)

    def texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """float32 `(texts, dim)` in the order given."""
        self._clock.embedded["descriptions"] += len(texts)
        with self._clock.measure("encode"):
            features = self._encoder.text_featurizer(texts)
        return self._embed(features, [len(item.tokens) for item in features], self._encoder.encode_text_features)

    def _embed(
        self,
        items: Sequence[Item],
        lengths: Sequence[int],
        encode: Callable[[Sequence[Item]], NDArray[np.float32]],
    ) -> NDArray[np.float32]:
        vectors = np.empty((len(items), self.dim), dtype=np.float32)
        with self._clock.measure("encode"):
            for rows in self._batches(lengths):
                alone = lengths[rows[0]] * _LEAST_ROWS > self._positions
                filling = 0 if alone else max(0, _LEAST_ROWS - len(rows))
                vectors[rows] = encode([items[row] for row in rows] + [items[rows[0]]] * filling)[: len(rows)]
        norms = np.linalg.norm(vectors, axis=1)
        if not np.all((np.abs(norms - 1) < _NORM_TOLERANCE) | (norms == 0)):
            raise BuildError("the checkpoint gives vectors that are not of length 1: it is damaged")
        return vectors

    def _batches(self, lengths: Sequence[int]) -> Iterator[list[int]]:
        """Rows of the same length, as many as go into one forward pass."""
        groups: dict[int, list[int]] = {}
        for row, length in enumerate(lengths):
            groups.setdefault(length, []).append(row)
        for length in sorted(groups):
            fitting = self._positions // max(length, 1)
            most = min(self._batch_size, fitting) if fitting >= _LEAST_ROWS else 1
            for start in range(0, len(groups[length]), most):
                yield groups[length][start : start + most]
