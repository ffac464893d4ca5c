"""What is searched for: queries as they were read, the request they belong to, and what was found for each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from indexer.chemistry import ReadStructure
from indexer.engines.base import Hits
from indexer.release.manifest import SideName
from indexer.release.opened import Side
from indexer.search.filters import MoleculeFilter
from indexer.search.lexicon import NEAR_KINDS, Match
from model.checkpoint.calibration import ConfidenceCurve, FusedCurve, TextKind
from model.inputs.bm25 import WordHits
from model.inputs.features import MoleculeFeatures
from model.inputs.text_features import TextFeatures
from service.answering.paging import Page
from service.answering.serving import Serving

Vectors = NDArray[np.float32]
Route = Literal["text2mol", "mol2text", "mol2mol"]
Mode = Literal["auto", "vector", "lexical"]
RankBy = Literal["embedding", "morgan"]

_SIDES: dict[Route, SideName] = {"text2mol": "molecules", "mol2mol": "molecules", "mol2text": "descriptions"}


A_QUERY = 64
"""What looking a query up and ranking its hits costs, in tokens."""


def tokens_of(characters: int) -> int:
    """How many tokens, or atoms, so many characters are, about."""
    return characters // 4


@dataclass(frozen=True, slots=True)
class Reading:
    """What a query was understood as.

    kind: `text`, `structure`, `name`, `id`, or the kind of an identifier; value: as it is written where it comes
    from. matches: molecules that the query names or is. words: what is looked up in names and descriptions, if
    anything; parts: of the query, each in one wording or another, of whose words a hit should have most; wider: those
    wordings that hold more than was asked for; named: those that are names, with the molecules called so; encoded: what
    the encoder reads of a text, if not the value. widened, filters: what was read into the text, in words;
    filter: the same for the search; remarks: sentences for whoever asked; suggest: whether names that are close to
    the query are worth a look; mentions: whether names among its words are; kind_of_text: whose confidences hits
    have; ordered_as: whose weights of words and cosines order them; unproven: whether they have none, since it may be
    the name of a molecule that the corpus does not have, is a structure that it does not have, or asks for properties
    alone; tag: of the corpus, which is all that the text asks for.
    """

    kind: str
    value: str
    matches: tuple[Match, ...] = ()
    words: str | None = None
    parts: tuple[tuple[str, ...], ...] = ()
    wider: frozenset[str] = frozenset()
    named: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    encoded: str | None = None
    widened: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()
    filter: MoleculeFilter | None = None
    remarks: tuple[str, ...] = ()
    suggest: bool = False
    mentions: bool = False
    kind_of_text: TextKind = "description"
    ordered_as: TextKind = "description"
    unproven: bool = False
    tag: str | None = None

    @property
    def exact(self) -> bool:
        """Whether the corpus has just what was asked for."""
        return any(match.kind not in NEAR_KINDS for match in self.matches)


@dataclass(frozen=True, slots=True)
class Query:
    """One query as it goes to the encoder.

    shown: the text of a description, the canonical SMILES of a structure; text: what the encoder reads of a text;
    known: its vector, if it is at hand; unknown: the share of a text's features that the encoder does not know;
    fingerprint: of a structure.
    """

    shown: str
    features: TextFeatures | MoleculeFeatures | None
    reading: Reading
    text: str | None = None
    truncated: bool = False
    known: Vectors | None = None
    unknown: float = 0.0
    fingerprint: NDArray[np.uint8] | None = None

    @property
    def weight(self) -> int:
        """Tokens or atoms to encode, about as many where the encoder has a bag of features instead, and what a query
        costs however short it is.
        """
        features = self.features
        encoded = 0
        if features is not None:
            encoded = len(features.tokens) if isinstance(features, TextFeatures) else features.num_atoms
        return A_QUERY + max(tokens_of(len(self.shown)), encoded)


@dataclass(frozen=True, slots=True)
class Search:
    """One request after it has been read. `serving` answers it from beginning to end.

    page: the hits to answer with. Those before it are ranked with them, and left out of the answer.
    """

    serving: Serving
    route: Route
    queries: Sequence[Query]
    page: Page
    filter: MoleculeFilter | None
    arrived: float  # time.perf_counter()
    mode: Mode = "vector"
    rank_by: RankBy = "embedding"
    reference: ReadStructure | None = None  # to compare hits with
    encode_only: bool = False

    @property
    def k(self) -> int:
        """Hits to rank for each query."""
        return 0 if self.encode_only else self.page.stop

    @property
    def side_name(self) -> SideName:
        return _SIDES[self.route]

    @property
    def side(self) -> Side:
        release = self.serving.release
        return release.molecules if self.side_name == "molecules" else release.descriptions

    @property
    def weight(self) -> int:
        return sum(query.weight for query in self.queries)

    @property
    def hits(self) -> int:
        """Hits to write at most."""
        return len(self.queries) * self.k

    @property
    def filtered(self) -> bool:
        """Whether it searches among some rows alone, be it beside all others."""
        own = (query.reading.filter is not None or self.tag(query) is not None for query in self.queries)
        return self.filter is not None or any(own)

    def tag(self, query: Query) -> str | None:
        """The tag of the corpus that a query asks for by its name, whose molecules come first."""
        asked = self.mode == "auto" and query.text is not None and not query.reading.matches
        return query.reading.tag if asked else None

    def in_parts(self, weight: int) -> Iterator[Search]:
        """The same search for some of its queries after others: as many as are no more than so much to encode and to
        write, or one.
        """
        part: list[Query] = []
        free = weight
        for query in self.queries:
            needed = query.weight + self.k
            if part and needed > free:
                yield replace(self, queries=part)
                part, free = [], weight
            part.append(query)
            free -= needed
        yield replace(self, queries=part)

    def curve(self, query: Query) -> ConfidenceCurve | None:
        """What makes confidences of cosines; None where nothing was fitted for such a query. Of a short text the words
        that a hit has say more, so that there is none where they order the hits, and confidences do not know them.
        """
        calibration = self.serving.checkpoint.info.calibration
        structure = query.text is None
        if calibration is None or (structure and self.side_name == "molecules"):
            return None
        reading = query.reading
        if reading.unproven:
            return None
        if structure:
            return calibration.mol2text.curve
        by_words = reading.words is not None and reading.kind_of_text != "description"
        if by_words and (self.mode == "lexical" or calibration.fused_categories is None):
            return None
        return calibration.of_text(reading.kind_of_text)

    def fused_curve(self, query: Query) -> FusedCurve | None:
        """What orders the hits of a text by cosines and words together; None where that was not fitted."""
        calibration = self.serving.checkpoint.info.calibration
        if calibration is None or self.mode != "auto" or query.text is None or query.reading.words is None:
            return None
        return calibration.of_fused(query.reading.ordered_as)

    def fitting_curve(self, query: Query) -> FusedCurve | None:
        """What makes confidences of hits that another curve has ordered: those of a text that describes at some length
        what can fit many.
        """
        calibration = self.serving.checkpoint.info.calibration
        reading = query.reading
        if calibration is None or (reading.kind_of_text, reading.ordered_as) != ("category", "description"):
            return None
        return calibration.of_fused("category")


@dataclass(frozen=True, slots=True)
class Encoded:
    """The vectors of a search `(queries, dim)` and, unless it has a filter, its hits by cosine."""

    vectors: Vectors
    hits: Hits | None


@dataclass(frozen=True, slots=True)
class Tagged:
    """The molecules that have a tag: hits by cosine among them, and those of them that the lexicon found by words."""

    tag: str
    hits: Hits
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Words:
    """What the lexicon says of one query: rows of molecules that have its words, best first, and close names.

    hits: what was looked up, whatever filter the rows had to pass. tagged: the molecules with the tag asked for, if one
    is.
    """

    rows: tuple[int, ...] = ()
    suggestions: tuple[Match, ...] = ()
    hits: WordHits = field(default_factory=WordHits)
    tagged: Tagged | None = None


@dataclass(frozen=True, slots=True)
class FoundBy:
    """One way in which a hit was found; value: the name, identifier, structure or tag that was matched, if one was."""

    kind: str
    value: str | None = None


@dataclass(frozen=True, slots=True)
class Ranking:
    """What was found for one query, best first.

    confidences: None where the checkpoint gives none, of what has the tag asked for, and of every hit where the corpus
    has what was asked for. remarks: why hits by vector are missing.
    """

    rows: list[int]
    scores: list[float]
    confidences: Sequence[float | None]
    found_by: list[list[FoundBy]]
    suggestions: tuple[Match, ...] = ()
    remarks: tuple[str, ...] = ()

    def since(self, start: int) -> Ranking:
        """The same without the hits before `start`, counted from 0."""
        kept = self.rows[start:], self.scores[start:], self.confidences[start:], self.found_by[start:]
        return Ranking(*kept, self.suggestions, self.remarks)


@dataclass(frozen=True, slots=True)
class Found:
    """A search and what was found for each of its queries."""

    search: Search
    rankings: Sequence[Ranking]
