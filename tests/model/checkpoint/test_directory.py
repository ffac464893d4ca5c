"""A checkpoint directory: written whole, loaded exactly, refused with a reason."""

from __future__ import annotations

import json
import math
import os
import shutil
import stat
from pathlib import Path

import numpy as np
import pytest
from safetensors.torch import load_file, save_file

from model import (
    FEATURE_VERSION,
    CheckpointError,
    ModelConfig,
    bundled_checkpoints,
    load_checkpoint,
    parse_structure,
    save_calibration,
    save_checkpoint,
)
from tests.support.confidence import a_calibration
from tests.support.tiny import SMILES, TEXTS, tiny_config, tiny_encoder

BRANCHES: dict[str, dict[str, object]] = {
    "everything": {},
    "bags alone": {"text_encoder": None, "graph_encoder": None},
    "encoders alone": {"text_bag": None, "molecule_bag": None},
}


@pytest.fixture
def copy(tiny_checkpoint: Path, tmp_path: Path) -> Path:
    """A checkpoint to spoil."""
    return Path(shutil.copytree(tiny_checkpoint, tmp_path / "copy"))


def edit(path: Path, **changes: object) -> None:
    """Change fields of a checkpoint's config.json."""
    values = json.loads((path / "config.json").read_text())
    (path / "config.json").write_text(json.dumps(values | changes))


@pytest.mark.parametrize("changes", BRANCHES.values(), ids=BRANCHES)
def test_what_is_loaded_is_what_was_saved(changes: dict[str, object], tmp_path: Path) -> None:
    encoder = tiny_encoder(tiny_config(**changes), seed=3)
    save_checkpoint(tmp_path / "one", encoder, name="one", training={"pairs": 6}, metrics={"text2mol": {"mrr": 0.5}})
    checkpoint = load_checkpoint(tmp_path / "one")
    assert (checkpoint.name, checkpoint.path) == ("one", tmp_path / "one")
    assert (checkpoint.info.training, checkpoint.info.metrics) == ({"pairs": 6}, {"text2mol": {"mrr": 0.5}})
    assert (checkpoint.info.feature_version, checkpoint.info.model) == (FEATURE_VERSION, encoder.config)
    state, loaded = encoder.state_dict(), checkpoint.encoder.state_dict()
    assert state.keys() == loaded.keys()
    assert all(value.equal(loaded[name]) for name, value in state.items())
    molecules = [parse_structure(smiles) for smiles in SMILES]
    np.testing.assert_array_equal(checkpoint.encoder.encode_text(TEXTS), encoder.encode_text(TEXTS))
    np.testing.assert_array_equal(checkpoint.encoder.encode_molecules(molecules), encoder.encode_molecules(molecules))
    assert not checkpoint.encoder.training
    assert not any(parameter.requires_grad for parameter in checkpoint.encoder.parameters())


def test_a_loaded_checkpoint_saved_again_is_the_same(tiny_checkpoint: Path, tmp_path: Path) -> None:
    loaded = load_checkpoint(tiny_checkpoint)
    loaded.encoder.encode_text(["acid " * 500])  # use leaves no trace
    save_checkpoint(tmp_path / "again", loaded.encoder, name="tiny")
    recorded = {"config.json", "tokenizer_config.json"}  # times, and how transformers came by it
    for path in sorted(path for path in tiny_checkpoint.rglob("*") if path.is_file() and path.name not in recorded):
        copy = tmp_path / "again" / path.relative_to(tiny_checkpoint)
        assert copy.read_bytes() == path.read_bytes(), path.name


@pytest.mark.parametrize("precision", ["float16", "int8"])
def test_smaller_checkpoints_load_like_any_other(precision: str, tmp_path: Path) -> None:
    encoder = tiny_encoder()
    save_checkpoint(tmp_path / "full", encoder, name="full")
    save_checkpoint(tmp_path / "small", encoder, name="small", precision=precision)  # type: ignore[arg-type]
    weights = [(tmp_path / name / "model.safetensors").stat().st_size for name in ("full", "small")]
    assert weights[1] < 0.6 * weights[0]
    similarity = (load_checkpoint(tmp_path / "small").encoder.encode_text(TEXTS) * encoder.encode_text(TEXTS)).sum(1)
    assert similarity.min() > 0.998


def test_nothing_in_a_checkpoint_is_pickled(tiny_checkpoint: Path) -> None:
    files = [path for path in tiny_checkpoint.rglob("*") if path.is_file()]
    assert {path.suffix for path in files} <= {".safetensors", ".json", ".txt", ".md"}
    for path in files:
        head = path.read_bytes()[:4]
        assert not head.startswith((b"\x80", b"PK")), f"{path} looks like a pickle or a zip of pickles"


