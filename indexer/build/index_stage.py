"""The last stage of a build: an index for each side, and how well it finds what exact search finds."""

from pathlib import Path

import numpy as np

from indexer.durable import sync_file
from indexer.engines import IndexSpec, engine_for
from indexer.engines.base import Vectors, bias_file
from indexer.engines.files import open_bias, open_vectors
from indexer.engines.recall import Approximate, sample_queries, tune
from indexer.errors import BuildError
from indexer.release.manifest import SIDES, SideIndex, SideName
from indexer.release.opened import DESCRIPTION_VECTORS, MOLECULE_VECTORS

_FILES: dict[SideName, str] = {"molecules": MOLECULE_VECTORS, "descriptions": DESCRIPTION_VECTORS}


def build_indexes(
    directory: Path,
    spec: IndexSpec,
    device: str = "cpu",
    memory: int | None = None,
    biases: dict[SideName, Path] | None = None,
) -> dict[SideName, SideIndex]:
    """Index both sides of a release directory whose vectors are written; how each is indexed, by its name.

    `biases`: for a side, a `.npy` file with the bias of each of its rows, float32 `(rows,)`. Raises BuildError for one
    that does not fit.
    """
    vectors = {side: open_vectors(directory / file) for side, file in _FILES.items()}
    for side, source in (biases or {}).items():
        _take_bias(source, directory / _FILES[side], len(vectors[side]))
    sides: dict[SideName, SideIndex] = {}
    for side in SIDES:
        other = next(name for name in SIDES if name != side)
        biased = side in (biases or {})
        sides[side] = _build_side(directory, side, spec, vectors[other], device, memory, biased)
    return sides


def _build_side(
    directory: Path, side: SideName, spec: IndexSpec, others: Vectors, device: str, memory: int | None, biased: bool
) -> SideIndex:
    path = directory / _FILES[side]
    vectors = open_vectors(path)
    engine = engine_for(spec, device)
    if biased:
        spec = spec.model_copy(update={"parameters": {**spec.parameters, "bias": 1}})
    resolved = engine.resolve(spec, vectors.shape[0], vectors.shape[1], memory)
    for file in engine.build(path, directory, resolved):
        sync_file(file)
    index = engine.open(path, directory, resolved)
    try:
        if not isinstance(index, Approximate):
            return SideIndex(kind=resolved.kind, parameters=resolved.parameters)
        queries, whose = sample_queries(vectors, others)
        recall = tune(index, queries)
        return SideIndex(
            kind=resolved.kind,
            parameters=index.parameters.with_effort(recall.effort).as_dict(),
            recall_at_10=recall.at_10,
            recall_queries=recall.queries,
            recall_queries_from=whose,
        )
    finally:
        index.close()


def _take_bias(source: Path, vectors: Path, count: int) -> None:
    target = bias_file(vectors)
    try:
        bias = np.load(source, allow_pickle=False)
        np.save(target, np.asarray(bias, dtype=np.float32), allow_pickle=False)
        open_bias(vectors, count)
    except (OSError, ValueError) as error:
        raise BuildError(f"{source} cannot be used as biases: {error}") from error
    sync_file(target)
