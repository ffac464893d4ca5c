"""Confidences of a checkpoint, fitted to a validation set and, if there is one, to a corpus of other texts.

Descriptions come from the pairs and from the corpus, of whose texts the network knows less, which the curve takes into
account. Names come from the corpus, classes and roles from what the pairs state.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from model import Calibration, Checkpoint, MoleculeFeatures, copy_checkpoint, save_calibration
from model.checkpoint.calibration import (
    ConfidenceCurve,
    CorpusRecord,
    DirectionCalibration,
    FusedCalibration,
    FusedCurve,
    KindCalibration,
    Reliability,
)
from model.network.encoder import TextMoleculeEncoder
from training.categories.statements import bare, stated_categories
from training.evaluation import Direction, EmbeddedSet, EvaluationError, EvaluationSet, embed
from training.evaluation.protocol import embed_texts
from training.pairs import parse_source
from training.pairs.digests import data_digest
from training.pairs.tables import source_name
from training.runs.corpus_answers import CategoryAnswers, CorpusAnswers, answer_corpus
from training.runs.curve_fitting import AnsweredQueries, answer, answered, fit_curve, fit_for, out_of_fold, reliability
from training.runs.fused_fitting import FusedQueries, fit_fused, fused_out_of_fold

FEWEST_QUERIES = 50
"""Of either direction; fewer say nothing about probabilities."""

_LEAST_ANSWERS = 3  # molecules that state a class or role which is asked for


def calibrate(
    prepared: EvaluationSet,
    embedded: EmbeddedSet,
    source: str,
    corpus: CorpusAnswers | None = None,
    categories: AnsweredQueries | None = None,
) -> Calibration:
    """Curves fitted on all queries, with figures from cross-fitting. source: the file of the pairs, for the record.

    corpus: answers to the descriptions and names of another corpus; categories: to classes and roles.

    Raises:
        EvaluationError: there are fewer than `FEWEST_QUERIES` queries.
        PairFileError: the file cannot be read.
    """
    if len(prepared.queries) < FEWEST_QUERIES:
        raise EvaluationError(
            f"Confidences are fitted to {FEWEST_QUERIES} molecules or more, and there are {len(prepared.queries)}."
        )
    ways = answered(prepared, embedded)
    text2mol, own = _calibrate("text2mol", ways["text2mol"], corpus.descriptions if corpus is not None else None)
    mol2text, own_structures = _calibrate(
        "mol2text", ways["mol2text"], corpus.structures if corpus is not None else None
    )
    calibration = Calibration(
        fitted_on=source_name(source),
        sha256=data_digest(parse_source(source).path),
        text2mol=text2mol,
        mol2text=mol2text,
        categories=calibrate_categories(categories, corpus.categories if corpus is not None else None),
    )
    if corpus is None or own is None:
        return calibration
    wordless = without_words(ways["text2mol"]) + without_words(corpus.descriptions)
    return calibration.model_copy(
        update={
            "corpus": _record(corpus, own, own_structures),
            "names": calibrate_names(corpus.names),
            "known_names": calibrate_known_names(corpus.names),
            "fused_descriptions": calibrate_fused_descriptions(corpus.captions, wordless, corpus.descriptions.pool),
            "fused_categories": calibrate_fused_categories(corpus.categories),
        }
    )


def calibrate_names(names: AnsweredQueries) -> KindCalibration | None:
    """Names, each asked where its molecule is and where it was left out; None for fewer than `FEWEST_QUERIES`."""
    if len(names.scores) < FEWEST_QUERIES:
        return None

    def fit(part: AnsweredQueries) -> ConfidenceCurve:
        return fit_curve(part + part.left_out())

    confidences = np.concatenate(out_of_fold(names, fit=fit))
    return _kind(fit(names), confidences, np.concatenate([names.right, np.zeros_like(names.right)]), names.pool)


def calibrate_known_names(names: AnsweredQueries) -> KindCalibration | None:
    """Names of molecules that are there; None for fewer than `FEWEST_QUERIES`."""
    if len(names.scores) < FEWEST_QUERIES:
        return None
    return _kind(fit_curve(names), out_of_fold(names)[0], names.right, names.pool)


def calibrate_categories(stated: AnsweredQueries | None, asked: CategoryAnswers | None) -> KindCalibration | None:
    """Classes and roles, of which many hits can be right: those that captions state, and those of a corpus; None for
    fewer than `FEWEST_QUERIES`. The figures are of both.
    """
    parts = [part for part in (stated, asked.by_vector if asked is not None else None) if part is not None]
    if sum(len(part.scores) for part in parts) < FEWEST_QUERIES:
        return None
    together = parts[0] if len(parts) == 1 else parts[0] + parts[1]
    fit = partial(fit_curve, competing=False)
    return _kind(fit(together), out_of_fold(together, fit=fit)[0], together.right, together.pool)


def calibrate_fused_categories(asked: CategoryAnswers | None) -> FusedCalibration | None:
    """Classes, roles and everyday words where words are searched, too; all about one tag are judged together."""
    if asked is None or len(asked.fused) < FEWEST_QUERIES:
        return None
    fit = partial(fit_fused, competing=False)
    return _fused_kind(fit(asked.fused), *fused_out_of_fold(asked.fused, fit, asked.topics), asked.by_vector.pool)


def calibrate_fused_descriptions(captions: FusedQueries, wordless: FusedQueries, pool: int) -> FusedCalibration | None:
    """Captions of molecules that a corpus describes in other words, and, without words, all that `text2mol` is fitted
    on; None for fewer than `FEWEST_QUERIES` of the former, whose figures these are.
    """
    if len(captions) < FEWEST_QUERIES:
        return None
    fit = partial(fit_fused, competing=True)
    confidences, right = fused_out_of_fold(captions, lambda part: fit(part + wordless))
    return _fused_kind(fit(captions + wordless), confidences, right, pool)


def without_words(queries: AnsweredQueries) -> FusedQueries:
    """The same hits where no word of the query is found."""
    last = queries.scores[:, -1]
    found = np.isfinite(queries.scores)
    nothing = np.zeros_like(queries.scores)
    background = np.where(np.isfinite(last), last, np.where(found, queries.scores, np.inf).min(axis=1))
    unknown = queries.unknown if queries.unknown is not None else np.zeros(len(last))
    return FusedQueries(queries.scores, nothing, queries.right, background, unknown)


def calibrate_checkpoint(
    checkpoint: Checkpoint,
    prepared: EvaluationSet,
    source: str,
    *,
    features: Sequence[MoleculeFeatures] | None = None,
    corpus: str | None = None,
    out: Path | None = None,
) -> Calibration:
    """Fit confidences to what a checkpoint answers, and write them into it, or into a copy of it at `out`.

    The checkpoint is one that was loaded: what it answers as it is stored, in whatever precision, is what users get.
    `source` as for `calibrate`, `features` as for `embed`; corpus: a file of structures with names and descriptions of
    another kind than those of the pairs.

    Raises:
        EvaluationError, PairFileError: as `calibrate` does.
        CheckpointError: `out` exists and is not a checkpoint.
    """
    embedded = embed(checkpoint.encoder, prepared, features)
    calibration = calibrate(
        prepared,
        embedded,
        source,
        answer_corpus(checkpoint.encoder, corpus, prepared, embedded) if corpus is not None else None,
        answer_categories(checkpoint.encoder, prepared, embedded),
    )
    save_calibration(copy_checkpoint(checkpoint, out) if out is not None else checkpoint, calibration)
    return calibration


def answer_categories(
    encoder: TextMoleculeEncoder, prepared: EvaluationSet, embedded: EmbeddedSet
) -> AnsweredQueries | None:
    """Ask for the classes and roles that the texts of pairs state, among the molecules of these pairs.

    Texts do not state everything that is true, so a hit that is counted as wrong may be right.
    """
    answers: dict[str, set[int]] = {}
    for row, texts in enumerate(prepared.query_truth):
        for text in texts:
            for category in stated_categories(prepared.texts[text]):
                answers.setdefault(bare(category.phrase), set()).add(row)
    answers = {phrase: rows for phrase, rows in answers.items() if len(rows) >= _LEAST_ANSWERS}
    if not answers:
        return None
    vectors, unknown = embed_texts(encoder, list(answers))
    truth = [np.array(sorted(rows), np.int64) for rows in answers.values()]
    return answer(vectors, embedded.molecules[prepared.queries], truth, unknown)


def _record(corpus: CorpusAnswers, own: Reliability, structures: Reliability | None) -> CorpusRecord:
    return CorpusRecord(
        file=source_name(corpus.source),
        sha256=data_digest(parse_source(corpus.source).path),
        descriptions=len(corpus.descriptions.scores),
        first=own,
        structures=structures,
    )


def _calibrate(
    direction: Direction, queries: AnsweredQueries, others: AnsweredQueries | None
) -> tuple[DirectionCalibration, Reliability | None]:
    """others: queries of another corpus that the curve is fitted on as well, whose first hits have figures of their
    own.
    """
    together = queries + others if others is not None else queries
    fit = fit_for(direction)
    confidences, absent = out_of_fold(together, fit=fit)
    count = len(queries.scores)
    calibrated = DirectionCalibration(
        curve=fit(together),
        queries=count,
        pool=queries.pool,
        first=reliability(confidences[:count, 0], queries.right[:, 0]),
        hits=reliability(confidences[:count], queries.right),
        absent=round(float(absent[:count, 0].mean()), 6),
    )
    return calibrated, reliability(confidences[count:, 0], others.right[:, 0]) if others is not None else None


def _kind(
    curve: ConfidenceCurve, confidences: NDArray[np.float64], right: NDArray[np.bool_], pool: int
) -> KindCalibration:
    return KindCalibration(
        curve=curve,
        queries=len(right),
        pool=pool,
        first=reliability(confidences[:, 0], right[:, 0]),
        hits=reliability(confidences, right),
    )


def _fused_kind(
    curve: FusedCurve, confidences: NDArray[np.float64], right: NDArray[np.bool_], pool: int
) -> FusedCalibration:
    return FusedCalibration(
        curve=curve,
        queries=len(right),
        pool=pool,
        first=reliability(confidences[:, 0], right[:, 0]),
        hits=reliability(confidences, right),
    )
