"""A whole training run: files in, the best checkpoint out, resumable at any moment."""

from __future__ import annotations

import contextlib
import logging
import shutil
from pathlib import Path

import yaml
from pydantic import JsonValue

from model import DualEncoder, load_checkpoint, save_checkpoint
from training.runs.network import build_encoder
from training.config import ConfigError, TrainingConfig
from training.runs.lineage import LINEAGE, lineage_of, reference
from training.runs.run_data import RunData, RunFiles
from training.loop.run_log import RunLog
from training.loop.run_state import Position
from training.runs.starting import make_trainable, recipe_for
from training.loop.teachers import Teachers
from training.loop.trainer import Trainer
from training.runs.validation import SCORE
from training.loop.distributed import ALONE, World

log = logging.getLogger(__name__)


def fit(
    config: TrainingConfig,
    files: RunFiles,
    *,
    workers: int = 2,
    device: str | None = None,
    world: World = ALONE,
    data: RunData | None = None,
) -> Position:
    """Train `config` on the pairs; the checkpoint that validates best is `out/best`.

    `out` holds config.yaml, history.jsonl, tensorboard/, state/ (to resume from), initial/ and best/. Called again
    with the same arguments it goes on from the saved state. At the end `best` is given confidences, fitted to what it
    answers to the validation pairs, if these are enough.

    `data` is what `RunData.read` makes of the files for this `config`; a caller of several runs has it already.

    With `files.init` the run trains that checkpoint's network, whatever network `config` describes. `files.teachers`
    are checkpoints of networks (no ensembles; name their members) whose mean cosines it learns along.

    The processes of a `world` train together, each called with the same arguments; all need to see the files and
    `out`. Rank 0 alone validates, writes, and knows the best epoch.

    Raises:
        CheckpointError, ConfigError, PairFileError, EvaluationError: something does not fit; nothing was trained.
        InterruptedRunError: the run was asked to stop and has saved its state.
        LostRankError: another process of the world has ended.
    """
    device = world.place(device)
    start = load_checkpoint(files.init) if files.init is not None else None
    if start is not None:
        config = recipe_for(config, start)
    data = RunData.read(files, config, workers) if data is None else data
    record = dict(data.record)
    if start is not None:
        record["init"] = reference(start)
    teachers = [load_checkpoint(teacher, device) for teacher in files.teachers]
    if teachers:
        record["teachers"] = [reference(teacher) for teacher in teachers]

    initial = files.out / "initial"
    with world.in_turn():
        _claim(files.out, config, record)
        if initial.is_dir():
            encoder = make_trainable(load_checkpoint(initial).network)
        else:
            encoder = make_trainable(start.network) if start else build_encoder(config, data.corpus)
            save_checkpoint(initial, encoder, name=config.name)

    taught = Teachers.of([one.network for one in teachers], data.corpus, device) if teachers else None
    dataset = data.dataset(encoder)
    trainer = Trainer(
        config,
        encoder,
        dataset,
        files.out,
        device=device,
        world=world,
        teachers=taught,
        pretrained=start is not None,
    )
    log.info("%d steps on %d × %s, autocast %s", trainer.total_steps, world.size, device, trainer.dtype or "off")
    if not world.leads:
        return trainer.follow()
    validation = data.validation(encoder)

    def validate(current: DualEncoder) -> tuple[float, dict[str, float]]:
        figures = validation.measure(current, config.storage)
        return figures[SCORE], figures

    def keep_best(best: DualEncoder, epoch: int, figures: dict[str, float]) -> None:
        about: dict[str, JsonValue] = {
            "preset": config.name,
            "epochs": epoch,
            "config": _shareable(config),
            "data": record,
        }
        if parents := lineage_of([*([start] if start else []), *teachers]):
            about[LINEAGE] = parents
        if files.notice:
            about["notice"] = files.notice
        save_checkpoint(
            files.out / "best",
            best,
            name=config.name,
            training=about,
            metrics=validation.for_card(figures),
            precision=config.storage,
        )

    with contextlib.closing(RunLog(files.out)) as run_log:
        position = trainer.run(validate, keep_best, run_log)
    validation.calibrate(files.out / "best", device)
    return position


def _shareable(config: TrainingConfig) -> dict[str, JsonValue]:
    """The configuration for a checkpoint's records: a file by its name, for its path says nothing elsewhere."""
    values: dict[str, JsonValue] = config.model_dump(mode="json")
    source = config.atom_vectors.source
    if source is not None:
        values["atom_vectors"] = {**config.atom_vectors.model_dump(mode="json"), "source": source.name}
    return values


def _claim(out: Path, config: TrainingConfig, data: dict[str, JsonValue]) -> None:
    """Write `out/config.yaml`, or check that the run found there is this one."""
    record = {"config": config.model_dump(mode="json"), "data": data}
    path = out / "config.yaml"
    if path.is_file():
        if yaml.safe_load(path.read_text(encoding="utf-8")) != record:
            raise ConfigError(f"{out} holds a run with another configuration or other data; choose another --out")
        for leftover in (*out.glob(".initial.*"), *out.glob(".best.*")):  # of a save that a kill broke off
            shutil.rmtree(leftover)
        return
    draft = out / ".config.yaml.partial"
    if out.is_dir() and any(item != draft for item in out.iterdir()):
        raise ConfigError(f"{out} is not empty and holds no training run; choose another --out")
    out.mkdir(parents=True, exist_ok=True)
    draft.write_text(yaml.safe_dump(record, sort_keys=False, allow_unicode=True), encoding="utf-8")
    draft.rename(path)
