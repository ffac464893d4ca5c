"""What the processes of torchrun do in tests: `torchrun … -m tests.support.together DIRECTORY`, after `prepare_for`.

Rank r writes what came of each scenario to DIRECTORY/<scenario>.<r>.json and .safetensors.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
from pathlib import Path

from safetensors.torch import save_file
from torch import Tensor, nn

from model import DualEncoder
from tests.support.recipes import Compound, compounds, fresh, recipe, without_dropout, write_run, write_vectors
from training.config import ConfigError, TrainingConfig, load_preset
from training.inputs.dataset import PairDataset
from training.loop.distributed import ALONE, World, joined
from training.loop.run_log import RunLog
from training.loop.run_state import Position
from training.loop.trainer import InterruptedRunError, Trainer
from training.runs.fit import fit
from training.runs.run_data import RunFiles

STEPS = 8
STOPPED_AT = 4
PAIRS = 26  # three batches of eight or seven an epoch, and some pairs left over
_INFONCE = {"kind": "infonce"}

SCENARIOS: dict[str, dict[str, object]] = {
    "infonce and second order": {
        "loss": {"contrastive": _INFONCE, "adversarial": {"weight": 0}, "second_order": {"temperature": 0.1}},
        "optimizer": {
            "name": "adamw",
            "learning_rate": 1e-3,
            "schedule": "cosine",
            "warmup_share": 0.3,
            "clip_norm": 0.5,
            "weight_decay": 0.01,
        },
    },
    "the paper's losses": {"loss": {"adversarial": {"weight": 0.1, "critic_hidden_dim": 16}}},
    "uneven shares, cached, all losses": {
        "batch_size": 7,
        "micro_batch_size": 3,
        "loss": {"contrastive": _INFONCE, "adversarial": {"weight": 0.1, "critic_hidden_dim": 16}},
    },
    "neighbours in a batch": {
        "loss": {"contrastive": _INFONCE, "adversarial": {"weight": 0}},
        "neighbour_group": 2,
    },
    "uneven shares, random negatives": {
        "batch_size": 7,
        "loss": {"contrastive": {"negatives": "random"}, "adversarial": {"weight": 0}},
    },
}


def prepare_for(directory: Path) -> None:
    """The files that all processes read."""
    write_vectors(directory / "vectors.npz", compounds(PAIRS))
    (directory / "files").mkdir()
    write_run(directory / "files", pairs=PAIRS, validation=6)


def made(directory: Path, **changes: object) -> tuple[TrainingConfig, DualEncoder, PairDataset]:
    """A recipe, and a new network that drops nothing, with its data."""
    config = without_dropout(recipe(directory / "vectors.npz", **changes))
    encoder, dataset = fresh(config, compounds(PAIRS))
    for module in encoder.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0
    return config, encoder, dataset


def weights(trainer: Trainer) -> dict[str, Tensor]:
    return {
        f"{part}.{name}": value.clone()
        for part, module in trainer.modules.items()
        for name, value in module.state_dict().items()
    }


def train(directory: Path, scenario: str, world: World = ALONE) -> tuple[list[dict[str, float]], dict[str, Tensor]]:
    """The losses of the first steps, and the weights after them."""
    trainer = Trainer(*made(directory, **SCENARIOS[scenario]), directory / "none", world=world)
    return [trainer.train_step(step) for step in range(STEPS)], weights(trainer)


def run(directory: Path, name: str, world: World = ALONE, kind: type[Trainer] = Trainer) -> tuple[Position, Trainer]:
    """A whole run in `directory`/`name`, from wherever its state stands."""
    out = directory / name
    out.mkdir(exist_ok=True)
    trainer = kind(*made(directory, **SCENARIOS["the paper's losses"]), out, world=world)

    def validate(encoder: DualEncoder) -> tuple[float, dict[str, float]]:
        return float(encoder.encode_text(["A weak acid."])[0, 0]), {}

    if not world.leads:
        return trainer.follow(), trainer
    return trainer.run(validate, lambda *_: None, RunLog(out)), trainer


class StoppedAtRank1(Trainer):
    """One process alone is asked to stop, once `STOPPED_AT` steps are done."""

    def train_step(self, step: int) -> dict[str, float]:
        terms = super().train_step(step)
        if step + 1 == STOPPED_AT and self.world.rank == 1:
            os.kill(os.getpid(), signal.SIGTERM)
        return terms


def stopping(directory: Path, world: World) -> dict[str, object]:
    """A run stopped and resumed, one that nobody disturbed, and the stopped one's copy for another world."""
    try:
        run(directory, "stopped", world, StoppedAtRank1)
        message = "not stopped"
    except InterruptedRunError as error:
        message = str(error)
    with world.in_turn():
        if world.leads:
            shutil.copytree(directory / "stopped", directory / "elsewhere")
    position, resumed = run(directory, "stopped", world)
    _, whole = run(directory, "whole", world)
    equal = all(value.equal(weights(whole)[name]) for name, value in weights(resumed).items())
    return {"message": message, "step": position.step, "equal": equal}


def dropping(directory: Path, world: World) -> dict[str, object]:
    """What the text bag makes of eight equal texts in the first step, and in the first step of a second run."""
    twins = [Compound("1", "CCO", "A volatile alcohol that burns.")] * 8
    config = recipe(directory / "vectors.npz", loss={"adversarial": {"weight": 0}})
    seen: list[list[float]] = []
    for _ in range(2):
        encoder, dataset = fresh(config, twins)
        assert encoder.text_bag is not None
        encoder.text_bag.register_forward_hook(lambda *call: seen.append(call[-1].flatten().tolist()))
        Trainer(config, encoder, dataset, directory, world=world).train_step(0)
    return {"first": seen[0], "again": seen[1]}


def refusing(directory: Path, world: World) -> dict[str, object]:
    """What is said of networks that differ, and of batches smaller than the world."""
    said = []
    config, encoder, dataset = made(directory, seed=world.rank)
    three = World(world.rank, 3)
    for batch_size, claimed in ((8, world), (2, three)):
        smaller = config.model_copy(update={"batch_size": batch_size})
        try:
            Trainer(smaller, encoder, dataset, directory / "none", world=claimed).follow()
        except ConfigError as error:
            said.append(str(error))
    return {"said": said}


def fitting(directory: Path, world: World) -> dict[str, object]:
    """A run from files to a checkpoint."""
    files = directory / "files"
    validation, candidates = str(files / "validation.tsv"), str(files / "candidates.tsv")
    run_files = RunFiles([str(files / "pairs.tsv")], validation, candidates, files / "run")
    config = load_preset(files / "small.yaml", ["epochs=2"])
    return {"step": fit(config, run_files, workers=0, device="cpu", world=world).step}


def main(directory: Path) -> None:
    with joined() as world:
        for name in SCENARIOS:
            losses, trained = train(directory, name, world)
            save_file(trained, directory / f"{name}.{world.rank}.safetensors")
            (directory / f"{name}.{world.rank}.json").write_text(json.dumps(losses))
        for scenario in (stopping, dropping, refusing, fitting):
            report = scenario(directory, world)
            (directory / f"{scenario.__name__}.{world.rank}.json").write_text(json.dumps(report))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
