"""A study of hubness: from a checkpoint, its training pairs, held-out pairs and a pool to figures.

The bank of text → molecule is the distinct texts of the training pairs, that of molecule → text their molecules. What
is a candidate's own in it: every text of its molecule (full InChIKey) and every equal one, every molecule of its text.
Bank pairs of held-out molecules are dropped: a truth that is in the bank would answer for itself.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from model import load_checkpoint
from model.encoder import TextMoleculeEncoder
from model.structure import parse_structure
from training.evaluation import EvaluationError, EvaluationSet, prepare
from training.featurize import featurize
from training.hubness.bank import Own
from training.hubness.findings import BankFacts, Duplicates, Space, SpreadFigures, Study
from training.hubness.measures import NEARLY_EQUAL, alignment, equal, nearest_other, paired_cosines, spread
from training.hubness.way import WayData, measure_way
from training.leaks import inchikeys
from training.pairs import Pair, read_candidates, read_pairs

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class HubnessRequest:
    """pairs: files of the bank, as for `fit`; validation and candidates: held-out pairs and their pool."""

    checkpoint: str
    pairs: Sequence[str]
    validation: str
    candidates: str
    seed: int = 0
    workers: int = 2
    device: str = "cpu"


@dataclass(frozen=True)
class _Bank:
    """Distinct texts and molecules (by key) of the bank; links: which text row and molecule row belong together."""

    texts: tuple[str, ...]
    keys: tuple[str, ...]
    smiles: tuple[str, ...]
    links: NDArray[np.int64]
    pairs: int
    dropped: int

    @classmethod
    def of(cls, pairs: Sequence[Pair], key_of: dict[str, str], held_out: set[str]) -> _Bank:
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
        """Text rows by molecule row: those of the molecule, and equal ones are one row."""
        found = defaultdict(list)
        for text, molecule in self.links.tolist():
            found[molecule].append(text)
        return found

    def molecules_of(self) -> dict[int, list[int]]:
        found = defaultdict(list)
        for text, molecule in self.links.tolist():
            found[text].append(molecule)
        return found


@dataclass(frozen=True)
class _Vectors:
    """float32 (rows, dim): of the pool, the held-out texts, the bank's texts and its molecules."""

    pool: NDArray[np.float32]
    texts: NDArray[np.float32]
    bank_texts: NDArray[np.float32]
    bank_molecules: NDArray[np.float32]


def study(request: HubnessRequest) -> Study:
    """Measure.

    Raises:
        CheckpointError, PairFileError, EvaluationError: something cannot be read, or no pair is left.
    """
    checkpoint = load_checkpoint(request.checkpoint, request.device)
    validation = read_pairs(request.validation, limits=None).pairs
    prepared = prepare(validation, read_candidates(request.candidates))
    pairs = [pair for source in request.pairs for pair in read_pairs(source, limits=None).pairs]
    log.info("%d held-out pairs, %d candidates, a bank of %d pairs", len(validation), len(prepared.smiles), len(pairs))
    key_of = inchikeys([*prepared.smiles, *(pair.smiles for pair in pairs)], workers=request.workers)
    keys = [key_of[smiles] for smiles in prepared.smiles]
    bank = _Bank.of(pairs, key_of, {keys[row] for row in prepared.queries})
    vectors = _embed(checkpoint.encoder, prepared, keys, bank, request.workers)
    log.info("measuring")
    return Study(
        checkpoint=checkpoint.name,
        digest=checkpoint.digest,
        conditions={
            "bank": [_named(source) for source in request.pairs],
            "validation": _named(request.validation),
            "candidates": _named(request.candidates),
            "seed": request.seed,
        },
        bank=BankFacts(
            pairs=bank.pairs,
            dropped=bank.dropped,
            texts=len(bank.texts),
            molecules=len(bank.keys),
            shared_texts=sum(len(molecules) > 1 for molecules in bank.molecules_of().values()),
        ),
        space=_space(prepared, keys, bank, vectors, request.seed),
        ways=tuple(measure_way(way, request.seed) for way in _ways(prepared, keys, bank, vectors)),
    )


def _embed(
    encoder: TextMoleculeEncoder, prepared: EvaluationSet, keys: Sequence[str], bank: _Bank, workers: int
) -> _Vectors:
    """Everything once: a bank molecule that is in the pool has the pool's vector."""
    row_of: dict[str, int] = {}
    for row, key in enumerate(keys):
        row_of.setdefault(key, row)
    extra = [(key, smiles) for key, smiles in zip(bank.keys, bank.smiles, strict=True) if key not in row_of]
    row_of |= {key: len(keys) + number for number, (key, _) in enumerate(extra)}
    made = featurize([*prepared.smiles, *(smiles for _, smiles in extra)], encoder.featurizer, workers)
    molecules = encoder.encode_features([item for item in made if item is not None])
    return _Vectors(
        pool=molecules[: len(keys)],
        texts=encoder.encode_text(prepared.texts),
        bank_texts=encoder.encode_text(bank.texts),
        bank_molecules=molecules[[row_of[key] for key in bank.keys]],
    )


