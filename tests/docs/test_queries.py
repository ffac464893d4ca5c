"""The queries that README.md and docs/api.md show, asked of the bundled corpus through the API."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from indexer.build import BuildOptions, build_release
from indexer.examples import example_corpus
from service.app import create_app
from service.settings import Settings

ROOT = Path(__file__).parents[2]
_CURL = re.compile(r"curl -s http://127\.0\.0\.1:8000(?P<path>\S+) .*?-d '(?P<body>\{.*?\})'", re.DOTALL)
_FILTER = re.compile(r'```json\n(?P<body>\{"query"[^`]*"tags"[^`]*)```')
_EVERY = 5  # of the corpus's rows, to build in a fifth of the time


def _queries(page: str) -> list[tuple[str, dict[str, object]]]:
    text = (ROOT / page).read_text("utf-8")
    found = [(match["path"], json.loads(match["body"])) for match in _CURL.finditer(text)]
    return found + [("/search/text2mol", json.loads(match["body"])) for match in _FILTER.finditer(text)]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    directory = tmp_path_factory.mktemp("examples")
    header, *rows = example_corpus().read_text("utf-8").splitlines(keepends=True)
    (directory / "compounds.tsv").write_text(header + "".join(rows[::_EVERY]), "utf-8")
    molecules = (directory / "compounds.tsv",)
    build_release(BuildOptions(checkpoint="compact", molecules=molecules, out=directory / "index", workers=0))
    with TestClient(create_app(Settings(checkpoint="compact", index=directory / "index"))) as client:
        yield client


@pytest.mark.parametrize("page", ["README.md", "docs/api.md"])
def test_queries_find_what_they_ask_for(client: TestClient, page: str) -> None:
    queries = _queries(page)
    assert any("filter" in body for _, body in queries)
    for path, body in queries:
        answer = client.post(path, json=body)
        assert answer.status_code == 200, answer.text
        hits = answer.json()["results"][0]
        assert hits
        if "filter" in body:
            assert all("approved" in hit["tags"] for hit in hits)
