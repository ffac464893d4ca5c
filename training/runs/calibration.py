"""Confidences of a checkpoint, fitted to a validation set and, if there is one, to a corpus of other texts.

Descriptions come from the pairs and from the corpus, of whose texts the network knows less, which the curve takes into
account. Names come from the corpus, classes and roles from what the pairs state.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from model import Calibration, Checkpoint, MoleculeFeatures, copy_checkpoint, save_calibration
from model.checkpoint.calibration import (
    ConfidenceCurve,
    CorpusRecord,
    DirectionCalibration,
    KindCalibration,
    Reliability,
)
from model.network.encoder import TextMoleculeEncoder
from training.categories.statements import bare, stated_categories
from training.evaluation import EmbeddedSet, EvaluationError, EvaluationSet, embed, prepare
from training.evaluation.protocol import embed_texts
from training.pairs import parse_source, read_candidates, read_pairs
from training.pairs.digests import data_digest
from training.pairs.reading import ID_COLUMNS
from training.pairs.tables import read_table, source_name
from training.runs.curve_fitting import AnsweredQueries, answer, answered, fit_curve, out_of_fold, reliability

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
            f"{len(prepared.queries)} molecules are too few to fit confidences to; {FEWEST_QUERIES} are needed."
        )
    ways = answered(prepared, embedded)
    text2mol, own = _calibrate(ways["text2mol"], corpus.descriptions if corpus is not None else None)
    return Calibration(
        fitted_on=source_name(source),
        sha256=data_digest(parse_source(source).path),
        text2mol=text2mol,
        mol2text=_calibrate(ways["mol2text"])[0],
        corpus=_record(corpus, own) if corpus is not None and own is not None else None,
        names=calibrate_names(corpus.names) if corpus is not None else None,
        categories=calibrate_categories(categories) if categories is not None else None,
    )


def calibrate_names(names: AnsweredQueries) -> KindCalibration | None:
    """Names, each asked where its molecule is and where it was left out; None for fewer than `FEWEST_QUERIES`."""
    if len(names.scores) < FEWEST_QUERIES:
        return None

    def fit(part: AnsweredQueries) -> ConfidenceCurve:
        return fit_curve(part + part.left_out())

    confidences = np.concatenate(out_of_fold(names, fit=fit))
    return _kind(fit(names), confidences, np.concatenate([names.right, np.zeros_like(names.right)]), names.pool)


def calibrate_categories(categories: AnsweredQueries) -> KindCalibration | None:
    """Classes and roles, of which many hits can be right; None for fewer than `FEWEST_QUERIES`."""
    if len(categories.scores) < FEWEST_QUERIES:
        return None
    fit = partial(fit_curve, competing=False)
    return _kind(fit(categories), out_of_fold(categories, fit=fit)[0], categories.right, categories.pool)


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
        answer_corpus(checkpoint.encoder, corpus) if corpus is not None else None,
        answer_categories(checkpoint.encoder, prepared, embedded),
    )
    save_calibration(copy_checkpoint(checkpoint, out) if out is not None else checkpoint, calibration)
    return calibration


@dataclass(frozen=True, slots=True)
class CorpusAnswers:
    """What the descriptions and the names of a corpus find in it; source: its file."""

    source: str
    descriptions: AnsweredQueries
    names: AnsweredQueries


def answer_corpus(encoder: TextMoleculeEncoder, source: str) -> CorpusAnswers:
    """Ask for the molecules of a corpus by their descriptions and by the column `name`.

    Raises:
        EvaluationError: it has no descriptions that can be used.
        PairFileError: the file cannot be read.
    """
    candidates = read_candidates(source)
    described = prepare(read_pairs(source).pairs, candidates)
    embedded = embed(encoder, described)
    table = read_table(parse_source(source))
    rows = {id: row for row, id in enumerate(described.molecule_ids)}
    id_column = next((column for column in ID_COLUMNS if column in table.columns), None)
    named = [
        (name, rows[id])
        for row in table.rows
        if (name := row.fields.get("name", ""))
        and (id := row.fields[id_column] if id_column else str(row.line)) in rows
    ]
    vectors, unknown = embed_texts(encoder, [name for name, _ in named])
    return CorpusAnswers(
        source,
        answered(described, embedded)["text2mol"],
        answer(vectors, embedded.molecules, [np.array([row]) for _, row in named], unknown),
    )


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


def _record(corpus: CorpusAnswers, own: Reliability) -> CorpusRecord:
    return CorpusRecord(
        file=source_name(corpus.source),
        sha256=data_digest(parse_source(corpus.source).path),
        descriptions=len(corpus.descriptions.scores),
        first=own,
    )


def _calibrate(
    queries: AnsweredQueries, others: AnsweredQueries | None = None
) -> tuple[DirectionCalibration, Reliability | None]:
    """others: queries of another corpus that the curve is fitted on as well, whose first hits have figures of their
    own.
    """
    together = queries + others if others is not None else queries
    confidences, absent = out_of_fold(together)
    count = len(queries.scores)
    direction = DirectionCalibration(
        curve=fit_curve(together),
        queries=count,
        pool=queries.pool,
        first=reliability(confidences[:count, 0], queries.right[:, 0]),
        hits=reliability(confidences[:count], queries.right),
        absent=round(float(absent[:count, 0].mean()), 6),
    )
    return direction, reliability(confidences[count:, 0], others.right[:, 0]) if others is not None else None


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
