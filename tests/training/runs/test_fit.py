"""Whole runs from files to checkpoint: what they leave, and directories that they refuse."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from model import ModelConfig, load_checkpoint
from tests.support.recipes import write_run
from tests.support.runs import EPOCHS
from training.config import ConfigError, TrainingConfig, load_preset
from training.evaluation import as_json, embed, prepare, score
from training.loop.run_state import Position
from training.pairs import read_candidates, read_pairs
from training.runs.calibration import calibrate
from training.runs.fit import fit
from training.runs.run_data import RunData, RunFiles


def test_a_run_leaves_what_it_says(finished: tuple[RunFiles, Path]) -> None:
    files, _ = finished
    assert {path.name for path in files.out.iterdir()} == {
        "best",
        "config.yaml",
        "finished.json",
        "history.jsonl",
        "initial",
        "state",
        "tensorboard",
    }
    assert all("pickle" not in path.suffix and path.suffix not in (".pt", ".bin") for path in files.out.rglob("*"))
    record = yaml.safe_load((files.out / "config.yaml").read_text())
    assert TrainingConfig.model_validate(record["config"]).epochs == 12
    assert record["data"]["pairs"] == 26


def test_tensorboard_has_the_last_validation(finished: tuple[RunFiles, Path]) -> None:
    reader = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    events = reader.EventAccumulator(str(finished[0].out / "tensorboard"))
    events.Reload()
    assert "train/total" in events.Tags()["scalars"]
    assert events.Scalars("validation/text2mol/mrr")[-1].step == 72


def test_a_checkpoint_records_its_training_without_paths(finished: tuple[RunFiles, Path]) -> None:
    files, _ = finished
    checkpoint = load_checkpoint(files.out / "best")
    training = checkpoint.info.training
    assert training["preset"] == "small"
    data = training["data"]
    assert isinstance(data, dict) and isinstance(data["sources"], list)
    (source,) = data["sources"]
    assert isinstance(source, dict)
    assert (source["file"], source["pairs"], data["validation"]) == ("pairs.tsv", 26, "validation.tsv")
    directory = str(files.out.parent)
    for file in ("config.json", "README.md"):
        assert directory not in (files.out / "best" / file).read_text()


def test_a_finished_run_is_known_by_its_record_before_any_data_is_read(
    finished: tuple[RunFiles, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    files, preset = finished
    monkeypatch.delattr(RunData, "read")
    position = fit(load_preset(preset, EPOCHS), files, workers=0, device="cpu")
    assert (position.step, position.best_epoch) == (
        72,
        Position.model_validate_json((files.out / "state" / "position.json").read_bytes()).best_epoch,
    )


def test_a_run_of_an_earlier_version_is_still_its_own(
    finished: tuple[RunFiles, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its record has fields that were removed since and lacks digests that were added."""
    files = replace(finished[0], out=tmp_path / "old")
    shutil.copytree(finished[0].out, files.out)
    path = files.out / "config.yaml"
    record = yaml.safe_load(path.read_text())
    record["config"]["freeze_text_epochs"] = 0
    for added in ("validation_sha256", "candidates", "candidates_sha256"):
        del record["data"][added]
    path.write_text(yaml.safe_dump(record))
    monkeypatch.delattr(RunData, "read")
    assert fit(load_preset(finished[1], EPOCHS), files, workers=0, device="cpu").step == 72


class TestRefused:
    def refused(self, files: RunFiles, config: TrainingConfig) -> str:
        with pytest.raises(ConfigError) as caught:
            fit(config, files, workers=0, device="cpu")
        return str(caught.value)

    def test_a_directory_of_another_configuration(self, finished: tuple[RunFiles, Path]) -> None:
        files, preset = finished
        before = (files.out / "config.yaml").read_bytes()
        assert "another configuration or other data" in self.refused(files, load_preset(preset, [*EPOCHS, "seed=1"]))
        assert (files.out / "config.yaml").read_bytes() == before

    def test_a_directory_of_other_data(self, finished: tuple[RunFiles, Path], tmp_path: Path) -> None:
        files, preset = finished
        other = tmp_path / "pairs.tsv"
        other.write_text(Path(files.pairs[0]).read_text().replace("acid", "base"))
        message = self.refused(replace(files, pairs=[str(other)]), load_preset(preset, EPOCHS))
        assert "another configuration or other data" in message

    def test_a_directory_of_something_else(self, finished: tuple[RunFiles, Path], tmp_path: Path) -> None:
        (tmp_path / "thesis.tex").write_text("…")
        message = self.refused(replace(finished[0], out=tmp_path), load_preset(finished[1]))
        assert "is not a run of this command" in message


def test_the_best_checkpoint_is_given_confidences(tmp_path: Path) -> None:
    """Fitted to the weights as they are stored, once more with the same result when the run is called again."""
    files, preset = write_run(tmp_path, pairs=10, validation=60)
    config = load_preset(preset, ["epochs=1", "storage=int8"])
    fit(config, files, workers=0, device="cpu")
    checkpoint = load_checkpoint(files.out / "best")
    calibration = checkpoint.info.calibration
    assert calibration is not None
    assert (calibration.fitted_on, calibration.text2mol.queries, calibration.text2mol.pool) == (
        "validation.tsv",
        60,
        70,
    )
    assert "fitted on validation.tsv" in (files.out / "best" / "README.md").read_text()
    held_out = prepare(read_pairs(files.validation).pairs, read_candidates(files.candidates))
    embedded = embed(checkpoint.encoder, held_out)
    again = calibrate(held_out, embedded, files.validation)
    assert again.text2mol.curve.background == pytest.approx(calibration.text2mol.curve.background, abs=1e-5)
    assert again.mol2text.first.brier == pytest.approx(calibration.mol2text.first.brier, abs=1e-4)
    figures = as_json(score(held_out, embedded))  # of the weights as they are stored
    for direction in ("text2mol", "mol2text"):
        assert figures[direction] == pytest.approx(checkpoint.info.metrics[direction], abs=1e-4)
    fit(config, files, workers=0, device="cpu")
    assert load_checkpoint(files.out / "best").info.calibration == calibration


def test_models_of_bags_alone_train(tmp_path: Path) -> None:
    files, preset = write_run(tmp_path, pairs=10, validation=4)
    bags = ["model.text_encoder=null", "model.graph_encoder=null", "scratch_text=null", "loss.adversarial.weight=0"]
    fit(load_preset(preset, [*bags, "epochs=1"]), files, workers=0, device="cpu")
    info = load_checkpoint(files.out / "best").info
    assert isinstance(info.model, ModelConfig)
    assert info.model.text_encoder is None and info.model.graph_encoder is None
    assert not (files.out / "best" / "tokenizer").exists()
    assert os.path.getsize(files.out / "best" / "model.safetensors") > 0  # noqa: PTH202
