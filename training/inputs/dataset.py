"""The pairs of a run as arrays, and the seeded order in which an epoch visits them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.inputs.batch import MoleculeBatch, TextBatch, collate_molecules, collate_texts
from model.inputs.features import MoleculeFeatures
from model.inputs.text_bag import normalise_text
from model.inputs.text_features import TextFeatures


@dataclass(frozen=True)
class PairDataset:
    """Featurised pairs: text i describes molecule `molecule_of[i]`.

    texts: one a pair; molecules: distinct; molecule_of: int64 (pairs,); text_of: int64 (pairs,), equal for equal texts
    (ontologies say the same of many molecules)."""

    texts: Sequence[TextFeatures]
    molecules: Sequence[MoleculeFeatures]
    molecule_of: NDArray[np.int64]
    text_of: NDArray[np.int64]
    pad_token: int

    def __len__(self) -> int:
        return len(self.texts)

    def groups(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Molecule and text numbers of some pairs, int64 (batch, 2): used to find false negatives."""
        return np.stack([self.molecule_of[rows], self.text_of[rows]], axis=1)

    def collate(self, rows: NDArray[np.int64]) -> tuple[TextBatch, MoleculeBatch]:
        """The batch of some pairs, a molecule once per pair."""
        texts = collate_texts([self.texts[row] for row in rows], self.pad_token)
        return texts, collate_molecules([self.molecules[self.molecule_of[row]] for row in rows])


def numbered_texts(texts: Sequence[str]) -> NDArray[np.int64]:
    """A number for each text, int64 (texts,), equal for texts with the same normal form (`normalise_text`).

    Not by `np.unique`, which gives every text the room of the longest: 9 GB for 65,000 of them.
    """
    numbers: dict[str, int] = {}
    return np.array([numbers.setdefault(normalise_text(text), len(numbers)) for text in texts], np.int64)


def fitting_batch_size(pairs: int, batch_size: int, least_batches: int) -> int:
    """`batch_size`, reduced so that an epoch has `least_batches` batches; at least two pairs."""
    return min(batch_size, max(2, pairs // least_batches))


def steps_per_epoch(pairs: int, batch_size: int) -> int:
    """Full batches of an epoch, at least one; the remaining pairs wait for another epoch's shuffle."""
    return max(1, pairs // batch_size)


def epoch_batches(
    dataset: PairDataset,
    batch_size: int,
    bucket_batches: int,
    seed: int,
    epoch: int,
    neighbours: NDArray[np.integer] | None = None,
    group_size: int = 1,
) -> list[NDArray[np.int64]]:
    """The batches of an epoch as rows int64 (batch,): a function of its arguments alone, so that a run can resume.

    Pairs are shuffled. With `neighbours`, (molecules, k), nearest first, each then draws a pair of each near molecule
    to its side, `group_size` pairs in all, so that a batch holds what is hard to tell apart. Inside buckets of
    `bucket_batches` batches groups are sorted by text length, which saves most padding, and at last the batches are
    shuffled.
    """
    generator = np.random.default_rng([seed, epoch])
    order = generator.permutation(len(dataset)).astype(np.int64)
    if len(order) < batch_size:
        return [order]
    group = np.arange(len(order))
    if neighbours is not None:
        groups = _groups(dataset, order, neighbours, group_size)
        groups = [groups[index] for index in generator.permutation(len(groups))]
        order = np.concatenate(groups)
        group = np.repeat(np.arange(len(groups)), [len(one) for one in groups])
    kept = steps_per_epoch(len(order), batch_size) * batch_size
    order, group = order[:kept], group[:kept]
    if bucket_batches > 1:
        longest = np.zeros(len(dataset), np.int64)
        np.maximum.at(longest, group, [len(dataset.texts[row].tokens) for row in order])
        bucket = np.arange(kept) // (bucket_batches * batch_size)
        order = order[np.lexsort((group, longest[group], bucket))]
    batches = list(order.reshape(-1, batch_size))
    return [batches[index] for index in generator.permutation(len(batches))]


def _groups(
    dataset: PairDataset, order: NDArray[np.int64], neighbours: NDArray[np.integer], size: int
) -> list[NDArray[np.int64]]:
    """All pairs in groups of at most `size`: in order, each remaining pair takes one of each near molecule."""
    left: dict[int, list[int]] = {}
    for row in order[::-1].tolist():
        left.setdefault(int(dataset.molecule_of[row]), []).append(row)
    taken = np.zeros(len(dataset), bool)
    groups = []
    for row in order.tolist():
        if taken[row]:
            continue
        molecule = int(dataset.molecule_of[row])
        left[molecule].remove(row)
        members = [row]
        for neighbour in neighbours[molecule].tolist():
            if len(members) == size:
                break
            if left.get(neighbour):
                members.append(left[neighbour].pop())
        taken[members] = True
        groups.append(np.array(members, np.int64))
    return groups
