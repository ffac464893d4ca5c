"""Networks over the atoms of a molecule: Mol2vec rows in, one state per atom out."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch_geometric.nn import GCNConv, TransformerConv, global_add_pool
from torch_geometric.utils import to_dense_batch

from model.inputs.atom_features import ATOM_FEATURE_SIZES, BOND_FEATURE_SIZES
from model.inputs.batch import MoleculeBatch
from model.network.config import GraphEncoderConfig


class GraphEncoder(nn.Module):
    """Mol2vec vectors (plus embedded atom codes, where asked for) → layers → per-atom head → dense states."""

    def __init__(self, config: GraphEncoderConfig, vocabulary_size: int, dim: int) -> None:
        super().__init__()
        self.vectors = nn.Embedding(vocabulary_size, config.input_dim)
        self.vectors.weight.requires_grad_(not config.freeze_atom_vectors)
        self.extra = CodeEmbedding(ATOM_FEATURE_SIZES, config.input_dim) if config.extra_features else None
        self.layers: nn.Module = _LAYERS[config.kind](config)
        self.head = nn.Linear(config.hidden_dim, dim)
        self.pools = config.kind == "pooled_mlp"

    def forward(self, batch: MoleculeBatch) -> tuple[Tensor, Tensor]:
        """The states of a batch: (batch, most atoms, dim), and their mask: bool (batch, most atoms).

        `pooled_mlp` has one state a molecule.
        """
        atoms = self.vectors(batch.atoms)
        if self.extra is not None:
            atoms = atoms + self.extra(batch.atom_codes)
        if self.pools:
            pooled: Tensor = self.head(self.layers(global_add_pool(atoms, batch.graph, size=len(batch)), batch))
            return pooled[:, None, :], torch.ones(len(batch), 1, dtype=torch.bool, device=pooled.device)
        states = self.head(self.layers(atoms, batch))
        dense, mask = to_dense_batch(states, batch.graph, batch_size=len(batch))
        return dense, mask


class CodeEmbedding(nn.Module):
    """Sum of one embedding per categorical column: (n, columns) → (n, dim)."""

    def __init__(self, sizes: tuple[int, ...], dim: int) -> None:
        super().__init__()
        self.table = nn.Embedding(sum(sizes), dim)
        nn.init.normal_(self.table.weight, std=0.02)
        starts = torch.tensor([sum(sizes[:column]) for column in range(len(sizes))])
        self.register_buffer("starts", starts, persistent=False)

    def forward(self, codes: Tensor) -> Tensor:
        starts = self.get_buffer("starts")
        # Summed while looked up: (n, columns, dim) is never held, and its gradient is not either.
        embedded: Tensor = nn.functional.embedding_bag(codes + starts, self.table.weight, mode="sum")
        return embedded


class GCNLayers(nn.Module):
    """Graph convolutions (Kipf and Welling), ReLU after all but the last: 300→600→600→600 in Text2Mol."""

    def __init__(self, config: GraphEncoderConfig) -> None:
        super().__init__()
        widths = [config.input_dim, *[config.hidden_dim] * config.layers]
        self.convolutions = nn.ModuleList(GCNConv(a, b) for a, b in pairwise(widths))
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, atoms: Tensor, batch: MoleculeBatch) -> Tensor:
        for index, convolution in enumerate(self.convolutions):
            atoms = convolution(self.dropout(atoms), batch.bonds)
            if index + 1 < len(self.convolutions):
                atoms = atoms.relu()
        return atoms


class MLPLayers(nn.Module):
    """No message passing: each row (an atom, or a molecule's sum) on its own, ReLU after all but the last layer."""

    def __init__(self, config: GraphEncoderConfig) -> None:
        super().__init__()
        widths = [config.input_dim, *[config.hidden_dim] * config.layers]
        self.linears = nn.ModuleList(nn.Linear(a, b) for a, b in pairwise(widths))
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, atoms: Tensor, batch: MoleculeBatch) -> Tensor:
        for index, linear in enumerate(self.linears):
            atoms = linear(self.dropout(atoms))
            if index + 1 < len(self.linears):
                atoms = atoms.relu()
        return atoms


class TransformerLayers(nn.Module):
    """Graph transformer (Shi et al., UniMP) with bond features on the edges; pre-norm is our choice."""

    def __init__(self, config: GraphEncoderConfig) -> None:
        super().__init__()
        width = config.hidden_dim
        self.input = nn.Linear(config.input_dim, width)
        self.edges = CodeEmbedding(BOND_FEATURE_SIZES, width) if config.extra_features else None
        edge_dim = width if config.extra_features else None
        self.attentions = nn.ModuleList(
            TransformerConv(width, width // config.heads, heads=config.heads, edge_dim=edge_dim)
            for _ in range(config.layers)
        )
        self.feed_forwards = nn.ModuleList(
            nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width))
            for _ in range(config.layers)
        )
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(2 * config.layers))
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, atoms: Tensor, batch: MoleculeBatch) -> Tensor:
        edges = self.edges(batch.bond_codes) if self.edges is not None else None
        atoms = self.input(atoms)
        for index, (attention, feed_forward) in enumerate(zip(self.attentions, self.feed_forwards, strict=True)):
            normed = self.norms[2 * index](atoms)
            atoms = atoms + self.dropout(attention(normed, batch.bonds, edges))
            atoms = atoms + self.dropout(feed_forward(self.norms[2 * index + 1](atoms)))
        return atoms


_LAYERS: dict[str, type[GCNLayers] | type[MLPLayers] | type[TransformerLayers]] = {
    "gcn": GCNLayers,
    "mlp": MLPLayers,
    "pooled_mlp": MLPLayers,
    "transformer": TransformerLayers,
}
