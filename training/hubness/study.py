"""A study of hubness: from a checkpoint, its training pairs, held-out pairs and a pool to figures."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from model import load_checkpoint
from model.encoder import TextMoleculeEncoder
from training.evaluation import EvaluationSet, prepare
from training.featurize import featurize
from training.hubness.findings import BankFacts, Duplicates, Space, SpreadFigures, Study
from training.hubness.measures import NEARLY_EQUAL, alignment, equal, nearest_other, paired_cosines, spread
from training.hubness.way import measure_way
from training.hubness.ways import Bank, Vectors, make_ways
from training.leaks import inchikeys
from training.pairs import read_candidates, read_pairs

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
    bank = Bank.of(pairs, key_of, {keys[row] for row in prepared.queries})
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
        ways=tuple(measure_way(way, request.seed) for way in make_ways(prepared, keys, bank, vectors, request.seed)),
    )


def _embed(
    encoder: TextMoleculeEncoder, prepared: EvaluationSet, keys: Sequence[str], bank: Bank, workers: int
) -> Vectors:
    """Everything once: a bank molecule that is in the pool has the pool's vector."""
    row_of: dict[str, int] = {}
    for row, key in enumerate(keys):
        row_of.setdefault(key, row)
    extra = [(key, smiles) for key, smiles in zip(bank.keys, bank.smiles, strict=True) if key not in row_of]
    row_of |= {key: len(keys) + number for number, (key, _) in enumerate(extra)}
    made = featurize([*prepared.smiles, *(smiles for _, smiles in extra)], encoder.featurizer, workers)
    molecules = encoder.encode_features([item for item in made if item is not None])
    return Vectors(
        pool=molecules[: len(keys)],
        texts=encoder.encode_text(prepared.texts),
        bank_texts=encoder.encode_text(bank.texts),
        bank_molecules=molecules[[row_of[key] for key in bank.keys]],
    )


def _space(prepared: EvaluationSet, keys: Sequence[str], bank: Bank, vectors: Vectors, seed: int) -> Space:
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
