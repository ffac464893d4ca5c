"""A whole training run: files in, the best checkpoint out, resumable at any moment."""

from __future__ import annotations

import contextlib
import logging
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml
from pydantic import JsonValue

from model import DualEncoder, StructureError, load_checkpoint, parse_structure, save_checkpoint
from training.build import build_encoder
from training.config import ConfigError, TrainingConfig
from training.dataset import PairDataset, numbered_texts
from training.digests import data_digest
from training.featurize import featurize
from training.leaks import drop_leaks, find_leaks
from training.pairs import Pair, PairFile, read_candidates, read_pairs
from training.run_log import RunLog
from training.run_state import Position
from training.starting import make_trainable, origin, recipe_for
from training.tables import source_name
from training.trainer import Trainer
from training.validation import SCORE, Validation, complete
from training.world import ALONE, World

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class RunFiles:
    """Where a run's data come from (paths, with optional row selectors) and where it goes.

    `init` names a checkpoint to start from; without one the network is made from the configuration. `notice` is what
    the licences of the data ask to be said wherever the checkpoint goes.
    """

    pairs: Sequence[str]
    validation: str
    candidates: str
    out: Path
    init: str | None = None
    notice: str | None = None


def fit(
    config: TrainingConfig,
    files: RunFiles,
    *,
    workers: int = 2,
    device: str | None = None,
    world: World = ALONE,
) -> Position:
    """Train `config` on the pairs; the checkpoint that validates best is `out/best`.

    `out` holds config.yaml, history.jsonl, tensorboard/, state/ (to resume from), initial/ and best/. Called again
    with the same arguments it goes on from the saved state. At the end `best` is given confidences, fitted to what it
    answers to the validation pairs, if these are enough.

    With `files.init` the run trains that checkpoint's network, whatever network `config` describes.

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
    pair_files = [
        read_pairs(source, limits=None, captions=config.captions, names=config.names, seed=config.seed)
        for source in files.pairs
    ]
    held_out = read_pairs(files.validation, limits=None)
    candidates = read_candidates(files.candidates)
    read = [pair for file in pair_files for pair in file.pairs]
    leaks = find_leaks(read, {"validation": [pair.smiles for pair in held_out.pairs]}, workers=workers)
    pairs, canonical = _understood(drop_leaks(read, leaks))
    if not pairs:
        raise ConfigError("there is no pair to train on")
    log.info("%d pairs of %d molecules; %s", len(pairs), len(set(canonical)), leaks)
    data = _provenance(pair_files, held_out, files, pairs=len(pairs), molecules=len(set(canonical)), leaks=str(leaks))
    if start is not None:
        data["init"] = origin(start)

    published: dict[str, str] = {}  # by canonical SMILES, of which RDKit cannot read back quite all of its own
    for one, pair in zip(canonical, pairs, strict=True):
        published.setdefault(one, pair.smiles)
    row_of = {one: row for row, one in enumerate(published)}
    smiles = list(published.values())
    texts = [pair.text for pair in pairs]
    initial = files.out / "initial"
    with world.in_turn():
        _claim(files.out, config, data)
        if initial.is_dir():
            encoder = make_trainable(load_checkpoint(initial).network)
        else:
            encoder = make_trainable(start.network) if start else build_encoder(config, smiles, texts, workers)
            save_checkpoint(initial, encoder, name=config.name)

    features = featurize(smiles, encoder.featurizer, workers)
    dataset = PairDataset(
        texts=encoder.text_featurizer(texts),
        molecules=complete(features),
        molecule_of=np.array([row_of[one] for one in canonical], np.int64),
        text_of=numbered_texts(texts),
        pad_token=encoder.text_featurizer.pad_token,
    )
    trainer = Trainer(config, encoder, dataset, files.out, device=device, world=world)
    log.info("%d steps on %d × %s, autocast %s", trainer.total_steps, world.size, device, trainer.dtype or "off")
    if not world.leads:
        return trainer.follow()
    validation = Validation.of(files.validation, held_out.pairs, candidates, encoder.featurizer, workers)

    def validate(current: DualEncoder) -> tuple[float, dict[str, float]]:
        figures = validation.measure(current, config.storage)
        return figures[SCORE], figures

    def keep_best(best: DualEncoder, epoch: int, figures: dict[str, float]) -> None:
        record: dict[str, JsonValue] = {
            "preset": config.name,
            "epochs": epoch,
            "config": _shareable(config),
            "data": data,
        }
        if files.notice:
            record["notice"] = files.notice
        save_checkpoint(
            files.out / "best",
            best,
            name=config.name,
            training=record,
            metrics=validation.for_card(figures),
            precision=config.storage,
        )

    with contextlib.closing(RunLog(files.out)) as run_log:
        position = trainer.run(validate, keep_best, run_log)
    validation.calibrate(files.out / "best", device)
    return position


def _understood(pairs: Sequence[Pair]) -> tuple[list[Pair], list[str]]:
    """The pairs whose structure is valid, and their canonical SMILES."""
    kept: list[Pair] = []
    canonical: list[str] = []
    known: dict[str, str | None] = {}
    for pair in pairs:
        if pair.smiles not in known:
            try:
                known[pair.smiles] = parse_structure(pair.smiles).smiles
            except StructureError as error:
                log.warning("left out %.60s: %s", pair.smiles, error)
                known[pair.smiles] = None
        smiles = known[pair.smiles]
        if smiles is not None:
            kept.append(pair)
            canonical.append(smiles)
    return kept, canonical


def _shareable(config: TrainingConfig) -> dict[str, JsonValue]:
    """The configuration for a checkpoint's records: a file by its name, for its path says nothing elsewhere."""
    values: dict[str, JsonValue] = config.model_dump(mode="json")
    source = config.atom_vectors.source
    if source is not None:
        values["atom_vectors"] = {**config.atom_vectors.model_dump(mode="json"), "source": source.name}
    return values


def _provenance(
    pair_files: Sequence[PairFile], held_out: PairFile, files: RunFiles, **counts: JsonValue
) -> dict[str, JsonValue]:
    """What the run was trained on: file names, selectors and digests, never paths."""
    sources: list[JsonValue] = [
        {
            "file": source_name(source),
            "sha256": data_digest(file.path),
            "pairs": len(file.pairs),
            "rejected": len(file.rejects),
        }
        for source, file in zip(files.pairs, pair_files, strict=True)
    ]
    return {"sources": sources, "validation": held_out.path.name, **counts}


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
