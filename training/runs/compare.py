"""Several presets trained and evaluated on the same data, resumable, in one table.

A checkpoint is selected on validation pairs. With a test file the selected checkpoint is measured on that, once, and
not on the validation pairs; ensembles and external systems likewise.

Under `out`: runs/NAME-seedN/ is a training run (`training.runs.fit`) with its result.json once it is finished and
evaluated; comparison.json and comparison.md are the table of what is finished so far, written after every step.
"""

from __future__ import annotations

import hashlib
import json
import logging
import platform
from collections.abc import Hashable, Mapping, Sequence
from pathlib import Path

import torch
from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError

from model import DualEncoder, MoleculeFeatures, TextMoleculeEncoder, load_checkpoint
from model.files import write_whole
from training.config import ConfigError, TrainingConfig
from training.evaluation import prepare
from training.evaluation.external import load_embeddings
from training.evaluation.text_pool import read_text_pool
from training.inputs.corpus import Corpus
from training.inputs.prepared import PreparedInputs
from training.pairs import parse_source, read_candidates, read_pairs
from training.pairs.digests import data_digest
from training.pairs.tables import source_name
from training.runs.compare_request import ALL, CompareRequest, Ensemble, External, check_ensembles, recipes_of
from training.runs.comparison import Comparison, Measured, System
from training.runs.fit import fit
from training.runs.measuring import Figures, Measuring
from training.runs.run_data import RunData, RunFiles
from training.runs.starting import load_encoder

log = logging.getLogger(__name__)

_RESULT = "result.json"


