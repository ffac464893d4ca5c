"""Retrieval evaluation in both directions: queries, candidate pools and right answers.

Three steps, so that a trainer repeats only what changes: `prepare` (parse the pool, find each text's
molecule), `embed` (an encoder's vectors; molecule features can be made once and passed every time) and
`score`. `evaluate` is all three. Vectors of external systems come through `load_embeddings` and
`embed_external`.

text → molecule ranks, for the text of every pair, all candidates (Edwards et al. 2021). molecule → text ranks, for
every distinct molecule of the pairs, the texts of the pairs: 3,301 for the ChEBI-20 validation split. Song et al. 2024
search all 33,010 texts, which `training.evaluation.text_pool` does. Figures for different pools are not comparable.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from model.checkpoint.calibration import Direction as Direction
from model.inputs.features import MoleculeFeatures
from model.inputs.structure import Molecule, parse_structure
from model.network.dual_encoder import DualEncoder
from model.network.encoder import TextMoleculeEncoder
from model.network.ensemble import EnsembleEncoder
from training.evaluation.metrics import DEFAULT_CHUNK_BYTES, Metrics, metrics_of_ranks, rank_of_truth
from training.pairs import Candidate, Pair
from training.pairs.structures import Structures

_BATCH = 1024
_Ranking = TypeVar("_Ranking", bound=str)


class EvaluationError(ValueError):
    """An evaluation is impossible; the message says what is missing."""


class Encoder(Protocol):
    """What `embed` needs of an encoder; `DualEncoder` and `EnsembleEncoder` have it."""

    def encode_text(self, texts: Sequence[str]) -> NDArray[np.float32]: ...

    def encode_molecules(self, molecules: Sequence[Molecule]) -> NDArray[np.float32]: ...


@dataclass(frozen=True, slots=True)
class Matching:
    """How pairs found their molecules in the pool, in pairs; `added` and `dropped_candidates` in molecules."""

    by_id: int = 0
    by_structure: int = 0
    added: int = 0
    """Molecules of pairs that were no candidate; the pool was enlarged by them."""
    id_conflicts: int = 0
    """Pairs whose id names a candidate of another structure; the id was ignored."""
    dropped_pairs: int = 0
    dropped_candidates: int = 0


@dataclass(frozen=True, slots=True)
class EvaluationSet:
    """Texts, a molecule pool, and which molecule each text describes.

    texts, text_ids: `(texts,)`, one a pair; smiles, molecule_ids: `(pool,)`, the candidates in their order, then
    added molecules. text_truth: for each text the pool rows of its molecule. queries: `(queries,)` int64, pool rows
    of the distinct molecules of the pairs, and query_truth: for each the rows of its texts.
    """

    texts: tuple[str, ...]
    text_ids: tuple[str | None, ...]
    smiles: tuple[str, ...]
    molecule_ids: tuple[str, ...]
    text_truth: tuple[NDArray[np.int64], ...]
    queries: NDArray[np.int64]
    query_truth: tuple[NDArray[np.int64], ...]
    matching: Matching

    def molecules(self, start: int = 0, stop: int | None = None) -> Iterator[Molecule]:
        """The pool's molecules, parsed one by one: 33,010 RDKit molecules take 1.3 GB."""
        for smiles in self.smiles[start:stop]:
            yield parse_structure(smiles)


@dataclass(frozen=True, slots=True)
class EmbeddedSet:
    """Vectors of an `EvaluationSet`: texts `(texts, dim)` and molecules `(pool, dim)`, of any length.

    unknown: `TextFeatures.unknown` of each text, `(texts,)`; None for encoders of others.
    """

    texts: NDArray[np.floating]
    molecules: NDArray[np.floating]
    unknown: NDArray[np.float64] | None = None


