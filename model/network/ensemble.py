"""Several encoders as one: the dot product of two of its vectors is the mean of the members' cosines.

The members' unit vectors are laid end to end and divided by √members, so an index of any kind averages scores exactly
without knowing of it. Text2Mol (Edwards et al. 2021) averages ranks instead, which needs the whole pool for each query.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from model.inputs.features import MoleculeFeatures
from model.inputs.structure import Molecule
from model.inputs.text_features import TextFeatures
from model.network.encoder import MoleculeFeaturizer, TextMoleculeEncoder, TextReader


@dataclass(frozen=True, slots=True)
class EnsembleMoleculeFeatures(MoleculeFeatures):
    """The first member's features, and in `members` those of every member."""

    members: tuple[MoleculeFeatures, ...]

    @property
    def num_atoms(self) -> int:
        return max(member.num_atoms for member in self.members)  # 0 for a member without a graph encoder


@dataclass(frozen=True, slots=True)
class EnsembleTextFeatures(TextFeatures):
    """The first member's features, and in `members` those of every member; truncated if one truncates."""

    members: tuple[TextFeatures, ...] = ()


class EnsembleFeaturizer:
    """Every member's features of a molecule."""

    def __init__(self, members: Sequence[MoleculeFeaturizer]) -> None:
        self._members = tuple(members)

    def __call__(self, molecule: Molecule) -> EnsembleMoleculeFeatures:
        members = tuple(member(molecule) for member in self._members)
        first = members[0]
        return EnsembleMoleculeFeatures(
            **{field.name: getattr(first, field.name) for field in fields(MoleculeFeatures)}, members=members
        )


class EnsembleTextFeaturizer:
    """Every member's features of some texts."""

    def __init__(self, members: Sequence[TextReader]) -> None:
        self._members = tuple(members)

    def __call__(self, texts: Sequence[str]) -> list[EnsembleTextFeatures]:
        by_member = [member(texts) for member in self._members]
        return [
            EnsembleTextFeatures(
                one[0].tokens, one[0].bag, any(member.truncated for member in one), one[0].unknown, members=one
            )
            for one in zip(*by_member, strict=True)
        ]


class EnsembleEncoder:
    """Score-averaging of encoders. A member that knows nothing of an input (a zero vector) abstains.

    Raises:
        ValueError: there are no members.
    """

    def __init__(self, members: Sequence[TextMoleculeEncoder]) -> None:
        if not members:
            raise ValueError("an ensemble needs at least one member")
        self.members = tuple(members)
        self.dim = sum(member.dim for member in self.members)
        self.featurizer = EnsembleFeaturizer([member.featurizer for member in self.members])
        self.text_featurizer = EnsembleTextFeaturizer([member.text_featurizer for member in self.members])

    @property
    def max_text_tokens(self) -> int:
        """The first member's."""
        return self.members[0].max_text_tokens

    def encode_text(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Texts → float32 (texts, dim), L2-normalised, in the order given."""
        return _joined([member.encode_text(texts) for member in self.members])

    def encode_molecules(self, molecules: Sequence[Molecule]) -> NDArray[np.float32]:
        """Molecules → float32 (molecules, dim), L2-normalised, in the order given."""
        return _joined([member.encode_molecules(molecules) for member in self.members])

    def encode_text_features(self, features: Sequence[TextFeatures]) -> NDArray[np.float32]:
        """As `encode_text`, for what `text_featurizer` made.

        Raises:
            TypeError: another featurizer made the features.
        """
        parts: list[tuple[TextFeatures, ...]] = []
        for one in features:
            if not isinstance(one, EnsembleTextFeatures):
                raise TypeError("an ensemble encodes features of its own text_featurizer only")
            parts.append(one.members)
        return _joined(
            [member.encode_text_features([part[i] for part in parts]) for i, member in enumerate(self.members)]
        )

    def encode_features(self, features: Sequence[MoleculeFeatures]) -> NDArray[np.float32]:
        """As `encode_molecules`, for what `featurizer` made.

        Raises:
            TypeError: another featurizer made the features.
        """
        parts: list[tuple[MoleculeFeatures, ...]] = []
        for one in features:
            if not isinstance(one, EnsembleMoleculeFeatures):
                raise TypeError("an ensemble encodes features of its own featurizer only")
            parts.append(one.members)
        return _joined([member.encode_features([part[i] for part in parts]) for i, member in enumerate(self.members)])


def _joined(vectors: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
    """Members' vectors (inputs, dim each) end to end at unit length: (inputs, sum of dims)."""
    joined = np.concatenate(vectors, axis=1)
    # Equal to a division by √members, but where a member abstains: unit length is what an index expects.
    norms = np.linalg.norm(joined, axis=1, keepdims=True)
    normalised: NDArray[np.float32] = (joined / np.where(norms > 0, norms, 1)).astype(np.float32)
    return normalised
