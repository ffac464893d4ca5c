"""Runs that stop anywhere and go on to the same end; schedules, freezing, and what is kept."""

from __future__ import annotations

import json
import os
import shutil
import signal
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from model import DualEncoder, parse_structure
from tests.support.recipes import Compound, compounds, fresh, recipe, write_vectors
from training.config import TrainingConfig
from training.loop.run_log import RunLog
from training.loop.run_state import Position
from training.loop.trainer import DivergedRunError, InterruptedRunError, Trainer

State = dict[str, Tensor]


@pytest.fixture(scope="module")
def chosen() -> list[Compound]:
    return compounds(26)  # three batches of eight, and two pairs left over


@pytest.fixture(scope="module")
def vectors(tmp_path_factory: pytest.TempPathFactory, chosen: list[Compound]) -> Path:
    return write_vectors(tmp_path_factory.mktemp("mol2vec") / "vectors.npz", chosen)


class Run:
    """A run over the compounds: validation scores are given, what is kept is remembered."""

    def __init__(
        self, config: TrainingConfig, chosen: list[Compound], directory: Path, scores: Mapping[int, float] = {}
    ):
        directory.mkdir(parents=True, exist_ok=True)
        self.config = config
        self.directory = directory
        self.scores = scores
        self.encoder, dataset = fresh(config, chosen)
        self.trainer = Trainer(config, self.encoder, dataset, directory)
        self.kept: list[int] = []
        self.best: State = {}
        self.validations = 0

    def start(self, run_log: RunLog | None = None) -> Position:
        return self.trainer.run(self.validate, self.keep_best, run_log or RunLog(self.directory))

    def validate(self, encoder: DualEncoder) -> tuple[float, dict[str, float]]:
        self.validations += 1
        probe = float(encoder.encode_text(["A weak acid."])[0, 0])  # something that weights decide
        score = self.scores.get(self.validations, probe)
        return score, {"text2mol/mrr": score, "text2mol/queries": 3.0}

    def keep_best(self, encoder: DualEncoder, epoch: int, figures: dict[str, float]) -> None:
        self.kept.append(epoch)
        self.best = {name: value.clone() for name, value in encoder.state_dict().items()}

    def weights(self) -> State:
        modules = {**self.trainer.modules}
        return {
            f"{part}.{name}": value for part, module in modules.items() for name, value in module.state_dict().items()
        }


class StopAt(RunLog):
    """Sends the process a signal once a step is done, as a scheduler would."""

    def __init__(self, directory: Path, step: int, number: int) -> None:
        super().__init__(directory)
        self.last = step
        self.number = number

    def step(self, step: int, terms: Mapping[str, float], learning_rate: float) -> None:
        super().step(step, terms, learning_rate)
        if step == self.last:
            os.kill(os.getpid(), self.number)


def equal(first: State, second: State) -> bool:
    return first.keys() == second.keys() and all(value.equal(second[name]) for name, value in first.items())


RECIPES: dict[str, dict[str, object]] = {
    "paper's losses": {},
    "random negatives": {"loss": {"contrastive": {"negatives": "random"}}},
    "hard negatives": {"neighbour_group": 2},
    "infonce, cached, adamw, cosine, frozen, clipped": {
        "loss": {
            "contrastive": {"kind": "infonce"},
            "adversarial": {"weight": 0},
            "second_order": {"u2u_weight": 0, "u2c_weight": 0},
        },
        "micro_batch_size": 3,
        "optimizer": {
            "name": "adamw",
            "learning_rate": 3e-3,
            "schedule": "cosine",
            "warmup_share": 0.3,
            "clip_norm": 0.5,
            "weight_decay": 0.01,
        },
    },
}


@pytest.mark.parametrize("changes", RECIPES.values(), ids=RECIPES)
def test_a_run_stopped_again_and_again_ends_bit_for_bit_the_same(
    changes: dict[str, object], chosen: list[Compound], vectors: Path, tmp_path: Path
) -> None:
    config = recipe(vectors, **changes)
    whole = Run(config, chosen, tmp_path / "whole")
    end = whole.start()
    assert end.step == whole.trainer.total_steps == 9
    stops = {1: signal.SIGTERM, 2: signal.SIGINT, 3: signal.SIGTERM, 7: signal.SIGTERM}  # 3 ends an epoch
    for step, number in stops.items():
        part = Run(config, chosen, tmp_path / "parts")
        with pytest.raises(InterruptedRunError, match=f"stopped at step {step} of 9; run again"):
            part.start(StopAt(part.directory, step, number))
    last = Run(config, chosen, tmp_path / "parts")
    resumed = last.start()
    assert equal(last.weights(), whole.weights())
    assert (resumed.step, resumed.best_epoch, resumed.best_score) == (end.step, end.best_epoch, end.best_score)


