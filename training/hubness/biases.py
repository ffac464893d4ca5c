"""Numbers that an index can add to its cosines, so that rows near every query stand back: CSLS, made from a bank.

For corpora that hold none of the training data. There nobody's own captions are in the bank, and held-out queries gain
(docs/recipe.md); among candidates that were trained on, what these gain is taken from the questions about the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from model import load_checkpoint
from training.config import ConfigError
from training.featurize import featurize
from training.hubness.bank import Own, ask_bank
from training.pairs import read_pairs

Side = Literal["molecules", "descriptions"]

NEIGHBOURS = 10
WEIGHT = 0.5
"""As Conneau et al. have it, and as cross-fitting chooses in both directions on the ChEBI-20 validation split."""


@dataclass(frozen=True)
class BiasRequest:
    """side: what the vectors are of; the bank is the other side of the pairs. vectors: a `.npy`, (rows, dim)."""

    checkpoint: str
    pairs: Sequence[str]
    side: Side
    vectors: Path
    neighbours: int = NEIGHBOURS
    weight: float = WEIGHT
    workers: int = 2
    device: str = "cpu"


def make_biases(request: BiasRequest) -> NDArray[np.float32]:
    """-weight × the mean cosine of each row to its nearest bank queries: float32 (rows,).

    Raises:
        CheckpointError, PairFileError: something cannot be read.
        ConfigError: the vectors are none of this checkpoint, or no pair can be used.
    """
    encoder = load_checkpoint(request.checkpoint, request.device).encoder
    vectors = _read(request.vectors, encoder.dim)
    pairs = [pair for source in request.pairs for pair in read_pairs(source, limits=None).pairs]
    if request.side == "molecules":
        bank = encoder.encode_text(list(dict.fromkeys(pair.text for pair in pairs)))
    else:
        made = featurize(list(dict.fromkeys(pair.smiles for pair in pairs)), encoder.featurizer, request.workers)
        bank = encoder.encode_features([item for item in made if item is not None])
    if not len(bank):
        raise ConfigError("there is no pair to make a bank of")
    views = ask_bank(bank, vectors, Own.of(set()), depth=request.neighbours, temperatures=())
    return -np.float32(request.weight) * views.rest.mean_of_nearest(request.neighbours)


def _read(path: Path, dim: int) -> NDArray[np.float32]:
    try:
        vectors = np.load(path, allow_pickle=False, mmap_mode="r")
    except (OSError, ValueError, EOFError) as error:
        raise ConfigError(f"{path} cannot be read as vectors: {error}") from None
    if not isinstance(vectors, np.ndarray) or vectors.ndim != 2 or vectors.dtype.kind != "f" or vectors.shape[1] != dim:
        raise ConfigError(f"{path} does not hold vectors of {dim} dimensions, as this checkpoint's are")
    if not len(vectors):
        raise ConfigError(f"{path} holds no vectors")
    return vectors.astype(np.float32)
