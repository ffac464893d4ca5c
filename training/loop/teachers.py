"""Similarities that trained networks give the training pairs, as targets for distillation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from model import DualEncoder
from training.inputs.corpus import Corpus


@dataclass(frozen=True)
class Teachers:
    """texts: (pairs, width), molecules: (molecules, width) of a corpus; products are mean cosines of the teachers."""

    texts: Tensor
    molecules: Tensor

    @classmethod
    def of(cls, networks: Sequence[DualEncoder], corpus: Corpus, device: torch.device | str) -> Teachers:
        """One or more networks of any dimensions; each encodes the corpus once, on its own device.

        Vectors are held as float16 on `device`: 2 bytes × width × (pairs + molecules).
        """
        share = 1 / len(networks) ** 0.5
        texts, molecules = [], []
        for network in networks:
            texts.append(_scaled(network.encode_text_features(corpus.text_features(network.text_featurizer)), share))
            molecules.append(_scaled(network.encode_features(corpus.molecule_features(network.featurizer)), share))
        return cls(torch.cat(texts, dim=1).to(device), torch.cat(molecules, dim=1).to(device))

    def similarity(self, texts: NDArray[np.int64], molecules: NDArray[np.int64]) -> Tensor:
        """Mean cosines (batch, batch) of the texts and the molecules in these rows, float32."""
        device = self.texts.device
        left = self.texts[torch.from_numpy(texts).to(device)].float()
        return left @ self.molecules[torch.from_numpy(molecules).to(device)].float().T


def _scaled(vectors: NDArray[np.float32], share: float) -> Tensor:
    return torch.from_numpy(vectors * np.float32(share)).half()
