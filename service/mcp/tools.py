"""Five tools for assistants (Model Context Protocol), each one request to the HTTP API. Needs the extra `mcp`."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from typing import Annotated, Any, Literal, Protocol
from urllib.parse import quote

from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import ToolAnnotations
from pydantic import BaseModel, Field

from indexer.columns import PROPERTIES
from indexer.search.lexicon import NEAR_KINDS
from service.schemas import Filter

_READS = ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=False)
_MOST = 50

_INSTRUCTIONS = """Search a corpus of molecules by description, and descriptions by structure.
A score is the cosine of query and hit; a confidence is the probability that the hit is what was described or, for a few
words, that it fits them, assuming that the corpus has it. The best hit is not always a right one: check it against what
was asked for, and say how sure it is. Where an exact answer exists, use a filter."""

K = Annotated[int, Field(ge=1, le=_MOST, description="number of hits")]
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


class MoleculesFound(BaseModel):
    """Molecules, best first."""

    understood_as: str
    hits: list[MoleculeFound]
    release: str


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


class DescriptionsFound(BaseModel):
    """Descriptions, best first; with a morgan_similarity of 1, of the structure itself."""

    understood_as: str
    hits: list[DescriptionFound]
    release: str


class LookedUp(BaseModel):
    """Molecules that are called so; none where the corpus knows nobody of that name."""

    matches: list[MoleculeFound]
    suggestions: list[str] = Field(default=[], description="names of the corpus that are close to it")


class Filters(BaseModel):
    """What searches can be narrowed by."""

    ranges: dict[str, str] = Field(description="properties, for {min, max}")
    tags: dict[str, int] = Field(description="tags of the corpus, with the number of molecules that have each")
    substructures: str


class Ask(Protocol):
    """One request to the API: POST with a body, else GET. Raises ToolError with the detail of a problem."""

    def __call__(
        self, context: Context[Any, Any], path: str, body: Mapping[str, object] | None = None
    ) -> Awaitable[dict[str, Any]]: ...


def mcp_server(ask: Ask, version: str) -> MCPServer[Any]:
    """The server with its tools; `ask` reaches the service that they search."""
    server: MCPServer[Any] = MCPServer(
        "molseek", title="Molseek", instructions=_INSTRUCTIONS, version=version, log_level="WARNING"
    )

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
        name: Annotated[str, Field(description="a name, an id of the corpus or a PubChem CID")],
    ) -> LookedUp:
        """The molecule of the corpus with exactly this name or identifier, if there is one."""
        try:
            found = await ask(context, f"/molecules/{quote(name.strip())}")
            return LookedUp(matches=[MoleculeFound(**_known(found))])
        except NotFoundError:
            answer = await search(context, "text2mol", query=name, k=_MOST)
        matches = [_hit(hit) for hit in answer["results"][0] if _is_called(hit, name)]
        close = (answer.get("understood") or [{}])[0].get("suggestions", [])
        return LookedUp(matches=matches, suggestions=[suggestion["value"] for suggestion in close])

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
        """Properties, tags and substructures that the other tools take as `filter`."""
        release = (await ask(context, "/version"))["release"] or {}
        fields = Filter.model_fields
        return Filters(
            ranges={name: fields[name].description or name.replace("_", " ") for name in PROPERTIES if name in fields},
            tags=release.get("tags", {}),
            substructures="has_substructure, lacks_substructure: lists of SMARTS; exact",
        )

    return server


class NotFoundError(ToolError):
    """The corpus has no such molecule."""


def read_answer(status: int, body: object) -> dict[str, Any]:
    """The JSON of an answer. Raises ToolError with what an assistant can act on."""
    if not isinstance(body, dict):
        raise ToolError(f"the service answers HTTP {status}, and not as Molseek does")
    if status < 400:
        return body
    kind = NotFoundError if body.get("code") == "molecule_not_found" else ToolError
    raise kind(str(body.get("detail", f"HTTP {status}")))


def _plain(filter: Filter | None) -> dict[str, Any] | None:
    return filter.model_dump(exclude_none=True) if filter is not None else None


def _molecules(answer: dict[str, Any]) -> MoleculesFound:
    hits = [_hit(hit) for hit in answer["results"][0]]
    return MoleculesFound(understood_as=answer["understood_as"][0], hits=hits, release=answer["release"])


def _descriptions(answer: dict[str, Any]) -> DescriptionsFound:
    hits = [
        DescriptionFound(
            **{name: hit[name] for name in DescriptionFound.model_fields if name in hit},
            molecule=hit["id"] if hit["smiles"] else None,
        )
        for hit in answer["results"][0]
    ]
    return DescriptionsFound(understood_as=answer["understood_as"][0], hits=hits, release=answer["release"])


def _hit(hit: dict[str, Any]) -> MoleculeFound:
    return MoleculeFound(**_known(hit))


def _known(values: dict[str, Any]) -> dict[str, Any]:
    return {name: values[name] for name in MoleculeFound.model_fields if name in values}


def _is_called(hit: dict[str, Any], name: str) -> bool:
    """Whether the service says that the hit is an exact match, or, where it does not say, its name is the same."""
    kinds = {way["kind"] for way in hit.get("found_by") or []}
    exact = kinds - {"vector", "words", "tag"} - NEAR_KINDS
    return bool(exact) or (hit["name"] or "").casefold() == " ".join(name.split()).casefold()
