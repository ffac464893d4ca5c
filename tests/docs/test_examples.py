"""The examples of the pages about the API, run as they stand over the bundled corpus."""

from __future__ import annotations

import asyncio
import doctest
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
SERVED = "http://127.0.0.1:8000"
_FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(page: str, language: str, containing: str) -> list[str]:
    text = (DOCS / page).read_text(encoding="utf-8")
    return [code for kind, code in _FENCE.findall(text) if kind == language and containing in code]


def run(command: list[str], directory: Path = ROOT) -> str:
    environment = os.environ | {"PYTHONPATH": str(ROOT / "client")}
    done = subprocess.run(
        command, cwd=directory, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl here")
@pytest.mark.parametrize("code", blocks("api.md", "sh", SERVED))
def test_curl(code: str, address: str, tmp_path: Path) -> None:
    (tmp_path / "questions.ndjson").write_text('{"query": "an antibiotic", "k": 3}\n' * 2)
    shown = run(["bash", "-ec", code.replace(SERVED, address)], tmp_path)
    if (sdf := tmp_path / "like-aspirin.sdf").exists():
        assert sdf.read_text().count("$$$$") == 3
        return
    written = tmp_path / "answers.ndjson"
    lines = (written.read_text() if written.exists() else shown).splitlines()
    assert lines and all(len(json.loads(line)["results"][0]) == 3 for line in lines)


@pytest.mark.parametrize(
    "code", [*blocks("api.md", "python", SERVED), *blocks("../client/README.md", "python", SERVED)]
)
def test_python(code: str, address: str) -> None:
    assert run([sys.executable, "-c", code.replace(SERVED, address)]).count("\n") == 3


@pytest.mark.skipif(shutil.which("node") is None, reason="no node here")
@pytest.mark.parametrize("code", blocks("api.md", "js", SERVED))
def test_javascript(code: str, address: str) -> None:
    shown = run(["node", "--input-type=module", "-e", code.replace(SERVED, address)])
    assert shown.startswith("aspirin ")


@pytest.mark.parametrize("body", blocks("api.md", "json", '"query"'))
def test_requests_are_answered(body: str, address: str) -> None:
    route = "mol2mol" if "rank_by" in body else "text2mol"
    answer = httpx2.post(f"{address}/search/{route}", json=json.loads(body), timeout=30)
    assert answer.status_code == 200, answer.text
    assert answer.json()["results"][0]


_UNDERSTOOD = ("filters", "widened", "remarks", "suggestions")
_READ = re.compile(r"^\| (?P<queries>`.*?) \| (?P<what>[^|]*) \| (?P<seen>`[^|]*`) \|$", re.MULTILINE)


def read_queries() -> list[tuple[str, str]]:
    """Every query of the tables of what is read, with what its answer shows."""
    section = (
        (DOCS / "api.md").read_text(encoding="utf-8").partition("### How a query is read")[2].partition("\n### ")[0]
    )
    return [(query, row["seen"]) for row in _READ.finditer(section) for query in re.findall("`(.+?)`", row["queries"])]


@pytest.mark.parametrize(("query", "seen"), read_queries())
def test_what_a_query_is_read_as(query: str, seen: str, address: str) -> None:
    answer = httpx2.post(f"{address}/search/text2mol", json={"query": query, "k": 3}, timeout=30).json()
    if "code" in answer:
        assert seen == f"`{answer['code']}`"
        return
    [understood], [hits] = answer["understood"], answer["results"]
    ways = {way["kind"] for way in hits[0]["found_by"]}
    for each in re.findall("`(.+?)`", seen):
        assert understood[each] if each in _UNDERSTOOD else each in ways, (query, each, understood, ways)


_DISTRUSTED = re.compile(r"^\| (?P<asked>[^|]+) \| (?P<first>[^|]+) \| \.(?P<confidence>\d\d) \| ", re.MULTILINE)


def test_hits_not_to_trust(address: str) -> None:
    section = (DOCS / "confidence.md").read_text(encoding="utf-8").partition("## When not to trust a hit")[2]
    rows = list(_DISTRUSTED.finditer(section.partition("\n## ")[0]))
    assert len(rows) > 5
    for row in rows:
        answer = httpx2.post(f"{address}/search/text2mol", json={"query": row["asked"]}, timeout=30).json()
        first = answer["results"][0][0]
        assert (first["name"], f"{first['confidence']:.2f}") == (row["first"], f"0.{row['confidence']}"), row["asked"]


_NOT_UNDERSTOOD = re.compile(r"^\| (?P<asked>[^|]+) \| (?P<said>[^|]*?) ?\| (?P<why>[^|]*)\|$", re.MULTILINE)


def test_what_is_not_understood_is_said(address: str) -> None:
    section = (DOCS / "confidence.md").read_text(encoding="utf-8").partition("| asked | not understood |")[2]
    rows = list(_NOT_UNDERSTOOD.finditer(section.partition("\n\n")[0].partition("|---|---|---|\n")[2]))
    assert len(rows) > 8
    for row in rows:
        answer = httpx2.post(f"{address}/search/text2mol", json={"query": row["asked"]}, timeout=30).json()
        expected = f"“{row['said']}” was not understood" if row["said"] else "This is a question about molecules"
        assert any(remark.startswith(expected) for remark in answer["understood"][0]["remarks"]), row["asked"]
        assert {hit["confidence"] for hit in answer["results"][0]} == {None}, row["asked"]


def test_the_page_of_the_client(address: str) -> None:
    page = (DOCS / "client.md").read_text(encoding="utf-8").replace(SERVED, address)
    examples = doctest.DocTestParser().get_doctest(page, {}, "client.md", "docs/client.md", 0)
    result = doctest.DocTestRunner().run(examples)
    assert result.attempted > 15 and result.failed == 0


def test_the_transcript_of_the_tools(address: str) -> None:
    mcp = pytest.importorskip("mcp")
    [transcript] = blocks("mcp.md", "transcript", "->")
    lines = transcript.splitlines()

    async def converse() -> None:
        async with mcp.Client(f"{address}/mcp") as client:
            for call, shown in zip(lines[::2], lines[1::2], strict=True):
                tool, _, arguments = call.removeprefix("-> ").partition(" ")
                answer = await client.call_tool(tool, json.loads(arguments))
                said = {"error": answer.content[0].text} if answer.is_error else answer.structured_content
                assert contains(said, json.loads(shown.removeprefix("<- "))), (call, said)

    asyncio.run(converse())


def contains(said: object, shown: object) -> bool:
    """Whether an answer is what an abridged one shows: all of its fields, and as many items of a list, in order."""
    if isinstance(shown, dict):
        return isinstance(said, dict) and all(name in said and contains(said[name], shown[name]) for name in shown)
    if isinstance(shown, list):
        return isinstance(said, list) and len(said) >= len(shown) and all(map(contains, said, shown))
    return said == shown
