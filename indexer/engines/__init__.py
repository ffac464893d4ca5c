"""Vector engines behind one protocol (`indexer.engines.base`)."""

from indexer.engines.base import Engine, EngineStats, Hits, IndexSpec, VectorIndex
from indexer.engines.faiss_engine import FaissEngine

__all__ = ["Engine", "EngineStats", "Hits", "IndexSpec", "VectorIndex", "engine_for"]


def engine_for(spec: IndexSpec) -> Engine:
    """The engine that a spec names; ValueError for an engine or a kind that there is not."""
    engines: dict[str, Engine] = {"faiss": FaissEngine()}
    engine = engines.get(spec.engine)
    if engine is None:
        raise ValueError(f"no engine {spec.engine!r}; known: {', '.join(engines)}")
    if spec.kind not in engine.kinds:
        raise ValueError(f"engine {spec.engine} has no kind {spec.kind!r}; known: {', '.join(engine.kinds)}")
    return engine
