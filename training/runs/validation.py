"""The held-out pairs that a run is measured on, prepared once."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import JsonValue

from model import DualEncoder, MoleculeFeatures, load_checkpoint
from model.checkpoint.storage import StoragePrecision, as_stored
from model.network.encoder import MoleculeFeaturizer
from training.evaluation import EvaluationError, EvaluationSet, as_json, embed, prepare, score
from training.inputs.corpus import complete
from training.inputs.featurize import featurize
from training.pairs import Candidate, Pair, read_candidates, read_pairs
from training.pairs.structures import Structures
from training.runs.calibration import calibrate_checkpoint

log = logging.getLogger(__name__)

SCORE = "text2mol/mrr"
"""The figure that selects a checkpoint."""


@dataclass(frozen=True)
class HeldOut:
    """Held-out pairs, and the candidates that they are ranked among.

    source: the file of the pairs, for the record; structures: what was read of them before.
    """

    source: str
    pairs: Sequence[Pair]
    candidates: Sequence[Candidate]
    structures: Structures = field(default_factory=Structures)

    @classmethod
    def read(cls, pairs: str, candidates: str) -> HeldOut:
        """Read both files.

        Raises:
            PairFileError: one cannot be read.
        """
        return cls(pairs, read_pairs(pairs).pairs, read_candidates(candidates))

    def prepare(self) -> EvaluationSet:
        """The pairs among the candidates. EvaluationError as `training.evaluation.prepare`."""
        return prepare(self.pairs, self.candidates, self.structures)

    def validation(self, featurizer: MoleculeFeaturizer, workers: int) -> Validation:
        """As encoders with this featurizer read it. EvaluationError as `training.evaluation.prepare`."""
        prepared = self.prepare()
        return Validation(self.source, prepared, complete(featurize(prepared.smiles, featurizer, workers)))


@dataclass(frozen=True)
class Validation:
    """source: the file of the pairs, for the record; features: of the pool's molecules, for networks of one kind."""

    source: str
    prepared: EvaluationSet
    features: Sequence[MoleculeFeatures]

    def measure(self, encoder: DualEncoder, storage: StoragePrecision) -> dict[str, float]:
        """Metrics by name, as `text2mol/mrr`, of the encoder as it will be stored, because that is what users get."""
        metrics = as_json(score(self.prepared, embed(as_stored(encoder, storage), self.prepared, self.features)))
        return {f"{direction}/{name}": float(value) for direction, of in metrics.items() for name, value in of.items()}

    def for_card(self, figures: dict[str, float]) -> dict[str, JsonValue]:
        """The figures of `measure` in the nested form of `evaluate`'s JSON, with the conditions of the measurement."""
        metrics: dict[str, dict[str, JsonValue]] = {"text2mol": {}, "mol2text": {}}
        for name, value in figures.items():
            direction, figure = name.split("/")
            metrics[direction][figure] = int(value) if figure in ("queries", "pool") else round(value, 4)
        texts = f"{len(self.prepared.texts):,}"
        conditions = (
            f"Measured with the weights as stored on {Path(self.source).name} ({texts} pairs), which selected the "
            f"checkpoint, among {len(self.prepared.smiles):,} candidate molecules and {texts} texts."
        )
        return {**metrics, "conditions": conditions}

    def calibrate(self, checkpoint: Path, device: str) -> None:
        """Fit confidences of a stored checkpoint and write them into it; with too few pairs it gets none."""
        loaded = load_checkpoint(checkpoint, device)
        try:
            fitted = calibrate_checkpoint(loaded, self.prepared, self.source, features=self.features)
        except EvaluationError as error:
            log.warning("no confidences: %s", error)
            return
        log.info(
            "confidences of first hits: ECE %.3f text2mol, %.3f mol2text (cross-fitting)",
            fitted.text2mol.first.ece,
            fitted.mol2text.first.ece,
        )
