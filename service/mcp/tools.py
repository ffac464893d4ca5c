"""Five tools for assistants (Model Context Protocol), each one request to the HTTP API. Needs the extra `mcp`."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from typing import Annotated, Any, Literal, Protocol
from urllib.parse import quote

from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import ToolAnnotations
from pydantic import BaseModel, Field

from indexer.search.lexicon import NEAR_KINDS
from indexer.search.names import LONGEST_NAME
from service.answering.wording import NO_SUCH_NAME, UNPROVEN
from service.mcp.arguments import MOST_HITS, ToolServer
from service.schemas import Filter, Range

_READS = ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=False)

_INSTRUCTIONS = """Search a corpus of molecules by description, and descriptions by structure.
A score is the cosine of query and hit; a confidence is the probability that the hit is what was described or, for a few
words, that it fits them, assuming that the corpus has it. The best hit is not always a right one: check it against what
was asked for, and say how sure it is. Where an exact answer exists, use a filter."""

K = Annotated[int, Field(ge=1, le=MOST_HITS, description="number of hits")]
Structure = Annotated[str, Field(description="SMILES, InChI or molblock")]
FilterArgument = Annotated[Filter | None, Field(description="what hits must be like; list_filters says what there is")]


class MoleculeFound(BaseModel):
    """A molecule of the corpus."""

    rank: int | None = None
    id: str
    name: str | None = None
    smiles: str | None = None
    description: str | None = None
    cid: str | None = Field(default=None, description="PubChem compound id")
    tags: list[str] = []
    score: float | None = Field(default=None, description="cosine with the query")
    confidence: float | None = Field(
        default=None, description="probability of being what was described, or of fitting a few words"
    )
    morgan_similarity: float | None = Field(default=None, description="Tanimoto similarity to the reference structure")


class Found(BaseModel):
    """How a query was read, and what answered."""

    understood_as: str
    filters: list[str] = Field(default=[], description="what all hits have, as the words of the query ask for it")
    remarks: list[str] = Field(default=[], description="what there is to know of these hits: tell it on")
    release: str


class MoleculesFound(Found):
    """Molecules, best first."""

    hits: list[MoleculeFound]


class DescriptionFound(BaseModel):
    """A description of the corpus, and the molecule that it is of."""

    rank: int
    description: str
    molecule: str | None = Field(description="id of its molecule")
    name: str | None
    smiles: str | None
    score: float = Field(description="cosine with the structure")
    confidence: float | None
    morgan_similarity: float | None = Field(description="Tanimoto similarity of its molecule to the structure")


class DescriptionsFound(Found):
    """Descriptions, best first; with a morgan_similarity of 1, of the structure itself."""

    hits: list[DescriptionFound]


class LookedUp(BaseModel):
    """Molecules that are called so; none where the corpus has no such molecule."""

    matches: list[MoleculeFound]
    suggestions: list[str] = Field(default=[], description="names of the corpus that are close to it")
    remarks: list[str] = Field(default=[], description="what there is to know of this, such as why there is no match")


class Filters(BaseModel):
    """What searches can be narrowed by."""

    ranges: dict[str, str] = Field(description='properties, each for a range such as {"min": 1, "max": 3}')
    formula: str
    tags: dict[str, int] = Field(description="tags of the corpus, with the number of molecules that have each")
    substructures: str


class Ask(Protocol):
    """One request to the API: POST with a body, else GET. Raises ToolError with the detail of a problem."""

    def __call__(
        self, context: Context[Any, Any], path: str, body: Mapping[str, object] | None = None
    ) -> Awaitable[dict[str, Any]]: ...


def mcp_server(ask: Ask, version: str) -> ToolServer:
    """The server with its tools; `ask` reaches the service that they search."""
    server = ToolServer("molseek", title="Molseek", instructions=_INSTRUCTIONS, version=version, log_level="WARNING")

    async def search(context: Context[Any, Any], route: str, **body: object) -> dict[str, Any]:
        return await ask(
            context, f"/search/{route}", {name: value for name, value in body.items() if value is not None}
        )

    @server.tool(title="Find molecules by description", annotations=_READS)
    async def find_molecules(
        context: Context[Any, Any],
        description: Annotated[str, Field(description="what the molecules are, have or do, in words")],
        k: K = 10,
        filter: FilterArgument = None,
    ) -> MoleculesFound:
        """Molecules that fit a description in words, such as "a fluoroquinolone antibiotic"; best first."""
        return _molecules(await search(context, "text2mol", query=description, k=k, filter=_plain(filter)))

    @server.tool(title="Describe a structure", annotations=_READS)
    async def describe_structure(context: Context[Any, Any], structure: Structure, k: K = 5) -> DescriptionsFound:
        """Descriptions that fit a structure: what it is, or, where the corpus lacks it, what molecules like it are."""
        return _descriptions(await search(context, "mol2text", query=structure, k=k))

    @server.tool(title="Look up a name or identifier", annotations=_READS)
    async def look_up(
        context: Context[Any, Any],
        name: Annotated[
            str,
            Field(
                description="a name or synonym; a CAS number, an InChIKey, a PubChem CID (CID 2244), an id of ChEBI, "
                "ChEMBL, DrugBank, HMDB or of the corpus; a molecular formula; or a SMILES or InChI"
            ),
        ],
    ) -> LookedUp:
        """The molecules of the corpus that exactly this name, identifier, formula or structure stands for, if any."""
        try:
            if len(name) <= LONGEST_NAME:  # a longer one is no id, and may be too long for an address
                # Dots are quoted, since httpx would take `..` for the directory above.
                found = await ask(context, f"/molecules/{quote(name.strip()).replace('.', '%2E')}")
                return LookedUp(matches=[MoleculeFound(**_known(found))])
        except RefusedError as refused:
            if refused.code not in ("molecule_not_found", "route_not_found"):  # an empty name is no address
                raise
        try:
            answer = await search(context, "text2mol", query=name, k=MOST_HITS)
        except RefusedError as refused:
            if refused.code != "identifier_unknown":
                raise
            return LookedUp(matches=[], remarks=[refused.detail])
        matches = [_hit(hit) for hit in answer["results"][0] if _is_called(hit, name)]
        understood = answer["understood"][0]
        suggestions = [suggestion["value"] for suggestion in understood["suggestions"]]
        remarks = [NO_SUCH_NAME if remark == UNPROVEN else remark for remark in understood["remarks"]]
        return LookedUp(matches=matches, suggestions=suggestions, remarks=remarks)

    @server.tool(title="Find similar molecules", annotations=_READS)
    async def similar_molecules(
        context: Context[Any, Any],
        structure: Annotated[str, Field(description="SMILES, InChI or molblock, or a name that the corpus has")],
        k: K = 10,
        filter: FilterArgument = None,
        rank_by: Annotated[
            Literal["embedding", "morgan"],
            Field(description="the model's cosine, or Tanimoto similarity of Morgan fingerprints"),
        ] = "morgan",
    ) -> MoleculesFound:
        """Molecules of the corpus like a structure, most similar first; each hit has both measures."""
        body = {"query": structure, "k": k, "filter": _plain(filter), "rank_by": rank_by}
        return _molecules(await search(context, "mol2mol", **body))

    @server.tool(title="List filters", annotations=_READS)
    async def list_filters(context: Context[Any, Any]) -> Filters:
        """Properties, formulas, tags and substructures that the other tools take as `filter`."""
        release = (await ask(context, "/version"))["release"] or {}
        fields = Filter.model_fields.items()
        ranges = {name: field for name, field in fields if field.annotation == Range | None}
        return Filters(
            ranges={name: field.description or name.replace("_", " ") for name, field in ranges.items()},
            formula=Filter.model_fields["formula"].description or "",
            tags=release.get("tags", {}),
            substructures="has_substructure, lacks_substructure: lists of SMARTS; exact",
        )

    return server


class RefusedError(ToolError):
    """The service refuses a request. code: the stable name of the problem; detail: a sentence about it."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


