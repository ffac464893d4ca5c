"""The pairs of a run as arrays, and the seeded order in which an epoch visits them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.batch import MoleculeBatch, TextBatch, collate_molecules, collate_texts
from model.features import MoleculeFeatures
from model.text_features import TextFeatures


@dataclass(frozen=True)
class PairDataset:
    """Featurised pairs: text i describes molecule `molecule_of[i]`.

    texts: one a pair; molecules: distinct; molecule_of: int64 (pairs,); text_of: int64 (pairs,), equal for equal texts
    (ontologies say the same of many molecules).
    """

    texts: Sequence[TextFeatures]
    molecules: Sequence[MoleculeFeatures]
    molecule_of: NDArray[np.int64]
    text_of: NDArray[np.int64]
    pad_token: int

    def __len__(self) -> int:
        return len(self.texts)

    def groups(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Molecule and text numbers of some pairs, int64 (batch, 2): what tells false negatives."""
        return np.stack([self.molecule_of[rows], self.text_of[rows]], axis=1)

    def collate(self, rows: NDArray[np.int64]) -> tuple[TextBatch, MoleculeBatch]:
        """The batch of some pairs, a molecule once per pair."""
        texts = collate_texts([self.texts[row] for row in rows], self.pad_token)
        return texts, collate_molecules([self.molecules[self.molecule_of[row]] for row in rows])


def steps_per_epoch(pairs: int, batch_size: int) -> int:
    """Full batches of an epoch; the rest is left for another epoch's shuffle (one batch at least)."""
    return max(1, pairs // batch_size)


def epoch_batches(
    dataset: PairDataset, batch_size: int, bucket_batches: int, seed: int, epoch: int
) -> list[NDArray[np.int64]]:
    """The batches of an epoch as rows int64 (batch,): a function of its arguments alone, so that a run can resume.

    Pairs are shuffled, then sorted by text length inside buckets of `bucket_batches` batches, which saves most
    padding, then the batches are shuffled.
    """
    generator = np.random.default_rng([seed, epoch])
    order = generator.permutation(len(dataset)).astype(np.int64)
    if len(order) < batch_size:
        return [order]
    order = order[: steps_per_epoch(len(order), batch_size) * batch_size]
    if bucket_batches > 1:
        lengths = np.array([len(dataset.texts[row].tokens) for row in order])
        bucket = np.arange(len(order)) // (bucket_batches * batch_size)
        order = order[np.lexsort((lengths, bucket))]
    batches = list(order.reshape(-1, batch_size))
    return [batches[index] for index in generator.permutation(len(batches))]