def prepare(
    pairs: Sequence[Pair], candidates: Sequence[Candidate], structures: Structures | None = None
) -> EvaluationSet:
    """Parse the pool and find the molecule of each pair in it.

    A pair's molecule is the candidate with the pair's id, provided that it is the same structure (canonical
    SMILES or full InChIKey: two files may number their rows alike). Failing that, it is every candidate with
    the pair's full InChIKey, of which the best-ranked counts. Failing that too, the molecule is added to the
    pool. An id goes first because distinct ChEBI-20 entries can share an InChIKey (a zwitterion and its
    neutral form do), and the published protocol holds them apart.

    `structures` may have been read before; what is missing there is read here.

    Structures that do not parse are left out and counted: a pair is then no query, a candidate not in the
        pool.

    Raises:
        EvaluationError: no pair is left, or candidate ids repeat.
    """
    pool = _Pool(structures or Structures())
    dropped_candidates = sum(not pool.offer(candidate) for candidate in candidates)
    counts: Counter[str] = Counter()
    texts: list[str] = []
    text_ids: list[str | None] = []
    truth: list[NDArray[np.int64]] = []
    for pair in pairs:
        if not pool.structures.canonical(pair.smiles):
            continue
        texts.append(pair.text)
        text_ids.append(pair.id)
        truth.append(np.array(pool.find(pair, counts), dtype=np.int64))
    if not texts:
        raise EvaluationError("There are no pairs to evaluate.")

    texts_of: dict[int, list[int]] = {}
    for number, rows_of_text in enumerate(truth):
        texts_of.setdefault(int(rows_of_text[0]), []).append(number)
    return EvaluationSet(
        texts=tuple(texts),
        text_ids=tuple(text_ids),
        smiles=tuple(pool.smiles),
        molecule_ids=tuple(pool.ids),
        text_truth=tuple(truth),
        queries=np.array(list(texts_of), dtype=np.int64),
        query_truth=tuple(np.array(numbers, dtype=np.int64) for numbers in texts_of.values()),
        matching=Matching(
            by_id=counts["by_id"],
            by_structure=counts["by_structure"],
            added=counts["added"],
            id_conflicts=counts["id_conflicts"],
            dropped_pairs=len(pairs) - len(texts),
            dropped_candidates=dropped_candidates,
        ),
    )


def embed(
    encoder: Encoder, prepared: EvaluationSet, molecule_features: Sequence[MoleculeFeatures] | None = None
) -> EmbeddedSet:
    """An encoder's vectors of the whole set, molecules in batches so that features need not be held.

    `molecule_features`, one for each molecule of the pool, saves the featurisation (one of Molseek's encoders
    is needed then): make them once with `[encoder.featurizer(molecule) for molecule in prepared.molecules()]`.
    """
    if molecule_features is not None:
        if not isinstance(encoder, DualEncoder | EnsembleEncoder):
            raise EvaluationError("Molecule features were given for an encoder that is not one of Molseek's.")
        if len(molecule_features) != len(prepared.smiles):
            raise EvaluationError(f"{len(molecule_features)} molecule features for a pool of {len(prepared.smiles)}.")
        molecules = encoder.encode_features(molecule_features)
    else:
        molecules = embed_molecules(encoder, prepared)
    if not isinstance(encoder, DualEncoder | EnsembleEncoder):
        return EmbeddedSet(encoder.encode_text(prepared.texts), molecules)
    texts, unknown = embed_texts(encoder, prepared.texts)
    return EmbeddedSet(texts, molecules, unknown)


def embed_texts(encoder: TextMoleculeEncoder, texts: Sequence[str]) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """The vectors of texts `(texts, dim)`, and of each the share of features that the encoder does not know."""
    features = encoder.text_featurizer(texts)
    return encoder.encode_text_features(features), np.array([one.unknown for one in features], np.float64)


def embed_molecules(encoder: Encoder, prepared: EvaluationSet) -> NDArray[np.float32]:
    """An encoder's vectors of the pool `(pool, dim)`, in batches so that features need not be held."""
    starts = range(0, len(prepared.smiles), _BATCH)
    return np.concatenate(
        [encoder.encode_molecules(list(prepared.molecules(start, start + _BATCH))) for start in starts]
    )