def test_a_checkpoint_can_be_read_by_others(tiny_checkpoint: Path) -> None:
    for path in tiny_checkpoint.rglob("*"):
        if path.is_file():
            assert path.stat().st_mode & stat.S_IRUSR and path.stat().st_mode & stat.S_IROTH, path


def test_the_card_says_what_was_recorded(tmp_path: Path) -> None:
    figures = {"hits@1": 0.123, "hits@10": 0.4, "mrr": 0.25, "mean_rank": 1234.5, "queries": 3301, "pool": 33010}
    save_checkpoint(
        tmp_path / "card",
        tiny_encoder(),
        name="card",
        training={"preset": "compact", "data": {"sources": [{"file": "pairs.tsv"}]}},
        metrics={"text2mol": figures, "conditions": "Measured on a split."},
    )
    card = (tmp_path / "card" / "README.md").read_text()
    assert "| text2mol | 0.123 | 0.400 | 0.250 | 1234.5 | 3,301 | 33,010 |" in card
    assert "Measured on a split." in card and "pairs.tsv" in card and "compact" in card
    assert "4 memory vectors" in card


class TestDigest:
    def test_is_the_same_for_a_copy(self, tiny_checkpoint: Path, copy: Path) -> None:
        digests = [load_checkpoint(path).digest for path in (tiny_checkpoint, copy)]
        assert digests[0] == digests[1]
        assert digests[0].startswith("sha256:") and len(digests[0]) == 7 + 64

    @pytest.mark.parametrize("file", ["molecule_features.txt", "tokenizer/tokenizer.json", "config.json"])
    def test_changes_with_any_file(self, copy: Path, file: str) -> None:
        before = load_checkpoint(copy).digest
        path = copy / file
        if file == "config.json":
            edit(copy, name="other")
        elif file.endswith(".json"):
            path.write_text(path.read_text() + "\n")
        else:
            lines = path.read_text().splitlines()
            path.write_text("\n".join([*lines[1:], lines[0]]) + "\n")
        assert load_checkpoint(copy).digest != before

    def test_changes_with_a_weight(self, copy: Path) -> None:
        before = load_checkpoint(copy).digest
        weights = bytearray((copy / "model.safetensors").read_bytes())
        weights[-5] ^= 1
        (copy / "model.safetensors").write_bytes(weights)
        assert load_checkpoint(copy).digest != before

    def test_does_not_change_with_the_card(self, copy: Path) -> None:
        before = load_checkpoint(copy).digest
        (copy / "README.md").write_text("Edited by hand.")
        assert load_checkpoint(copy).digest == before


class TestCalibration:
    def test_is_loaded_as_it_was_saved_and_nothing_else_changes(self, copy: Path) -> None:
        before = load_checkpoint(copy)
        assert before.info.calibration is None
        assert "calibration" not in json.loads((copy / "config.json").read_text())
        save_calibration(before, a_calibration())
        after = load_checkpoint(copy)
        assert after.info == before.info.model_copy(update={"calibration": a_calibration()})
        assert after.digest == before.digest  # indexes of these vectors stay valid
        save_calibration(after, a_calibration("other.tsv"))
        again = load_checkpoint(copy)
        assert again.info.calibration == a_calibration("other.tsv")
        assert again.digest == before.digest
        assert not list(copy.glob(".*"))

    def test_the_digest_still_tells_other_records_apart(self, copy: Path) -> None:
        save_calibration(load_checkpoint(copy), a_calibration())
        before = load_checkpoint(copy).digest
        edit(copy, name="other")
        assert load_checkpoint(copy).digest != before

    def test_the_card_shows_its_figures_and_where_it_does_not_hold(self, copy: Path) -> None:
        assert "Not calibrated" in (copy / "README.md").read_text()
        save_calibration(load_checkpoint(copy), a_calibration("pairs.tsv"))
        card = (copy / "README.md").read_text()
        assert "fitted on pairs.tsv" in card
        assert "| text2mol | 0.023 | 0.176 | 0.526 | 0.003 | 0.055 | 0.198 | 0.36 | 3,301 | 33,010 |" in card
        assert "It does not hold for texts of other kinds" in card
        assert "Not calibrated" not in card and "4 memory vectors" in card

    def test_one_that_cannot_be_understood_is_refused(self, copy: Path) -> None:
        edit(copy, calibration={"fitted_on": "pairs.tsv"})
        with pytest.raises(CheckpointError, match=r"calibration"):
            load_checkpoint(copy)


