"""Measurements for a report on a run."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import numpy as np
import yaml
from numpy.typing import NDArray
from pydantic import JsonValue

from model import Checkpoint, DualEncoder, load_checkpoint
from training.evaluation import EmbeddedSet, EvaluationSet, embed, prepare
from training.evaluation.metrics import Metrics, rank_of_truth
from training.evaluation.text_pool import Ranking, read_text_pool, score_with_pool
from training.inputs.featurize import featurize
from training.pairs import read_candidates, read_pairs
from training.pairs.structures import inchikeys
from training.report.cases import Case, make_cases
from training.report.comparison import read_comparison
from training.report.confidence import Confidence, judge_confidence
from training.report.error_analysis import ErrorAnalysis, TrainingOverlap, analyse_misses, overlap
from training.report.errors import ReportError
from training.report.geometry import JointMap, ModalityGap, SecondOrder, joint_map, modality_gap, second_order
from training.report.history import History, Progress, progress, read_history
from training.report.retrieval import representatives, retrieve
from training.runs.comparison import Comparison
from training.runs.lineage import trained_on

log = logging.getLogger(__name__)

_ENOUGH_FOR_GEOMETRY = 3


@dataclass(frozen=True)
class ReportRequest:
    """What to report on.

    run: a run's directory, or a checkpoint's; pairs and candidates: held-out pairs and their pool, both or neither;
    texts: files of all texts, which molecules are also ranked against; training: the pairs that were trained on;
    compare: directory that `molseek-train compare` wrote.
    """

    run: Path
    pairs: str | None = None
    candidates: str | None = None
    texts: Sequence[str] = ()
    training: Sequence[str] = ()
    compare: Path | None = None
    misses: int = 200
    cases: int = 3
    seed: int = 0
    workers: int = 2
    device: str = "cpu"


@dataclass(frozen=True)
class Space:
    """The geometry of one text and the molecule of every pair."""

    gap: ModalityGap
    second: SecondOrder
    joint: JointMap
    pairs: int


@dataclass(frozen=True)
class Answers:
    """Answers of the checkpoint to held-out pairs; file names without directories."""

    pairs_file: str
    candidates_file: str
    metrics: dict[Ranking, Metrics]
    ranks: dict[str, NDArray[np.float64]]
    space: Space | None
    confidence: Confidence | None
    cases: tuple[Case, ...]
    errors: ErrorAnalysis | None
    overlap: TrainingOverlap | None


@dataclass(frozen=True)
class CheckpointFacts:
    name: str
    digest: str
    created: datetime
    dim: int
    parameters: int | None
    """None for an ensemble."""
    epochs: int | None


@dataclass(frozen=True)
class Findings:
    """Everything in a report; what was not measured is None or empty."""

    run: str
    seed: int
    checkpoint: CheckpointFacts | None
    data: dict[str, JsonValue] = field(default_factory=dict)
    history: History | None = None
    unfinished: Progress | None = None
    """How far a run has come that is not at its end."""
    comparison: Comparison | None = None
    answers: Answers | None = None


def measure(request: ReportRequest) -> Findings:
    """Read and measure.

    Raises:
        ReportError, CheckpointError, PairFileError, EvaluationError: something asked for is missing or unreadable.
    """
    run = request.run
    if (request.pairs is None) != (request.candidates is None):
        raise ReportError("--pairs and --candidates go together: pairs are ranked among candidates")
    history_path, checkpoint = run / "history.jsonl", _checkpoint(run, request.device)
    if checkpoint is None and not history_path.is_file():
        raise ReportError(f"{run} holds neither a run (history.jsonl, best/) nor a checkpoint (config.json)")
    if checkpoint is None and request.pairs is not None:
        raise ReportError(f"{run} has no checkpoint yet to rank pairs with")
    history = read_history(history_path) if history_path.is_file() else None
    return Findings(
        run=run.resolve().name,
        seed=request.seed,
        checkpoint=_facts(checkpoint) if checkpoint else None,
        data=_data(run, checkpoint),
        history=history,
        unfinished=progress(run / "config.yaml", history) if history is not None else None,
        comparison=read_comparison(request.compare) if request.compare else None,
        answers=_answers(request, checkpoint) if checkpoint and request.pairs else None,
    )


def _answers(request: ReportRequest, checkpoint: Checkpoint) -> Answers:
    assert request.pairs is not None and request.candidates is not None  # measure() has seen to it
    encoder = checkpoint.encoder
    pairs, candidates = read_pairs(request.pairs), read_candidates(request.candidates)
    log.info("ranking %d pairs among %d candidates", len(pairs.pairs), len(candidates))
    prepared = prepare(pairs.pairs, candidates)
    features = None
    if isinstance(encoder, DualEncoder):  # whose featurizer worker processes know; others featurise as they go
        made = featurize(prepared.smiles, encoder.featurizer, request.workers)
        features = [item for item in made if item is not None]
    embedded = embed(encoder, prepared, features)
    pool = read_text_pool(prepared, request.texts, workers=request.workers)
    found = retrieve(embedded.texts, embedded.molecules, prepared.text_truth)
    trained = _trained(request, prepared)
    log.info("looking at the answers")
    return Answers(
        pairs_file=pairs.path.name,
        candidates_file=Path(request.candidates.partition("?")[0]).name,
        metrics=score_with_pool(prepared, embedded, pool, encoder),
        ranks={
            "text2mol": found.ranks,
            "mol2text": rank_of_truth(embedded.molecules[prepared.queries], embedded.texts, prepared.query_truth),
        },
        space=_space(prepared, embedded, request.seed),
        confidence=judge_confidence(prepared, embedded, checkpoint.info.calibration, request.pairs, request.seed),
        cases=make_cases(prepared, found, trained=trained, each=request.cases, seed=request.seed),
        errors=analyse_misses(prepared, found, sample=request.misses, seed=request.seed),
        overlap=overlap(prepared, found, trained),
    )


def _space(prepared: EvaluationSet, embedded: EmbeddedSet, seed: int) -> Space | None:
    texts, molecules = representatives(prepared, embedded)
    if len(texts) < _ENOUGH_FOR_GEOMETRY:
        return None
    return Space(
        gap=modality_gap(texts, molecules, seed=seed),
        second=second_order(texts, molecules, seed=seed),
        joint=joint_map(texts, molecules, seed=seed),
        pairs=len(texts),
    )


def _trained(request: ReportRequest, prepared: EvaluationSet) -> NDArray[np.bool_] | None:
    """Which molecules of the pool are in the training pairs, by full InChIKey: (pool,).

    Those of the held-out pairs count as not trained on: a run drops them from its training pairs.
    """
    if not request.training:
        return None
    smiles = [pair.smiles for source in request.training for pair in read_pairs(source).pairs]
    key_of = inchikeys([*smiles, *prepared.smiles], workers=request.workers)
    held_out = {key_of[prepared.smiles[row]] for row in prepared.queries}
    keys = {key_of[one] for one in smiles} - held_out - {""}
    return np.array([key_of[one] in keys for one in prepared.smiles], np.bool_)


def _checkpoint(run: Path, device: str) -> Checkpoint | None:
    for directory in (run / "best", run):
        if (directory / "config.json").is_file():
            return load_checkpoint(directory, device)
    return None


def _facts(checkpoint: Checkpoint) -> CheckpointFacts:
    encoder, epochs = checkpoint.encoder, checkpoint.info.training.get("epochs")
    return CheckpointFacts(
        name=checkpoint.name,
        digest=checkpoint.digest,
        created=checkpoint.info.created,
        dim=encoder.dim,
        parameters=sum(one.numel() for one in encoder.parameters()) if isinstance(encoder, DualEncoder) else None,
        epochs=epochs if isinstance(epochs, int) else None,
    )


def _data(run: Path, checkpoint: Checkpoint | None) -> dict[str, JsonValue]:
    """What was trained on, from the run's record or else the checkpoint's."""
    data = trained_on(checkpoint.info.training) if checkpoint else {}
    path = run / "config.yaml"
    if not data and path.is_file():
        loaded = yaml.safe_load(path.read_text(encoding="utf-8"))
        record = loaded.get("data") if isinstance(loaded, dict) else None
        data = record if isinstance(record, dict) else {}
    return data
