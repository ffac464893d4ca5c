"""Data of training runs: checked and numbered pairs, and the pairs that they are measured on."""

from __future__ import annotations

import logging
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import JsonValue

from model import DualEncoder, MoleculeFeatures
from training.config import ConfigError, TrainingConfig
from training.evaluation import EvaluationSet
from training.inputs.corpus import Corpus
from training.inputs.dataset import PairDataset, numbered_texts
from training.inputs.prepared import PreparedInputs
from training.pairs import Candidate, Pair, PairFile, read_candidates, read_pairs
from training.pairs.digests import data_digest, file_digest
from training.pairs.leaks import drop_leaks, find_leaks
from training.pairs.reading import read_structures
from training.pairs.structures import Structures
from training.pairs.tables import parse_source, source_name
from training.runs.validation import HeldOut, Validation

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class RunFiles:
    """Where a run's data come from (paths, with optional row selectors) and where it goes.

    `init` names a checkpoint to start from; without one the network is made from the configuration. `teachers` name
    checkpoints to distil from. `test` names pairs that only a finished run is measured on, `held_out` files of further
    molecules that are kept out of training. Training pairs whose molecule is in one of these or in `validation` are
    counted, and dropped unless `keep_overlap`. `notice` is the licence and attribution notice of the data, for the
    checkpoint's card.
    """

    pairs: Sequence[str]
    validation: str
    candidates: str
    out: Path
    init: str | None = None
    teachers: Sequence[str] = ()
    notice: str | None = None
    test: str | None = None
    held_out: Sequence[str] = ()
    keep_overlap: bool = False

    def identity(self) -> dict[str, JsonValue]:
        """The data by name and digest: what a run depends on besides its recipe and the checkpoints it starts from.

        Raises:
            PairFileError: a file cannot be read.
        """
        identity: dict[str, JsonValue] = {
            "sources": [{"file": source_name(one), "sha256": file_digest(one)} for one in self.pairs],
            "validation": parse_source(self.validation).path.name,
            "validation_sha256": file_digest(self.validation),
            "candidates": parse_source(self.candidates).path.name,
            "candidates_sha256": file_digest(self.candidates),
        }
        if self.test is not None:
            identity |= {"test": source_name(self.test), "test_sha256": file_digest(self.test)}
        if self.held_out:
            identity["held_out"] = [{"file": source_name(one), "sha256": file_digest(one)} for one in self.held_out]
        if self.keep_overlap:
            identity["overlap"] = "kept"
        return identity


class RunData:
    """Pairs without those of held-out molecules, and the validation set; runs on the same files can share it.

    record: what it is, for the runs' records (file names, selectors and digests, never paths); corpus: the distinct
    molecules, as published, and the texts, one a pair; molecule_of: int64 (pairs,), a text's row in the molecules;
    held_out: what they are measured on.
    """

    def __init__(
        self,
        record: dict[str, JsonValue],
        corpus: Corpus,
        molecule_of: NDArray[np.int64],
        held_out: HeldOut,
        workers: int,
        prepared: PreparedInputs | None,
    ) -> None:
        self.record = record
        self.corpus = corpus
        self.molecule_of = molecule_of
        self._held_out = held_out
        self._workers = workers
        self._prepared = prepared

    @classmethod
    def read(
        cls, files: RunFiles, config: TrainingConfig, workers: int, prepared: PreparedInputs | None = None
    ) -> RunData:
        """Read the pairs that `config` uses; `prepared` keeps what RDKit computes.

        Raises:
            ConfigError: no pair is left.
            PairFileError: a file cannot be read.
        """
        pair_files = [
            read_pairs(source, captions=config.captions, names=config.names, seed=config.seed) for source in files.pairs
        ]
        held_out = read_pairs(files.validation)
        candidates = read_candidates(files.candidates)
        read = [pair for file in pair_files for pair in file.pairs]
        smiles_of = {"validation": [pair.smiles for pair in held_out.pairs]}
        if files.test is not None:
            smiles_of["test"] = read_structures(files.test)
        smiles_of |= {source_name(one): read_structures(one) for one in files.held_out}
        every: Iterable[Pair | Candidate] = chain(read, candidates)
        smiles = chain((one.smiles for one in every), *smiles_of.values())
        structures = Structures.read(smiles, workers, prepared)
        leaks = find_leaks(read, smiles_of, structures=structures)
        kept = read if files.keep_overlap else drop_leaks(read, leaks)
        pairs = [pair for pair in kept if structures.canonical(pair.smiles)]
        canonical = [structures.canonical(pair.smiles) for pair in pairs]
        if len(pairs) < len(kept):
            log.warning("left out %d pairs whose structure is not valid", len(kept) - len(pairs))
        if not pairs:
            raise ConfigError("there are no pairs to train on")
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
        if files.test is not None:
            record["test"] = source_name(files.test)
        if files.held_out:
            record["held_out"] = [source_name(one) for one in files.held_out]
        if files.keep_overlap:
            record["overlap"] = "kept"
        corpus = Corpus(list(published.values()), [pair.text for pair in pairs], workers, prepared)
        molecule_of = np.array([row_of[one] for one in canonical], np.int64)
        measured_on = HeldOut(files.validation, held_out.pairs, candidates, structures)
        return cls(record, corpus, molecule_of, measured_on, workers, prepared)

    @staticmethod
    def kind(config: TrainingConfig) -> Hashable:
        """Equal for recipes that read the same pairs from the same files."""
        return config.captions, config.names, config.seed if config.captions > 1 else 0

    def dataset(self, encoder: DualEncoder) -> PairDataset:
        """The pairs, featurised for `encoder`."""
        return PairDataset(
            texts=self.corpus.text_features(encoder.text_featurizer),
            molecules=self.corpus.molecule_features(encoder.featurizer),
            molecule_of=self.molecule_of,
            text_of=self._text_of,
            pad_token=encoder.text_featurizer.pad_token,
        )

    def validation_features(self, encoder: DualEncoder) -> Sequence[MoleculeFeatures]:
        """Features of the pool that held-out pairs are ranked among, for `encoder`."""
        return self._pool.molecule_features(encoder.featurizer)

    def validation(self, encoder: DualEncoder) -> Validation:
        """The held-out pairs, featurised for `encoder`.

        Raises:
            EvaluationError: as `prepare` does.
        """
        return Validation(self._held_out.source, self.evaluation, self.validation_features(encoder))

    @cached_property
    def evaluation(self) -> EvaluationSet:
        """The validation pairs among the candidates.

        Raises:
            EvaluationError: as `prepare` does.
        """
        return self._held_out.prepare()

    @cached_property
    def _pool(self) -> Corpus:
        return Corpus(self.evaluation.smiles, self.evaluation.texts, self._workers, self._prepared)

    @cached_property
    def _text_of(self) -> NDArray[np.int64]:
        return numbered_texts(self.corpus.texts)


def _origin(source: str, file: PairFile) -> dict[str, JsonValue]:
    return {
        "file": source_name(source),
        "sha256": data_digest(file.path),
        "pairs": len(file.pairs),
        "rejected": len(file.rejects),
    }
