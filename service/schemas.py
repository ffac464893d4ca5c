"""What goes in and out over HTTP, as OpenAPI shows it. Bounds that an operator can set are checked in `queries`."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from model.checkpoint.calibration import WHERE_IT_HOLDS
from service.problems import Code

DEFAULT_K = 10

_TEXT_EXAMPLE = "a monocarboxylic acid with antiviral activity derived from adamantane"
_STRUCTURE_EXAMPLE = "CN1C=NC2=C1C(=O)N(C(=O)N2C)C"

# Lists are read with `fail_fast`: half a million entries that are no text fit into a body, and each would be a fault.


class Range(BaseModel):
    """From `min` to `max`, both included; either may be left out."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    min: float | None = Field(default=None, allow_inf_nan=False)
    max: float | None = Field(default=None, allow_inf_nan=False)

    @model_validator(mode="after")
    def _some_numbers(self) -> Self:
        if self.min is None and self.max is None:
            raise PydanticCustomError(
                Code.FILTER_INVALID_RANGE.value, "The range has neither min nor max; give at least one of them."
            )
        if self.min is not None and self.max is not None and self.min > self.max:
            raise PydanticCustomError(
                Code.FILTER_MIN_ABOVE_MAX.value, "The range has a min above its max, so nothing can be in it."
            )
        return self


class Tags(BaseModel):
    """Which tags of the corpus a molecule has. One that the corpus does not have is refused, naming those it has."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    any: list[str] | None = Field(default=None, fail_fast=True, description="at least one of these")
    all: list[str] | None = Field(default=None, fail_fast=True, description="every one of these")
    none: list[str] | None = Field(
        default=None, fail_fast=True, description="none of these; at most 64 tags in all three lists"
    )


class Filter(BaseModel):
    """What a hit's molecule has to be like: all that is given holds. Descriptors are RDKit's.

    Hits that are descriptions are those whose molecule is in the corpus and fits. However few molecules fit, the best
    of them are found; there are fewer than k hits only where fewer fit. Confidences are then those among what fits,
    and suppose that what is described fits.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    molecular_weight: Range | None = Field(default=None, description="average, in g/mol")
    exact_mass: Range | None = Field(default=None, description="monoisotopic, in g/mol")
    formula: list[str] | None = Field(
        default=None,
        fail_fast=True,
        description="molecular formulas of which a molecule has one, such as C9H8O4, elements in any order; at most 64",
    )
    logp: Range | None = Field(default=None, description="octanol–water partition by Crippen's method")
    tpsa: Range | None = Field(default=None, description="topological polar surface area, in Å²")
    hbd: Range | None = Field(default=None, description="hydrogen-bond donors")
    hba: Range | None = Field(default=None, description="hydrogen-bond acceptors")
    rings: Range | None = None
    rotatable_bonds: Range | None = None
    heavy_atoms: Range | None = Field(default=None, description="atoms other than hydrogen")
    formal_charge: Range | None = None
    tags: Tags | None = None
    has_substructure: list[str] | None = Field(
        default=None,
        fail_fast=True,
        description="SMARTS that the molecule has, all of them; at most 8 together with those it lacks",
    )
    lacks_substructure: list[str] | None = Field(
        default=None, fail_fast=True, description="SMARTS that the molecule does not have, none of them"
    )


class _Queries(BaseModel):
    # Strict: "10", 10.0 and true are no integers, and nothing is turned into text.
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    query: str | None = None
    queries: list[str] | None = None

    @model_validator(mode="after")
    def _one_kind_of_query(self) -> Self:
        if self.query is None and self.queries is None:
            raise PydanticCustomError(
                Code.QUERY_MISSING.value, "There is no query; give one as query, or a list of them as queries."
            )
        if self.query is not None and self.queries is not None:
            raise PydanticCustomError(
                Code.QUERY_AND_QUERIES.value,
                "Both query and queries are given; use query for one and queries for many.",
            )
        return self


