"""The last stage of a build: an index for each side, and how well it finds what exact search finds."""

from pathlib import Path

from indexer.durable import sync_file
from indexer.engines import Engine, IndexSpec, MilvusSettings, engine_for
from indexer.engines.base import Vectors
from indexer.engines.files import open_vectors
from indexer.engines.recall import TunableIndex, sample_queries, tune
from indexer.release.manifest import SIDES, SideIndex, SideName
from indexer.release.opened import VECTOR_FILES


def build_indexes(
    directory: Path,
    spec: IndexSpec,
    device: str = "cpu",
    memory: int | None = None,
    milvus: MilvusSettings | None = None,
) -> dict[SideName, SideIndex]:
    """Index both sides of a release directory whose vectors are written; returns how each side is indexed."""
    engine = engine_for(spec, device, milvus)
    vectors = {side: open_vectors(directory / file) for side, file in VECTOR_FILES.items()}
    sides: dict[SideName, SideIndex] = {}
    for side in SIDES:
        other = next(name for name in SIDES if name != side)
        sides[side] = _build_side(directory, side, engine, spec, vectors[other], memory)
    return sides


def _build_side(
    directory: Path, side: SideName, engine: Engine, spec: IndexSpec, others: Vectors, memory: int | None
) -> SideIndex:
    path = directory / VECTOR_FILES[side]
    vectors = open_vectors(path)
    resolved = engine.resolve(spec, vectors.shape[0], vectors.shape[1], memory)
    for file in engine.build(path, directory, resolved):
        sync_file(file)
    index = engine.open(path, directory, resolved)
    try:
        if not isinstance(index, TunableIndex):
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