class _Result(BaseModel):
    """result.json: what was measured, and of which recipe and data."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str
    measured: Measured


def compare(request: CompareRequest) -> Comparison:
    """Train and evaluate what is not finished yet; the table of everything.

    Called again with more presets, seeds or external systems, only these are added.

    Raises:
        ConfigError: names repeat, nothing is to be compared, or `out` holds results of other recipes or data.
        ConfigError, PairFileError, EvaluationError, CheckpointError: as `fit` and `evaluate` do.
        InterruptedRunError: a run received a signal to stop and has saved its state; call again to resume.
    """
    recipes = recipes_of(request)
    check_ensembles(request, [recipe.name for recipe, _ in recipes])
    if not recipes and not request.externals:
        raise ConfigError("there is nothing to compare: name presets or external systems")
    return _Comparing(request, recipes).run()


class _Comparing:
    """One call of `compare`: shared data is read once, and only if there is something to train or evaluate."""

    def __init__(self, request: CompareRequest, recipes: Sequence[tuple[TrainingConfig, Sequence[int]]]) -> None:
        self._request = request
        self._recipes = recipes
        self._device = request.device or ("cuda" if torch.cuda.is_available() else "cpu")
        self._files = self._digests()
        self._data: dict[Hashable, RunData] = {}
        self._prepared = PreparedInputs(request.out / "prepared")
        self._measuring: Measuring | None = None
        self._finished: dict[str, list[Measured]] = {}

    def run(self) -> Comparison:
        for seed in self._seeds():  # seed by seed, so that an unfinished table compares like with like
            for recipe in (recipe for recipe, seeds in self._recipes if seed in seeds):
                config = TrainingConfig.model_validate(recipe.model_dump() | {"seed": seed})
                self._finished.setdefault(recipe.name, []).append(self._run(config))
                self._write()
        for ensemble in self._request.ensembles:
            self._finished[ensemble.name] = [self._ensemble(ensemble)]
        for external in self._request.externals:
            self._finished.setdefault(external.name, []).append(self._external(external))
        return self._write()

    def _run(self, config: TrainingConfig) -> Measured:
        directory = self._directory(config.name, config.seed)
        key = _key({"config": config.model_dump(mode="json"), "files": self._files})
        found = _read_result(directory, key)
        if found is not None:
            log.info("%s, seed %d: finished before", config.name, config.seed)
            return found
        log.info("%s, seed %d", config.name, config.seed)
        request = self._request
        files = RunFiles(
            request.pairs,
            request.validation,
            request.candidates,
            directory,
            test=request.test,
            keep_overlap=request.keep_overlap,
        )
        data = self._read(files, config)
        self._prepared.open()
        position = fit(config, files, workers=request.workers, device=self._device, data=data)
        best = directory / "best"
        network = load_checkpoint(best, self._device).network  # as stored, whatever precision the recipe stores
        parameters = sum(parameter.numel() for parameter in network.parameters())
        measured = Measured(
            metrics=self._evaluate(network),
            seed=config.seed,
            seconds=round(position.seconds, 1),
            parameters=parameters,
            epochs=position.best_epoch,
        )
        write_whole(directory / _RESULT, _Result(key=key, measured=measured).model_dump_json(indent=2) + "\n")
        return measured

    def _ensemble(self, ensemble: Ensemble) -> Measured:
        members = [
            self._directory(recipe.name, seed)
            for recipe, seeds in self._recipes
            if ALL in ensemble.presets or recipe.name in ensemble.presets
            for seed in seeds
        ]
        results = [hashlib.sha256((member / _RESULT).read_bytes()).hexdigest() for member in members]
        key = _key({"members": [*results], "by": ensemble.by})
        directory = self._request.out / "ensembles" / ensemble.name
        found = _read_result(directory, key, replace=True)
        if found is not None:
            return found
        log.info("%s of %d runs", ensemble.name, len(members))
        checkpoints = [str(member / "best") for member in members]
        if ensemble.by == "cosines":
            metrics = self._evaluate(load_encoder(checkpoints, self._device))
        else:
            measuring = self._measure_on()
            networks = (load_checkpoint(one, self._device).network for one in checkpoints)
            metrics = measuring.mean_rank_figures([measuring.vectors(network) for network in networks])
        parameters = sum(_parameters(member) for member in members)
        measured = Measured(metrics=metrics, parameters=parameters)
        directory.mkdir(parents=True, exist_ok=True)
        write_whole(directory / _RESULT, _Result(key=key, measured=measured).model_dump_json(indent=2) + "\n")
        return measured

    def _external(self, external: External) -> Measured:
        measuring = self._measure_on()
        vectors = measuring.external(load_embeddings(external.texts), load_embeddings(external.molecules))
        return Measured(metrics=measuring.figures(vectors))

    def _evaluate(self, encoder: TextMoleculeEncoder) -> Figures:
        measuring = self._measure_on()
        return measuring.figures(measuring.vectors(encoder))

    def _seeds(self) -> list[int]:
        return list(dict.fromkeys(seed for _, seeds in self._recipes for seed in seeds))

    def _read(self, files: RunFiles, config: TrainingConfig) -> RunData:
        kind = RunData.kind(config)
        if kind not in self._data:
            self._data[kind] = RunData.read(files, config, self._request.workers, self._prepared)
        return self._data[kind]

    def _measure_on(self) -> Measuring:
        """The test pairs, or the runs' validation pairs and their features."""
        if self._measuring is None:
            request = self._request
            data = next(iter(self._data.values()), None)
            if request.test is None and data is not None:
                prepared, features = data.evaluation, data.validation_features
            else:
                pairs = read_pairs(request.test or request.validation).pairs
                prepared = prepare(pairs, read_candidates(request.candidates))
                corpus = Corpus(prepared.smiles, prepared.texts, request.workers, self._prepared)

                def features(encoder: DualEncoder) -> Sequence[MoleculeFeatures]:
                    return corpus.molecule_features(encoder.featurizer)

            pool = read_text_pool(prepared, request.texts, workers=request.workers)
            self._measuring = Measuring(prepared, pool, features)
        return self._measuring

    def _directory(self, name: str, seed: int) -> Path:
        return self._request.out / "runs" / f"{name}-seed{seed}"

    def _write(self) -> Comparison:
        """The table of what is finished, on disk and returned."""
        systems = tuple(System(name=name, measured=tuple(runs)) for name, runs in self._finished.items() if runs)
        comparison = Comparison(conditions=self._conditions(), systems=systems)
        out = self._request.out
        out.mkdir(parents=True, exist_ok=True)
        write_whole(out / "comparison.json", json.dumps(comparison.as_json(), indent=2, ensure_ascii=False) + "\n")
        write_whole(out / "comparison.md", comparison.as_markdown())
        return comparison

    def _conditions(self) -> dict[str, JsonValue]:
        request = self._request
        return {
            "training pairs": [source_name(source) for source in request.pairs] if request.presets else [],
            "evaluated on": self._evaluated_on(),
            "candidates": source_name(request.candidates),
            "overrides": list(request.overrides),
            "seeds": [*self._seeds()],
            "hardware": _hardware(self._device),
        }

    def _evaluated_on(self) -> str:
        validation = source_name(self._request.validation)
        if self._request.test is None:
            return f"{validation}, which also selected each checkpoint"
        return f"{source_name(self._request.test)}; {validation} selected each checkpoint"

    def _digests(self) -> list[JsonValue]:
        """Every data file by name and selector, with its digest."""
        request = self._request
        sources = [*request.pairs, request.validation, request.candidates, *request.texts]
        if request.test is not None:
            sources.append(request.test)
        digests: list[JsonValue] = [[source_name(one), data_digest(parse_source(one).path)] for one in sources]
        return [*digests, "overlap kept"] if request.keep_overlap else digests


def _parameters(run: Path) -> int:
    result = _Result.model_validate_json((run / _RESULT).read_bytes())
    return result.measured.parameters or 0


def _key(content: Mapping[str, JsonValue]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _read_result(directory: Path, key: str, *, replace: bool = False) -> Measured | None:
    """The result in `directory`, None if there is none yet; one of something else is an error unless replaceable."""
    path = directory / _RESULT
    if not path.is_file():
        return None
    try:
        result = _Result.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise ConfigError(
            f"{path} cannot be understood: {error.errors()[0]['msg']}; remove it to measure again"
        ) from None
    if result.key == key:
        return result.measured
    if replace:
        return None
    raise ConfigError(f"{directory} holds the result of another recipe or other data; choose another --out")


def _hardware(device: str) -> str:
    if device.startswith("cuda") and torch.cuda.is_available():
        return torch.cuda.get_device_name(device)
    return f"{platform.processor() or platform.machine()}, {torch.get_num_threads()} threads"
