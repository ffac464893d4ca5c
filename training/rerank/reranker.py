"""What evaluation needs of a second stage."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class Reranker(Protocol):
    """Scores the first hits of a text again; they are ordered by the new scores."""

    def __call__(self, text: str, candidates: Sequence[str], scores: NDArray[np.floating]) -> NDArray[np.floating]:
        """candidates: SMILES `(candidates,)`; scores: of the base system `(candidates,)`, higher is better.

        Returns new scores `(candidates,)`, higher is better.
        """
        ...
