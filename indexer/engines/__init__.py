"""Vector engines behind one protocol (`indexer.engines.base`)."""

from indexer.engines.base import AUTO, Engine, EngineStats, Hits, IndexSpec, VectorIndex
from indexer.engines.faiss_engine import FaissEngine
from indexer.engines.milvus_engine import MilvusEngine
from indexer.engines.milvus_settings import MilvusSettings

__all__ = [
    "AUTO",
    "Engine",
    "EngineStats",
    "Hits",
    "IndexSpec",
    "MilvusSettings",
    "VectorIndex",
    "all_engines",
    "engine_for",
]


def all_engines(device: str = "cpu", milvus: MilvusSettings | None = None) -> tuple[Engine, ...]:
    """One of each engine.

    `device`: where FAISS searches. `milvus`: how Milvus is reached; None: as `MOLSEEK_MILVUS_*` variables say.
    """
    return FaissEngine(device), MilvusEngine(milvus)


def engine_for(spec: IndexSpec, device: str = "cpu", milvus: MilvusSettings | None = None) -> Engine:
    """The engine that a spec names; ValueError for an unknown engine or kind. `device`, `milvus`: see `all_engines`."""
    engines = {engine.name: engine for engine in all_engines(device, milvus)}
    engine = engines.get(spec.engine)
    if engine is None:
        raise ValueError(f"no engine {spec.engine!r}; known: {', '.join(engines)}")
    if spec.kind not in (*engine.kinds, AUTO):
        raise ValueError(f"engine {spec.engine} has no kind {spec.kind!r}; known: {', '.join(engine.kinds)}, {AUTO}")
    return engine
