"""The geometry of the joint space, by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from training.report.geometry import joint_map, modality_gap, sample_rows, second_order


def vectors(*rows: tuple[float, ...]) -> NDArray[np.float64]:
    return np.array(rows, np.float64)


def test_the_gap_of_orthogonal_pairs_by_hand() -> None:
    texts = vectors((3, 0, 0), (0, 5, 0))  # of any length
    molecules = vectors((1, 0, 1), (0, 1, 1))
    gap = modality_gap(texts, molecules)
    assert gap.paired == pytest.approx([math.sqrt(0.5)] * 2)
    assert gap.unpaired == pytest.approx([0, 0])
    assert gap.separation == 1
    # Centroids (½, ½, 0) and (s, s, 2s) with s = ½·√½.
    s = math.sqrt(0.5) / 2
    assert gap.centroid_distance == pytest.approx(math.sqrt(2 * (0.5 - s) ** 2 + 4 * s**2))
    assert gap.pair_distance == pytest.approx(math.sqrt(2 - 2 * math.sqrt(0.5)))


def test_modalities_in_one_place_have_no_gap_and_nothing_separates() -> None:
    same = np.ones((4, 3))
    gap = modality_gap(same, same)
    assert (gap.centroid_distance, gap.separation) == (0, 0.5)  # ties count half
    assert len(gap.unpaired) == 4 * 3  # no text meets its own molecule


def test_second_order_consistency_of_a_rotation_is_perfect_and_of_a_mirror_image_is_not() -> None:
    angles = np.array([0.0, 0.3, 1.0, 1.2])
    texts = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    turned = np.stack([np.cos(angles + 2), np.sin(angles + 2)], axis=1)
    second = second_order(texts, turned)
    assert second.pearson == pytest.approx(1)
    assert second.spearman == pytest.approx(1)
    assert len(second.text) == 6  # each two once, none with itself
    shuffled = second_order(texts, turned[[2, 0, 3, 1]])
    assert shuffled.pearson < 0.5


def test_a_constant_side_has_no_correlation() -> None:
    assert math.isnan(second_order(np.eye(4), np.ones((4, 4))).pearson)


def test_spearman_counts_ties_at_their_mean_rank() -> None:
    # Cosines 0, 0, 1 of the texts against 0, .6, .8 of the molecules: ranks (½, ½, 2) and (0, 1, 2).
    second = second_order(vectors((1, 0), (0, 1), (0, 1)), vectors((1, 0, 0), (0, 1, 0), (0.6, 0.8, 0)))
    assert second.spearman == pytest.approx(np.corrcoef([0.5, 0.5, 2], [0, 1, 2])[0, 1])


def test_the_map_finds_the_axis_between_modalities() -> None:
    generator = np.random.default_rng(0)
    noise = generator.normal(size=(20, 5)) * 0.01
    joint = joint_map(noise + np.eye(5)[0], noise + np.eye(5)[1])
    assert joint.explained[0] > 0.9
    assert abs(joint.text[:, 0].mean() - joint.molecule[:, 0].mean()) == pytest.approx(math.sqrt(2), abs=0.05)


def test_a_draw_is_seeded_without_repetition_and_never_too_many() -> None:
    assert sample_rows(5, 9, seed=1).tolist() == [0, 1, 2, 3, 4]
    rows = sample_rows(100, 10, seed=1)
    assert rows.tolist() == sample_rows(100, 10, seed=1).tolist() != sample_rows(100, 10, seed=2).tolist()
    assert len(set(rows.tolist())) == 10


@pytest.mark.parametrize("count", [0, 1])
def test_too_few_pairs_are_an_error(count: int) -> None:
    few = np.ones((count, 3))
    for analysis in (modality_gap, second_order, joint_map):
        with pytest.raises(ValueError, match="pairs"):
            analysis(few, few)