class _Request(_Queries):
    k: int = Field(
        default=DEFAULT_K,
        description="Hits wanted for each query. The most is the operator's to set, 1,000 unless told.",
        json_schema_extra={"minimum": 1},
    )

    filter: Filter | None = Field(default=None, description="Search only among molecules that fit this.")
    mode: Literal["auto", "vector", "lexical"] = Field(
        default="auto",
        description="auto: exact matches of names, identifiers and structures first, then vectors and words together; "
        "vector: by cosine alone; lexical: exact matches, then words alone. Where the release has no lexicon, auto is "
        "vector.",
    )
    cursor: str | None = Field(
        default=None,
        max_length=200,
        description="next_cursor of an answer to the same request, for the hits that come next.",
    )


class EmbedRequest(_Queries):
    """A text or a structure to embed, or several; exactly one of `query` and `queries` is given."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"query": "caffeine"}]})

    queries: list[str] | None = Field(default=None, fail_fast=True, description="Several, embedded in one go.")


class Text2MolRequest(_Request):
    """A description, or several; exactly one of `query` and `queries` is given."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"query": _TEXT_EXAMPLE, "k": 10}]})

    query: str | None = Field(
        default=None,
        description="A description of the molecules wanted, or a name, identifier, formula or structure.",
    )
    queries: list[str] | None = Field(
        default=None, fail_fast=True, description="Several descriptions, answered in one go."
    )
    reference: str | None = Field(
        default=None,
        description="A SMILES, InChI or molblock, or what the corpus knows by name or identifier, that "
        "morgan_similarity compares with, for every query of the request.",
    )


class Mol2TextRequest(_Request):
    """A structure, or several; exactly one of `query` and `queries` is given."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"query": _STRUCTURE_EXAMPLE, "k": 10}]})

    query: str | None = Field(
        default=None,
        description="A structure as SMILES, InChI or molblock, or a name or identifier of a molecule of the corpus.",
    )
    queries: list[str] | None = Field(
        default=None, fail_fast=True, description="Several structures, answered in one go."
    )


class Mol2MolRequest(_Request):
    """A structure, or several; exactly one of `query` and `queries` is given."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"query": _STRUCTURE_EXAMPLE, "k": 10}]})

    query: str | None = Field(
        default=None,
        description="A structure as SMILES, InChI or molblock, or a name or identifier of a molecule of the corpus.",
    )
    queries: list[str] | None = Field(
        default=None, fail_fast=True, description="Several structures, answered in one go."
    )
    rank_by: Literal["embedding", "morgan"] = Field(
        default="embedding",
        description="what the molecules are ranked by: the cosine of embeddings (score), or the Tanimoto similarity of "
        "Morgan fingerprints (morgan_similarity). Each hit has both.",
    )


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FoundByAnswer(_Answer):
    """One way in which a hit was found."""

    kind: str = Field(
        description="exact matches: name, synonym, common name, cas, id, cid, inchikey, formula, structure, "
        "description (the query is the molecule's own); near "
        "ones: skeleton (the same atoms and bonds, with other stereochemistry, isotopes or protons, or its name but "
        "for the sign before it), parent (the same without salts, solvents and charges, or a component of a mixture), "
        "salt (a salt or solvate of it), composition (the same formula and ligands of a metal, bound in another way); "
        "tag (the query is one, and the molecule has it); "
        "else words, vector, morgan"
    )
    value: str | None = Field(default=None, description="what was matched, as the corpus writes it")


class Suggestion(_Answer):
    """A name of the corpus that is close to a query."""

    value: str
    id: str = Field(description="of its molecule")


