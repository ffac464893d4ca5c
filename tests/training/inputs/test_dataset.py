"""The order of an epoch: a function of seed and epoch that visits each pair once."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from model import Featurizer, Vocabulary, parse_structure
from model.inputs.identifiers import atom_identifiers
from model.inputs.text_features import TextFeatures
from training.inputs.dataset import PairDataset, epoch_batches, fitting_batch_size, numbered_texts, steps_per_epoch


def dataset(lengths: list[int]) -> PairDataset:
    nothing = np.zeros(0, np.int32)
    return PairDataset(
        texts=[TextFeatures(np.arange(length, dtype=np.int32), nothing) for length in lengths],
        molecules=[],
        molecule_of=np.zeros(len(lengths), np.int64),
        text_of=np.arange(len(lengths)),
        pad_token=0,
    )


SIZES = st.lists(st.integers(1, 50), min_size=1, max_size=80)


@settings(max_examples=60, deadline=None)
@given(SIZES, st.integers(1, 12), st.integers(1, 4), st.integers(0, 3), st.integers(0, 5))
def test_an_epoch_visits_each_pair_at_most_once_in_full_batches(
    lengths: list[int], size: int, buckets: int, seed: int, epoch: int
) -> None:
    batches = epoch_batches(dataset(lengths), size, buckets, seed, epoch)
    rows = np.concatenate(batches)
    assert len(np.unique(rows)) == len(rows)
    assert len(batches) == steps_per_epoch(len(lengths), size)
    assert {len(batch) for batch in batches} == {min(size, len(lengths))}
    assert len(lengths) - len(rows) < size  # what is left over is less than a batch
    again = epoch_batches(dataset(lengths), size, buckets, seed, epoch)
    assert all(np.array_equal(a, b) for a, b in zip(batches, again, strict=True))


@given(st.integers(2, 10**6), st.integers(2, 5000), st.integers(1, 50))
def test_few_pairs_make_smaller_batches(pairs: int, wanted: int, least: int) -> None:
    size = fitting_batch_size(pairs, wanted, least)
    assert 2 <= size <= wanted
    if pairs >= wanted * least:
        assert size == wanted
    elif pairs >= 2 * least:
        assert steps_per_epoch(pairs, size) >= least


def test_a_divisible_epoch_is_a_permutation() -> None:
    rows = np.concatenate(epoch_batches(dataset([3] * 40), 8, 2, 0, 0))
    assert sorted(rows.tolist()) == list(range(40))


@pytest.mark.parametrize("other", [(0, 1), (1, 0)])
def test_epochs_and_seeds_differ(other: tuple[int, int]) -> None:
    first = np.concatenate(epoch_batches(dataset([3] * 40), 8, 2, 0, 0))
    assert not np.array_equal(first, np.concatenate(epoch_batches(dataset([3] * 40), 8, 2, *other)))


def test_left_over_pairs_have_their_turn_in_other_epochs() -> None:
    seen = {
        int(row) for epoch in range(20) for batch in epoch_batches(dataset([3] * 11), 4, 1, 0, epoch) for row in batch
    }
    assert seen == set(range(11))


def test_buckets_save_padding_without_fixing_the_company() -> None:
    lengths = np.random.default_rng(0).integers(1, 200, 512).tolist()
    data = dataset(lengths)

    def padding(buckets: int) -> int:
        return sum(
            max(lengths[row] for row in batch) * len(batch) - sum(lengths[row] for row in batch)
            for batch in epoch_batches(data, 16, buckets, 0, 0)
        )

    assert padding(8) < 0.35 * padding(1)
    company = [{frozenset(batch.tolist()) for batch in epoch_batches(data, 16, 8, 0, epoch)} for epoch in range(2)]
    assert not company[0] & company[1]


def test_batches_are_not_visited_by_length() -> None:
    lengths = list(range(1, 257))
    longest = [max(lengths[row] for row in batch) for batch in epoch_batches(dataset(lengths), 8, 32, 0, 0)]
    assert longest != sorted(longest) and longest != sorted(longest, reverse=True)


def test_a_batch_pairs_each_text_with_its_molecule() -> None:
    smiles = ["CCO", "c1ccccc1"]
    molecules = [parse_structure(one) for one in smiles]
    atoms = Vocabulary(dict.fromkeys(token for one in molecules for token in atom_identifiers(one.mol)))
    featurizer = Featurizer(atoms, None)
    nothing = np.zeros(0, np.int32)
    data = PairDataset(
        texts=[TextFeatures(np.array(ids, np.int32), nothing) for ids in ([5, 6, 7], [8], [9, 10])],
        molecules=[featurizer(one) for one in molecules],
        molecule_of=np.array([0, 1, 1]),
        text_of=np.array([0, 0, 1]),
        pad_token=99,
    )
    texts, graphs = data.collate(np.array([2, 0]))
    assert texts.tokens.tolist() == [[9, 10, 99], [5, 6, 7]]
    assert texts.mask.tolist() == [[True, True, False], [True, True, True]]
    assert graphs.graph.tolist() == [0] * 6 + [1] * 3  # benzene, then ethanol
    assert len(texts) == len(graphs) == 2
    assert data.groups(np.array([2, 0])).tolist() == [[1, 1], [0, 0]]
    assert graphs.bonds[:, 12:].min() == 6  # ethanol's bonds are between its own atoms


def neighbourly(molecules: int, texts_each: int = 1) -> tuple[PairDataset, NDArray[np.int64]]:
    """Molecules in a ring: each has the next one and the one before as its neighbours."""
    ring = np.arange(molecules)
    data = dataset([3 + row % 5 for row in range(molecules * texts_each)])
    neighbours = np.stack([(ring + 1) % molecules, (ring - 1) % molecules], axis=1)
    return replace(data, molecule_of=np.repeat(ring, texts_each)), neighbours


@settings(max_examples=60, deadline=None)
@given(st.integers(3, 40), st.integers(1, 3), st.integers(2, 12), st.integers(1, 4), st.integers(1, 5))
def test_groups_of_neighbours_keep_what_an_epoch_is(
    molecules: int, texts: int, size: int, buckets: int, group: int
) -> None:
    data, neighbours = neighbourly(molecules, texts)
    rows = np.concatenate(epoch_batches(data, size, buckets, 1, 2, neighbours, group))
    assert len(np.unique(rows)) == len(rows)
    assert len(data) - len(rows) < size
    assert np.array_equal(rows, np.concatenate(epoch_batches(data, size, buckets, 1, 2, neighbours, group)))


def test_neighbours_meet_in_a_batch() -> None:
    data, neighbours = neighbourly(200)

    def meetings(group: int) -> int:
        batches = [data.molecule_of[batch] for batch in epoch_batches(data, 20, 2, 0, 0, neighbours, group)]
        return int(sum(np.isin((batch + 1) % 200, batch).sum() for batch in batches))

    assert meetings(3) > 3 * meetings(1)


def test_texts_of_one_molecule_are_not_its_neighbours() -> None:
    data, neighbours = neighbourly(60, texts_each=4)
    for batch in epoch_batches(data, 12, 1, 0, 0, neighbours, 3):
        assert len(set(data.molecule_of[batch].tolist())) > 6  # four texts of three molecules would be three


def test_texts_that_read_alike_have_one_number() -> None:
    numbers = numbered_texts(["An  acid.", "a base.", "AN ACID. ", "a base", "a base."])
    assert numbers[0] == numbers[2]
    assert numbers[1] == numbers[4]
    assert len(set(numbers.tolist())) == 3


def test_one_long_text_does_not_make_room_for_itself_in_all_others() -> None:
    texts = [f"acid {number}" for number in range(1000)] + ["long " * 20_000]
    tracemalloc.start()
    try:
        numbered_texts(texts)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 50 * len(texts[-1])
