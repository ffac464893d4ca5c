"""Weights of several networks averaged: by hand, through the command, and what may not be mixed."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from pydantic import JsonValue
from typer.testing import CliRunner

from model import CheckpointError, load_checkpoint, save_checkpoint, save_ensemble
from model.network.config import BagConfig
from tests.support.tiny import TEXTS, tiny_config, tiny_encoder
from training.cli import app
from training.config import ConfigError, load_preset
from training.evaluation import as_json, evaluate
from training.pairs import read_candidates, read_pairs
from training.runs.averaging import average_checkpoints, average_networks


def saved(path: Path, seed: int, **training: JsonValue) -> str:
    save_checkpoint(path, tiny_encoder(seed=seed), name=path.name, training={"notice": "CC BY 4.0", **training})
    return str(path)


@pytest.fixture
def both(tmp_path: Path) -> list[str]:
    recipes = [load_preset("paper", [f"storage={kind}"]).model_dump(mode="json") for kind in ("float32", "int8")]
    return [saved(tmp_path / name, seed, config=recipes[seed]) for seed, name in enumerate(("one", "two"))]


def test_every_weight_is_the_mean_in_proportion_to_the_shares(both: list[str]) -> None:
    loaded = [load_checkpoint(path) for path in both]
    one, two = (dict(checkpoint.network.state_dict()) for checkpoint in loaded)
    mean = average_networks(loaded, [6, 2]).state_dict()
    assert mean.keys() == one.keys()
    for name, weight in mean.items():
        expected = 0.75 * one[name] + 0.25 * two[name] if weight.is_floating_point() else one[name]
        torch.testing.assert_close(weight, expected)
    for path, before in zip(both, (one, two), strict=True):  # what was averaged is as it was
        again = load_checkpoint(path).network.state_dict()
        assert all(torch.equal(before[name], weight) for name, weight in again.items())


def test_one_with_itself_is_itself(both: list[str]) -> None:
    first = load_checkpoint(both[0])
    mean = average_networks([first, first], [1, 2])
    torch.testing.assert_close(
        torch.from_numpy(mean.encode_text(TEXTS)), torch.from_numpy(first.encoder.encode_text(TEXTS))
    )


def test_the_record_names_both_and_keeps_recipe_and_notice(both: list[str], tmp_path: Path) -> None:
    one, two = (load_checkpoint(path) for path in both)
    average_checkpoints(both, tmp_path / "mean", shares=[1, 3])
    mean = load_checkpoint(tmp_path / "mean")
    assert mean.info.training == {
        "averaged": [
            {"name": "one", "digest": one.digest, "share": 0.25},
            {"name": "two", "digest": two.digest, "share": 0.75},
        ],
        "lineage": {one.digest: {"name": "one"}, two.digest: {"name": "two"}},
        "config": two.info.training["config"],
        "notice": "CC BY 4.0",
    }
    card = (tmp_path / "mean" / "README.md").read_text(encoding="utf-8")
    assert f"- averaged:\n  - 1:\n    - name: one\n    - digest: {one.digest}\n    - share: 0.25\n" in card

    average_checkpoints([str(tmp_path / "mean"), both[0]], tmp_path / "again", name="again")
    again = load_checkpoint(tmp_path / "again")
    assert again.name == "again"
    assert again.info.training["averaged"] == [
        {"name": "one", "digest": mean.digest, "share": 0.5},
        {"name": "one", "digest": one.digest, "share": 0.5},
    ]


def test_weights_are_stored_as_the_last_ones_recipe_says(both: list[str], tmp_path: Path) -> None:
    average_checkpoints(both, tmp_path / "eight")
    average_checkpoints([both[1], both[0]], tmp_path / "full")
    eight, full = ((tmp_path / name / "model.safetensors").stat().st_size for name in ("eight", "full"))
    assert eight < full / 2 + 20_000
    close = [load_checkpoint(tmp_path / name).encoder.encode_text(TEXTS) for name in ("eight", "full")]
    assert (close[0] * close[1]).sum(1).min() > 0.999


def test_only_networks_whose_weights_stand_for_the_same_are_averaged(both: list[str], tmp_path: Path) -> None:
    first = load_checkpoint(both[0])
    save_checkpoint(tmp_path / "other", tiny_encoder(tiny_config(text_bag=BagConfig(width=8, min_count=1))), name="x")
    with pytest.raises(CheckpointError, match="one and x cannot be averaged: they differ in what the network is"):
        average_networks([first, load_checkpoint(tmp_path / "other")], [1, 1])

    features = tmp_path / "two" / "text_features.txt"
    words = features.read_text(encoding="utf-8").splitlines()
    features.write_text("\n".join([*words[1:], words[0]]) + "\n", encoding="utf-8")
    with pytest.raises(CheckpointError, match="the features that rows stand for"):
        average_networks([first, load_checkpoint(both[1])], [1, 1])

    save_ensemble(tmp_path / "ensemble", [both[0], both[0]], name="ensemble")
    with pytest.raises(CheckpointError, match="one network is needed"):
        average_networks([first, load_checkpoint(tmp_path / "ensemble")], [1, 1])


@pytest.mark.parametrize("shares", [[1.0], [1.0, 0.0], [1.0, -1.0], [1.0, float("nan")], [1.0, float("inf")]])
def test_shares_that_make_no_mean_are_refused(both: list[str], shares: list[float]) -> None:
    with pytest.raises(ConfigError, match="as many shares above 0"):
        average_networks([load_checkpoint(path) for path in both], shares)


def test_the_command(both: list[str], tmp_path: Path) -> None:
    arguments = ["average", "--checkpoint", both[0], "--checkpoint", both[1], "--out", str(tmp_path / "mean")]
    answer = CliRunner().invoke(app, [*arguments, "--share", "1", "--share", "3"])
    assert answer.exit_code == 0, answer.output
    mean = load_checkpoint(tmp_path / "mean")
    assert mean.name == "one"
    assert str(tmp_path) not in str(mean.info.training)
    expected = average_networks([load_checkpoint(path) for path in both], [1, 3])
    close = mean.encoder.encode_text(TEXTS) @ expected.encode_text(TEXTS).T
    assert close.diagonal().min() > 0.999  # 8-bit tables
    assert (mean.info.metrics, mean.info.calibration) == ({}, None)
    for wrong in (["--share", "1"], ["--validation", "held_out.tsv"]):
        assert isinstance(CliRunner().invoke(app, [*arguments, *wrong]).exception, ConfigError)


def test_the_command_measures_the_mean_as_it_is_stored(both: list[str], tmp_path: Path) -> None:
    held_out = tmp_path / "held_out.tsv"
    molecules = ["C" * length + end for length in range(1, 21) for end in ("O", "N", "S")]  # enough for confidences
    rows = "".join(f"{smiles}\tA chain of {len(smiles)} with {smiles[-1]}.\n" for smiles in molecules)
    held_out.write_text(f"smiles\tdescription\n{rows}", encoding="utf-8")
    files = ["--validation", str(held_out), "--candidates", str(held_out), "--workers", "0"]
    mean = tmp_path / "mean"
    checkpoints = [argument for path in both for argument in ("--checkpoint", path)]
    answer = CliRunner().invoke(app, ["average", *checkpoints, "--out", str(mean), *files])
    assert answer.exit_code == 0, answer.output
    stored = load_checkpoint(mean)
    pairs, pool = read_pairs(str(held_out)).pairs, read_candidates(str(held_out))
    mrr = as_json(evaluate(stored.encoder, pairs, pool))["text2mol"]["mrr"]
    of_card = stored.info.metrics["text2mol"]
    assert isinstance(of_card, dict)
    assert of_card["mrr"] == pytest.approx(mrr, abs=1e-4)
    assert f"text2mol MRR {mrr:.4f}" in answer.output
    assert stored.info.calibration is not None
    assert stored.info.calibration.text2mol.queries == len(molecules)
