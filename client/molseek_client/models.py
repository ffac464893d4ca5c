"""Answers as frozen dataclasses. Fields that this client does not know are left aside, not refused."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Self, TypeVar, overload

from molseek_client.errors import MisuseError

if TYPE_CHECKING:
    import pandas

T = TypeVar("T")


def known(kind: type[T], values: Mapping[str, Any]) -> dict[str, Any]:
    """What of `values` the dataclass `kind` has a field for; lists become tuples."""
    names = {each.name for each in fields(kind)}  # type: ignore[arg-type]
    return {name: _frozen(value) for name, value in values.items() if name in names}


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


@dataclass(frozen=True, slots=True)
class Hit:
    """A molecule (text2mol) or a description (mol2text).

    score: cosine, from -1 to 1; confidence: probability that this is what was described or, for a few words, that it
    fits them, None where there is none; morgan_similarity: Tanimoto similarity to the result's reference, None without
    a molecule.
    found_by: every way in which it was found, such as `{"kind": "name", "value": "aspirin"}`, where the service says.
    """

    rank: int
    id: str
    score: float
    cid: str | None = None
    smiles: str | None = None
    name: str | None = None
    description: str | None = None
    tags: tuple[str, ...] = ()
    confidence: float | None = None
    morgan_similarity: float | None = None
    found_by: tuple[Mapping[str, str | None], ...] = ()

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        return cls(**known(cls, {name: value for name, value in values.items() if value is not None}))


@dataclass(frozen=True, slots=True)
class MorganReference:
    """What `morgan_similarity` compares with. kind: `query`, `reference`, `description`, `first_hit`, …"""

    kind: str
    smiles: str
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Result(Sequence[Hit]):
    """The hits of one query, best first, and how it was answered.

    understood_as: what was searched for; understood: how the query was read, in detail (`kind`, `value`, `widened`,
    `filters`, `remarks`, `suggestions`), where the service says; truncated: whether the end of the query was left out,
    being longer than the encoder reads; release and model: what answered; next_cursor: where the hits after these
    begin (`Client.pages`), None after the last.
    """

    query: str
    hits: tuple[Hit, ...]
    understood_as: str
    truncated: bool
    reference: MorganReference | None
    release: str
    model: str
    took_ms: float
    understood: Mapping[str, Any] = field(default_factory=dict)
    next_cursor: str | None = None

    @overload
    def __getitem__(self, index: int) -> Hit: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Hit]: ...

    def __getitem__(self, index: int | slice) -> Hit | Sequence[Hit]:
        return self.hits[index]

    def __len__(self) -> int:
        return len(self.hits)

    def to_pandas(self) -> pandas.DataFrame:
        """One row a hit. Raises ImportError where pandas is not installed."""
        from molseek_client.tables import to_pandas

        return to_pandas([self])

    def to_sdf(self) -> str:
        """An SD file, one record a hit that has a molecule. Raises ImportError where RDKit is not installed."""
        from molseek_client.sdf import to_sdf

        return to_sdf([self])

    def __repr__(self) -> str:
        shown = (f"  {hit.rank:>2}  {hit.score:.3f}  {hit.name or hit.id}" for hit in self.hits)
        count = "1 hit" if len(self) == 1 else f"{len(self)} hits"
        return "\n".join([f"{count} for {self.query!r}", *shown])


@dataclass(frozen=True, slots=True)
class Refused:
    """A query of a bulk search that could not be answered, and why."""

    query: str
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A name of the corpus. kind: `name`, `synonym`, `cas`, …; id: of its molecule."""

    value: str
    kind: str
    id: str


@dataclass(frozen=True, slots=True)
class Molecule:
    """A molecule of the corpus; masses in g/mol."""

    id: str
    smiles: str
    cid: str | None = None
    inchikey: str | None = None
    name: str | None = None
    formula: str | None = None
    molecular_weight: float | None = None
    description: str | None = None
    tags: tuple[str, ...] = ()
    release: str | None = None


@dataclass(frozen=True, slots=True)
class Release:
    """The index release in service. tags: molecules with each tag to filter by."""

    name: str
    created: str
    molecules: int
    descriptions: int
    tags: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Version:
    """What is running. release: None until there is one."""

    version: str
    checkpoint: str
    release: Release | None


def answered(answers: Result | Iterable[Result | Refused]) -> Iterator[Result]:
    """The results among `answers`; one result may stand alone.

    Raises:
        MisuseError: something is neither a result nor a refusal.
    """
    for each in [answers] if isinstance(answers, Result) else answers:
        if isinstance(each, Result):
            yield each
        elif not isinstance(each, Refused):
            raise MisuseError(f"results of searches are wanted, and this is a {type(each).__name__}")


def results(body: Mapping[str, Any], queries: Sequence[str]) -> list[Result]:
    """The answer to a search, one result for each query."""
    return [
        Result(
            query=query,
            hits=tuple(map(Hit.from_json, body["results"][place])),
            understood_as=body["understood_as"][place],
            truncated=body["truncated"][place],
            reference=_reference(body["morgan_reference"][place]),
            release=body["release"],
            model=body["model"],
            took_ms=body["took_ms"],
            understood=body["understood"][place] if "understood" in body else {},
            next_cursor=body.get("next_cursor"),
        )
        for place, query in enumerate(queries)
    ]


def _reference(values: Mapping[str, Any] | None) -> MorganReference | None:
    return None if values is None else MorganReference(**known(MorganReference, values))


def suggestions(body: Mapping[str, Any]) -> list[Suggestion]:
    return [Suggestion(**known(Suggestion, each)) for each in body["suggestions"]]


def molecule(body: Mapping[str, Any]) -> Molecule:
    return Molecule(**known(Molecule, body))


def version(body: Mapping[str, Any]) -> Version:
    release = body.get("release")
    return Version(
        version=body["version"],
        checkpoint=body["checkpoint"]["name"],
        release=None if release is None else Release(**known(Release, release)),
    )
