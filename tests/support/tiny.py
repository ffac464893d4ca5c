"""A real checkpoint, small enough to be made on the spot: seeded random weights, every kind of branch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

from model import DualEncoder, ModelConfig, Vocabularies, Vocabulary, parse_structure, save_checkpoint
from model.inputs.identifiers import atom_identifiers
from model.inputs.molecule_bag import molecule_features
from model.inputs.text_bag import text_features
from model.network.config import BagConfig, GraphEncoderConfig, ProjectorConfig, TextEncoderConfig

SMILES = (
    "CCO",
    "c1ccccc1O",
    "CC(=O)Oc1ccccc1C(=O)O",
    "N[C@@H](C)C(=O)O",
    "Cn1c(=O)c2c(ncn2C)n(C)c1=O",
    "[Na+].[Cl-]",
)
TEXTS = (
    "A primary alcohol used as a solvent.",
    "A simple phenol with antiseptic properties.",
    "A salicylate ester that relieves pain and fever.",
    "An alpha-amino acid of proteins.",
    "A purine alkaloid that stimulates the central nervous system.",
    "A salt of an alkali metal.",
)


def tiny_tokenizer() -> PreTrainedTokenizerFast:
    """A WordPiece tokenizer over single characters and a few words."""
    words = sorted({word.strip(".,").lower() for text in TEXTS for word in text.split()})
    characters = [chr(code) for code in range(33, 127) if not chr(code).isupper()]
    tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *characters, *(f"##{c}" for c in characters)]
    tokens += [word for word in words if word not in tokens]
    tokenizer = Tokenizer(models.WordPiece({token: row for row, token in enumerate(tokens)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    special = {
        "pad_token": "[PAD]",
        "unk_token": "[UNK]",
        "cls_token": "[CLS]",
        "sep_token": "[SEP]",
        "mask_token": "[MASK]",
    }
    make: Any = PreTrainedTokenizerFast  # its constructor is typed or not, as mypy meets transformers' modules
    fast: PreTrainedTokenizerFast = make(tokenizer_object=tokenizer, **special)
    return fast


def tiny_config(**changes: object) -> ModelConfig:
    """The config of the tiny model, with parts replaced."""
    parts: dict[str, object] = {
        "dim": 32,
        "text_encoder": TextEncoderConfig(source="tiny", max_tokens=64),
        "text_bag": BagConfig(width=16, min_count=1),
        "graph_encoder": GraphEncoderConfig(input_dim=24, hidden_dim=32, extra_features=True),
        "molecule_bag": BagConfig(width=16, min_count=1),
        "projector": ProjectorConfig(slots=4),
    }
    return ModelConfig.model_validate(parts | changes)


def tiny_encoder(config: ModelConfig | None = None, seed: int = 0) -> DualEncoder:
    """A `DualEncoder` with seeded random weights and vocabularies of the few molecules and texts above."""
    config = config or tiny_config()
    torch.manual_seed(seed)
    molecules = [parse_structure(smiles) for smiles in SMILES]
    identifiers = dict.fromkeys(token for molecule in molecules for token in atom_identifiers(molecule.mol))
    vocabularies = Vocabularies(
        atoms=Vocabulary(["UNK", *identifiers]) if config.graph_encoder else None,
        text_bag=Vocabulary(dict.fromkeys(f for text in TEXTS for f in text_features(text)))
        if config.text_bag
        else None,
        molecule_bag=Vocabulary(dict.fromkeys(f for m in molecules for f in molecule_features(m.mol)))
        if config.molecule_bag
        else None,
    )
    tokenizer = tiny_tokenizer()
    backbone = BertModel(
        BertConfig(
            vocab_size=len(tokenizer),
            hidden_size=32,
            num_hidden_layers=2,
            num_attention_heads=2,
            intermediate_size=64,
        )
    )
    encoder = DualEncoder(config, vocabularies, tokenizer if config.text_encoder else None, backbone)
    return encoder.eval()


def make_tiny_checkpoint(directory: Path, seed: int = 0) -> Path:
    """Write the tiny model as a checkpoint directory, and return it."""
    save_checkpoint(directory, tiny_encoder(seed=seed), name="tiny")
    return directory
