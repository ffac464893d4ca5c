"""Measuring finished systems: on held-out pairs, candidates and texts, alone or averaged."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model import DualEncoder, MoleculeFeatures, TextMoleculeEncoder
from training.evaluation import EmbeddedSet, EvaluationSet, embed, score
from training.evaluation.external import Embeddings, embed_external
from training.evaluation.metrics import metrics_of_ranks
from training.evaluation.rank_average import rank_of_truth_by_mean_rank
from training.evaluation.text_pool import Ranking, TextPool, molecule_to_text

Figures = dict[Ranking, dict[str, float | int]]
"""By what is ranked, as `Metrics.as_json` has it."""


@dataclass(frozen=True)
class Vectors:
    """A system's vectors of the set, and of the further texts of the pool (None without a pool)."""

    embedded: EmbeddedSet
    further: NDArray[np.floating] | None


@dataclass(frozen=True)
class Measuring:
    """A set to measure on. features: computes those of the set's molecules for a network, and keeps them."""

    prepared: EvaluationSet
    pool: TextPool | None
    features: Callable[[DualEncoder], Sequence[MoleculeFeatures]]

    def vectors(self, encoder: TextMoleculeEncoder) -> Vectors:
        features = self.features(encoder) if isinstance(encoder, DualEncoder) else None
        further = encoder.encode_text(self.pool.texts) if self.pool is not None else None
        return Vectors(embed(encoder, self.prepared, features), further)

    def external(self, texts: Embeddings, molecules: Embeddings) -> Vectors:
        """Vectors of an external system; without the pool, whose texts it need not have embedded.

        Raises:
            EvaluationError: as `embed_external` does.
        """
        return Vectors(embed_external(self.prepared, texts, molecules), None)

    def figures(self, vectors: Vectors) -> Figures:
        alone = score(self.prepared, vectors.embedded)
        figures: Figures = {direction: values.as_json() for direction, values in alone.items()}
        if self.pool is not None and vectors.further is not None:
            among_all = molecule_to_text(self.prepared, vectors.embedded, self.pool, vectors.further)
            figures["mol2text_all"] = among_all.as_json()
        return figures

    def mean_rank_figures(self, members: Sequence[Vectors]) -> Figures:
        """Figures of the members together: candidates are ordered by their mean rank."""
        prepared = self.prepared
        molecules = [one.embedded.molecules for one in members]
        queries = [one[prepared.queries] for one in molecules]
        texts = [one.embedded.texts for one in members]
        to_molecule = rank_of_truth_by_mean_rank([*zip(texts, molecules, strict=True)], prepared.text_truth)
        to_text = rank_of_truth_by_mean_rank([*zip(queries, texts, strict=True)], prepared.query_truth)
        figures: Figures = {
            "text2mol": metrics_of_ranks(to_molecule, len(prepared.smiles)).as_json(),
            "mol2text": metrics_of_ranks(to_text, len(prepared.texts)).as_json(),
        }
        further = [one.further for one in members]
        if self.pool is not None:
            everything = [
                np.concatenate([own, more]) for own, more in zip(texts, further, strict=True) if more is not None
            ]
            ranks = rank_of_truth_by_mean_rank(
                [*zip(queries, everything, strict=True)], self.pool.truth_of_queries(prepared)
            )
            figures["mol2text_all"] = metrics_of_ranks(ranks, len(everything[0])).as_json()
        return figures
