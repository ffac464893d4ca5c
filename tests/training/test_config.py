"""Recipes: what the paper says, value by value, and what an override may and may not do."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from training.config import ConfigError, TrainingConfig, load_preset, preset_names


class TestPaper:
    """Song et al., arXiv 2410.23715, §III-A."""

    config = load_preset("paper")

    def test_text_encoder(self) -> None:
        text = self.config.model.text_encoder
        assert text is not None
        assert text.source == "allenai/scibert_scivocab_uncased"
        assert text.max_tokens == 256
        assert self.config.scratch_text is None

    def test_graph_encoder(self) -> None:
        graph = self.config.model.graph_encoder
        assert graph is not None
        assert (graph.kind, graph.layers, graph.input_dim, graph.hidden_dim) == ("gcn", 3, 300, 600)
        assert not graph.extra_features
        assert graph.freeze_atom_vectors
        assert graph.dropout == 0

    def test_memory_bank(self) -> None:
        projector = self.config.model.projector
        assert (projector.kind, projector.slots, self.config.model.dim) == ("memory_bank", 28, 300)

    def test_nothing_but_the_papers_branches(self) -> None:
        assert self.config.model.text_bag is None
        assert self.config.model.molecule_bag is None

    def test_contrastive_loss(self) -> None:
        loss = self.config.loss.contrastive
        assert (loss.kind, loss.margin, loss.weight, loss.negatives) == ("triplet", 0.3, 1.0, "hardest")

    def test_adversarial_loss(self) -> None:
        loss = self.config.loss.adversarial
        assert (loss.weight, loss.penalty) == (2e-4, 10.0)

    def test_second_order_losses(self) -> None:
        loss = self.config.loss.second_order
        assert (loss.u2u_weight, loss.u2c_weight, loss.temperature) == (1.0, 1.0, 1.0)

    def test_optimisation(self) -> None:
        optimizer = self.config.optimizer
        assert (optimizer.name, optimizer.text_learning_rate, optimizer.learning_rate) == ("adam", 3e-5, 1e-4)
        assert (optimizer.schedule, optimizer.warmup_share, optimizer.weight_decay) == ("constant", 0.0, 0.0)
        assert optimizer.clip_norm is None
        assert (self.config.batch_size, self.config.epochs) == (32, 60)
        assert self.config.micro_batch_size is None


@pytest.mark.parametrize("name", preset_names())
def test_every_shipped_preset_loads_under_its_own_name(name: str) -> None:
    assert load_preset(name).name == name


def test_there_are_presets() -> None:
    assert {"paper", "compact"} <= set(preset_names())


def test_compact_extends_paper() -> None:
    paper, compact = load_preset("paper"), load_preset("compact")
    assert compact.scratch_text is not None
    assert compact.loss.contrastive.kind == "infonce"
    assert compact.model.projector == paper.model.projector
    assert compact.loss.contrastive.margin == paper.loss.contrastive.margin


def refused(preset: str | Path, *overrides: str) -> str:
    with pytest.raises(ConfigError) as caught:
        load_preset(preset, overrides)
    return str(caught.value)


class TestOverrides:
    @pytest.mark.parametrize(
        ("override", "path", "value"),
        [
            ("epochs=3", ("epochs",), 3),
            ("loss.contrastive.kind=infonce", ("loss", "contrastive", "kind"), "infonce"),
            ("optimizer.learning_rate=1e-3", ("optimizer", "learning_rate"), 1e-3),
            ("optimizer.clip_norm=null", ("optimizer", "clip_norm"), None),
            ("model.text_bag.width=17", ("model", "text_bag", "width"), 17),
            ("model.text_bag={width: 5, min_count: 1}", ("model", "text_bag", "width"), 5),
            ("model.text_encoder.source=a/b=c", ("model", "text_encoder", "source"), "a/b=c"),
            ("model.projector.kind = linear", ("model", "projector", "kind"), "linear"),
            ("atom_vectors.source=/a/b.npz", ("atom_vectors", "source"), Path("/a/b.npz")),
        ],
    )
    def test_set_what_their_path_names(self, override: str, path: tuple[str, ...], value: object) -> None:
        found: object = load_preset("paper", [override])
        for part in path:
            found = getattr(found, part)
        assert found == value

    def test_later_ones_win(self) -> None:
        assert load_preset("paper", ["epochs=3", "epochs=4"]).epochs == 4

    def test_leave_everything_else(self) -> None:
        changed = load_preset("paper", ["loss.contrastive.margin=0.5"])
        assert changed.loss.contrastive.negatives == "hardest"
        assert changed.model == load_preset("paper").model

    @pytest.mark.parametrize(
        ("override", "said"),
        [
            ("epoch=3", "epoch: "),
            ("model.projector.slot=3", "model.projector.slot: "),
            ("epochs.number=3", "epochs: "),
            ("epochs=ten", "epochs: "),
            ("epochs=2.5", "epochs: "),
            ("epochs=0", "epochs: "),
            ("epochs=", "epochs: "),
            ("seed=-1", "seed: "),
            ("batch_size=[1", "the value of batch_size is not valid YAML"),
            ("epochs", "'epochs' is not of the form path=value"),
            ("=3", "'=3' is not of the form path=value"),
            ("loss.contrastive.kind=hinge", "loss.contrastive.kind: "),
            ("extends=compact", "extends: "),
            ("model.text_encoder=null", "text tower needs"),
            ("scratch_text={hidden_dim: 10, heads: 4}", "not a multiple of heads"),
            ("scratch_text={}", "model.text_encoder.source names another, 'allenai/scibert_scivocab_uncased'"),
            ("model.graph_encoder={kind: transformer, hidden_dim: 10}", "not a multiple of heads"),
        ],
    )
    def test_that_do_not_fit_are_refused_by_path(self, override: str, said: str) -> None:
        assert said in refused("paper", override)

    def test_that_leave_the_critic_without_states_are_refused(self) -> None:
        bags = ["model.molecule_bag={width: 8}", "model.graph_encoder=null"]
        assert "set loss.adversarial.weight to 0" in refused("paper", *bags)
        assert load_preset("paper", [*bags, "loss.adversarial.weight=0"]).model.graph_encoder is None


class TestFiles:
    def write(self, path: Path, text: str) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def test_extend_a_preset(self, tmp_path: Path) -> None:
        path = self.write(tmp_path / "mine.yaml", "extends: paper\nname: mine\nloss: {contrastive: {margin: 0.5}}\n")
        config = load_preset(path)
        assert (config.name, config.loss.contrastive.margin, config.loss.contrastive.kind) == ("mine", 0.5, "triplet")
        assert config.batch_size == 32

    def test_extend_a_file_beside_them(self, tmp_path: Path) -> None:
        self.write(tmp_path / "base" / "parent.yaml", "extends: compact\nname: parent\nepochs: 7\n")
        path = self.write(tmp_path / "mine" / "child.yaml", "extends: ../base/parent.yaml\nname: child\nseed: 4\n")
        config = load_preset(path)
        assert (config.name, config.epochs, config.seed, config.storage) == ("child", 7, 4, "int8")

    def test_replace_lists_and_nulls_whole(self, tmp_path: Path) -> None:
        path = self.write(tmp_path / "mine.yaml", "extends: compact\nname: mine\nscratch_text: null\n")
        assert load_preset(path).scratch_text is None

    def test_that_stand_alone_take_the_defaults(self, tmp_path: Path) -> None:
        assert load_preset(self.write(tmp_path / "x.yml", "name: x\n")) == TrainingConfig(name="x")

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("extends: [paper]\nname: x\n", "extends must name a preset"),
            ("extends: nothing\nname: x\n", "no preset 'nothing'; there are "),
            ("extends: missing.yaml\nname: x\n", "missing.yaml cannot be read"),
            ("name: [x\n", "is not valid YAML"),
            ("- name\n", "is not a mapping"),
            ("", "is not a mapping"),
            ("epochs: 3\n", "name: Field required"),
            ("name: x\nbatch: 3\n", "batch: "),
        ],
    )
    def test_that_do_not_fit_are_refused(self, tmp_path: Path, text: str, said: str) -> None:
        assert said in refused(self.write(tmp_path / "x.yaml", text))

    def test_in_another_encoding_are_refused(self, tmp_path: Path) -> None:
        (tmp_path / "x.yaml").write_bytes(b"name: \xff\n")
        assert "cannot be read" in refused(tmp_path / "x.yaml")

    def test_in_a_circle_are_refused(self, tmp_path: Path) -> None:
        self.write(tmp_path / "a.yaml", "extends: b.yaml\nname: a\n")
        self.write(tmp_path / "b.yaml", "extends: ./a.yaml\nname: b\n")
        assert re.search(r"circle: .*a\.yaml → .*b\.yaml → .*a\.yaml", refused(tmp_path / "a.yaml"))

    def test_that_extend_themselves_are_refused(self, tmp_path: Path) -> None:
        assert "circle" in refused(self.write(tmp_path / "a.yaml", "extends: a.yaml\nname: a\n"))


def test_a_config_cannot_be_changed() -> None:
    config = load_preset("paper")
    with pytest.raises(ValueError, match="frozen"):
        config.epochs = 3  # type: ignore[misc]


def test_a_recipe_of_before_loads_without_the_fields_that_were_removed() -> None:
    config = load_preset("paper")
    values = config.model_dump()
    values["freeze_text_epochs"] = 0
    values["loss"]["contrastive"]["label_smoothing"] = 0.0
    values["loss"]["adversarial"]["critic_steps"] = 1
    assert TrainingConfig.model_validate(values) == config


def test_setting_a_field_that_was_removed_is_an_error() -> None:
    with pytest.raises(ConfigError, match=r"loss.adversarial: .*critic_steps was removed"):
        load_preset("paper", ["loss.adversarial.critic_steps=2"])
