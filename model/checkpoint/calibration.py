"""How sure a hit is: the cosines of one query's hits turned into probabilities that a hit is what was described.

Of the cosines s₁, s₂, … of a query's hits, best first, the first N (`neighbours`) are weighed against each other and
against "none of these":

    w_r = exp(sharpness · (s_r − s_N))            a hit, by its lead over the background s_N of this query
    w_0 = exp(none_weight + none_slope · s_N)     none of these
    confidence_r = w_r / (w_0 + w_1 + … + w_N)

So the lead over the competitors counts and, through s_N, the cosines themselves; the first N confidences of a query add
up to at most 1; and whether a client asks for one hit or for a thousand changes nothing. A text that a network knows
little of has leads that mean less, or more: `sharpness` changes with the share of the text's bag features that the
network does not know, and with s_N. Where many hits can be right at once, which is so for a class or a role, each is
weighed against "none of these" alone (`competing` is false).

Descriptions, names and categories have a curve each, and so has the direction from molecules to texts. Where words
are searched beside vectors, what a hit has of them joins its lead (`FusedCurve`), and hits are shown in the order of
the sum. `training.runs.calibration` fits all of them.
"""

from __future__ import annotations

from typing import Literal, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator

Direction = Literal["text2mol", "mol2text"]
TextKind = Literal["description", "name", "known_name", "category"]
"""A `known_name` is one that the corpus has, a `name` may be one."""

_LARGEST_EXPONENT = 700.0
_NAME_WORDS, _CATEGORY_WORDS = 4, 6

NEIGHBOURS = 10
"""Hits that are weighed against each other. Fewer know less of the background; more gain nothing on ChEBI-20 and make
small requests dearer."""

WHERE_IT_HOLDS = (
    "It is a probability for texts and molecules like those it was fitted on, provided that the corpus has what is "
    "described (with a filter: among what the filter leaves); of names, half were fitted with their molecule left out. "
    "It does not hold for texts of other kinds, for corpora of another make-up, or where the described molecule is "
    "missing: hits that are all wrong still share much of the confidence, and the first can get nearly all of it. Of a "
    "class or a role many hits can be right, each with its own probability. Several rows of one molecule share one "
    "confidence. It says nothing about whether a text is true or a molecule safe."
)
"""The plain statement, for every place where people meet the figure."""


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


def text_kind(text: str) -> TextKind:
    """What a text may be, by its length: names have up to 4 words, classes and roles up to 6."""
    words = len(text.split(maxsplit=_CATEGORY_WORDS))
    return "name" if words <= _NAME_WORDS else "category" if words <= _CATEGORY_WORDS else "description"


class ConfidenceCurve(_Record):
    """From the cosines of one direction to confidences; see the module for the formula."""

    sharpness: float
    unknown_slope: float = Field(default=0.0, description="change of sharpness with the share of unknown features")
    background_slope: float = Field(default=0.0, description="change of sharpness with s_N")
    none_weight: float
    none_slope: float
    background: float = Field(description="median s_N when fitted; stands in where a search finds fewer than N")
    neighbours: int = Field(default=NEIGHBOURS, ge=2)
    competing: bool = Field(default=True, description="whether hits compete with each other: one of them is right")

    @model_validator(mode="after")
    def _nearer_is_likelier(self) -> Self:
        if self.sharpness + self.background_slope * self.background < -1e-3:  # rounded
            raise ValueError("the nearer hit would be less likely")
        return self

    def confidences(
        self, scores: NDArray[np.floating], unknown: NDArray[np.floating] | None = None
    ) -> NDArray[np.float64]:
        """Confidence of every hit, `(queries, hits)`, from 0 to 1.

        `scores`: cosines `(queries, hits)`, each row in the order of its hits, -inf where there is none (confidence 0).
        At least the first `neighbours` of what was found are needed. Hits beyond them are weighed against these.
        `unknown`: `TextFeatures.unknown` of each query, `(queries,)`; 0 where it is not given.
        """
        cosines = np.asarray(scores, np.float64)
        last = np.full(len(cosines), self.background)
        if cosines.shape[1] >= self.neighbours:
            found = cosines[:, self.neighbours - 1]
            last = np.where(np.isfinite(found), found, last)
        leads = np.where(np.isfinite(cosines), cosines - last[:, None], 0)
        sharpness = self.sharpness + self.background_slope * last
        if unknown is not None:
            sharpness = sharpness + self.unknown_slope * np.asarray(unknown, np.float64)
        sharpness = np.maximum(sharpness, 0)
        weights = np.where(np.isfinite(cosines), sharpness[:, None] * leads, -np.inf)
        none = self.none_weight + self.none_slope * last
        if not self.competing:
            odds = np.exp(np.clip(weights - none[:, None], -_LARGEST_EXPONENT, _LARGEST_EXPONENT))
            alone: NDArray[np.float64] = np.where(np.isfinite(cosines), odds / (1 + odds), 0.0)
            return alone
        highest = np.maximum(weights.max(axis=1, initial=-np.inf), none)
        shares = np.exp(weights - highest[:, None])
        whole = shares[:, : self.neighbours].sum(axis=1) + np.exp(none - highest)
        # Above 1 only beyond the neighbours, where hits are not in the order of their cosines (words count, too).
        confidences: NDArray[np.float64] = np.minimum(shares / whole[:, None], 1.0)
        return confidences