def score(
    prepared: EvaluationSet, embedded: EmbeddedSet, *, chunk_bytes: int = DEFAULT_CHUNK_BYTES
) -> dict[Direction, Metrics]:
    """Metrics of both directions; see the module for what is ranked among what.

    Raises:
        ValueError: the vectors do not fit the set, or are not finite.
    """
    if (len(embedded.texts), len(embedded.molecules)) != (len(prepared.texts), len(prepared.smiles)):
        raise EvaluationError(
            f"{len(embedded.texts)} text and {len(embedded.molecules)} molecule vectors for "
            f"{len(prepared.texts)} texts and a pool of {len(prepared.smiles)}."
        )
    text2mol = rank_of_truth(embedded.texts, embedded.molecules, prepared.text_truth, chunk_bytes=chunk_bytes)
    mol2text = rank_of_truth(
        embedded.molecules[prepared.queries], embedded.texts, prepared.query_truth, chunk_bytes=chunk_bytes
    )
    return {
        "text2mol": metrics_of_ranks(text2mol, len(prepared.smiles)),
        "mol2text": metrics_of_ranks(mol2text, len(prepared.texts)),
    }


def evaluate(
    encoder: Encoder,
    pairs: Sequence[Pair],
    candidates: Sequence[Candidate],
    *,
    chunk_bytes: int = DEFAULT_CHUNK_BYTES,
) -> dict[Direction, Metrics]:
    """`prepare`, `embed` and `score`."""
    prepared = prepare(pairs, candidates)
    return score(prepared, embed(encoder, prepared), chunk_bytes=chunk_bytes)


def as_json(metrics: Mapping[_Ranking, Metrics]) -> dict[str, dict[str, float | int]]:
    """`{"text2mol": {"hits@1", "hits@10", "mrr", "mean_rank", "queries", "pool"}, "mol2text": {…}, …}`."""
    return {direction: values.as_json() for direction, values in metrics.items()}


class _Pool:
    """The molecule pool under construction; it keeps strings, not RDKit molecules."""

    def __init__(self, structures: Structures) -> None:
        self.structures = structures
        self.smiles: list[str] = []
        self.ids: list[str] = []
        self._row_of_id: dict[str, int] = {}
        self._rows_of_key: dict[str, list[int]] | None = None

    def offer(self, candidate: Candidate) -> bool:
        """Add a candidate; False if its structure does not parse."""
        if candidate.id in self._row_of_id:
            raise EvaluationError(f"Two candidates have the id {candidate.id!r}.")
        valid = bool(self.structures.canonical(candidate.smiles))
        if valid:
            self._append(candidate.id, candidate.smiles)
        return valid

    def find(self, pair: Pair, counts: Counter[str]) -> list[int]:
        """The rows that are the pair's molecule, which is added when there is none; `counts` tells how."""
        row = self._row_of_id.get(pair.id) if pair.id is not None else None
        if row is not None:
            canonical, key = self.structures.canonical, self.structures.key
            if canonical(self.smiles[row]) == canonical(pair.smiles) or key(self.smiles[row]) == key(pair.smiles):
                counts["by_id"] += 1
                return [row]
            counts["id_conflicts"] += 1
        if self._rows_of_key is None:  # InChIKeys of a whole pool take seconds: made only if needed
            self._rows_of_key = {}
            for number, smiles in enumerate(self.smiles):
                self._rows_of_key.setdefault(self.structures.key(smiles), []).append(number)
        rows = self._rows_of_key.setdefault(self.structures.key(pair.smiles), [])
        if rows:
            counts["by_structure"] += 1
            return rows
        counts["added"] += 1
        rows.append(len(self.smiles))
        free = pair.id is not None and pair.id not in self._row_of_id
        self._append(pair.id if free and pair.id else f"added-{rows[0]}", pair.smiles)
        return rows

    def _append(self, identifier: str, smiles: str) -> None:
        self._row_of_id[identifier] = len(self.smiles)
        self.ids.append(identifier)
        self.smiles.append(smiles)
