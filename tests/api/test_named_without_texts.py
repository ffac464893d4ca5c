"""A corpus of names without descriptions: everyday words find what they name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from indexer.build import build_release
from indexer.build.options import BuildOptions
from service.app import create_app
from service.settings import Settings

CORPUS = """id\tname\tsmiles
1\tnaphthalene\tc1ccc2ccccc2c1
2\tcamphor\tCC1(C)C2CCC1(C)C(=O)C2
3\tascorbic acid\tOC[C@H](O)[C@H]1OC(=O)C(O)=C1O
4\tcaffeine\tCn1cnc2c1c(=O)n(C)c(=O)n2C
5\tanthracene\tc1ccc2cc3ccccc3cc2c1
6\tethanol\tCCO
7\tglucose\tOCC1OC(O)C(O)C(O)C1O
"""


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    root = tmp_path_factory.mktemp("named")
    corpus = root / "corpus.tsv"
    corpus.write_text(CORPUS, encoding="utf-8")
    out: Path = root / "index"
    build_release(BuildOptions(checkpoint="compact", molecules=(corpus,), out=out, workers=0))
    with TestClient(create_app(Settings(checkpoint="compact", index=out, poll_seconds=60))) as client:
        yield client


@pytest.mark.parametrize(
    ("query", "named"),
    [("mothballs", {"naphthalene", "camphor"}), ("vitamin C", {"ascorbic acid"}), ("energy drink", {"caffeine"})],
)
def test_an_everyday_word_finds_what_it_names_first(client: TestClient, query: str, named: set[str]) -> None:
    answer = client.post("/search/text2mol", json={"query": query, "k": len(named)}).json()
    assert {hit["name"] for hit in answer["results"][0]} == named
    assert answer["understood"][0]["remarks"] == []


def test_what_it_names_has_to_pass_the_filter(client: TestClient) -> None:
    body = {"query": "mothballs", "k": 7, "filter": {"lacks_substructure": ["a"]}}
    hits = client.post("/search/text2mol", json=body).json()["results"][0]
    assert hits[0]["name"] == "camphor"
    assert "naphthalene" not in {hit["name"] for hit in hits}