class UnderstoodAnswer(_Answer):
    """How one query was read."""

    kind: str = Field(
        description="text, description (one of the corpus itself), structure, name, id, or the kind of an identifier: "
        "inchikey, skeleton, cas, formula, chebi, chembl, cid, drugbank, hmdb"
    )
    value: str = Field(description="the query as it is written where it comes from; canonical SMILES for a structure")
    widened: list[str] = Field(description="everyday words, and what was searched for beside them")
    filters: list[str] = Field(description="what the text says of properties and was made a filter")
    confidence_means: Literal["described", "fits"] | None = Field(
        description="what the confidence of a hit is the probability of: that it is what is described or named, which "
        "is one molecule, or that it fits the words of a short question, as many can; null where hits have none"
    )
    remarks: list[str] = Field(description="what whoever asked should know")
    suggestions: list[Suggestion] = Field(description="names that are close to the query, where none is exact")


class Hit(_Answer):
    """One answer. A hit of text2mol is a molecule, a hit of mol2text a description."""

    rank: int = Field(description="1 for the best")
    id: str = Field(description="of the molecule (text2mol) or of the description (mol2text)")
    cid: str | None = Field(description="PubChem compound id, where the corpus gives one")
    smiles: str | None = Field(description="null where a description has no molecule in the corpus")
    name: str | None
    synonyms: list[str] | None = Field(
        default=None,
        description="up to ten other names and numbers of the molecule, the corpus's own and short ones first; null "
        "where there is none",
    )
    description: str | None
    tags: list[str] = Field(description="of the molecule, in alphabetical order")
    score: float = Field(description="cosine of query and hit, from -1 to 1")
    confidence: float | None = Field(
        description="probability, from 0 to 1, that this is the molecule described, or for a short question (up to "
        "twelve words, or seven that tell something; no name) that the molecule fits the words: "
        "understood.confidence_means says which. In the mode auto it comes from cosines and words, as the order does, "
        "and never rises from one hit to the next; the first ten of a description add up to at most 1, those of a "
        "class or role need not; k changes none of them; null where the checkpoint was not calibrated, for molecules "
        "like a structure, for what may be the name of a molecule that the corpus does not have or texts of a "
        "structure that it does not have (a remark says so), for such questions in the mode lexical, for what has the "
        "tag that the query is, and for all "
        f"hits of a query that the corpus has exactly: found_by then says which hit it is. {WHERE_IT_HOLDS}"
    )
    morgan_similarity: float | None = Field(
        description="Tanimoto similarity of 2048-bit, radius-2 Morgan fingerprints of the hit and the reference, "
        "from 0 to 1; null where the hit has no molecule, or its own could not be read in time"
    )
    found_by: list[FoundByAnswer] = Field(description="every way in which the hit was found, exact matches first")


ReferenceKind = Literal["reference", "exact", "description", "first_hit", "query"]


class MorganReference(_Answer):
    """What `morgan_similarity` compares the hits of one query with."""

    kind: ReferenceKind = Field(
        description="reference: the structure given with the request; exact: the molecule that the query names; "
        "description: the corpus molecule whose description is exactly the query; first_hit: the first hit; query: the "
        "structure asked for"
    )
    smiles: str = Field(description="the structure compared with, as canonical SMILES")
    id: str | None = Field(description="of the corpus molecule, where it is one (description, first_hit)")


class SearchResponse(_Answer):
    """Every list has one entry per query, in the order of the queries; a single query gives lists of one."""

    results: list[list[Hit]] = Field(description="for each query its hits, best first")
    morgan_reference: list[MorganReference | None] = Field(
        description="for each query what morgan_similarity compares with; null if there are no hits to compare"
    )
    understood_as: list[str] = Field(
        description="for each query what was searched for: the canonical SMILES of a structure, the text of a "
        "description with its spaces tidied"
    )
    understood: list[UnderstoodAnswer] = Field(description="for each query how it was read, in detail")
    truncated: list[bool] = Field(
        description="for each query whether its end was left out, being longer than the encoder reads"
    )
    next_cursor: str | None = Field(
        description="send the same request with this cursor for the next k hits of each query; null after the last"
    )
    release: str = Field(description="the index release that answered")
    model: str = Field(description="the checkpoint that answered")
    took_ms: float = Field(description="from the arrival of the request to this answer, in milliseconds")