def test_a_finished_run_is_not_run_again(chosen: list[Compound], vectors: Path, tmp_path: Path) -> None:
    first = Run(recipe(vectors, epochs=1), chosen, tmp_path)
    position = first.start()
    again = Run(recipe(vectors, epochs=1), chosen, tmp_path)
    assert again.start() == position
    assert again.validations == 0
    assert equal(again.weights(), first.weights())


@pytest.mark.parametrize("killed", ["while writing", "between the renames", "before cleaning up"])
def test_a_kill_while_saving_costs_at_most_the_last_save(
    killed: str, chosen: list[Compound], vectors: Path, tmp_path: Path
) -> None:
    config = recipe(vectors, epochs=2)
    whole = Run(config, chosen, tmp_path / "whole")
    whole.start()
    part = Run(config, chosen, tmp_path / "part")
    with pytest.raises(InterruptedRunError):
        part.start(StopAt(part.directory, 4, signal.SIGTERM))
    state, partial, old = (part.directory / name for name in ("state", "state.partial", "state.old"))
    if killed == "while writing":
        shutil.copytree(state, partial)
        (partial / "modules.safetensors").write_bytes(b"half a file")
    elif killed == "between the renames":
        shutil.copytree(state, partial)
        state.rename(old)
    else:
        shutil.copytree(state, old)
        (old / "modules.safetensors").write_bytes(b"an older file")
    last = Run(config, chosen, tmp_path / "part")
    last.start()
    assert equal(last.weights(), whole.weights())
    assert sorted(path.name for path in part.directory.glob("state*")) == ["state"]


def test_seeds_make_different_runs_and_equal_seeds_equal_ones(
    chosen: list[Compound], vectors: Path, tmp_path: Path
) -> None:
    runs = [Run(recipe(vectors, epochs=1, seed=seed), chosen, tmp_path / str(n)) for n, seed in enumerate((0, 0, 1))]
    for run in runs:
        run.start()
    assert equal(runs[0].weights(), runs[1].weights())
    assert not equal(runs[0].weights(), runs[2].weights())


def test_the_critic_starts_alike_whatever_was_drawn_before(
    chosen: list[Compound], vectors: Path, tmp_path: Path
) -> None:
    """A run killed before its first save starts over from its initial encoder, in a process that drew otherwise."""
    config = recipe(vectors)
    encoder, dataset = fresh(config, chosen)
    critics = []
    for seed in (1, 2):
        torch.manual_seed(seed)
        critics.append(Trainer(config, encoder, dataset, tmp_path).objective.state_dict())
    assert equal(critics[0], critics[1])


def test_the_best_validation_is_kept_and_the_first_of_equals(
    chosen: list[Compound], vectors: Path, tmp_path: Path
) -> None:
    run = Run(recipe(vectors, epochs=4), chosen, tmp_path, scores={1: 0.2, 2: 0.5, 3: 0.5, 4: 0.4})
    position = run.start()
    assert run.kept == [1, 2]
    assert (position.best_epoch, position.best_score) == (2, 0.5)
    assert not equal(run.best, run.encoder.state_dict())  # training went on from it


def test_validation_comes_every_so_many_epochs_and_at_the_end(
    chosen: list[Compound], vectors: Path, tmp_path: Path
) -> None:
    run = Run(recipe(vectors, epochs=5, evaluate_every=2), chosen, tmp_path)
    run.start()
    lines = [json.loads(line) for line in (tmp_path / "history.jsonl").read_text().splitlines()]
    assert [line["epoch"] for line in lines if line["kind"] == "validation"] == [2, 4, 5]


def test_history_has_losses_by_name_and_mean(chosen: list[Compound], vectors: Path, tmp_path: Path) -> None:
    class Recorder(RunLog):
        totals: list[float]

        def step(self, step: int, terms: Mapping[str, float], learning_rate: float) -> None:
            self.totals.append(terms["total"])
            super().step(step, terms, learning_rate)

    recorder = Recorder(tmp_path)
    recorder.totals = []
    Run(recipe(vectors, epochs=4), chosen, tmp_path).start(recorder)
    (line,) = [json.loads(line) for line in (tmp_path / "history.jsonl").read_text().splitlines() if '"train"' in line]
    assert line["step"] == 10
    assert {"triplet", "adversarial", "t2m", "m2t", "to_molecule", "to_text", "total", "learning_rate"} <= line.keys()
    assert line["total"] == pytest.approx(np.mean(recorder.totals[:10]))


