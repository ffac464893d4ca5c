"""What training runs read: their pairs, checked and numbered, and the pairs that they are measured on."""

from __future__ import annotations

import logging
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import JsonValue

from model import DualEncoder
from model.inputs.structure import StructureError, parse_structure
from training.config import ConfigError, TrainingConfig
from training.inputs.corpus import Corpus
from training.inputs.dataset import PairDataset, numbered_texts
from training.pairs.digests import data_digest
from training.evaluation import EvaluationSet, prepare
from training.pairs.leaks import drop_leaks, find_leaks
from training.pairs import Candidate, Pair, PairFile, read_candidates, read_pairs
from training.pairs.tables import source_name
from training.runs.validation import Validation

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class RunFiles:
    """Where a run's data come from (paths, with optional row selectors) and where it goes.

    `init` names a checkpoint to start from; without one the network is made from the configuration. `teachers` name
    checkpoints that it is to agree with, too. `notice` is what the licences of the data ask to be said wherever the
    checkpoint goes.
    """

    pairs: Sequence[str]
    validation: str
    candidates: str
    out: Path
    init: str | None = None
    teachers: Sequence[str] = ()
    notice: str | None = None


class RunData:
    """Pairs without those of held-out molecules, and the validation set; runs on the same files can share it.

    record: what it is, for the runs' records (file names, selectors and digests, never paths); corpus: the distinct
    molecules, as published, and the texts, one a pair; molecule_of: int64 (pairs,), a text's row in the molecules;
    validation: the file of the held-out pairs, for the record, these pairs, and the candidates.
    """

    def __init__(
        self,
        record: dict[str, JsonValue],
        corpus: Corpus,
        molecule_of: NDArray[np.int64],
        validation: tuple[str, Sequence[Pair], Sequence[Candidate]],
        workers: int,
    ) -> None:
        self.record = record
        self.corpus = corpus
        self.molecule_of = molecule_of
        self._validation = validation
        self._workers = workers

    @classmethod
    def read(cls, files: RunFiles, config: TrainingConfig, workers: int) -> RunData:
        """What `config` takes from the files.

        Raises:
            ConfigError: no pair is left.
            PairFileError: a file cannot be read.
        """
        pair_files = [
            read_pairs(source, captions=config.captions, names=config.names, seed=config.seed)
            for source in files.pairs
        ]
        held_out = read_pairs(files.validation)
        candidates = read_candidates(files.candidates)
        read = [pair for file in pair_files for pair in file.pairs]
        leaks = find_leaks(read, {"validation": [pair.smiles for pair in held_out.pairs]}, workers=workers)
        pairs, canonical = _understood(drop_leaks(read, leaks))
        if not pairs:
            raise ConfigError("there is no pair to train on")
        published: dict[str, str] = {}  # by canonical SMILES, of which RDKit cannot read back quite all of its own
        for one, pair in zip(canonical, pairs, strict=True):
            published.setdefault(one, pair.smiles)
        row_of = {one: row for row, one in enumerate(published)}
        log.info("%d pairs of %d molecules; %s", len(pairs), len(published), leaks)
        record: dict[str, JsonValue] = {
            "sources": [_origin(*source) for source in zip(files.pairs, pair_files, strict=True)],
            "validation": held_out.path.name,
            "pairs": len(pairs),
            "molecules": len(published),
            "leaks": str(leaks),
        }
        corpus = Corpus(list(published.values()), [pair.text for pair in pairs], workers)
        molecule_of = np.array([row_of[one] for one in canonical], np.int64)
        return cls(record, corpus, molecule_of, (files.validation, held_out.pairs, candidates), workers)

    @staticmethod
    def kind(config: TrainingConfig) -> Hashable:
        """Equal for recipes that take the same from the same files."""
        return config.captions, config.names, config.seed if config.captions > 1 else 0

    def dataset(self, encoder: DualEncoder) -> PairDataset:
        """The pairs as `encoder` reads them."""
        return PairDataset(
            texts=self.corpus.text_features(encoder.text_featurizer),
            molecules=self.corpus.molecule_features(encoder.featurizer),
            molecule_of=self.molecule_of,
            text_of=self._text_of,
            pad_token=encoder.text_featurizer.pad_token,
        )

    def validation(self, encoder: DualEncoder) -> Validation:
        """The held-out pairs as `encoder` reads them.

        Raises:
            EvaluationError: as `prepare` does.
        """
        features = self._pool.molecule_features(encoder.featurizer)
        return Validation(self._validation[0], self.evaluation, features)

    @cached_property
    def evaluation(self) -> EvaluationSet:
        """The validation pairs among the candidates.

        Raises:
            EvaluationError: as `prepare` does.
        """
        _, pairs, candidates = self._validation
        return prepare(pairs, candidates)

    @cached_property
    def _pool(self) -> Corpus:
        return Corpus(self.evaluation.smiles, self.evaluation.texts, self._workers)

    @cached_property
    def _text_of(self) -> NDArray[np.int64]:
        return numbered_texts(self.corpus.texts)


def _understood(pairs: Sequence[Pair]) -> tuple[list[Pair], list[str]]:
    """The pairs whose structure is valid, and their canonical SMILES."""
    kept: list[Pair] = []
    canonical: list[str] = []
    known: dict[str, str | None] = {}
    for pair in pairs:
        if pair.smiles not in known:
            try:
                known[pair.smiles] = parse_structure(pair.smiles).smiles
            except StructureError as error:
                log.warning("left out %.60s: %s", pair.smiles, error)
                known[pair.smiles] = None
        smiles = known[pair.smiles]
        if smiles is not None:
            kept.append(pair)
            canonical.append(smiles)
    return kept, canonical


def _origin(source: str, file: PairFile) -> dict[str, JsonValue]:
    return {
        "file": source_name(source),
        "sha256": data_digest(file.path),
        "pairs": len(file.pairs),
        "rejected": len(file.rejects),
    }