class EmbedResponse(_Answer):
    """Every list has one entry per query, in the order of the queries."""

    vectors: list[list[float]] = Field(description="for each query its unit vector; cosines are products of these")
    understood_as: list[str] = Field(description="for each query its text, or the canonical SMILES of its structure")
    truncated: list[bool] = Field(description="for each query whether its end was left out")
    model: str = Field(description="the checkpoint that embedded them")


class Completion(_Answer):
    """A name of the corpus."""

    value: str
    kind: str = Field(description="name, synonym, cas or common name")
    id: str = Field(description="of its molecule")


class SuggestResponse(_Answer):
    """Names that begin so, the corpus's own first and short ones before long ones."""

    suggestions: list[Completion]
    release: str


class MoleculeAnswer(_Answer):
    """One molecule of the corpus."""

    id: str
    cid: str | None
    smiles: str
    inchikey: str | None
    name: str | None
    formula: str | None
    molecular_weight: float | None = Field(description="average, in g/mol")
    description: str | None
    tags: list[str]
    svg: str = Field(description="where its drawing is")
    release: str


class ReadStructureRequest(BaseModel):
    """A structure."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, json_schema_extra={"examples": [{"structure": _STRUCTURE_EXAMPLE}]}
    )

    structure: str = Field(description="a SMILES, InChI or molblock")


class ReadStructureAnswer(_Answer):
    """A structure as it was understood."""

    smiles: str = Field(description="canonical")
    smarts: str | None = Field(
        description="its atoms and bonds with RDKit's aromaticity and the stereochemistry that is given, for "
        "has_substructure and lacks_substructure of a filter; where it has hydrogens, a molecule may have anything; "
        "null where it is too large or too complex to be looked for"
    )
    no_smarts: str | None = Field(description="why there is no SMARTS; null where there is one")


class Live(_Answer):
    """The process answers."""

    status: Literal["live"]


class RefusedAnswer(_Answer):
    """A published release that the service will not serve; the one before stays in service."""

    release: str
    reason: str
    since: str = Field(description="UTC, ISO 8601")


class Ready(_Answer):
    """Searches can be answered."""

    status: Literal["ready"]
    release: str
    model: str
    refused: RefusedAnswer | None = Field(description="a newer release that was published and not taken, and why")


class ReleaseAnswer(_Answer):
    """The release in service."""

    name: str
    created: str = Field(description="UTC, ISO 8601")
    serving_since: str = Field(description="UTC, ISO 8601")
    molecules: int
    descriptions: int
    tags: dict[str, int] = Field(description="molecules with each tag to filter by, the most frequent first")
    engine: str
    kind: str
    lexicon: dict[str, int] | None = Field(
        description="entries of each kind that exact matches are looked up in; null where the release has none"
    )
    missing: list[str] = Field(description="what the release was built without, and what that costs searches")


class CheckpointAnswer(_Answer):
    """The checkpoint in service."""

    name: str
    digest: str
    confidence_fitted_on: str | None = Field(description="pairs that its confidences come from; null if it gives none")
    figures: dict[str, dict[str, float]] = Field(
        description="what was measured when it was made, for each direction (text2mol, mol2text): hits@1, hits@10, "
        "mrr, mean_rank, queries, pool; empty where its card has none"
    )
    measured: str | None = Field(description="how and on what the figures were measured")


class Version(_Answer):
    """What is running: the package, what it serves and what it is built on."""

    version: str
    checkpoint: CheckpointAnswer
    release: ReleaseAnswer | None = Field(description="null until there is one")
    refused: RefusedAnswer | None = Field(description="a newer release that was published and not taken, and why")
    libraries: dict[str, str]