class TestRefused:
    def refused(self, source: str | Path) -> str:
        with pytest.raises(CheckpointError) as caught:
            load_checkpoint(source)
        return str(caught.value)

    def test_an_unknown_name(self) -> None:
        assert "nor a bundled name" in self.refused("no-such-checkpoint")

    def test_a_directory_without_config(self, tmp_path: Path) -> None:
        assert "it has no config.json" in self.refused(tmp_path)

    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"feature_version": 999}, f"feature version 999; this Molseek reads 2 and {FEATURE_VERSION}"),
            ({"model": {"dim": -1}}, "model.dim"),
            ({"model": {"text_encoder": None}}, "text_bag"),
            ({"extra": 1}, "extra"),
            ({"name": None}, "name"),
        ],
    )
    def test_a_config_that_cannot_be_served(self, copy: Path, changes: dict[str, object], said: str) -> None:
        edit(copy, **changes)
        assert said in self.refused(copy)

    @pytest.mark.parametrize("content", ["", "{", "[]", "\x00\xff", "[" * 1_000_000])
    def test_a_config_that_is_no_config(self, copy: Path, content: str) -> None:
        (copy / "config.json").write_bytes(content.encode("latin-1"))
        assert "config.json cannot be understood" in self.refused(copy)

    @pytest.mark.parametrize("keep", [0, 7, 100, 5000])
    def test_weights_cut_off(self, copy: Path, keep: int) -> None:
        weights = copy / "model.safetensors"
        weights.write_bytes(weights.read_bytes()[:keep])
        assert "model.safetensors cannot be loaded" in self.refused(copy)

    @pytest.mark.parametrize("file", ["model.safetensors", "vocabulary.txt", "text_features.txt", "tokenizer"])
    def test_a_part_that_is_missing(self, copy: Path, file: str) -> None:
        path = copy / file
        shutil.rmtree(path) if path.is_dir() else path.unlink()
        assert str(copy) in self.refused(copy)

    def test_an_empty_tokenizer(self, copy: Path) -> None:
        (copy / "tokenizer" / "tokenizer.json").write_text("{}")
        assert str(copy) in self.refused(copy)

    def test_a_vocabulary_of_another_size(self, copy: Path) -> None:
        path = copy / "vocabulary.txt"
        path.write_text(path.read_text() + "12345\n")
        assert "model.safetensors cannot be loaded" in self.refused(copy)

    @pytest.mark.parametrize("line", ["UNK", ""])
    def test_a_spoiled_vocabulary(self, copy: Path, line: str) -> None:
        path = copy / "vocabulary.txt"
        path.write_text(path.read_text() + line + "\n")
        assert "vocabulary" in self.refused(copy)

    @pytest.mark.parametrize("value", [math.nan, math.inf])
    def test_weights_that_are_no_numbers(self, copy: Path, value: float) -> None:
        weights = load_file(copy / "model.safetensors")
        name = max(name for name, tensor in weights.items() if tensor.is_floating_point())
        weights[name].view(-1)[-1] = value
        save_file(weights, copy / "model.safetensors")
        said = self.refused(copy)
        assert "not finite" in said and name in said

    @pytest.mark.parametrize("dim", [32 << 20, 1 << 40, 1 << 62])
    def test_a_config_far_larger_than_its_weights(self, copy: Path, dim: int) -> None:
        config = json.loads((copy / "config.json").read_text())["model"]
        edit(copy, model=config | {"dim": dim})
        assert "cannot be loaded" in self.refused(copy)

    @pytest.mark.parametrize("change", [{"hidden_size": 1 << 30}, {"num_hidden_layers": 10**9}, {"vocab_size": 10**12}])
    def test_a_text_encoder_far_larger_than_its_weights(self, copy: Path, change: dict[str, int]) -> None:
        path = copy / "tokenizer" / "config.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | change))
        assert "cannot be loaded" in self.refused(copy)

    def test_weights_of_another_network(self, copy: Path, tmp_path: Path) -> None:
        save_checkpoint(tmp_path / "wider", tiny_encoder(tiny_config(dim=48)), name="wider")
        shutil.copy(tmp_path / "wider" / "model.safetensors", copy)
        assert "model.safetensors cannot be loaded" in self.refused(copy)


