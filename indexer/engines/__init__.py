"""Vector engines behind one protocol (`indexer.engines.base`)."""

from indexer.engines.base import AUTO, Engine, EngineStats, Hits, IndexSpec, VectorIndex
from indexer.engines.faiss_engine import FaissEngine
from indexer.engines.milvus_engine import MilvusEngine

__all__ = ["AUTO", "Engine", "EngineStats", "Hits", "IndexSpec", "VectorIndex", "all_engines", "engine_for"]


def all_engines(device: str = "cpu") -> tuple[Engine, ...]:
    """One of each engine. `device`: where FAISS searches."""
    return FaissEngine(device), MilvusEngine()


def engine_for(spec: IndexSpec, device: str = "cpu") -> Engine:
    """The engine that a spec names; ValueError for an unknown engine or kind."""
    engines = {engine.name: engine for engine in all_engines(device)}
    engine = engines.get(spec.engine)
    if engine is None:
        raise ValueError(f"no engine {spec.engine!r}; known: {', '.join(engines)}")
    if spec.kind not in (*engine.kinds, AUTO):
        raise ValueError(f"engine {spec.engine} has no kind {spec.kind!r}; known: {', '.join(engine.kinds)}, {AUTO}")
    return engine
