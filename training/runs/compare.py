"""Several presets trained and evaluated on the same data: one command, resumable, one table.

Under `out`: runs/NAME-seedN/ is a training run (`training.runs.fit`) with its result.json once it is finished and
evaluated; comparison.json and comparison.md are the table of what is finished so far, written after every step.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import platform
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError

from model import DualEncoder, TextMoleculeEncoder, load_checkpoint
from training.runs.comparison import Comparison, Measured, System
from training.config import ConfigError, TrainingConfig, load_preset
from training.pairs.digests import data_digest
from training.evaluation import Direction, EvaluationSet, embed, prepare, score
from training.evaluation.external import embed_external, load_embeddings
from training.runs.fit import fit
from training.pairs import parse_source, read_candidates, read_pairs
from training.runs.run_data import RunData, RunFiles
from training.runs.starting import load_encoder
from training.pairs.tables import source_name

log = logging.getLogger(__name__)

ENSEMBLE = "all-ensemble"
_RESULT = "result.json"


@dataclass(frozen=True, slots=True)
class External:
    """A system that is known by its embeddings alone; several of one name count as its runs."""

    name: str
    texts: Path
    molecules: Path


@dataclass(frozen=True)
class CompareRequest:
    """What to compare, on what.

    presets: names or YAML files; overrides: `path=value`, the same for every preset, so that all share an encoder;
    pairs, validation, candidates: as in `RunFiles`; ensemble: add the score-average of every run as a system.
    """

    presets: Sequence[str]
    seeds: Sequence[int]
    pairs: Sequence[str]
    validation: str
    candidates: str
    out: Path
    overrides: Sequence[str] = ()
    externals: Sequence[External] = ()
    ensemble: bool = False
    workers: int = 2
    device: str | None = None


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
        InterruptedRunError: a run was asked to stop and has saved its state; call again to go on.
    """
    recipes = _recipes(request)
    if not recipes and not request.externals:
        raise ConfigError("there is nothing to compare: name presets or external systems")
    return _Comparing(request, recipes).run()


def parse_external(text: str) -> External:
    """`NAME=texts.npz,molecules.npz`.

    Raises:
        ConfigError: it is not of that form.
    """
    name, _, files = text.partition("=")
    texts, _, molecules = files.partition(",")
    if not (name.strip() and texts.strip() and molecules.strip()):
        raise ConfigError(f"{text!r} is not of the form NAME=texts.npz,molecules.npz")
    return External(name.strip(), Path(texts.strip()), Path(molecules.strip()))


def _recipes(request: CompareRequest) -> list[TrainingConfig]:
    """Every preset with its overrides, before anything is trained, so that a mistake shows at once."""
    if request.presets and not request.seeds:
        raise ConfigError("there are presets but no seeds")
    recipes = [load_preset(preset, request.overrides) for preset in request.presets]
    names = [recipe.name for recipe in recipes] + list(dict.fromkeys(one.name for one in request.externals))
    if request.ensemble:
        names.append(ENSEMBLE)
    repeated = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    if repeated:
        raise ConfigError(f"two systems are called {repeated[0]!r}; they would share a line")
    unfit = [name for name in names if "/" in name or name.startswith(".")]
    if unfit:
        raise ConfigError(f"{unfit[0]!r} cannot be the name of a directory")
    if len(set(request.seeds)) < len(request.seeds):
        raise ConfigError("a seed is given twice")
    return recipes


