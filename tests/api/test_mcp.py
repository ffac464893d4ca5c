"""Tools for assistants at /mcp, asked with the SDK's own client; and `molseek mcp` over stdio."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi.testclient import TestClient

from service.app import create_app
from service.protecting.keys import new_key
from service.settings import Settings
from tests.api.corpus import Index

mcp = pytest.importorskip("mcp")

from mcp.client.streamable_http import streamable_http_client  # noqa: E402

TOOLS = {"find_molecules", "describe_structure", "look_up", "similar_molecules", "list_filters"}
Asking = Callable[[Any], Awaitable[None]]
Run = Callable[..., None]


@pytest.fixture
def over_http(tiny_checkpoint: Path, index: Index) -> Run:
    """Runs a conversation with the tools at /mcp of an application with these settings."""

    def run(asking: Asking, headers: dict[str, str] | None = None, **settings: object) -> None:
        async def session() -> None:
            values: dict[str, Any] = {"checkpoint": tiny_checkpoint, "index": index.root, "workers": 2} | settings
            app = create_app(Settings(**values))
            transport = httpx2.ASGITransport(app)
            async with (
                app.router.lifespan_context(app),
                httpx2.AsyncClient(transport=transport, headers=headers) as http,
                mcp.Client(streamable_http_client("http://molseek.example/mcp", http_client=http)) as client,
            ):
                await asking(client)

        asyncio.run(session())

    return run


def test_five_tools_with_schemas(over_http: Run) -> None:
    async def asking(client: Any) -> None:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert set(tools) == TOOLS
        for tool in tools.values():
            assert tool.description and tool.output_schema and tool.annotations.read_only_hint
            assert "context" not in tool.input_schema["properties"]
        assert "logp" in str(tools["find_molecules"].input_schema)
        assert "CAS" in str(tools["look_up"].input_schema)
        told = " ".join(str(tool.model_dump()) for tool in tools.values())
        assert "mol2text" not in told and "/version" not in told  # routes are nothing to an assistant

    over_http(asking)


def test_what_the_tools_find(over_http: Run) -> None:
    async def asking(client: Any) -> None:
        async def call(tool: str, **arguments: object) -> Any:
            answer = await client.call_tool(tool, arguments)
            assert not answer.is_error, answer.content
            return answer.structured_content

        drugs = await call("find_molecules", description="a drug", k=5, filter={"tags": {"any": ["drug"]}})
        assert {hit["name"] for hit in drugs["hits"]} == {"aspirin", "caffeine"}
        light = await call("find_molecules", description="an acid, molecular weight below 400")
        assert "molecular weight" in light["filters"][0]
        assert "No molecule" in (await call("find_molecules", description="unobtainium"))["remarks"][0]
        described = await call("describe_structure", structure="OCC", k=9)
        assert described["remarks"] == []
        assert described["understood_as"] == "CCO"
        assert any(hit["name"] == "ethanol" and hit["morgan_similarity"] == 1 for hit in described["hits"])
        assert [hit["id"] for hit in (await call("look_up", name=" Sodium  chloride "))["matches"]] == ["salt"]
        assert [hit["name"] for hit in (await call("look_up", name="2519"))["matches"]] == ["caffeine"]
        for called in ("CID 2519", "58-08-2", "RYYVLZVUVIJVGH-UHFFFAOYSA-N", "C8H10N4O2", "Cn1c(=O)c2c(ncn2C)n(C)c1=O"):
            assert [hit["name"] for hit in (await call("look_up", name=called))["matches"]] == ["caffeine"], called
        missing = await call("look_up", name="unobtainium")
        assert missing["matches"] == [] and missing["remarks"] == ["No molecule of this corpus has this name."]
        for called in ("CID 99999", "CHEBI:99999", "CHEMBL99999", "58-08-1", "../version"):
            assert (await call("look_up", name=called))["matches"] == [], called
        assert "99999" in (await call("look_up", name="CID 99999"))["remarks"][0]
        similar = await call("similar_molecules", structure="CCO", k=3)
        assert similar["hits"][0]["id"] == "ethanol" and [hit["rank"] for hit in similar["hits"]] == [1, 2, 3]
        filters = await call("list_filters")
        assert filters["tags"]["drug"] == 2 and {"molecular_weight", "exact_mass"} <= set(filters["ranges"])
        assert "C9H8O4" in filters["formula"]

    over_http(asking)


@pytest.mark.parametrize(
    ("tool", "arguments", "said"),
    [
        ("describe_structure", {"structure": "C1CC"}, "ring 1"),
        ("describe_structure", {"structure": "nope("}, "use find_molecules."),
        ("describe_structure", {"structure": "CCO\nCCC"}, "ask for one at a time."),
        ("find_molecules", {"description": " "}, "empty"),
        ("find_molecules", {"description": "an acid", "k": 51}, "k, the number of hits wanted, must be from 1 to 50."),
        ("find_molecules", {"description": "an acid", "k": "many"}, "k, the number of hits wanted, must be a whole"),
        ("find_molecules", {"description": 5}, "description must be text in quotes."),
        ("find_molecules", {}, "The argument description is missing."),
        ("find_molecules", {"query": "an acid"}, "no argument 'query'; find_molecules takes description, k, filter."),
        ("find_molecules", {"description": "an acid", "filters": {"logp": {"max": 3}}}, "no argument 'filters'"),
        ("list_filters", {"tag": "drug"}, "no argument 'tag'; list_filters takes none."),
        ("find_molecules", {"description": "an acid", "filter": {"formula": "C9H8O4"}}, "must be a list of molecular"),
        ("find_molecules", {"description": "an acid", "filter": {"logp": {"maximum": 3}}}, "is no bound of a range"),
        ("find_molecules", {"description": "an acid", "filter": {"logp": 3}}, "filter.logp must be a range"),
        ("similar_molecules", {"structure": "CCO", "rank_by": "name"}, "rank_by must be embedding or morgan"),
        ("look_up", {"name": " "}, "empty"),
        ("look_up", {"name": "x/" * 50_000}, "at most 100"),
        ("find_molecules", {"description": "an acid", "filter": {"tags": {"any": ["none"]}}}, "no tag 'none'"),
        ("find_molecules", {"description": "x" * 200}, "at most 100"),
    ],
)
def test_refusals_are_those_of_the_api(over_http: Run, tool: str, arguments: dict[str, object], said: str) -> None:
    async def asking(client: Any) -> None:
        answer = await client.call_tool(tool, arguments)
        assert answer.is_error and said in answer.content[0].text
        assert "pydantic" not in answer.content[0].text and "POST" not in answer.content[0].text

    over_http(asking, max_text_characters=100)


def test_keys_are_those_of_the_api(over_http: Run, tmp_path: Path) -> None:
    key, line = new_key("an assistant", ["search"])
    (tmp_path / "keys").write_text(line + "\n")

    async def asking(client: Any) -> None:
        assert not (await client.call_tool("find_molecules", {"description": "an acid"})).is_error

    over_http(asking, {"Authorization": f"Bearer {key}"}, keys=tmp_path / "keys", trusted_hosts="molseek.example")
    with pytest.raises(BaseException) as refused:
        over_http(asking, {"Authorization": "Bearer another"}, keys=tmp_path / "keys")
    assert not isinstance(refused.value, AssertionError)


def test_nothing_but_post_is_served(client: TestClient) -> None:
    refused = client.get("/mcp")
    assert (refused.status_code, refused.json()["code"]) == (405, "method_not_allowed")


def test_over_stdio(tiny_checkpoint: Path, index: Index) -> None:
    command = ["-m", "molseek.cli", "mcp", "--checkpoint", str(tiny_checkpoint), "--index", str(index.root)]
    environment = {"PYTHONPATH": str(Path(__file__).parents[2]), "OMP_NUM_THREADS": "1"}
    started = mcp.StdioServerParameters(command=sys.executable, args=command, env=environment)

    async def asking() -> None:
        async with mcp.Client(started) as client:
            assert {tool.name for tool in (await client.list_tools()).tools} == TOOLS
            answer = await client.call_tool("look_up", {"name": "aspirin"})
            assert answer.structured_content["matches"][0]["cid"] == "2244"

    asyncio.run(asking())
