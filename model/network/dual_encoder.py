"""Two towers into one space: a text or a molecule becomes an L2-normalised vector."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from model.inputs.batch import MoleculeBatch, TextBatch, collate_molecules, collate_texts
from model.inputs.features import Featurizer, MoleculeFeatures
from model.inputs.structure import Molecule
from model.inputs.text_features import TextFeatures, TextFeaturizer
from model.inputs.vocabulary import Vocabulary
from model.network.bag_encoder import BagEncoder
from model.network.config import ModelConfig
from model.network.projector import make_projector
from model.network.text_encoder import TextEncoder

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

    from model.network.graph_encoder import GraphEncoder

_T = TypeVar("_T")

# Tokens or atoms of one forward pass, padding included. On a CPU, activations that outgrow a core's cache cost more
# than larger products gain (MiniLM, texts/s on a core: 33 at 1,024, 30 at 2,048, 20 at 8,192); a GPU has to be filled.
_POSITIONS_CPU = 2048
_POSITIONS_GPU = 8192
_MAX_BATCH = 256


@dataclass(frozen=True, slots=True)
class Vocabularies:
    """What rows stand for; a part is None where the model has no branch that needs it."""

    atoms: Vocabulary | None = None
    text_bag: Vocabulary | None = None
    molecule_bag: Vocabulary | None = None


@dataclass(frozen=True, slots=True)
class Encoded:
    """One modality of a batch.

    embedding: (batch, dim), L2-normalised. states (batch, tokens, dim) and mask (batch, tokens): what the projector
    attended over, None for a tower without an encoder.
    """

    embedding: Tensor
    states: Tensor | None
    mask: Tensor | None


class DualEncoder(nn.Module):
    """The text tower and the molecule tower.

    A tower is the shared projector over its encoder's states, plus its bag branch, L2-normalised; each part only
    where `config` has it.

    Raises:
        ValueError: a branch in `config` lacks its vocabulary, tokenizer or backbone.
    """

    def __init__(
        self,
        config: ModelConfig,
        vocabularies: Vocabularies,
        tokenizer: PreTrainedTokenizerBase | None = None,
        backbone: PreTrainedModel | None = None,
    ) -> None:
        super().__init__()
        self.config = config
        self.dim = config.dim
        self.vocabularies = vocabularies
        self.tokenizer = tokenizer
        self.text_encoder: TextEncoder | None = None
        self.graph_encoder: GraphEncoder | None = None
        self.text_bag: BagEncoder | None = None
        self.molecule_bag: BagEncoder | None = None
        if config.text_encoder is not None:
            self.text_encoder = TextEncoder(_required(backbone, "text_encoder", "backbone"), config.dim)
            _required(tokenizer, "text_encoder", "tokenizer")
        if config.graph_encoder is not None:
            # torch_geometric takes seconds to import, which a checkpoint of bags alone need not wait for.
            from model.network.graph_encoder import GraphEncoder

            atoms = _required(vocabularies.atoms, "graph_encoder", "Mol2vec vocabulary")
            self.graph_encoder = GraphEncoder(config.graph_encoder, len(atoms), config.dim)
        if config.text_encoder is not None or config.graph_encoder is not None:
            self.projector = make_projector(config.projector, config.dim)
        if config.text_bag is not None:
            rows = _required(vocabularies.text_bag, "text_bag", "feature vocabulary")
            self.text_bag = BagEncoder(config.text_bag, len(rows), config.dim)
        if config.molecule_bag is not None:
            rows = _required(vocabularies.molecule_bag, "molecule_bag", "feature vocabulary")
            self.molecule_bag = BagEncoder(config.molecule_bag, len(rows), config.dim)
        graph = config.graph_encoder
        self.featurizer = Featurizer(
            vocabularies.atoms if graph is not None else None,
            vocabularies.molecule_bag if config.molecule_bag is not None else None,
            extra_features=graph is not None and graph.extra_features,
        )
        self.text_featurizer = TextFeaturizer(
            tokenizer if config.text_encoder is not None else None,
            self.max_text_tokens,
            vocabularies.text_bag if config.text_bag is not None else None,
            american=config.text_bag is not None and config.text_bag.american,
        )

    @property
    def max_text_tokens(self) -> int:
        """Tokens of a text that are read; what follows is cut off. Words for a tower without a tokenizer."""
        return self.config.text_encoder.max_tokens if self.config.text_encoder is not None else 400

    @property
    def device(self) -> torch.device:
        return next(self.parameters()).device

    @property
    def _positions(self) -> int:
        return _POSITIONS_CPU if self.device.type == "cpu" else _POSITIONS_GPU

    def embed_texts(self, batch: TextBatch) -> Encoded:
        """Forward pass of the text tower."""
        states, mask, total = None, None, None
        if self.text_encoder is not None and self.config.text_encoder is not None:
            states, mask = self.text_encoder(batch.tokens, batch.mask), batch.mask
            total = self._projected(states, mask, self.config.text_encoder.branch_dropout)
        if self.text_bag is not None:
            bag = self.text_bag(batch.bag)
            total = bag if total is None else total + bag
        return Encoded(_normalised(total), states, mask)

    def embed_molecules(self, batch: MoleculeBatch) -> Encoded:
        """Forward pass of the molecule tower."""
        states, mask, total = None, None, None
        if self.graph_encoder is not None and self.config.graph_encoder is not None:
            states, mask = self.graph_encoder(batch)
            total = self._projected(states, mask, self.config.graph_encoder.branch_dropout)
        if self.molecule_bag is not None:
            bag = self.molecule_bag(batch.bag)
            total = bag if total is None else total + bag
        return Encoded(_normalised(total), states, mask)

    def _projected(self, states: Tensor, mask: Tensor, branch_dropout: float) -> Tensor:
        """An encoder's share of its tower; in training it is left out of some inputs (modality dropout)."""
        projected: Tensor = self.projector(states, mask)
        if self.training and branch_dropout:
            kept = torch.rand(len(projected), 1, device=projected.device) >= branch_dropout
            projected = projected * kept
        return projected

    def encode_text(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Texts → float32 (texts, dim), L2-normalised, in the order given; any number of them."""
        return self.encode_text_features(self.text_featurizer(texts))

    def encode_molecules(self, molecules: Sequence[Molecule]) -> NDArray[np.float32]:
        """Molecules → float32 (molecules, dim), L2-normalised, in the order given; any number of them."""
        return self.encode_features([self.featurizer(molecule) for molecule in molecules])

    def encode_text_features(self, features: Sequence[TextFeatures]) -> NDArray[np.float32]:
        """As `encode_text`, for texts featurised before."""
        vectors = np.zeros((len(features), self.dim), np.float32)
        for rows in _length_buckets([len(item.tokens) for item in features], self._positions):
            batch = collate_texts([features[row] for row in rows], self.text_featurizer.pad_token)
            vectors[rows] = self._run(batch)
        return vectors

    def encode_features(self, features: Sequence[MoleculeFeatures]) -> NDArray[np.float32]:
        """As `encode_molecules`, for molecules featurised before, in another process for instance."""
        vectors = np.zeros((len(features), self.dim), np.float32)
        for rows in _length_buckets([item.num_atoms for item in features], self._positions):
            vectors[rows] = self._run(collate_molecules([features[row] for row in rows]))
        return vectors

    def _run(self, batch: TextBatch | MoleculeBatch) -> NDArray[np.float32]:
        """An evaluation-mode forward pass, whatever mode the module is in.

        In evaluation mode nothing is written, so threads may share one encoder.
        """
        was_training = self.training
        if was_training:
            self.eval()
        try:
            with torch.inference_mode():
                moved = batch.to(self.device)
                encoded = self.embed_texts(moved) if isinstance(moved, TextBatch) else self.embed_molecules(moved)
                vectors: NDArray[np.float32] = encoded.embedding.float().cpu().numpy()
                return vectors
        finally:
            if was_training:
                self.train()


def _required(value: _T | None, branch: str, part: str) -> _T:
    if value is None:
        raise ValueError(f"the model's {branch} needs a {part}")
    return value


def _normalised(total: Tensor | None) -> Tensor:
    assert total is not None  # ModelConfig guarantees a branch per tower
    return nn.functional.normalize(total.float(), dim=-1)


def _length_buckets(lengths: Sequence[int], budget: int) -> Iterator[list[int]]:
    """Rows grouped by similar length: at most `budget` padded positions and `_MAX_BATCH` rows a group."""
    group: list[int] = []
    for row in sorted(range(len(lengths)), key=lambda row: -lengths[row]):
        longest = max(lengths[group[0]] if group else lengths[row], 1)
        if group and (len(group) >= _MAX_BATCH or longest * (len(group) + 1) > budget):
            yield group
            group = []
        group.append(row)
    if group:
        yield group
