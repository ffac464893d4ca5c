"""Vectors from the encoder, in batches that depend on the shard alone: the same shard gives the same numbers."""

from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from indexer.errors import BuildError
from indexer.report import StageClock
from model.encoder import TextMoleculeEncoder
from model.features import MoleculeFeatures

Item = TypeVar("Item")

# Vectors are unit vectors, or zero where the encoder knows nothing about the input.
_NORM_TOLERANCE = 1e-3


class Embedder:
    """Embeds the items of one shard at a time; items of similar length share a batch, so little is padding."""

    def __init__(self, encoder: TextMoleculeEncoder, batch_size: int, clock: StageClock) -> None:
        self.dim = encoder.dim
        self._encoder = encoder
        self._batch_size = batch_size
        self._clock = clock

    def molecules(self, features: Sequence[MoleculeFeatures]) -> NDArray[np.float32]:
        """float32 `(molecules, dim)` in the order given."""
        self._clock.embedded["molecules"] += len(features)
        return self._embed(features, [item.num_atoms for item in features], self._encoder.encode_features)

    def texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """float32 `(texts, dim)` in the order given."""
        self._clock.embedded["descriptions"] += len(texts)
        return self._embed(texts, [len(text) for text in texts], self._encoder.encode_text)

    def _embed(
        self,
        items: Sequence[Item],
        lengths: Sequence[int],
        encode: Callable[[Sequence[Item]], NDArray[np.float32]],
    ) -> NDArray[np.float32]:
        vectors = np.empty((len(items), self.dim), dtype=np.float32)
        order = np.argsort(np.asarray(lengths, dtype=np.int64), kind="stable")
        with self._clock.measure("encode"):
            for start in range(0, len(order), self._batch_size):
                batch = order[start : start + self._batch_size]
                vectors[batch] = encode([items[i] for i in batch])
        norms = np.linalg.norm(vectors, axis=1)
        if not np.all((np.abs(norms - 1) < _NORM_TOLERANCE) | (norms == 0)):
            raise BuildError("the checkpoint gives vectors that are not of length 1: it is damaged")
        return vectors
