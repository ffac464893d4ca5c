"""A new network for a training run, from backbone, tokenizer, vocabularies and Mol2vec vectors."""

from __future__ import annotations

import logging

import torch
from transformers import AutoModel, AutoTokenizer, BertConfig, BertModel, PreTrainedModel, PreTrainedTokenizerBase

from model import DualEncoder, Vocabularies, Vocabulary
from training.config import ConfigError, TrainingConfig
from training.inputs.corpus import Corpus
from training.inputs.mol2vec import Mol2vecSettings, Mol2vecVectors, load_vectors
from training.inputs.vocabularies import train_tokenizer

log = logging.getLogger(__name__)


def build_encoder(config: TrainingConfig, corpus: Corpus) -> DualEncoder:
    """The network of `config`, seeded, with vocabularies learned from the corpus.

    Raises:
        ConfigError: the text encoder or the Mol2vec vectors cannot be loaded or do not fit the configuration.
    """
    torch.manual_seed(config.seed)
    model = config.model
    tokenizer, backbone = _text_backbone(config, corpus)
    vectors = _atom_vectors(config, corpus)
    text_bag = corpus.text_vocabulary(model.text_bag) if model.text_bag else None
    molecule_bag = corpus.molecule_vocabulary(model.molecule_bag) if model.molecule_bag else None
    vocabularies = Vocabularies(Vocabulary(vectors.tokens) if vectors else None, text_bag, molecule_bag)
    encoder = DualEncoder(model, vocabularies, tokenizer, backbone)
    if vectors is not None and encoder.graph_encoder is not None:
        encoder.graph_encoder.vectors.weight.data.copy_(torch.from_numpy(vectors.vectors))
    log.info(
        "network: %s parameters; text features %s, molecule features %s, atom identifiers %s",
        f"{sum(parameter.numel() for parameter in encoder.parameters()):,}",
        *(len(part) if part is not None else "-" for part in (text_bag, molecule_bag, vocabularies.atoms)),
    )
    return encoder


def _text_backbone(
    config: TrainingConfig, corpus: Corpus
) -> tuple[PreTrainedTokenizerBase | None, PreTrainedModel | None]:
    text = config.model.text_encoder
    if text is None:
        return None, None
    if config.scratch_text is not None:
        scratch = config.scratch_text
        tokenizer = train_tokenizer(corpus.texts, scratch.vocabulary_size, text.max_tokens)
        architecture = BertConfig(
            vocab_size=len(tokenizer),
            hidden_size=scratch.hidden_dim,
            num_hidden_layers=scratch.layers,
            num_attention_heads=scratch.heads,
            intermediate_size=4 * scratch.hidden_dim,
            max_position_embeddings=text.max_tokens,
            pad_token_id=tokenizer.pad_token_id,
        )
        return tokenizer, BertModel(architecture, add_pooling_layer=False)
    try:
        loaded = AutoTokenizer.from_pretrained(text.source, trust_remote_code=False)
        backbone = AutoModel.from_pretrained(text.source, trust_remote_code=False, dtype=torch.float32)
    except (OSError, ValueError) as error:
        reason = str(error).strip().splitlines()[0]
        raise ConfigError(
            f"the text encoder {text.source!r} can be loaded neither from disk nor from the hub ({reason}); "
            "name a local directory with --set model.text_encoder.source=PATH"
        ) from None
    positions = getattr(backbone.config, "max_position_embeddings", text.max_tokens)
    if text.max_tokens > positions:
        raise ConfigError(
            f"model.text_encoder.max_tokens is {text.max_tokens}, but {text.source} has {positions} positions"
        )
    return loaded, backbone


def _atom_vectors(config: TrainingConfig, corpus: Corpus) -> Mol2vecVectors | None:
    graph = config.model.graph_encoder
    if graph is None:
        return None
    if config.atom_vectors.source is not None:
        vectors = load_vectors(config.atom_vectors.source)
    else:
        vectors = corpus.atom_vectors(
            Mol2vecSettings(dim=graph.input_dim, epochs=config.atom_vectors.epochs, seed=config.seed)
        )
    if vectors.vectors.shape[1] != graph.input_dim:
        raise ConfigError(
            f"model.graph_encoder.input_dim is {graph.input_dim}, the Mol2vec vectors have {vectors.vectors.shape[1]}"
        )
    return vectors
