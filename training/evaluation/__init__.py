"""Retrieval evaluation: the protocol, its metrics, PCdes, and embeddings of external systems."""

from training.evaluation.metrics import Metrics
from training.evaluation.protocol import (
    Direction,
    EmbeddedSet,
    Encoder,
    EvaluationError,
    EvaluationSet,
    as_json,
    embed,
    embed_molecules,
    evaluate,
    prepare,
    score,
)

__all__ = [
    "Direction",
    "EmbeddedSet",
    "Encoder",
    "EvaluationError",
    "EvaluationSet",
    "Metrics",
    "as_json",
    "embed",
    "embed_molecules",
    "evaluate",
    "prepare",
    "score",
]
