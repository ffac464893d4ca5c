"""Exact matches, words and vectors in one ranking for each query."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from indexer.engines.base import NO_ROW, Hits
from indexer.search.fusion import fuse
from indexer.search.lexicon import Match
from model.checkpoint.calibration import Evidence, FusedCurve
from model.inputs.bm25 import WIDER
from model.inputs.fingerprint import tanimoto
from service.answering.asked import Encoded, FoundBy, Query, Ranking, Search, Tagged, Vectors, Words
from service.problems import printable

# Hits by vector and by words that are fused; what both have far behind hardly moves the first ones.
FUSED = 100

_NOTHING_KNOWN = (
    "The checkpoint knows nothing of what this query consists of, so nothing is near it. It reads English texts."
)
_RULED_OUT = "No molecule that this corpus tags “{}” fulfils the conditions; the hits do, and are something else."
_VECTOR = FoundBy("vector")
_WORDS = FoundBy("words")
_MORGAN = FoundBy("morgan")


def hits_wanted(search: Search) -> int:
    """How many hits by cosine a search needs.

    Confidences come from a fixed number of neighbours, which are looked for even if fewer hits are wanted. No more than
    there are, so that no padding is made; at least the 1 that engines ask for.
    """
    k = max([search.k, *(curve.neighbours for query in search.queries if (curve := search.curve(query)) is not None)])
    if any(query.reading.words is not None or query.reading.matches for query in search.queries):
        k = max(k, FUSED)
    return max(1, min(k, search.side.count))


def rank(search: Search, encoded: Encoded, words: Sequence[Words] | None = None) -> list[Ranking]:
    """The hits of each query; `words` are those of its queries, in order."""
    assert encoded.hits is not None
    by_vector_alone = [
        number for number, query in enumerate(search.queries) if not _has_more_than_a_vector(search, query)
    ]
    confidences = _confidences(search, encoded.hits.scores, by_vector_alone)
    # A text of which the checkpoint knows nothing is as near to one row as to another.
    known = [query.unknown < 1 for query in search.queries]
    read: NDArray[np.bool_] = np.any(encoded.vectors != 0, axis=1) & np.array(known)
    rows = np.where(read[:, None], encoded.hits.rows, NO_ROW)
    rankings = []
    for number, query in enumerate(search.queries):
        hits = Hits(encoded.hits.scores[number : number + 1], rows[number : number + 1])
        found = words[number] if words is not None else Words()
        if _has_more_than_a_vector(search, query):
            vector = encoded.vectors[number : number + 1]
            ranking = _fused(search, query, vector, hits, found)
            if found.tagged is not None and not (found.tagged.hits.rows >= 0).any():
                ranking = _ruled_out(ranking, found.tagged.tag)
            elif found.tagged is not None:
                ranking = _tagged_first(search, query, vector, found, found.tagged, ranking, hits)
        else:
            ranking = _plain(search, hits, confidences[number], found)
        # Who has found what was asked for is not told what is missing.
        silent = read[number] or query.reading.exact or found.tagged is not None
        rankings.append(ranking if silent else replace(ranking, remarks=(_NOTHING_KNOWN,)))
    return rankings


def rank_by_morgan(search: Search, query: Query, vector: Vectors, rows: Sequence[int]) -> Ranking:
    """Molecules in the order of their similarity, each with its cosine; `rows` are the most similar ones.

    Fingerprints do not know stereochemistry: what the query is comes first among those of equal similarity, even where
    so many are equal that `rows` has no room for it.
    """
    exact = exact_rows(search, query)
    order = list(dict.fromkeys([*exact, *rows]))
    assert query.fingerprint is not None
    similarities = tanimoto(query.fingerprint, search.serving.release.fingerprints[order])
    order = [order[place] for place in np.argsort(-similarities, kind="stable")[: search.k]]
    found_by = [[*(_exact(match) for match in exact.get(row, ())), _MORGAN] for row in order]
    scores = search.side.scores(vector[0], np.asarray(order, np.int64)).tolist()
    return Ranking(order, scores, [None] * len(order), found_by)


def _has_more_than_a_vector(search: Search, query: Query) -> bool:
    return bool(query.reading.matches) or query.reading.words is not None or search.mode == "lexical"


def _confidences(
    search: Search, scores: NDArray[np.floating], queries: Sequence[int]
) -> dict[int, NDArray[np.float64] | None]:
    """Of the hits of some queries by cosine; all of those with the same curve at once."""
    found: dict[int, NDArray[np.float64] | None] = {}
    curves = {number: search.curve(search.queries[number]) for number in queries}
    for curve in {id(curve): curve for curve in curves.values()}.values():
        numbers = [number for number in queries if curves[number] is curve]
        unknown = np.array([search.queries[number].unknown for number in numbers])
        own = curve.confidences(scores[numbers], unknown) if curve is not None else [None] * len(numbers)
        found.update(zip(numbers, own, strict=True))
    return found


def _plain(search: Search, hits: Hits, confidences: NDArray[np.float64] | None, words: Words) -> Ranking:
    kept = np.flatnonzero(hits.rows[0] >= 0)[: search.k]  # without the padding of a search that found fewer than asked
    return Ranking(
        rows=hits.rows[0, kept].tolist(),
        scores=hits.scores[0, kept].tolist(),
        confidences=confidences[kept].tolist() if confidences is not None else [None] * len(kept),
        found_by=[[_VECTOR]] * len(kept),
        suggestions=words.suggestions,
    )


def _fused(search: Search, query: Query, vector: Vectors, hits: Hits, words: Words) -> Ranking:
    by_vector: list[int] = hits.rows[0][hits.rows[0] >= 0].tolist()
    exact = exact_rows(search, query)
    if (fused_curve := search.fused_curve(query)) is not None:
        ranking = _weighed(search, query, vector, hits, words, fused_curve, exact)
        if ranking is not None:
            return ranking
    ranked = [] if search.mode == "lexical" else by_vector
    wordless: list[int] = []
    if words.rows:
        described = search.serving.release.columns.described(search.side.count)
        wordless = [row for row in ranked if not described[row]]
    # Only so many are fused, however many are wanted: no hit changes from one page to the next.
    all_of_them = len(exact) + 2 * FUSED + len(words.rows)
    # Where nothing but an everyday word is asked for, what it names comes before what is only near.
    fitting = set(words.rows)
    named = query.reading.named.values() if len(query.reading.parts) == 1 else ()
    first = dict.fromkeys([*exact, *(row for rows in named for row in rows if row in fitting)])
    fused = fuse(ranked[:FUSED], words.rows, all_of_them, first=list(first), wordless=set(wordless))
    rows = list(dict.fromkeys([*fused, *ranked[FUSED:]]))[: search.k]
    cosines = _cosines(search, vector, hits, rows)
    scores = [cosines[row] for row in rows]
    found_in_words = set(words.rows)
    found_in_vectors = set(ranked[:FUSED]) | (set(ranked) - set(fused))
    found_by = [
        [
            *(_exact(match) for match in exact.get(row, ())),
            *([_WORDS] if row in found_in_words else ()),
            *([_VECTOR] if row in found_in_vectors else ()),
        ]
        for row in rows
    ]
    curve = None if query.reading.exact else search.curve(query)
    confidences: Sequence[float | None] = [None] * len(rows)
    if curve is not None and rows:
        neighbours = hits.scores[:, : curve.neighbours]
        if neighbours.shape[1] < curve.neighbours:  # found fewer: the others are as far off as can be
            missing = curve.neighbours - neighbours.shape[1]
            neighbours = np.pad(neighbours, ((0, 0), (0, missing)), constant_values=-np.inf)
        weighed = np.concatenate([neighbours, np.asarray([scores], neighbours.dtype)], axis=1)
        given = curve.confidences(weighed, np.array([query.unknown]))[0, curve.neighbours :]
        confidences = (np.minimum.accumulate(given) if search.mode == "auto" else given).tolist()
    return Ranking(rows, scores, confidences, found_by, words.suggestions)


def _ruled_out(others: Ranking, tag: str) -> Ranking:
    """What fulfils the conditions of a query where nothing with the tag asked for does."""
    remarks = (_RULED_OUT.format(printable(tag)),) if others.rows else ()
    return replace(others, confidences=[None] * len(others.rows), remarks=remarks)


def _tagged_first(
    search: Search, query: Query, vector: Vectors, words: Words, tagged: Tagged, others: Ranking, hits: Hits
) -> Ranking:
    """Molecules with the tag asked for, in the order that they have among themselves, and then the others.

    That those are what was asked for is the corpus's own word, and not probable: they have no confidence.
    """
    first = _fused(search, query, vector, tagged.hits, replace(words, rows=tagged.rows))
    by_words = set(words.rows)
    near = set(hits.rows[0, :FUSED].tolist())
    own = set(first.rows)
    rest = [place for place, row in enumerate(others.rows) if row not in own][: search.k - len(first.rows)]
    return Ranking(
        first.rows + [others.rows[place] for place in rest],
        first.scores + [others.scores[place] for place in rest],
        [None] * len(first.rows) + [others.confidences[place] for place in rest],
        [
            [
                FoundBy("tag", tagged.tag),
                *([_WORDS] if row in by_words else ()),
                *([_VECTOR] if row in near else ()),
            ]
            for row in first.rows
        ]
        + [others.found_by[place] for place in rest],
        words.suggestions,
    )


def _weighed(
    search: Search,
    query: Query,
    vector: Vectors,
    hits: Hits,
    words: Words,
    curve: FusedCurve,
    exact: Mapping[int, Sequence[Match]],
) -> Ranking | None:
    """Hits in the order of what their cosines and words say together, and so of their confidences; None where none of
    them has a description whose words could speak for it.
    """
    by_vector: list[int] = hits.rows[0][hits.rows[0] >= 0].tolist()
    # Only so many are weighed, however many are wanted: no hit changes from one page to the next.
    candidates = list(dict.fromkeys([*by_vector[:FUSED], *words.rows]))
    described = search.serving.release.columns.described(search.side.count)[candidates]
    if not described.any():
        return None
    known_cosines = _cosines(search, vector, hits, [*exact, *words.rows])
    cosines = np.array([known_cosines[row] for row in candidates])
    reading = query.reading
    named = {name: np.asarray(rows, np.int64) for name, rows in reading.named.items()}
    shares = words.hits.shares(reading.parts or ((query.shown,),), candidates, reading.wider, named)
    # Having no words says nothing against a molecule: its cosine speaks for them.
    nearness = (cosines - cosines.min()) / (np.ptp(cosines) or 1.0)
    most = min(shares.max(), WIDER) if named else shares.max()  # what is only near is not called so
    shares = np.where(described, shares, np.maximum(shares, nearness * most))
    background = float(hits.scores[0, curve.neighbours - 1]) if len(by_vector) >= curve.neighbours else None
    evidence = Evidence(cosines, shares, background, query.unknown)
    order, confidences = curve.ranked(evidence)
    if (fitting := search.fitting_curve(query)) is not None:
        order, confidences = fitting.ranked(evidence, order)
    ranked = [candidates[place] for place in order]
    known = dict(zip(ranked, confidences.tolist(), strict=True))
    rows = list(dict.fromkeys([*exact, *ranked, *by_vector[FUSED:]]))[: search.k]
    silent = query.reading.exact or query.reading.unproven
    by_words, near = set(words.rows), set(by_vector[:FUSED]) | (set(by_vector) - set(candidates))
    return Ranking(
        rows,
        [known_cosines[row] for row in rows],
        # Those beyond have less than the last that was weighed.
        [None if silent else known.get(row, confidences[-1].item()) for row in rows],
        [
            [
                *(_exact(match) for match in exact.get(row, ())),
                *([_WORDS] if row in by_words else ()),
                *([_VECTOR] if row in near else ()),
            ]
            for row in rows
        ],
        words.suggestions,
    )


def _exact(match: Match) -> FoundBy:
    return FoundBy(match.kind, match.value or None)


def exact_rows(search: Search, query: Query) -> dict[int, list[Match]]:
    """Rows of the side searched that are what the query names or is, the best match first, each with its matches."""
    found: dict[int, list[Match]] = {}
    matches = query.reading.matches
    if search.side_name == "molecules":
        for match in matches:
            found.setdefault(match.row, []).append(match)
        return found
    owned = search.serving.release.records.description_rows([match.row for match in matches])
    for match in matches:
        for row in owned.get(match.row, ()):
            found.setdefault(row, []).append(match)
    return found


def _cosines(search: Search, vector: Vectors, hits: Hits, rows: Iterable[int]) -> dict[int, float]:
    """The exact cosine of every row and of every hit: those of hits are known, the others are computed at once."""
    known = dict(zip(hits.rows[0].tolist(), hits.scores[0].tolist(), strict=True))
    missing = sorted({row for row in rows if row not in known})
    if missing:
        scores = search.side.scores(vector[0], np.asarray(missing, np.int64))
        known.update(zip(missing, scores.tolist(), strict=True))
    return known
