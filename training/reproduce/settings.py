"""Where and how the experiments run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from training.reproduce.files import PaperFiles
from training.runs.compare_request import CompareRequest

SMALL = (
    "scratch_text={vocabulary_size: 800, hidden_dim: 32, layers: 1, heads: 2}",
    "model.text_encoder={source: scratch, max_tokens: 48}",
    "model.dim=32",
    "model.graph_encoder.input_dim=32",
    "model.graph_encoder.hidden_dim=32",
    "optimizer.learning_rate=1.0e-3",
    "atom_vectors.epochs=1",
    "epochs=2",
    "evaluate_every=2",
)
"""Overrides that make any of the paper's systems small enough for a CPU: what runs, not how well."""


@dataclass(frozen=True)
class Settings:
    """seeds: of each single system; overrides: over every preset; others as in `CompareRequest`."""

    files: PaperFiles
    out: Path
    seeds: Sequence[int] = (0,)
    overrides: Sequence[str] = ()
    workers: int = 2
    device: str | None = None

    @property
    def all_overrides(self) -> list[str]:
        vectors = self.files.atom_vectors
        own = [] if vectors is None else [f"atom_vectors.source={vectors}"]
        return [*own, *self.overrides]

    @property
    def comparison(self) -> Path:
        """Directory of the runs on ChEBI-20, which tables and figures share."""
        return self.out / "chebi20"

    def run(self, preset: str, seed: int) -> Path:
        return self.comparison / "runs" / f"{preset}-seed{seed}"

    def request(self, presets: Sequence[str], **more: object) -> CompareRequest:
        """A comparison on ChEBI-20: selected on validation, measured on test, among all texts."""
        values: dict[str, object] = {
            "presets": presets,
            "seeds": self.seeds,
            "pairs": (self.files.train,),
            "validation": self.files.validation,
            "candidates": self.files.candidates,
            "test": self.files.test,
            "texts": self.files.texts,
            "out": self.comparison,
            "overrides": self.all_overrides,
            "workers": self.workers,
            "device": self.device,
        }
        return CompareRequest(**(values | more))  # type: ignore[arg-type]
