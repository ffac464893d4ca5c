"""Text → molecule with the first hits of a base system reranked."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from training.evaluation import EmbeddedSet, EvaluationSet
from training.evaluation.hits import FirstHits, first_hits
from training.evaluation.metrics import Metrics, metrics_of_ranks, rank_of_truth
from training.rerank.reranker import Reranker
from training.rerank.rules import RuleReranker

FIRST = 100
"""Hits that are reranked; ours."""


def reranked(prepared: EvaluationSet, embedded: EmbeddedSet, reranker: Reranker, *, first: int = FIRST) -> Metrics:
    """Metrics of text → molecule with the `first` hits of each text in the order of the new scores, ties at their mean
    rank. A text whose molecule is not among them keeps its rank, as with Text2Mol.
    """
    ranks = rank_of_truth(embedded.texts, embedded.molecules, prepared.text_truth)
    hits = first_hits(embedded.texts, embedded.molecules, first)
    new = _new_ranks(prepared, hits, _scores(prepared, hits, reranker), ranks)
    return metrics_of_ranks(new, len(prepared.smiles))


def tuned(
    prepared: EvaluationSet, embedded: EmbeddedSet, reranker: RuleReranker, *, first: int = FIRST
) -> RuleReranker:
    """The reranker with the share of the base score, from 0 to 1 in steps of .01, of best MRR on validation pairs.

    Of several best shares, as with Text2Mol, the middle of the lowest and the highest.
    """
    ranks = rank_of_truth(embedded.texts, embedded.molecules, prepared.text_truth)
    hits = first_hits(embedded.texts, embedded.molecules, first)
    rules = _scores(prepared, hits, replace(reranker, share=0.0))
    shares = np.linspace(0, 1, 101)
    mrr = []
    for share in shares:
        new = _new_ranks(prepared, hits, share * hits.scores + (1 - share) * rules, ranks)
        mrr.append(float(np.mean(1 / new)))
    best = shares[np.flatnonzero(np.isclose(mrr, max(mrr), rtol=0, atol=1e-12))]
    return replace(reranker, share=float((best[0] + best[-1]) / 2))


def _scores(prepared: EvaluationSet, hits: FirstHits, reranker: Reranker) -> NDArray[np.float64]:
    found = np.empty(hits.rows.shape, np.float64)
    for query, (rows, scores) in enumerate(zip(hits.rows, hits.scores, strict=True)):
        found[query] = reranker(prepared.texts[query], [prepared.smiles[row] for row in rows], scores)
    return found


def _new_ranks(
    prepared: EvaluationSet, hits: FirstHits, scores: NDArray[np.floating], ranks: NDArray[np.float64]
) -> NDArray[np.float64]:
    new = ranks.copy()
    for query, (rows, values) in enumerate(zip(hits.rows, scores, strict=True)):
        right = np.isin(rows, prepared.text_truth[query])
        if right.any():
            best, wrong = values[right].max(), values[~right]
            new[query] = 1 + np.count_nonzero(wrong > best) + np.count_nonzero(wrong == best) / 2
    return new
