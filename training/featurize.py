"""Molecules to features in worker processes: RDKit's share of a run, done once."""

from __future__ import annotations

import multiprocessing
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import TypeVar

from tqdm import tqdm

from model.encoder import MoleculeFeaturizer
from model.features import MoleculeFeatures
from model.molecule_bag import molecule_features
from model.structure import StructureError, parse_structure

_CHUNK = 256
_T = TypeVar("_T")


def featurize(smiles: Sequence[str], featurizer: MoleculeFeaturizer, workers: int) -> list[MoleculeFeatures | None]:
    """The features of each SMILES, in order; None where it is no valid structure. 0 workers: in this process."""
    jobs = [(featurizer, chunk) for chunk in _chunks(smiles)]
    return [item for part in _run(_featurize_chunk, jobs, workers, "featurise") for item in part]


def count_features(smiles: Sequence[str], workers: int) -> Counter[str]:
    """In how many of the molecules each bag feature occurs."""
    total: Counter[str] = Counter()
    for part in _run(_count_chunk, list(_chunks(smiles)), workers, "count features"):
        total.update(part)
    return total


def _featurize_chunk(job: tuple[MoleculeFeaturizer, Sequence[str]]) -> list[MoleculeFeatures | None]:
    featurizer, chunk = job
    features: list[MoleculeFeatures | None] = []
    for smiles in chunk:
        try:
            features.append(featurizer(parse_structure(smiles)))
        except StructureError:
            features.append(None)
    return features


def _count_chunk(chunk: Sequence[str]) -> Counter[str]:
    total: Counter[str] = Counter()
    for smiles in chunk:
        try:
            total.update(molecule_features(parse_structure(smiles).mol))
        except StructureError:
            continue
    return total


_Job = TypeVar("_Job")


def _run(function: Callable[[_Job], _T], jobs: Sequence[_Job], workers: int, what: str) -> Iterator[_T]:
    progress = {"total": len(jobs), "desc": what, "unit": f"×{_CHUNK}", "leave": False, "disable": None}
    if workers == 0 or len(jobs) == 1:
        yield from tqdm(map(function, jobs), **progress)
        return
    context = multiprocessing.get_context("spawn")  # forking a process that has started torch threads can deadlock
    with ProcessPoolExecutor(min(workers, len(jobs)), mp_context=context) as pool:
        yield from tqdm(pool.map(function, jobs), **progress)


def _chunks(items: Sequence[str]) -> Iterable[Sequence[str]]:
    return [items[start : start + _CHUNK] for start in range(0, len(items), _CHUNK)]
