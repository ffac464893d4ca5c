"""What a search finds: plain dataclasses, and all of them as one pandas table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Generic, TypeVar, overload

from model.counts import counted

if TYPE_CHECKING:
    import pandas


@dataclass(frozen=True, slots=True)
class Understood:
    """How a query was read, as the API says it under `understood`.

    kind: `text`, `structure`, `name`, `id`, or a kind of identifier; value: as it is written where it comes from;
    widened: everyday words and what was searched for beside them; filters: what the text says of properties;
    confidence_means: `described`, `fits`, or None where hits have no confidence; remarks: sentences worth knowing;
    suggestions: names that are close.
    """

    kind: str
    value: str
    widened: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()
    confidence_means: str | None = None
    remarks: tuple[str, ...] = ()
    suggestions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MoleculeHit:
    """A molecule of the index. score: cosine with the query; confidence: probability that it is what was described or,
    for a class or role, that it fits, None where the checkpoint gives none, for what has the tag that was asked for,
    and for all hits of what the index has exactly; masses in g/mol; found_by: `name`, `structure`, `tag`, `words` and
    so on; morgan_similarity: Tanimoto similarity of Morgan fingerprints (radius 2, 2048 bits) to what was asked for,
    else to the first hit.
    """

    rank: int
    id: str
    name: str | None
    smiles: str
    score: float
    confidence: float | None
    description: str | None
    cid: str | None
    inchikey: str
    formula: str
    molecular_weight: float
    logp: float
    tags: tuple[str, ...]
    synonyms: tuple[str, ...] = ()
    morgan_similarity: float | None = None
    found_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TextHit:
    """A description of the index, with its molecule where it has one. morgan_similarity: Tanimoto similarity of Morgan
    fingerprints (radius 2, 2048 bits) of that molecule and the query.
    """

    rank: int
    id: str
    description: str
    score: float
    confidence: float | None
    name: str | None
    smiles: str | None
    morgan_similarity: float | None
    cid: str | None
    tags: tuple[str, ...]
    found_by: tuple[str, ...] = ()


H = TypeVar("H", bound=MoleculeHit | TextHit)


class Hits(Sequence[H], Generic[H]):
    """Hits of one query, best first, and how the query was understood."""

    def __init__(self, query: str, hits: Sequence[H], understood: Understood) -> None:
        self.query = query
        self.understood = understood
        self._hits = tuple(hits)

    @overload
    def __getitem__(self, index: int) -> H: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[H]: ...

    def __getitem__(self, index: int | slice) -> H | Sequence[H]:
        return self._hits[index]

    def __len__(self) -> int:
        return len(self._hits)

    def to_pandas(self) -> pandas.DataFrame:
        """One row a hit, one column a field. Raises ImportError where pandas is not installed."""
        try:
            import pandas
        except ModuleNotFoundError:
            raise ImportError("to_pandas needs pandas: pip install pandas") from None
        table = pandas.DataFrame([asdict(hit) for hit in self._hits])
        numbers = table.columns.intersection(["score", "confidence", "morgan_similarity"])
        return table.astype(dict.fromkeys(numbers, float))  # also where no hit has one

    def __repr__(self) -> str:
        shown = (
            f"  {hit.rank:>2}  {hit.score:.3f}  {hit.name or hit.id}  ({', '.join(hit.found_by)})" for hit in self._hits
        )
        return "\n".join([f"{counted(len(self), 'hit')} for {self.query!r}", *shown, *self.understood.remarks])
