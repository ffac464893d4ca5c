"""MLP+Atten: rules from the cross-attention of a decoder whose text tokens look at the atoms of the molecule.

As Text2Mol: the decoder learns to tell true pairs from false ones, and the support of token → substructure is the
attention that the tokens of the training texts pay to the atoms of their molecules, summed up. Ours: the states are a
trained checkpoint's, held fixed; one layer of one head; false pairs are the batch's texts with the next molecule.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

import torch
from torch import Tensor, nn

from model import DualEncoder
from model.inputs.batch import collate_molecules, collate_texts
from model.inputs.structure import StructureError, parse_structure
from model.network.dual_encoder import Encoded
from model.network.projector import masked_mean
from training.config import ConfigError
from training.pairs import Pair
from training.rerank.rules import Rules

_BATCH = 64


class CrossAttention(nn.Module):
    """Tokens attend to atoms; a number says whether text and molecule belong together."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(dim, num_heads=1, batch_first=True)
        self.judge = nn.Sequential(nn.Linear(2 * dim, dim), nn.ReLU(), nn.Linear(dim, 1))

    def forward(self, text: Encoded, molecule: Encoded) -> tuple[Tensor, Tensor]:
        """Logits (batch,) and attention (batch, tokens, atoms), whose rows sum to 1."""
        assert text.states is not None and text.mask is not None
        assert molecule.states is not None and molecule.mask is not None
        seen, weights = self.attention(text.states, molecule.states, molecule.states, ~molecule.mask)
        joint = torch.cat([masked_mean(seen, text.mask), masked_mean(seen * text.states, text.mask)], dim=1)
        return self.judge(joint)[:, 0], weights


def attention_rules(encoder: DualEncoder, pairs: Sequence[Pair], *, epochs: int = 1, seed: int = 0) -> Rules:
    """Train the decoder on pairs, and sum up its attention to them.

    Raises:
        ConfigError: a tower has no encoder, or the molecule's has one state for all atoms.
    """
    graph = encoder.config.graph_encoder
    tokenizer = encoder.text_featurizer.tokenizer
    if graph is None or graph.kind == "pooled_mlp" or tokenizer is None:
        raise ConfigError("attention needs a checkpoint with a text encoder and one state for each atom")
    pairs = [pair for pair in pairs if _parses(pair.smiles)]
    torch.manual_seed(seed)
    decoder = CrossAttention(encoder.dim).to(encoder.device)
    optimizer = torch.optim.Adam(decoder.parameters(), lr=1e-3)
    generator = torch.Generator().manual_seed(seed)
    for _ in range(epochs):
        order = torch.randperm(len(pairs), generator=generator).tolist()
        for chosen in _batches([pairs[row] for row in order]):
            if len(chosen) < 2:
                continue
            text, molecule, _ = _encoded(encoder, chosen)
            right, _ = decoder(text, molecule)
            wrong, _ = decoder(text, _shifted(molecule))
            logits = torch.cat([right, wrong])
            target = torch.cat([torch.ones_like(right), torch.zeros_like(wrong)])
            optimizer.zero_grad()
            nn.functional.binary_cross_entropy_with_logits(logits, target).backward()  # type: ignore[no-untyped-call]
            optimizer.step()
    return Rules.of_support(_support(encoder, decoder, pairs))


@torch.no_grad()
def _support(encoder: DualEncoder, decoder: CrossAttention, pairs: Sequence[Pair]) -> dict[tuple[str, str], float]:
    tokenizer = encoder.text_featurizer.tokenizer
    atoms = encoder.vocabularies.atoms
    assert tokenizer is not None and atoms is not None
    special = set(tokenizer.all_special_ids)
    names = list(atoms.tokens)
    support: defaultdict[tuple[str, str], float] = defaultdict(float)
    for chosen in _batches(pairs):
        text, molecule, rows = _encoded(encoder, chosen)
        _, weights = decoder(text, molecule)
        for (tokens, atom_rows), paid in zip(rows, weights.cpu().tolist(), strict=True):
            words = tokenizer.convert_ids_to_tokens(tokens)
            for position, (token, word) in enumerate(zip(tokens, words, strict=True)):
                if token not in special:
                    for atom, weight in zip(atom_rows, paid[position], strict=False):
                        support[word, names[atom]] += weight
    return support


@torch.no_grad()
def _encoded(encoder: DualEncoder, pairs: Sequence[Pair]) -> tuple[Encoded, Encoded, list[tuple[list[int], list[int]]]]:
    """Both modalities, and for each pair its token ids and its atoms' rows."""
    featurizer = encoder.text_featurizer
    texts = featurizer([pair.text for pair in pairs])
    molecules = [encoder.featurizer(parse_structure(pair.smiles)) for pair in pairs]
    rows = [(text.tokens.tolist(), one.atoms.tolist()) for text, one in zip(texts, molecules, strict=True)]
    text = encoder.embed_texts(collate_texts(texts, featurizer.pad_token).to(encoder.device))
    molecule = encoder.embed_molecules(collate_molecules(molecules).to(encoder.device))
    return text, molecule, rows


def _shifted(encoded: Encoded) -> Encoded:
    assert encoded.states is not None and encoded.mask is not None
    return Encoded(encoded.embedding.roll(1, 0), encoded.states.roll(1, 0), encoded.mask.roll(1, 0))


def _batches(pairs: Sequence[Pair]) -> Iterator[Sequence[Pair]]:
    for start in range(0, len(pairs), _BATCH):
        yield pairs[start : start + _BATCH]


def _parses(smiles: str) -> bool:
    try:
        parse_structure(smiles)
    except StructureError:
        return False
    return True
