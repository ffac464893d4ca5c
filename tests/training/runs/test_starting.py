"""Runs that start from a checkpoint: real tiny fine-tunings."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from typer.testing import CliRunner

from model import CheckpointError, DualEncoder, load_checkpoint, parse_structure, save_checkpoint, save_ensemble
from model.network.config import BagConfig
from tests.support.tiny import make_tiny_checkpoint, tiny_config, tiny_encoder
from tests.support.tiny_run import SMALL, write_tiny_files
from training.cli import app
from training.config import ConfigError, load_preset
from training.runs.fit import fit
from training.runs.run_data import RunFiles

SHORT = ("epochs=2", "batch_size=4")


@pytest.fixture
def files(tmp_path: Path) -> RunFiles:
    data = write_tiny_files(tmp_path / "data")
    start = make_tiny_checkpoint(tmp_path / "start", seed=5)
    return RunFiles([data.pairs], data.validation, data.candidates, tmp_path / "run", init=str(start))


def weights(path: Path | str) -> dict[str, torch.Tensor]:
    return load_checkpoint(path).network.state_dict()


def test_fine_tuning_starts_with_the_checkpoints_weights_and_changes_them(files: RunFiles) -> None:
    """Network, tokenizer and vocabularies are the checkpoint's, not those of the preset; all that may learn does."""
    assert files.init is not None
    config = load_preset("pcdes", SHORT)
    fit(config, files, workers=0, device="cpu")
    start, initial, best = (load_checkpoint(path) for path in (files.init, files.out / "initial", files.out / "best"))
    assert best.network.config == initial.network.config == start.network.config != config.model
    assert best.network.vocabularies == start.network.vocabularies
    text = "A simple phenol."
    [read], [same_read] = best.encoder.text_featurizer([text]), start.encoder.text_featurizer([text])
    assert read.tokens.tolist() == same_read.tokens.tolist()
    before, same, after = weights(files.init), weights(files.out / "initial"), weights(files.out / "best")
    assert all(torch.equal(before[name], same[name]) for name in before)
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    assert "graph_encoder.vectors.weight" not in changed  # Mol2vec stays as it is
    for part in ("text_encoder.backbone.", "graph_encoder.layers.", "projector.", "text_bag.", "molecule_bag."):
        assert any(name.startswith(part) for name in changed), part


def test_the_record_says_where_it_started(files: RunFiles) -> None:
    assert files.init is not None
    start = tiny_encoder(seed=5)
    save_checkpoint(Path(files.init), start, name="start", training={"data": {"sources": ["first.tsv"]}})
    fit(load_preset("pcdes", SHORT), files, workers=0, device="cpu")
    best = load_checkpoint(files.out / "best")
    data = best.info.training["data"]
    assert isinstance(data, dict)
    digest = load_checkpoint(files.init).digest
    assert data["init"] == {"name": "start", "digest": digest}
    assert best.info.training["lineage"] == {digest: {"name": "start", "data": {"sources": ["first.tsv"]}}}
    assert best.name == "pcdes"


def test_a_run_goes_on_from_its_state_and_not_from_the_start_again(files: RunFiles) -> None:
    config = load_preset("pcdes", SHORT)
    fit(config, files, workers=0, device="cpu")
    after = weights(files.out / "best")
    fit(config, files, workers=0, device="cpu")
    assert all(torch.equal(after[name], value) for name, value in weights(files.out / "best").items())
    assert files.init is not None
    make_tiny_checkpoint(Path(files.init), seed=6)
    with pytest.raises(ConfigError, match="another configuration or other data"):
        fit(config, files, workers=0, device="cpu")


def test_an_ensemble_cannot_be_trained_further(files: RunFiles, tmp_path: Path) -> None:
    assert files.init is not None
    save_ensemble(tmp_path / "both", [files.init, files.init], name="both")
    with pytest.raises(CheckpointError, match="one network is needed"):
        fit(load_preset("pcdes"), replace(files, init=str(tmp_path / "both")), workers=0, device="cpu")
    assert not files.out.exists()


def test_a_recipe_that_the_network_cannot_serve_is_refused(files: RunFiles, tmp_path: Path) -> None:
    """The paper's critic needs encoder states in both towers; bags have none."""
    bag = BagConfig(width=16, min_count=1)
    bags = tiny_config(text_encoder=None, graph_encoder=None, text_bag=bag, molecule_bag=bag)
    save_checkpoint(tmp_path / "bags", tiny_encoder(bags), name="bags")
    with pytest.raises(ConfigError, match=r"bags cannot be trained with pcdes: .*adversarial"):
        fit(load_preset("pcdes"), replace(files, init=str(tmp_path / "bags")), workers=0, device="cpu")
    config = load_preset("pcdes", [*SHORT, "loss.adversarial.weight=0"])
    fit(config, replace(files, init=str(tmp_path / "bags")), workers=0, device="cpu")
    assert (files.out / "best" / "config.json").is_file()


def test_command_line(files: RunFiles) -> None:
    assert files.init is not None
    arguments = ["fit", "--preset", "pcdes", "--pairs", files.pairs[0], "--validation", files.validation]
    arguments += ["--candidates", files.candidates, "--out", str(files.out), "--init", files.init, "--workers", "0"]
    refused = CliRunner().invoke(app, [*arguments, "--set", "model.dim=8"])
    assert isinstance(refused.exception, ConfigError)
    assert "model.dim=8" in str(refused.exception)
    answer = CliRunner().invoke(app, [*arguments, "--set", "epochs=1", "--set", "batch_size=4"])
    assert answer.exit_code == 0, answer.output
    encoder = load_checkpoint(files.out / "best").encoder
    assert isinstance(encoder, DualEncoder)
    assert encoder.encode_molecules([parse_structure("CCO")]).shape == (1, 32)


def test_linear_schedule_rises_then_falls_to_nothing(tmp_path: Path) -> None:
    """Two batches an epoch, twenty steps: 10 % warm-up, then straight down; the tenth step is written down."""
    data = write_tiny_files(tmp_path / "data")
    overrides = [*SMALL, "epochs=10", "optimizer.warmup_share=0.1", "evaluate_every=10"]
    config = load_preset("text2mol_gcn", overrides)
    files = RunFiles([data.pairs], data.validation, data.candidates, tmp_path / "run")
    fit(config, files, workers=0, device="cpu")
    lines = [json.loads(line) for line in (tmp_path / "run" / "history.jsonl").read_text().splitlines()]
    rates = {line["step"]: line["learning_rate"] for line in lines if line["kind"] == "train"}
    # Step n trains with the factor of index n − 1: (20 − index) / (20 − 2) after the two steps of warm-up.
    assert rates == {10: pytest.approx(1e-4 * 11 / 18), 20: pytest.approx(1e-4 * 1 / 18)}
