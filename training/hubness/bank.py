"""What a bank of queries says of candidates: how near each is to the queries that come, whoever is right.

A bank is what was trained on, so a candidate that was trained on meets its own captions there. With these in the
bank a correction learns which molecules were trained on, and that the answer to a new text is none of them: it wins
on held-out queries and loses for users who ask for a training molecule in words of their own. Hence two views of each
bank: `rest`, where no candidate meets what is its own, and `whole`, which shows what the mistake would bring.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.hits import unit

_CHUNK_BYTES = 64 * 2**20


@dataclass(frozen=True, slots=True)
class Own:
    """Which bank queries are a candidate's own: (pairs,) each, candidate rows ascending, no pair twice."""

    candidates: NDArray[np.int64]
    bank: NDArray[np.int64]

    @classmethod
    def of(cls, pairs: set[tuple[int, int]]) -> Own:
        """From (candidate, bank) rows."""
        table = np.array(sorted(pairs), np.int64).reshape(-1, 2)
        return cls(table[:, 0], table[:, 1])


@dataclass(frozen=True, slots=True)
class BankView:
    """What the bank says of each candidate.

    nearest: float32 (candidates, depth), the highest cosines to bank queries, descending, -inf where there are fewer;
    soft: float32 (temperatures, candidates), τ log Σ exp(cosine / τ) over the bank; -inf for an empty one;
    first: bool (candidates,), whether it is the first hit of some bank query.
    """

    nearest: NDArray[np.float32]
    soft: NDArray[np.float32]
    first: NDArray[np.bool_]

    def mean_of_nearest(self, k: int) -> NDArray[np.float32]:
        """The mean of the k highest cosines, of all where there are fewer; 0 without any: float32 (candidates,)."""
        some = self.nearest[:, :k]
        there = np.isfinite(some)
        total = np.where(there, some, 0).sum(axis=1)
        mean: NDArray[np.float32] = (total / np.maximum(there.sum(axis=1), 1)).astype(np.float32)
        return mean


@dataclass(frozen=True, slots=True)
class BankViews:
    whole: BankView
    rest: BankView


def ask_bank(
    bank: NDArray[np.floating],
    candidates: NDArray[np.floating],
    own: Own,
    *,
    depth: int,
    temperatures: Sequence[float],
    chunk_bytes: int = _CHUNK_BYTES,
) -> BankViews:
    """Compare every candidate (candidates, dim) with every bank query (bank, dim), `chunk_bytes` of cosines at a time.

    depth: how many nearest queries are kept; temperatures: of the soft maxima, > 0.

    Raises:
        ValueError: the bank is empty, or an own pair lies outside it.
    """
    if not len(bank):
        raise ValueError("the bank is empty")
    if len(own.bank) and (own.bank.max() >= len(bank) or own.candidates.max() >= len(candidates)):
        raise ValueError("an own pair lies outside the bank or the candidates")
    queries, rows = unit(bank), unit(candidates)
    nearest = np.empty((len(rows), min(depth, len(queries))), np.float32)
    soft = np.empty((len(temperatures), len(rows)), np.float32)
    best = _Best(np.full(len(queries), -np.inf, np.float32), np.full(len(queries), -1, np.int64))
    own_cosines = np.empty(len(own.bank), np.float32)
    step = max(1, chunk_bytes // (4 * len(queries)))
    for start in range(0, len(rows), step):
        block = rows[start : start + step] @ queries.T
        part = slice(start, start + len(block))
        pairs = slice(*np.searchsorted(own.candidates, [part.start, part.stop]))
        cells = own.candidates[pairs] - start, own.bank[pairs]
        own_cosines[pairs] = block[cells]
        block[cells] = -np.inf
        best.update(block, start)
        highest = np.partition(block, len(queries) - nearest.shape[1], axis=1)[:, len(queries) - nearest.shape[1] :]
        nearest[part] = np.sort(highest, axis=1)[:, ::-1]
        for number, temperature in enumerate(temperatures):
            soft[number, part] = _soft_maximum(block, nearest[part, :1], temperature)
    rest = BankView(nearest, soft, _marked(best.rows, len(rows)))
    return BankViews(whole=_with_own(rest, best, own, own_cosines, temperatures), rest=rest)


@dataclass(frozen=True, slots=True)
class _Best:
    """The best candidate of every bank query so far: cosines and rows (bank,), -1 where all are its own."""

    cosines: NDArray[np.float32]
    rows: NDArray[np.int64]

    def update(self, block: NDArray[np.float32], start: int) -> None:
        """block: cosines (some candidates, bank), the first of row `start`."""
        first = block.argmax(axis=0)
        cosines = block[first, np.arange(block.shape[1])]
        better = cosines > self.cosines
        self.cosines[better] = cosines[better]
        self.rows[better] = first[better] + start


def _soft_maximum(block: NDArray[np.float32], highest: NDArray[np.float32], temperature: float) -> NDArray[np.float32]:
    """τ log Σ exp(cosine / τ) of each row; highest: its maximum (rows, 1)."""
    there = np.where(np.isfinite(highest), highest, 0)
    with np.errstate(divide="ignore"):  # a row without any has the logarithm of 0
        logarithms = np.log(np.exp((block - there) / temperature).sum(axis=1))
    soft: NDArray[np.float32] = there[:, 0] + temperature * logarithms
    return soft


def _with_own(
    rest: BankView, best: _Best, own: Own, cosines: NDArray[np.float32], temperatures: Sequence[float]
) -> BankView:
    """`rest` with the own queries added, whose cosines (pairs,) are given."""
    soft = rest.soft.copy()
    for values, temperature in zip(soft, temperatures, strict=True):
        logarithms = values / np.float32(temperature)
        np.logaddexp.at(logarithms, own.candidates, cosines / np.float32(temperature))
        values[:] = logarithms * np.float32(temperature)

    place = np.arange(len(own.candidates)) - np.searchsorted(own.candidates, own.candidates)
    added = np.full((len(rest.nearest), int(place.max(initial=-1)) + 1), -np.inf, np.float32)
    added[own.candidates, place] = cosines
    depth = rest.nearest.shape[1]
    nearest = np.sort(np.concatenate([rest.nearest, added], axis=1), axis=1)[:, ::-1][:, :depth]

    rows = best.rows.copy()
    rising = np.argsort(cosines, kind="stable")
    rising = rising[cosines[rising] > best.cosines[own.bank[rising]]]
    rows[own.bank[rising]] = own.candidates[rising]  # of several the last assignment holds: the highest
    return BankView(np.ascontiguousarray(nearest), soft, _marked(rows, len(rest.nearest)))


def _marked(rows: NDArray[np.int64], count: int) -> NDArray[np.bool_]:
    marks = np.zeros(count, np.bool_)
    marks[rows[rows >= 0]] = True
    return marks