def _ways(prepared: EvaluationSet, keys: Sequence[str], bank: _Bank, vectors: _Vectors) -> list[WayData]:
    """text → molecule; molecule → text as the protocol has it; and among the bank's texts too, as a corpus would."""
    molecule_of = {key: row for row, key in enumerate(bank.keys)}
    text_of = {text: row for row, text in enumerate(bank.texts)}
    texts_of, molecules_of = bank.texts_of(), bank.molecules_of()
    all_texts = [*prepared.texts, *bank.texts]

    def own_texts(row: int) -> list[int]:
        return texts_of[molecule_of[keys[row]]] if keys[row] in molecule_of else []

    def own_molecules(row: int) -> list[int]:
        return molecules_of[text_of[all_texts[row]]] if all_texts[row] in text_of else []

    def heavy_atoms(row: int) -> int:
        return int(parse_structure(prepared.smiles[row], prepared.limits).mol.GetNumHeavyAtoms())

    def words(row: int) -> int:
        return len(all_texts[row].split())

    def texts_among(name: str, about: str, count: int) -> WayData:
        ids = [name or f"held-out {row + 1}" for row, name in enumerate(prepared.text_ids)]
        return WayData(
            name=name,
            about=about,
            queries=vectors.pool[prepared.queries],
            candidates=np.concatenate([vectors.texts, vectors.bank_texts])[:count],
            truth=prepared.query_truth,
            bank=vectors.bank_molecules,
            own=_own(count, own_molecules),
            ids=[*ids, *(f"bank {row + 1}" for row in range(len(bank.texts)))][:count],
            contents=all_texts[:count],
            size=words,
        )

    held_out, everything = len(prepared.texts), len(all_texts)
    return [
        WayData(
            name="text2mol",
            about=f"text → molecule among {len(keys):,} molecules",
            queries=vectors.texts,
            candidates=vectors.pool,
            truth=prepared.text_truth,
            bank=vectors.bank_texts,
            own=_own(len(keys), own_texts),
            ids=prepared.molecule_ids,
            contents=prepared.smiles,
            size=heavy_atoms,
        ),
        texts_among("mol2text", f"molecule → text among the {held_out:,} held-out texts", held_out),
        texts_among(
            "mol2text+bank", f"molecule → text among {everything:,} texts, the held-out and the bank's", everything
        ),
    ]


def _own(count: int, of: Callable[[int], Sequence[int]]) -> Own:
    return Own.of({(row, one) for row in range(count) for one in of(row)})


def _space(prepared: EvaluationSet, keys: Sequence[str], bank: _Bank, vectors: _Vectors, seed: int) -> Space:
    groups = np.unique(np.array(keys), return_inverse=True)[1].astype(np.int64)
    rivals = nearest_other(vectors.pool, groups)
    truths = np.unique([rows[0] for rows in prepared.text_truth])
    generator = np.random.default_rng(seed)
    drawn = [generator.integers(len(some), size=20_000) for some in (vectors.texts, vectors.pool)]
    texts, molecules = (spread(some, seed=seed) for some in (vectors.texts, vectors.pool))
    return Space(
        texts=SpreadFigures(mean_cosine=texts.mean_cosine, uniformity=texts.uniformity),
        molecules=SpreadFigures(mean_cosine=molecules.mean_cosine, uniformity=molecules.uniformity),
        unpaired=float(paired_cosines(vectors.texts[drawn[0]], vectors.pool[drawn[1]]).mean()),
        alignment=alignment(vectors.texts, vectors.pool[[rows[0] for rows in prepared.text_truth]]),
        trained_alignment=alignment(vectors.bank_texts[bank.links[:, 0]], vectors.bank_molecules[bank.links[:, 1]]),
        duplicates=Duplicates(
            pool=len(rivals),
            equal=int(equal(rivals).sum()),
            nearly=int((rivals >= NEARLY_EQUAL).sum()),
            truths=len(truths),
            truths_equal=int(equal(rivals[truths]).sum()),
            truths_nearly=int((rivals[truths] >= NEARLY_EQUAL).sum()),
        ),
    )


def _named(source: str) -> str:
    """Without its folder, selectors kept."""
    path, mark, selectors = source.partition("?")
    return Path(path).name + mark + selectors
