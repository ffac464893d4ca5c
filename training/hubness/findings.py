"""What a study of hubness says: values that go to JSON as they are, and a text for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict, JsonValue

Pool = Literal["all", "untrained"]
OwnCaptions = Literal["none", "in", "out"]

PLAIN = "cosine alone"
NEVER_TRAINED = "never a training candidate"


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Interval(_Value):
    """A mean with its 95 % interval."""

    mean: float
    low: float
    high: float


class Hub(_Value):
    """One candidate: its SMILES or text, among the first k of how many queries, and heavy atoms or words."""

    id: str
    content: str
    occurrences: int
    trained: bool
    size: int


class Occurrence(_Value):
    """N_k of all candidates, and what it would be if every query drew its hits by lot.

    never: share of candidates in no query's first k; largest: the highest N_k; top: share of all places among first
    hits that the most frequent 1 % of the candidates take; size, top_size: median heavy atoms or words of candidates
    drawn by lot and of that 1 %; mean_trained, mean_others: mean N_k, None where there are none.
    """

    k: int
    skewness: float
    chance_skewness: float
    never: float
    chance_never: float
    largest: int
    top: float
    size: float
    top_size: float
    mean_trained: float | None
    mean_others: float | None
    distribution: tuple[tuple[int, int], ...]
    hubs: tuple[Hub, ...]


class WrongFirstHits(_Value):
    """Candidates that were trained on: among wrong first hits, and among all candidates."""

    wrong: int
    wrong_trained: int
    pool: int
    pool_trained: int

    @property
    def share(self) -> float:
        return self.wrong_trained / max(self.wrong, 1)

    @property
    def pool_share(self) -> float:
        return self.pool_trained / max(self.pool, 1)


class BankCosines(_Value):
    """Mean cosine to the ten nearest bank queries: what a correction goes by.

    Of candidates that were trained on, with their own captions in the bank and without; and of the others. None where
    there are no such candidates.
    """

    trained_whole: float | None
    trained_rest: float | None
    others: float | None


class Corrected(_Value):
    """One way of ranking, measured by cross-fitting.

    own: are a candidate's own captions in the bank; pool: all candidates, or those not trained on; chosen: the setting
    that was measured on either half of the queries (selected on the other half), None where nothing is chosen;
    gain_mrr, gain_hits1: over `baseline`, paired bootstrap over queries, None for the baseline of all; known_mrr: the
    gain in MRR of queries whose answer was trained on, under the same settings.
    """

    method: str
    own: OwnCaptions
    pool: Pool
    hits1: float
    hits10: float
    mrr: float
    mean_rank: float
    chosen: tuple[dict[str, float], dict[str, float]] | None = None
    baseline: str | None = None
    gain_mrr: Interval | None = None
    gain_hits1: Interval | None = None
    known_mrr: Interval | None = None

    @property
    def honest(self) -> bool:
        """Whether it knows nothing that a user's question would not bear out."""
        return self.own == "out" and self.pool == "all"

    @property
    def helpful(self) -> bool:
        """Whether it gains on held-out queries, beyond chance, and does not take it from the others."""
        gains = self.gain_mrr is not None and self.gain_mrr.low > 0
        return self.honest and gains and (self.known_mrr is None or self.known_mrr.high >= 0)


class Way(_Value):
    """One direction among one pool; queries: held-out ones; known: queries whose answer was trained on, drawn by lot
    from the training pairs and not in the bank; bank: the queries that are.
    """

    name: str
    about: str
    queries: int
    known: int
    bank: int
    occurrence: Occurrence
    wrong: WrongFirstHits
    bank_cosines: BankCosines
    corrections: tuple[Corrected, ...]

    def helpful(self) -> Corrected | None:
        """Of corrections that are, the one of highest MRR."""
        return max((one for one in self.corrections if one.helpful), key=lambda one: one.mrr, default=None)


class SpreadFigures(_Value):
    """Of random pairs; see `training.hubness.measures.Spread`."""

    mean_cosine: float
    uniformity: float


class Duplicates(_Value):
    """Candidate molecules whose vector another molecule (InChIKey) has too, or nearly (cosine ≥ .99).

    truths: right answers to queries; of these, those with an equal and a nearly equal rival.
    """

    pool: int
    equal: int
    nearly: int
    truths: int
    truths_equal: int
    truths_nearly: int


class Space(_Value):
    """texts: of the held-out pairs; molecules: of the pool; unpaired: mean cosine of texts with molecules drawn by lot;
    alignment: mean squared distance of held-out pairs, trained_alignment: of the bank's.
    """

    texts: SpreadFigures
    molecules: SpreadFigures
    unpaired: float
    alignment: float
    trained_alignment: float
    duplicates: Duplicates


class BankFacts(_Value):
    """dropped: pairs whose structure cannot be read or is a held-out molecule; shared_texts: distinct texts that
    several molecules have.
    """

    pairs: int
    dropped: int
    texts: int
    molecules: int
    shared_texts: int


class Study(_Value):
    """Everything that was measured of one checkpoint."""

    checkpoint: str
    digest: str
    conditions: Mapping[str, JsonValue]
    bank: BankFacts
    space: Space
    ways: tuple[Way, ...]