@pytest.mark.parametrize("frozen", [True, False])
def test_mol2vec_vectors_rest_if_asked(frozen: bool, chosen: list[Compound], vectors: Path, tmp_path: Path) -> None:
    config = recipe(vectors)
    graph = config.model.graph_encoder
    assert graph is not None
    model = config.model.model_copy(update={"graph_encoder": graph.model_copy(update={"freeze_atom_vectors": frozen})})
    run = Run(config.model_copy(update={"model": model}), chosen, tmp_path)
    before = run.encoder.state_dict()["graph_encoder.vectors.weight"].clone()
    run.trainer.train_step(0)
    assert before.equal(run.encoder.state_dict()["graph_encoder.vectors.weight"]) == frozen


def rates(run: Run, step: int) -> list[float]:
    run.trainer.train_step(step)
    return [group["lr"] for group in run.trainer.optimizers["encoder"].param_groups]


def test_learning_rates_warm_up_and_fall_as_a_cosine(chosen: list[Compound], vectors: Path, tmp_path: Path) -> None:
    optimizer = {"learning_rate": 1.0e-3, "bag_learning_rate": 5.0e-3, "schedule": "cosine", "warmup_share": 1 / 3}
    run = Run(recipe(vectors, epochs=2, optimizer=optimizer), chosen, tmp_path)  # 6 steps, 2 of warm-up
    expected = [1 / 3, 2 / 3, 1.0, 0.5 * (1 + np.cos(np.pi / 4)), 0.5, 0.5 * (1 + np.cos(3 * np.pi / 4))]
    for step, factor in enumerate(expected):
        assert sorted(set(rates(run, step))) == pytest.approx([1e-3 * factor, 5e-3 * factor])


def test_a_constant_rate_stays_and_a_linear_one_falls_to_nothing(
    chosen: list[Compound], vectors: Path, tmp_path: Path
) -> None:
    constant = Run(recipe(vectors, epochs=1, optimizer={"learning_rate": 1e-3}), chosen, tmp_path / "constant")
    assert {rate for step in range(3) for rate in rates(constant, step)} == {1e-3}
    schedule = {"learning_rate": 1e-3, "schedule": "linear"}
    linear = Run(recipe(vectors, epochs=1, optimizer=schedule), chosen, tmp_path / "linear")
    assert [rates(linear, step)[0] for step in range(3)] == pytest.approx([1e-3, 2e-3 / 3, 1e-3 / 3])


def test_a_pretrained_backbone_has_a_rate_of_its_own(chosen: list[Compound], vectors: Path, tmp_path: Path) -> None:
    config = recipe(vectors, optimizer={"learning_rate": 1e-3, "text_learning_rate": 1e-5})
    encoder, dataset = fresh(config, chosen)
    assert config.model.text_encoder is not None
    loaded = config.model.text_encoder.model_copy(update={"source": "some/encoder"})
    encoder.config = config.model.model_copy(update={"text_encoder": loaded})  # as if its backbone had been loaded
    optimizer = Trainer(config, encoder, dataset, tmp_path).optimizers["encoder"]
    assert encoder.text_encoder is not None
    of = {id(parameter): group["lr"] for group in optimizer.param_groups for parameter in group["params"]}
    assert {of[id(parameter)] for parameter in encoder.text_encoder.backbone.parameters()} == {1e-5}
    assert {rate for key, rate in of.items()} == {1e-5, 1e-3}


def test_a_backbone_made_from_scratch_keeps_its_rate_when_a_run_goes_on_from_it(
    chosen: list[Compound], vectors: Path, tmp_path: Path
) -> None:
    config = recipe(vectors, optimizer={"learning_rate": 1e-3, "text_learning_rate": 1e-5})
    encoder, dataset = fresh(config, chosen)
    on = config.model_copy(update={"scratch_text": None})  # nothing is made, the network is there
    optimizer = Trainer(on, encoder, dataset, tmp_path).optimizers["encoder"]
    assert {group["lr"] for group in optimizer.param_groups} == {1e-3}


