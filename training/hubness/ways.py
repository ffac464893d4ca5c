"""Who asks whom, among what, with which bank: the directions and pools of a study.

The bank of text → molecule is the distinct texts of the training pairs, that of molecule → text their molecules. What
is a candidate's own in it: every text of its molecule (full InChIKey), every molecule of its text. Some of the bank's
queries are drawn by lot and put aside: they ask too, for answers that were trained on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.structure import parse_structure
from training.evaluation import EvaluationError, EvaluationSet
from training.hubness.bank import Own
from training.hubness.families import Queries
from training.hubness.way import WayData
from training.pairs import Pair

_KNOWN = 1500
_KNOWN_SHARE = 8  # at most one in so many of the bank is put aside

Rows = NDArray[np.int64]
Related = Callable[[int], Sequence[int]]
"""Rows of one kind that belong to a row of another."""


@dataclass(frozen=True)
class Bank:
    """Distinct texts and molecules (by key, with one SMILES each) of the bank's pairs.

    links: int64 (links, 2), text row and molecule row that belong together; pairs: how many there were, but for those
    dropped: without a structure that can be read, or of a held-out molecule, whose truth would answer for itself.
    """

    texts: tuple[str, ...]
    keys: tuple[str, ...]
    smiles: tuple[str, ...]
    links: Rows
    pairs: int
    dropped: int

    @classmethod
    def of(cls, pairs: Sequence[Pair], key_of: dict[str, str], held_out: set[str]) -> Bank:
        """key_of: full InChIKeys by SMILES, empty where there is no structure; held_out: such keys.

        Raises:
            EvaluationError: no pair is left.
        """
        texts: dict[str, int] = {}
        molecules: dict[str, int] = {}
        smiles: list[str] = []
        links: dict[tuple[int, int], None] = {}
        dropped = 0
        for pair in pairs:
            key = key_of[pair.smiles]
            if not key or key in held_out:
                dropped += 1
                continue
            if key not in molecules:
                smiles.append(pair.smiles)
            link = texts.setdefault(pair.text, len(texts)), molecules.setdefault(key, len(molecules))
            links[link] = None
        if not links:
            raise EvaluationError("No pair of the bank is of a molecule that can be read and is not held out.")
        table = np.array(list(links), np.int64)
        return cls(tuple(texts), tuple(molecules), tuple(smiles), table, len(pairs) - dropped, dropped)

    def texts_of(self) -> dict[int, list[int]]:
        """Text rows by molecule row."""
        return _grouped(self.links[:, ::-1])

    def molecules_of(self) -> dict[int, list[int]]:
        """Molecule rows by text row."""
        return _grouped(self.links)


@dataclass(frozen=True)
class Vectors:
    """float32 (rows, dim): of the pool, the held-out texts, the bank's texts and its molecules."""

    pool: NDArray[np.float32]
    texts: NDArray[np.float32]
    bank_texts: NDArray[np.float32]
    bank_molecules: NDArray[np.float32]


def make_ways(prepared: EvaluationSet, keys: Sequence[str], bank: Bank, vectors: Vectors, seed: int) -> list[WayData]:
    """text → molecule; molecule → text as the protocol has it; and among the bank's texts too, as a corpus would.

    keys: of the pool's molecules.
    """
    held_out, everything = len(prepared.texts), len(prepared.texts) + len(bank.texts)
    return [
        _to_molecules(prepared, keys, bank, vectors, seed),
        _to_texts("mol2text", f"among the {held_out:,} held-out texts", held_out, prepared, bank, vectors, seed),
        _to_texts(
            "mol2text+bank",
            f"among {everything:,} texts, the held-out and the bank's",
            everything,
            prepared,
            bank,
            vectors,
            seed,
        ),
    ]