class _Comparing:
    """One call of `compare`: what runs share is read once, and only if something has to be trained or evaluated."""

    def __init__(self, request: CompareRequest, recipes: Sequence[TrainingConfig]) -> None:
        self._request = request
        self._recipes = recipes
        self._device = request.device or ("cuda" if torch.cuda.is_available() else "cpu")
        self._files = self._digests()
        self._data: dict[Hashable, RunData] = {}
        self._prepared: EvaluationSet | None = None
        self._finished: dict[str, list[Measured]] = {}

    def run(self) -> Comparison:
        for seed in self._request.seeds:  # seed by seed, so that an unfinished table compares like with like
            for recipe in self._recipes:
                config = TrainingConfig.model_validate(recipe.model_dump() | {"seed": seed})
                self._finished.setdefault(recipe.name, []).append(self._run(config))
                self._write()
        if self._request.ensemble and self._recipes:
            self._finished[ENSEMBLE] = [self._ensemble()]
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
        files = RunFiles(request.pairs, request.validation, request.candidates, directory)
        data = self._read(files, config)
        position = fit(config, files, workers=request.workers, device=self._device, data=data)
        best = directory / "best"
        network = load_checkpoint(best, self._device).network  # as stored, whatever precision the recipe stores
        parameters = sum(parameter.numel() for parameter in network.parameters())
        measured = Measured(
            metrics=self._evaluate(network, data),
            seed=config.seed,
            seconds=round(position.seconds, 1),
            parameters=parameters,
            epochs=position.best_epoch,
        )
        _write_whole(directory / _RESULT, _Result(key=key, measured=measured).model_dump_json(indent=2) + "\n")
        return measured

    def _ensemble(self) -> Measured:
        members = [self._directory(recipe.name, seed) for recipe in self._recipes for seed in self._request.seeds]
        results = [hashlib.sha256((member / _RESULT).read_bytes()).hexdigest() for member in members]
        key = _key({"members": [*results]})
        directory = self._request.out / ENSEMBLE
        found = _read_result(directory, key, replace=True)
        if found is not None:
            return found
        log.info("%s of %d runs", ENSEMBLE, len(members))
        parameters = sum(one.parameters or 0 for runs in self._finished.values() for one in runs)
        encoder = load_encoder([str(member / "best") for member in members], self._device)
        measured = Measured(metrics=self._evaluate(encoder), parameters=parameters)
        directory.mkdir(parents=True, exist_ok=True)
        _write_whole(directory / _RESULT, _Result(key=key, measured=measured).model_dump_json(indent=2) + "\n")
        return measured

    def _external(self, external: External) -> Measured:
        prepared = self._prepare()
        embedded = embed_external(prepared, load_embeddings(external.texts), load_embeddings(external.molecules))
        return Measured(metrics={way: values.as_json() for way, values in score(prepared, embedded).items()})

    def _evaluate(
        self, encoder: TextMoleculeEncoder, data: RunData | None = None
    ) -> dict[Direction, dict[str, float | int]]:
        """`data` has the features of the whole pool for a network of its runs."""
        prepared = self._prepare()
        features = data.validation(encoder).features if data and isinstance(encoder, DualEncoder) else None
        embedded = embed(encoder, prepared, features)
        return {way: values.as_json() for way, values in score(prepared, embedded).items()}

    def _read(self, files: RunFiles, config: TrainingConfig) -> RunData:
        kind = RunData.kind(config)
        if kind not in self._data:
            self._data[kind] = RunData.read(files, config, self._request.workers)
        return self._data[kind]

    def _prepare(self) -> EvaluationSet:
        if self._prepared is None:
            data = next(iter(self._data.values()), None)
            if data is not None:
                self._prepared = data.evaluation
            else:
                validation = read_pairs(self._request.validation).pairs
                self._prepared = prepare(validation, read_candidates(self._request.candidates))
        return self._prepared

    def _directory(self, name: str, seed: int) -> Path:
        return self._request.out / "runs" / f"{name}-seed{seed}"

    def _write(self) -> Comparison:
        """The table of what is finished, on disk and returned."""
        systems = tuple(System(name=name, measured=tuple(runs)) for name, runs in self._finished.items() if runs)
        comparison = Comparison(conditions=self._conditions(), systems=systems)
        out = self._request.out
        out.mkdir(parents=True, exist_ok=True)
        _write_whole(out / "comparison.json", json.dumps(comparison.as_json(), indent=2, ensure_ascii=False) + "\n")
        _write_whole(out / "comparison.md", comparison.as_markdown())
        return comparison

    def _conditions(self) -> dict[str, JsonValue]:
        request = self._request
        return {
            "training pairs": [source_name(source) for source in request.pairs] if request.presets else [],
            "evaluated on": f"{source_name(request.validation)}, which also selected each checkpoint",
            "candidates": source_name(request.candidates),
            "overrides": list(request.overrides),
            "seeds": list(request.seeds) if request.presets else [],
            "hardware": _hardware(self._device),
        }

    def _digests(self) -> list[JsonValue]:
        """Every data file by name and selector, with its digest: what a result stands for."""
        sources = [*self._request.pairs, self._request.validation, self._request.candidates]
        return [[source_name(source), data_digest(parse_source(source).path)] for source in sources]


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


def _write_whole(path: Path, text: str) -> None:
    """Renamed into place: a kill leaves the old file or the new one."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.partial")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)


def _hardware(device: str) -> str:
    if device.startswith("cuda") and torch.cuda.is_available():
        return torch.cuda.get_device_name(device)
    return f"{platform.processor() or platform.machine()}, {torch.get_num_threads()} threads"
