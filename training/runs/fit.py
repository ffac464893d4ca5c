"""A training run: files in, the best checkpoint out, resumable at any moment."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable
from typing import Any

from pydantic import JsonValue

from model import DualEncoder, load_checkpoint, save_checkpoint
from training.config import TrainingConfig
from training.loop.distributed import ALONE, World
from training.loop.run_log import RunLog
from training.loop.run_state import Position
from training.loop.teachers import Teachers
from training.loop.trainer import Trainer
from training.runs.lineage import LINEAGE, lineage_of, reference
from training.runs.network import build_encoder
from training.runs.run import Record, Run
from training.runs.run_data import RunData, RunFiles
from training.runs.starting import make_trainable, recipe_for
from training.runs.validation import SCORE

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
    with the same arguments it resumes from the saved state, and a finished run returns its result at once. At the end
    `best` is given confidences, fitted to its hits for the validation pairs, if there are enough of them.

    `data` is what `RunData.read` makes of the files for this `config`; a caller of several runs has it already.

    With `files.init` the run trains that checkpoint's network, whatever network `config` describes. `files.teachers`
    are checkpoints of networks (no ensembles; name their members) whose mean cosines it is distilled from.

    The processes of a `world` train together, each called with the same arguments; all need to see the files and
    `out`. Rank 0 alone validates, writes, and knows the best epoch.

    Raises:
        CheckpointError, ConfigError, PairFileError, EvaluationError: something does not fit; nothing was trained.
        InterruptedRunError: the run received a signal to stop and has saved its state.
        LostRankError: another process of the world has ended.
    """
    device = world.place(device)
    start = load_checkpoint(files.init) if files.init is not None else None
    if start is not None:
        config = recipe_for(config, start)
    teachers = [load_checkpoint(teacher, device) for teacher in files.teachers]
    parents: Record = {}
    if start is not None:
        parents["init"] = reference(start)
    if teachers:
        parents["teachers"] = [reference(teacher) for teacher in teachers]
    recipe = config.model_dump(mode="json")
    with world.in_turn():
        run = Run(files.out, "config.yaml", {"config": recipe, "data": files.identity() | parents}, _identity_of(files))
        finished = run.result(Position)
    if finished is not None:
        log.info("%s holds this run, finished before", files.out)
        return finished
    data = RunData.read(files, config, workers, run.prepared) if data is None else data
    record = files.identity() | data.record | parents

    initial = files.out / "initial"
    with world.in_turn():
        run.claim({"config": recipe, "data": record}, leads=world.leads)
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
        if ancestors := lineage_of([*([start] if start else []), *teachers]):
            about[LINEAGE] = ancestors
        if files.notice:
            about["notice"] = files.notice
        run.keep_best(best, config.name, about, validation, figures, config.storage)

    with contextlib.closing(RunLog(files.out)) as run_log:
        position = trainer.run(validate, keep_best, run_log)
    validation.calibrate(run.best, device)
    run.finish(position)
    return position


def _shareable(config: TrainingConfig) -> dict[str, JsonValue]:
    """The configuration for a checkpoint's record, with file names instead of paths."""
    values: dict[str, JsonValue] = config.model_dump(mode="json")
    source = config.atom_vectors.source
    if source is not None:
        values["atom_vectors"] = {**config.atom_vectors.model_dump(mode="json"), "source": source.name}
    return values


def _identity_of(files: RunFiles) -> Callable[[Any], Record]:
    """The identity in a `config.yaml`. Earlier versions wrote fewer digests; missing ones count as equal."""

    def identity(record: dict[str, Any]) -> Record:
        expected, data = files.identity(), record["data"]
        data = expected | {
            name: data[name] for name in (*expected, "test", "overlap", "init", "teachers") if name in data
        }
        data["sources"] = [{"file": one["file"], "sha256": one["sha256"]} for one in data["sources"]]
        return {"config": TrainingConfig.model_validate(record["config"]).model_dump(mode="json"), "data": data}

    return identity