def _to_molecules(prepared: EvaluationSet, keys: Sequence[str], bank: Bank, vectors: Vectors, seed: int) -> WayData:
    row_of_key = {key: row for row, key in enumerate(bank.keys)}
    texts_of, molecules_of = bank.texts_of(), bank.molecules_of()
    pool_rows = _grouped((row_of_key[key], row) for row, key in enumerate(keys) if key in row_of_key)

    def own(row: int) -> Sequence[int]:
        return texts_of[row_of_key[keys[row]]] if keys[row] in row_of_key else ()

    def answers(text: int) -> Sequence[int]:
        return [row for molecule in molecules_of[text] for row in pool_rows.get(molecule, ())]

    def heavy_atoms(row: int) -> int:
        return int(parse_structure(prepared.smiles[row], prepared.limits).mol.GetNumHeavyAtoms())

    kept, known = _put_aside(vectors.bank_texts, answers, seed)
    return WayData(
        name="text2mol",
        about=f"text → molecule among {len(keys):,} molecules",
        queries=Queries(vectors.texts, prepared.text_truth),
        known=known,
        candidates=vectors.pool,
        bank=vectors.bank_texts[kept],
        own=_own(len(keys), own, kept),
        trained=_trained(len(keys), own, prepared.text_truth),
        ids=prepared.molecule_ids,
        contents=prepared.smiles,
        size=heavy_atoms,
    )


def _to_texts(
    name: str, among: str, count: int, prepared: EvaluationSet, bank: Bank, vectors: Vectors, seed: int
) -> WayData:
    """Candidates are the first `count` of the held-out texts and, after them, the bank's."""
    texts = [*prepared.texts, *bank.texts]
    row_of_text = {text: row for row, text in enumerate(bank.texts)}
    texts_of, molecules_of = bank.texts_of(), bank.molecules_of()
    ids = [identifier or f"held-out {row + 1}" for row, identifier in enumerate(prepared.text_ids)]

    def own(row: int) -> Sequence[int]:
        return molecules_of[row_of_text[texts[row]]] if texts[row] in row_of_text else ()

    def answers(molecule: int) -> Sequence[int]:
        rows = [len(prepared.texts) + text for text in texts_of[molecule]]
        return rows if max(rows) < count else ()

    def words(row: int) -> int:
        return len(texts[row].split())

    kept, known = _put_aside(vectors.bank_molecules, answers, seed)
    return WayData(
        name=name,
        about=f"molecule → text {among}",
        queries=Queries(vectors.pool[prepared.queries], prepared.query_truth),
        known=known,
        candidates=np.concatenate([vectors.texts, vectors.bank_texts])[:count],
        bank=vectors.bank_molecules[kept],
        own=_own(count, own, kept),
        trained=_trained(count, own, prepared.query_truth),
        ids=[*ids, *(f"bank {row + 1}" for row in range(len(bank.texts)))][:count],
        contents=texts[:count],
        size=words,
    )


def _put_aside(bank: NDArray[np.float32], answers: Related, seed: int) -> tuple[Rows, Queries | None]:
    """The rows of the bank that stay in it, and as queries those that do not: some that have answers in the pool."""
    answerable = [row for row in range(len(bank)) if answers(row)]
    drawn = np.random.default_rng(seed).permutation(np.array(answerable, np.int64))
    aside = np.sort(drawn[: min(_KNOWN, len(bank) // _KNOWN_SHARE)])
    kept = np.setdiff1d(np.arange(len(bank)), aside)
    if not len(aside):
        return kept, None
    return kept, Queries(bank[aside], [np.unique(answers(int(row))).astype(np.int64) for row in aside])


def _own(count: int, own: Related, kept: Rows) -> Own:
    """Of candidates, in the rows of what is kept of the bank."""
    place = {int(row): number for number, row in enumerate(kept)}
    return Own.of({(row, place[one]) for row in range(count) for one in own(row) if one in place})


def _trained(count: int, own: Related, truth: Sequence[Rows]) -> NDArray[np.bool_]:
    """Candidates that occur in the bank; a held-out text may, worded alike for another molecule, and is no such."""
    trained = np.array([bool(own(row)) for row in range(count)], np.bool_)
    trained[np.concatenate(truth)] = False
    return trained


def _grouped(pairs: NDArray[np.int64] | Iterable[tuple[int, int]]) -> dict[int, list[int]]:
    """Second numbers by the first."""
    found: defaultdict[int, list[int]] = defaultdict(list)
    for first, second in pairs:
        found[int(first)].append(int(second))
    return dict(found)
