"""Embeddings of external systems, for the same table: ids and vectors in an `.npz`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.evaluation.protocol import EmbeddedSet, EvaluationError, EvaluationSet
from training.inputs.npz import ArrayFileError, load_arrays


@dataclass(frozen=True, slots=True)
class Embeddings:
    """Vectors by name: ids are distinct, vectors float32 `(ids, dim)` and finite."""

    ids: tuple[str, ...]
    vectors: NDArray[np.float32]


def load_embeddings(path: Path) -> Embeddings:
    """Embeddings of an external system: an `.npz` of `ids` (text or integers) and `embeddings` `(ids, dim)`.

    Raises:
        EvaluationError: the file is not that, an id repeats, or a vector is not finite.
    """
    try:
        ids, vectors = load_arrays(path, "ids", "embeddings")
    except ArrayFileError as error:
        raise EvaluationError(str(error)) from error
    if ids.ndim != 1 or ids.dtype.kind not in "Uiu":
        raise EvaluationError(f"The ids in {path} must be one row of text or whole numbers.")
    if vectors.ndim != 2 or vectors.dtype.kind != "f" or len(vectors) != len(ids):
        raise EvaluationError(
            f"The embeddings in {path} must be floats of the shape ({len(ids)}, dim), not {vectors.dtype} "
            f"{vectors.shape}."
        )
    names = tuple(str(identifier) for identifier in ids)
    if len(set(names)) != len(names):
        raise EvaluationError(f"An id occurs more than once in {path}.")
    single = vectors.astype(np.float32)
    if not bool(np.isfinite(single).all()):
        raise EvaluationError(f"A vector in {path} is not finite.")
    return Embeddings(names, single)


def embed_external(prepared: EvaluationSet, texts: Embeddings, molecules: Embeddings) -> EmbeddedSet:
    """Vectors of an external system in the order of the set; texts and molecules are matched by id.

    Raises:
        EvaluationError: a text or molecule has no vector, or two texts share an id so that it does not tell
            them apart.
    """
    named = [identifier for identifier in prepared.text_ids if identifier is not None]
    if len(named) < len(prepared.texts) or len(set(named)) < len(named):
        raise EvaluationError("External text vectors need pairs with an id each, no two alike.")
    return EmbeddedSet(_aligned(texts, named, "text"), _aligned(molecules, prepared.molecule_ids, "molecule"))


def _aligned(embeddings: Embeddings, ids: Sequence[str], what: str) -> NDArray[np.float32]:
    row_of = {identifier: row for row, identifier in enumerate(embeddings.ids)}
    missing = [identifier for identifier in ids if identifier not in row_of]
    if missing:
        raise EvaluationError(f"{len(missing)} of {len(ids)} {what} ids have no embedding, for example {missing[0]!r}.")
    return embeddings.vectors[[row_of[identifier] for identifier in ids]]
