"""Tuning of a trained checkpoint on categories from its training files, measured before and after."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

import torch
from pydantic import BaseModel, ConfigDict, JsonValue

from model import Checkpoint, load_checkpoint
from training.categories.evaluation import CategoryMetrics, CategoryQueries
from training.categories.everyday import read_everyday_words
from training.categories.questions import Questions
from training.categories.tuning import TuningSettings, tune
from training.config import ConfigError
from training.evaluation import EvaluationError
from training.inputs.corpus import Corpus
from training.pairs import Candidate, Pair, read_candidates, read_pairs
from training.pairs.digests import file_digest
from training.pairs.leaks import drop_leaks, find_leaks
from training.pairs.reading import read_structures
from training.pairs.structures import Structures
from training.pairs.tables import source_name
from training.runs.lineage import LINEAGE, lineage_of
from training.runs.run import Record, Run
from training.runs.run_data import RunFiles
from training.runs.starting import recipe_of
from training.runs.validation import SCORE, HeldOut, Validation
from training.structural.parts import parts_of_all

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class TuneRequest:
    """checkpoint: what `load_checkpoint` takes, one network; pairs: what it was trained on; validation, candidates: as
    for `fit`; out: directory of the run, whose `best` is the tuned checkpoint; held_out: files of molecules that are
    kept out of training; thesaurus: file of everyday words to ask for classes and roles with.
    """

    checkpoint: str
    pairs: Sequence[str]
    validation: str
    candidates: str
    out: Path
    settings: TuningSettings = field(default_factory=TuningSettings)
    workers: int = 2
    device: str = "cpu"
    held_out: Sequence[str] = ()
    thesaurus: Path | None = None

    @property
    def files(self) -> RunFiles:
        return RunFiles(self.pairs, self.validation, self.candidates, self.out, held_out=self.held_out)


class Tuned(BaseModel):
    """Of the checkpoint before and after, both as stored: MRR of text → molecule, and metrics of categories (none where
    no category is frequent enough among the held-out pairs).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    mrr: tuple[float, float]
    categories: tuple[dict[str, CategoryMetrics], dict[str, CategoryMetrics]]


def tune_checkpoint(request: TuneRequest) -> Tuned:
    """Write the tuned checkpoint to `out/best`.

    Called again, an interrupted run resumes, and a finished one returns its result at once.

    The molecule tower is not changed, so molecules keep their vectors up to the rounding of storage. The tuned
    checkpoint still has a digest of its own, so an index must be built with it.

    Raises:
        CheckpointError: there is no such checkpoint, or it is an ensemble.
        ConfigError: no category is common to two molecules, or `out` holds something else.
        PairFileError, EvaluationError: a file cannot be read or measured on.
    """
    everyday = read_everyday_words(request.thesaurus) if request.thesaurus is not None else {}
    start = load_checkpoint(request.checkpoint, request.device)
    network = start.network
    record = _identity(request, start)
    run = Run(request.out, "tuning.yaml", record, lambda found: record | found)  # earlier versions recorded less
    if (finished := run.result(Tuned)) is not None:
        log.info("%s holds this run, finished before", request.out)
        return finished
    held_out = read_pairs(request.validation).pairs
    candidates = read_candidates(request.candidates)
    read = [pair for source in request.pairs for pair in read_pairs(source, names=True).pairs]
    every: Iterable[Pair | Candidate] = chain(read, held_out, candidates)
    structures = Structures.read((one.smiles for one in every), request.workers, run.prepared)
    kept_out = {source_name(one): read_structures(one) for one in request.held_out}
    leaks = find_leaks(read, {"validation": [pair.smiles for pair in held_out], **kept_out}, structures=structures)
    pairs = drop_leaks(read, leaks)
    try:
        keys = {pair.smiles: structures.key(pair.smiles) for pair in pairs}
        distinct = list({keys[pair.smiles]: pair.smiles for pair in reversed(pairs)}.values())  # the first of each
        parts = parts_of_all(distinct, request.workers, run.prepared)
        questions = Questions(pairs, keys, dict(zip(distinct, parts, strict=True)), everyday)
    except ValueError as error:
        raise ConfigError(f"nothing to learn: {error}") from None
    log.info("%s; questions of %d molecules; %s", start.name, len(questions.molecules), leaks)
    run.claim(record)

    features = Corpus(questions.molecules, (), request.workers, run.prepared).molecule_features(network.featurizer)
    molecules = torch.from_numpy(network.encode_features(features)).to(request.device)
    recipe = recipe_of(start)
    tune(
        network,
        questions,
        molecules,
        [pair.text for pair in pairs],
        request.settings,
        request.out / "state",
    )
    # The start is measured now, so that the first step does not wait for it.
    measured_on = HeldOut(request.validation, held_out, candidates, structures)
    ranked = measured_on.prepare()
    pool = Corpus(ranked.smiles, (), request.workers, run.prepared).molecule_features(network.featurizer)
    validation = Validation(request.validation, ranked, pool)
    start = load_checkpoint(request.checkpoint, request.device)
    queries = _category_queries(held_out, request.workers)
    mrr_before = validation.measure(start.network, "float32")[SCORE]
    categories_before = queries.evaluate(start.encoder) if queries is not None else {}
    storage = recipe.storage if recipe is not None else "float32"
    figures = validation.measure(network, storage)
    about: Record = {**_recipe(start), "tuned": record, LINEAGE: lineage_of([start])}
    run.keep_best(network, start.name, about, validation, figures, storage)
    validation.calibrate(run.best, request.device)
    best = load_checkpoint(run.best, request.device)
    categories = queries.evaluate(best.encoder) if queries is not None else {}
    tuned = Tuned(mrr=(mrr_before, figures[SCORE]), categories=(categories_before, categories))
    run.finish(tuned)
    return tuned


def _recipe(start: Checkpoint) -> dict[str, JsonValue]:
    """The part of its record that holds for the tuned checkpoint too; the rest is in the lineage."""
    training = start.info.training
    return {key: training[key] for key in ("preset", "epochs", "config", "notice") if key in training}


def _category_queries(held_out: Sequence[Pair], workers: int) -> CategoryQueries | None:
    try:
        return CategoryQueries.of(held_out, workers=workers)
    except EvaluationError as error:
        log.warning("categories are not measured: %s", error)
        return None


def _identity(request: TuneRequest, start: Checkpoint) -> Record:
    """What the tuned checkpoint depends on, for the run's record and the checkpoint's."""
    return {
        "from": start.digest,
        "settings": request.settings.model_dump(mode="json"),
        **request.files.identity(),
        **({"thesaurus_sha256": file_digest(str(request.thesaurus))} if request.thesaurus is not None else {}),
    }