def test_every_trainable_weight_is_trained_once(chosen: list[Compound], vectors: Path, tmp_path: Path) -> None:
    run = Run(recipe(vectors), chosen, tmp_path)
    trained = [id(p) for group in run.trainer.optimizers["encoder"].param_groups for p in group["params"]]
    assert len(trained) == len(set(trained))
    assert set(trained) == {id(p) for p in run.encoder.parameters() if p.requires_grad}
    before = {name: p.detach().clone() for name, p in run.encoder.named_parameters() if p.requires_grad}
    for step in range(6):
        run.trainer.train_step(step)
    still = [name for name, p in run.encoder.named_parameters() if name in before and p.equal(before[name])]
    assert still == []


def test_the_critic_is_trained_and_not_by_the_encoders_term(
    chosen: list[Compound], vectors: Path, tmp_path: Path
) -> None:
    """A run whose adversarial weight is huge has the same critic after its first step as one whose is tiny."""
    critics = []
    for weight in (1e-6, 1e3):
        run = Run(recipe(vectors, loss={"adversarial": {"weight": weight}}), chosen, tmp_path / str(weight))
        assert run.trainer.objective.critic is not None
        before = {name: value.clone() for name, value in run.trainer.objective.critic.state_dict().items()}
        run.trainer.train_step(0)
        critics.append(run.trainer.objective.critic.state_dict())
        assert not equal(before, critics[-1])
    assert equal(critics[0], critics[1])


def test_gradients_are_clipped_together(chosen: list[Compound], vectors: Path, tmp_path: Path) -> None:
    run = Run(recipe(vectors, optimizer={"clip_norm": 1e-3}), chosen, tmp_path)
    run.trainer.train_step(0)
    squares = [float((p.grad**2).sum()) for p in run.encoder.parameters() if p.grad is not None]
    assert np.sqrt(sum(squares)) == pytest.approx(1e-3, rel=1e-3)


def test_a_loss_that_is_no_number_stops_the_run_with_its_step(
    chosen: list[Compound], vectors: Path, tmp_path: Path
) -> None:
    run = Run(recipe(vectors), chosen, tmp_path)
    run.encoder.projector.output.weight.data.fill_(float("nan"))
    with pytest.raises(DivergedRunError, match="at step 1"):
        run.start()
    assert not (tmp_path / "state").exists()


def test_bfloat16_trains_to_a_similar_loss(chosen: list[Compound], vectors: Path, tmp_path: Path) -> None:
    losses = []
    for precision in ("float32", "bfloat16"):
        run = Run(recipe(vectors, precision=precision, micro_batch_size=4), chosen, tmp_path / precision)
        losses.append([run.trainer.train_step(step)["total"] for step in range(6)])
        assert all(p.dtype == torch.float32 for p in run.encoder.parameters())
    np.testing.assert_allclose(losses[1], losses[0], rtol=0.05)
    assert losses[0] != losses[1]


def test_a_small_set_is_memorised(chosen: list[Compound], vectors: Path, tmp_path: Path) -> None:
    loss = {"contrastive": {"kind": "infonce"}, "adversarial": {"weight": 2e-4, "critic_hidden_dim": 16}}
    run = Run(recipe(vectors, epochs=25, batch_size=13, loss=loss), chosen, tmp_path)
    totals = [run.trainer.train_step(step)["infonce"] for step in range(run.trainer.total_steps)]
    assert np.mean(totals[-5:]) < 0.3 * np.mean(totals[:5])
    texts = run.encoder.encode_text([one.description for one in chosen])
    molecules = run.encoder.encode_molecules([parse_structure(one.smiles) for one in chosen])
    hits = (texts @ molecules.T).argmax(axis=1) == np.arange(len(chosen))
    assert hits.mean() > 0.7  # chance: 1 in 26


def test_few_pairs_still_make_an_epoch_of_several_steps(chosen: list[Compound], vectors: Path, tmp_path: Path) -> None:
    run = Run(recipe(vectors, epochs=1, batch_size=1000, least_batches=6), chosen, tmp_path)
    assert run.start().step == run.trainer.total_steps >= 6


@pytest.mark.parametrize("pretrained", [False, True])
def test_a_trained_network_is_asked_for_hard_negatives_at_once(
    pretrained: bool, chosen: list[Compound], vectors: Path, tmp_path: Path
) -> None:
    config = recipe(vectors, neighbour_group=2)
    encoder, dataset = fresh(config, chosen)
    trainer = Trainer(config, encoder, dataset, tmp_path, pretrained=pretrained)
    trainer.train_step(0)
    assert trainer.neighbours is not None
    assert int(trainer.neighbours.epoch) == (0 if pretrained else -1)