class TestSaving:
    def test_replaces_a_checkpoint(self, copy: Path) -> None:
        before = load_checkpoint(copy).digest
        save_checkpoint(copy, tiny_encoder(seed=9), name="new")
        after = load_checkpoint(copy)
        assert (after.name, after.digest != before) == ("new", True)
        assert [path.name for path in copy.parent.iterdir()] == [copy.name]

    def test_does_not_replace_anything_else(self, tmp_path: Path) -> None:
        (tmp_path / "thesis").mkdir()
        (tmp_path / "thesis" / "chapter.tex").write_text("…")
        with pytest.raises(CheckpointError, match="not overwritten"):
            save_checkpoint(tmp_path / "thesis", tiny_encoder(), name="x")
        assert (tmp_path / "thesis" / "chapter.tex").is_file()

    def test_that_fails_midway_leaves_the_old_one_and_can_be_repeated(
        self, copy: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        before = load_checkpoint(copy).digest

        def full(*args: object, **kwargs: object) -> None:
            raise OSError("no space left on device")

        with monkeypatch.context() as patch:
            patch.setattr(Path, "write_text", full)
            with pytest.raises(OSError, match="no space"):
                save_checkpoint(copy, tiny_encoder(seed=9), name="new")
        assert load_checkpoint(copy).digest == before
        save_checkpoint(copy, tiny_encoder(seed=9), name="new")
        assert load_checkpoint(copy).name == "new"
        assert [path.name for path in copy.parent.iterdir()] == [copy.name]

    def test_into_an_empty_directory(self, tmp_path: Path) -> None:
        (tmp_path / "empty").mkdir()
        save_checkpoint(tmp_path / "empty", tiny_encoder(), name="x")
        assert load_checkpoint(tmp_path / "empty").name == "x"


class TestHub:
    def test_an_id_is_downloaded_without_code_or_other_files(
        self, tiny_checkpoint: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asked: dict[str, object] = {}

        def snapshot_download(repo_id: str, **options: object) -> str:
            asked.update(options, repo_id=repo_id)
            return str(tiny_checkpoint)

        monkeypatch.setattr("huggingface_hub.snapshot_download", snapshot_download)
        assert load_checkpoint("someone/some-model").name == "tiny"
        assert asked["repo_id"] == "someone/some-model"
        patterns = asked["allow_patterns"]
        assert isinstance(patterns, list)
        assert not any(pattern.endswith((".py", ".bin", ".pt", ".pkl", "*.*")) for pattern in patterns)
        files = {path.relative_to(tiny_checkpoint).as_posix() for path in tiny_checkpoint.rglob("*") if path.is_file()}
        assert {file for file in files if "/" not in file} <= set(patterns)

    def test_a_hub_that_does_not_answer_is_said(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def snapshot_download(repo_id: str, **options: object) -> str:
            raise OSError("the network is down")

        monkeypatch.setattr("huggingface_hub.snapshot_download", snapshot_download)
        with pytest.raises(CheckpointError, match="hub did not give it: the network is down"):
            load_checkpoint("someone/some-model")

    @pytest.mark.parametrize("name", ["./a/b", "/no/where", "a/b/c", "~/x"])
    def test_paths_are_not_taken_for_ids(self, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
        def snapshot_download(repo_id: str, **options: object) -> str:
            raise AssertionError(f"asked the hub for {repo_id}")

        monkeypatch.setattr("huggingface_hub.snapshot_download", snapshot_download)
        with pytest.raises(CheckpointError, match="no checkpoint"):
            load_checkpoint(name)

    def test_a_directory_comes_before_an_id(
        self, tiny_checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        shutil.copytree(tiny_checkpoint, tmp_path / "owner" / "name")
        monkeypatch.chdir(tmp_path)
        assert load_checkpoint("owner/name").path == Path("owner/name")


def test_bundled_checkpoints_load_by_name() -> None:
    for name, path in bundled_checkpoints().items():
        checkpoint = load_checkpoint(name)
        assert checkpoint.path == path
        assert sum(os.path.getsize(file) for file in path.rglob("*") if file.is_file()) <= 32_000_000  # noqa: PTH202
        assert isinstance(checkpoint.info.model, ModelConfig)


@pytest.mark.parametrize("device", ["cuda:7", "nonsense"])
def test_a_device_that_is_not_there_is_named_in_one_sentence(device: str, tiny_checkpoint: Path) -> None:
    with pytest.raises(CheckpointError, match=rf"the device {device} cannot be used: .*Use the device cpu"):
        load_checkpoint(tiny_checkpoint, device)
