"""Request of a comparison: presets with their seeds, ensembles of them, and external systems."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from training.config import ConfigError, TrainingConfig, load_preset

ALL = "all"
"""The presets of an ensemble of every run."""


@dataclass(frozen=True, slots=True)
class External:
    """An external system, given by its embeddings; several of one name count as its runs."""

    name: str
    texts: Path
    molecules: Path


@dataclass(frozen=True, slots=True)
class Ensemble:
    """All runs of some presets as one system. presets: their names, or `all`.

    by: `ranks` averages the ranks of candidates, as Text2Mol does; `cosines` the scores, as a Molseek ensemble does.
    """

    name: str
    presets: tuple[str, ...]
    by: Literal["ranks", "cosines"] = "ranks"


@dataclass(frozen=True)
class CompareRequest:
    """What to compare, and on which data.

    presets: names or YAML files; seeds: of each preset, unless own_seeds has others for it; overrides: `path=value`,
    the same for every preset, so that all share an encoder; pairs, validation, candidates, test, keep_overlap: as in
    `RunFiles`; texts: files of all texts, which molecules are also ranked against.
    """

    presets: Sequence[str]
    seeds: Sequence[int]
    pairs: Sequence[str]
    validation: str
    candidates: str
    out: Path
    overrides: Sequence[str] = ()
    externals: Sequence[External] = ()
    ensembles: Sequence[Ensemble] = ()
    own_seeds: Mapping[str, Sequence[int]] = field(default_factory=dict)
    test: str | None = None
    texts: Sequence[str] = ()
    keep_overlap: bool = False
    workers: int = 2
    device: str | None = None


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


def parse_preset(text: str) -> tuple[str, tuple[int, ...] | None]:
    """`NAME` or `NAME=SEED,SEED`: a preset and the seeds of its own, if it has any."""
    match = re.fullmatch(r"(.+)=(\d+(?:,\d+)*)", text)
    return (match[1], tuple(int(seed) for seed in match[2].split(","))) if match else (text, None)


def parse_ensemble(text: str, by: Literal["ranks", "cosines"]) -> Ensemble:
    """`NAME=PRESET,PRESET` or `NAME=all`.

    Raises:
        ConfigError: it is not of that form.
    """
    name, _, presets = text.partition("=")
    members = tuple(preset.strip() for preset in presets.split(","))
    if not name.strip() or not all(members):
        raise ConfigError(f"{text!r} is not of the form NAME=PRESET,PRESET or NAME={ALL}")
    return Ensemble(name.strip(), members, by)


def recipes_of(request: CompareRequest) -> list[tuple[TrainingConfig, Sequence[int]]]:
    """Every preset with its overrides and its seeds, checked before anything is trained."""
    recipes = [
        (load_preset(preset, request.overrides), request.own_seeds.get(preset, request.seeds))
        for preset in request.presets
    ]
    if any(not seeds for _, seeds in recipes):
        raise ConfigError("there are presets but no seeds")
    names = [recipe.name for recipe, _ in recipes] + list(dict.fromkeys(one.name for one in request.externals))
    names += [one.name for one in request.ensembles]
    repeated = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    if repeated:
        raise ConfigError(f"two systems are called {repeated[0]!r}; they would share a line")
    unfit = [name for name in names if "/" in name or name.startswith(".")]
    if unfit:
        raise ConfigError(f"{unfit[0]!r} cannot be the name of a directory")
    if any(len(set(seeds)) < len(seeds) for _, seeds in recipes):
        raise ConfigError("a seed is given twice")
    return recipes


def check_ensembles(request: CompareRequest, names: Sequence[str]) -> None:
    for ensemble in request.ensembles:
        unknown = [preset for preset in ensemble.presets if preset not in (ALL, *names)]
        if unknown or not names:
            raise ConfigError(f"{ensemble.name} is of presets that are not compared: {', '.join(ensemble.presets)}")
