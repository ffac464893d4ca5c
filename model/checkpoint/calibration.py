"""How sure a hit is: the cosines of one query's hits turned into probabilities that a hit is what was described.

Of the cosines s₁, s₂, … of a query's hits, best first, the first N (`neighbours`) are weighed against each other and
against "none of these":

    w_r = exp(sharpness · (s_r − s_N))            a hit, by its lead over the background s_N of this query
    w_0 = exp(none_weight + none_slope · s_N)     none of these
    confidence_r = w_r / (w_0 + w_1 + … + w_N)

So the lead over the competitors counts and, through s_N, the cosines themselves; the first N confidences of a query add
up to at most 1; and whether a client asks for one hit or for a thousand changes nothing. `training.runs.calibration`
fits the three numbers, for each direction its own.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

Direction = Literal["text2mol", "mol2text"]

NEIGHBOURS = 10
"""Hits that are weighed against each other. Fewer know less of the background; more gain nothing on ChEBI-20 and make
small requests dearer."""

WHERE_IT_HOLDS = (
    "It is a probability for texts and molecules like those it was fitted on, provided that the corpus has what is "
    "described (with a filter: among what the filter leaves). It does not hold for texts of other kinds, for corpora "
    "of another make-up, or where the described molecule is missing: hits that are all wrong still share much of the "
    "confidence, and the first can get nearly all of it. Several rows of one molecule share one confidence. It says "
    "nothing about whether a text is true or a molecule safe."
)
"""The plain statement, for every place where people meet the figure."""


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class ConfidenceCurve(_Record):
    """From the cosines of one direction to confidences; see the module for the formula."""

    sharpness: float = Field(ge=0)
    none_weight: float
    none_slope: float
    background: float = Field(description="median s_N when fitted; stands in where a search finds fewer than N")
    neighbours: int = Field(default=NEIGHBOURS, ge=2)

    def confidences(self, scores: NDArray[np.floating]) -> NDArray[np.float64]:
        """Confidence of every hit, `(queries, hits)`, from 0 to 1.

        `scores`: cosines `(queries, hits)`, each row in the order of its hits, -inf where there is none (confidence 0).
        At least the first `neighbours` of what was found are needed. Hits beyond them are weighed against these.
        """
        cosines = np.asarray(scores, np.float64)
        last = np.full(len(cosines), self.background)
        if cosines.shape[1] >= self.neighbours:
            found = cosines[:, self.neighbours - 1]
            last = np.where(np.isfinite(found), found, last)
        leads = np.where(np.isfinite(cosines), cosines - last[:, None], 0)
        weights = np.where(np.isfinite(cosines), self.sharpness * leads, -np.inf)
        none = self.none_weight + self.none_slope * last
        highest = np.maximum(weights.max(axis=1, initial=-np.inf), none)
        shares = np.exp(weights - highest[:, None])
        whole = shares[:, : self.neighbours].sum(axis=1) + np.exp(none - highest)
        # Above 1 only beyond the neighbours, where hits are not in the order of their cosines (words count, too).
        confidences: NDArray[np.float64] = np.minimum(shares / whole[:, None], 1.0)
        return confidences


class Reliability(_Record):
    """How reliable confidences are; 0 is best for each.

    ece: expected calibration error, the mean distance between confidence and share of right hits over ten equal bins,
    weighted by their hits (Guo et al. 2017); brier: mean squared error; log_loss: mean −log of what was given to the
    truth, natural logarithm.
    """

    ece: float = Field(ge=0, le=1)
    brier: float = Field(ge=0, le=1)
    log_loss: float = Field(ge=0)


class DirectionCalibration(_Record):
    """A curve, and how well it did on queries that it was not fitted on (cross-fitting).

    first: of the first hits; hits: of all neighbours; absent: mean confidence of the first hit where what is described
    was taken out of the pool, and every hit is wrong.
    """

    curve: ConfidenceCurve
    queries: int = Field(gt=0)
    pool: int = Field(gt=0)
    first: Reliability
    hits: Reliability
    absent: float = Field(ge=0, le=1)


class Calibration(_Record):
    """What a checkpoint knows of its own certainty: fitted_on names the pairs, sha256 is their file's digest (hex)."""

    fitted_on: str
    sha256: str
    text2mol: DirectionCalibration
    mol2text: DirectionCalibration

    def of(self, direction: Direction) -> DirectionCalibration:
        return self.text2mol if direction == "text2mol" else self.mol2text