class Evidence(NamedTuple):
    """What speaks for the hits of one query, whose order by cosine and words is yet to be found: `(hits,)` each.

    cosines; shares: of what the words of the query tell, how much each hit has; background: s_N by cosine, None where
    there are fewer; unknown: `TextFeatures.unknown` of the query.
    """

    cosines: NDArray[np.floating]
    shares: NDArray[np.floating]
    background: float | None
    unknown: float = 0.0


class FusedCurve(ConfidenceCurve):
    """From cosines and words to one order of hits, and to confidences that never rise along it.

    The logarithm of a hit's weight is sharpness · lead + share_weight · share, less place_weight · log place, its place
    in the order.
    """

    share_weight: float = Field(default=0.0, ge=0)
    place_weight: float = Field(default=0.0, ge=0)

    def ranked(
        self, evidence: Evidence, order: NDArray[np.int64] | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """The order of the hits, best first, equal ones as they come; the confidence of each, in that order.

        order: another curve's, to be kept; no confidence is then above the one before it.
        """
        last = self.background if evidence.background is None else evidence.background
        sharpness = self.sharpness + self.unknown_slope * evidence.unknown + self.background_slope * last
        cosines = np.asarray(evidence.cosines, np.float64)
        leads = np.where(
            np.isfinite(cosines), max(sharpness, 0.0) * (np.where(np.isfinite(cosines), cosines, 0) - last), -np.inf
        )
        weights = leads + self.share_weight * evidence.shares
        if order is None:
            order = np.argsort(-weights, kind="stable")
        weights = np.minimum.accumulate(weights[order]) - self.place_weight * np.log(np.arange(1, len(order) + 1))
        none = self.none_weight + self.none_slope * last
        if self.competing:
            highest = max(weights.max(initial=-np.inf), none)
            shares = np.exp(weights - highest)
            return order, shares / (shares[: self.neighbours].sum() + np.exp(none - highest))
        return order, 1 / (1 + np.exp(np.clip(none - weights, -_LARGEST_EXPONENT, _LARGEST_EXPONENT)))


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


class KindCalibration(_Record):
    """The curve of short texts of one kind, and how well it did on those that it was not fitted on (cross-fitting).

    queries: how many were asked, a name twice: where its molecule is, and where it was left out; pool: of how many.
    """

    curve: ConfidenceCurve
    queries: int = Field(gt=0)
    pool: int = Field(gt=0)
    first: Reliability
    hits: Reliability


class FusedCalibration(KindCalibration):
    """The same for the order that words and cosines make together."""

    curve: FusedCurve


class CorpusRecord(_Record):
    """A corpus with names and descriptions of its own: its file, the file's digest (hex), and how well the curve of
    descriptions did on its own ones, where it was not fitted on them (cross-fitting).
    """

    file: str
    sha256: str
    descriptions: int = Field(gt=0)
    first: Reliability
    structures: Reliability | None = Field(default=None, description="the same of its structures' first texts")


class Calibration(_Record):
    """What a checkpoint knows of its own certainty: fitted_on names the pairs, sha256 is their file's digest (hex).

    corpus: whose descriptions both directions were fitted on as well, and whose names `names` and `known_names` were
    fitted on. The figures of both directions are those of the pairs. fused_descriptions, fused_categories: where words
    are searched beside vectors.
    """

    fitted_on: str
    sha256: str
    text2mol: DirectionCalibration
    mol2text: DirectionCalibration
    corpus: CorpusRecord | None = None
    names: KindCalibration | None = None
    known_names: KindCalibration | None = None
    categories: KindCalibration | None = None
    fused_descriptions: FusedCalibration | None = None
    fused_categories: FusedCalibration | None = None

    def of(self, direction: Direction) -> DirectionCalibration:
        return self.text2mol if direction == "text2mol" else self.mol2text

    @property
    def kinds(self) -> list[tuple[str, KindCalibration]]:
        """What was fitted for texts other than descriptions, and for words beside vectors, each with its title."""
        fitted = (
            ("names, half of them of molecules left out", self.names),
            ("names that the corpus has", self.known_names),
            ("classes and roles", self.categories),
            ("descriptions, with words", self.fused_descriptions),
            ("classes and roles, with words", self.fused_categories),
        )
        return [(title, one) for title, one in fitted if one is not None]

    def of_text(self, kind: TextKind) -> ConfidenceCurve:
        """The curve of texts of this kind, else of the nearest kind that has one."""
        names, known = self.names, self.known_names
        own = {"name": names, "known_name": known or names, "category": self.categories}.get(kind)
        return own.curve if own is not None else self.text2mol.curve

    def of_fused(self, kind: TextKind) -> FusedCurve | None:
        """What orders the hits of texts of this kind by cosines and words together; None where that was not fitted."""
        own = {"description": self.fused_descriptions, "category": self.fused_categories}.get(kind)
        return own.curve if own is not None else None
