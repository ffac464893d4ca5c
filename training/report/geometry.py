"""How texts and molecules lie in the joint space: pure functions of their vectors.

Everywhere: texts and molecules float `(n, dim)`, row i of both is a pair, rows are distinct molecules. Vectors are
normalised here. Samples and unpaired partners depend on the seed alone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import mannwhitneyu, pearsonr, spearmanr

from training.evaluation.hits import unit

Vectors = NDArray[np.floating]
Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ModalityGap:
    """The paper's Fig. 5.

    paired: cosines of each text and its molecule (n,); unpaired: with others' molecules (n × partners,);
    separation: the chance that a random paired cosine exceeds a random unpaired one (area under the ROC curve);
    centroid_distance: Euclidean, of the means of all unit texts and of all unit molecules (from 0 to 2);
    pair_distance: the mean Euclidean distance of a text to its molecule, for scale.
    """

    paired: Values
    unpaired: Values
    separation: float
    centroid_distance: float
    pair_distance: float


@dataclass(frozen=True, slots=True)
class SecondOrder:
    """Whether texts resemble each other as their molecules do.

    text, molecule: cosines of every two texts and of the same two molecules (pairs of pairs,); correlations of the
    two, nan where one of them is constant.
    """

    text: Values
    molecule: Values
    pearson: float
    spearman: float
    sample: int


@dataclass(frozen=True, slots=True)
class JointMap:
    """Principal components of texts and molecules together, (n, 2) each; explained: share of variance of each axis."""

    text: Values
    molecule: Values
    explained: tuple[float, float]


def modality_gap(texts: Vectors, molecules: Vectors, *, partners: int = 10, seed: int = 0) -> ModalityGap:
    """Compare paired with unpaired cosines: text i meets molecules i + s for `partners` random shifts s.

    Raises:
        ValueError: fewer than two pairs.
    """
    left, right = _unit(texts), _unit(molecules)
    count = len(left)
    if count < 2:
        raise ValueError("a modality gap needs two pairs at least")
    shifts = np.random.default_rng(seed).permutation(np.arange(1, count))[:partners]
    paired = _cosines(left, right)
    unpaired = np.concatenate([_cosines(left, np.roll(right, -shift, axis=0)) for shift in shifts])
    return ModalityGap(
        paired=paired,
        unpaired=unpaired,
        separation=float(mannwhitneyu(paired, unpaired).statistic) / (len(paired) * len(unpaired)),
        centroid_distance=float(np.linalg.norm(left.mean(axis=0) - right.mean(axis=0))),
        pair_distance=float(np.linalg.norm(left - right, axis=1).mean()),
    )


def second_order(texts: Vectors, molecules: Vectors, *, sample: int = 500, seed: int = 0) -> SecondOrder:
    """Correlate text–text with molecule–molecule cosines over a sample of pairs, each two counted once.

    Raises:
        ValueError: fewer than three pairs.
    """
    if len(texts) < 3:
        raise ValueError("second-order consistency needs three pairs at least")
    rows = sample_rows(len(texts), sample, seed)
    left, right = _unit(texts[rows]), _unit(molecules[rows])
    upper = np.triu_indices(len(rows), k=1)
    text, molecule = (left @ left.T)[upper], (right @ right.T)[upper]
    varied = min(text.std(), molecule.std()) > 1e-12
    return SecondOrder(
        text=text,
        molecule=molecule,
        pearson=float(pearsonr(text, molecule).statistic) if varied else math.nan,
        spearman=float(spearmanr(text, molecule).statistic) if varied else math.nan,
        sample=len(rows),
    )


def joint_map(texts: Vectors, molecules: Vectors, *, sample: int = 150, seed: int = 0) -> JointMap:
    """Project pairs on the two directions of greatest variance of all texts and molecules (SVD).

    All rows span the axes, a sample of them is returned. An axis points to where its largest loading is positive.

    Raises:
        ValueError: fewer than two pairs or dimensions.
    """
    if len(texts) < 2 or texts.shape[1] < 2:
        raise ValueError("a map needs two pairs and two dimensions at least")
    left, right = _unit(texts), _unit(molecules)
    both = np.concatenate([left, right])
    centre = both.mean(axis=0)
    _, singular, axes = np.linalg.svd(both - centre, full_matrices=False)
    axes = axes[:2] * np.sign(axes[np.arange(2), np.abs(axes[:2]).argmax(axis=1)])[:, None]
    variance = singular**2 / max(float((singular**2).sum()), 1e-12)
    rows = sample_rows(len(texts), sample, seed)
    return JointMap(
        text=(left[rows] - centre) @ axes.T,
        molecule=(right[rows] - centre) @ axes.T,
        explained=(float(variance[0]), float(variance[1])),
    )


def sample_rows(count: int, sample: int, seed: int) -> NDArray[np.int64]:
    """At most `sample` of `count` rows, distinct and ascending; the same for the same arguments."""
    rows = np.random.default_rng(seed).permutation(count)[:sample]
    return np.sort(rows).astype(np.int64)


def _unit(vectors: Vectors) -> Values:
    return unit(vectors).astype(np.float64)


def _cosines(left: Values, right: Values) -> Values:
    cosines: Values = np.einsum("nd,nd->n", left, right)
    return cosines