def read_answer(status: int, body: object) -> dict[str, Any]:
    """The JSON of an answer. Raises ToolError with what an assistant can act on."""
    if not isinstance(body, dict):
        raise ToolError(f"the service answers HTTP {status}, and not as Molseek does")
    if status < 400:
        return body
    raise RefusedError(str(body.get("code")), _for_assistants(str(body.get("detail", f"HTTP {status}"))))


def _for_assistants(detail: str) -> str:
    """What a problem tells programs to do, as these tools do it."""
    named = detail.replace("use POST /search/text2mol", "use find_molecules")
    return named.replace("send each as an entry of queries", "ask for one at a time")


def _plain(filter: Filter | None) -> dict[str, Any] | None:
    return filter.model_dump(exclude_none=True) if filter is not None else None


def _molecules(answer: dict[str, Any]) -> MoleculesFound:
    hits = [_hit(hit) for hit in answer["results"][0]]
    return MoleculesFound(hits=hits, **_read(answer))


def _descriptions(answer: dict[str, Any]) -> DescriptionsFound:
    hits = [
        DescriptionFound(
            **{name: hit[name] for name in DescriptionFound.model_fields if name in hit},
            molecule=hit["id"] if hit["smiles"] else None,
        )
        for hit in answer["results"][0]
    ]
    return DescriptionsFound(hits=hits, **_read(answer))


def _read(answer: dict[str, Any]) -> dict[str, Any]:
    """The fields of `Found`; services of before say less."""
    [said] = answer.get("understood") or [{}]
    told = {name: said[name] for name in ("filters", "remarks") if name in said}
    return {"understood_as": answer["understood_as"][0], "release": answer["release"]} | told


def _hit(hit: dict[str, Any]) -> MoleculeFound:
    return MoleculeFound(**_known(hit))


def _known(values: dict[str, Any]) -> dict[str, Any]:
    return {name: values[name] for name in MoleculeFound.model_fields if name in values}


def _is_called(hit: dict[str, Any], name: str) -> bool:
    """Whether the service says that the hit is an exact match, or, where it does not say, its name is the same."""
    kinds = {way["kind"] for way in hit.get("found_by") or []}
    exact = kinds - {"vector", "words", "tag"} - NEAR_KINDS
    return bool(exact) or (hit["name"] or "").casefold() == " ".join(name.split()).casefold()
