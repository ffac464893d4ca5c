"""What a checkpoint's encoder offers to everyone who has not trained it: one network, or several as one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from model.inputs.features import MoleculeFeatures
from model.inputs.structure import Molecule
from model.inputs.text_features import TextFeatures


class MoleculeFeaturizer(Protocol):
    """Featurises molecules with RDKit; cheap to pickle, for worker processes."""

    def __call__(self, molecule: Molecule) -> MoleculeFeatures: ...


class TextReader(Protocol):
    """The tokenizer's share, safe to call from any thread."""

    def __call__(self, texts: Sequence[str]) -> Sequence[TextFeatures]: ...


class TextMoleculeEncoder(Protocol):
    """Texts and molecules → float32 (inputs, dim), L2-normalised (or zero, where nothing of an input is known).

    Features are to be given to the encoder whose featurizer made them. See `DualEncoder` for each member.
    """

    @property
    def dim(self) -> int: ...

    @property
    def max_text_tokens(self) -> int: ...

    @property
    def featurizer(self) -> MoleculeFeaturizer: ...

    @property
    def text_featurizer(self) -> TextReader: ...

    def encode_text(self, texts: Sequence[str]) -> NDArray[np.float32]: ...

    def encode_molecules(self, molecules: Sequence[Molecule]) -> NDArray[np.float32]: ...

    def encode_text_features(self, features: Sequence[TextFeatures]) -> NDArray[np.float32]: ...

    def encode_features(self, features: Sequence[MoleculeFeatures]) -> NDArray[np.float32]: ...
