"""What a corpus has as a salt is found by its free acid or base, and by other salts of it."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from indexer.build import build_release
from indexer.build.options import BuildOptions
from indexer.chemistry import Chemistry, ReadStructure
from service.app import create_app
from service.settings import Settings

CORPUS = """id\tsmiles\tname
acetate\tCC(=O)[O-].[Na+]\tsodium acetate
amine\tCC(C)NCC(O)COc1cccc2ccccc12.Cl\tpropranolol hydrochloride
ester\tCCOC(C)=O\tethyl acetate
rock\t[Na+].[Cl-]\tsodium chloride
sugar\tOC[C@H]1OC(O)[C@H](O)[C@@H](O)[C@@H]1O.O\tglucose monohydrate
"""


@pytest.fixture(scope="module")
def client(tiny_checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    root = tmp_path_factory.mktemp("salts")
    (root / "molecules.tsv").write_text(CORPUS, encoding="utf-8")
    options = BuildOptions(checkpoint=tiny_checkpoint, molecules=(root / "molecules.tsv",), out=root / "i", workers=0)
    build_release(options)
    app = create_app(Settings(checkpoint=tiny_checkpoint, index=root / "i", workers=2, poll_seconds=60))
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def ask(client: TestClient, query: str) -> tuple[dict[str, Any], list[str]]:
    """The first hit, and the remarks."""
    answer = client.post("/search/text2mol", json={"query": query, "k": 5})
    assert answer.status_code == 200, answer.text
    return answer.json()["results"][0][0], answer.json()["understood"][0]["remarks"]


@pytest.mark.parametrize(
    ("query", "id"),
    [
        ("CC(C)NCC(O)COc1cccc2ccccc12", "amine"),
        ("CC(C)[NH2+]CC(O)COc1cccc2ccccc12", "amine"),
        ("CC(C)NCC(O)COc1cccc2ccccc12.OC(=O)C=CC(=O)O", "amine"),
        ("CC(=O)O", "acetate"),
        ("CC(=O)[O-].[K+]", "acetate"),
        ("OC[C@H]1OC(O)[C@H](O)[C@@H](O)[C@@H]1O", "sugar"),
        ("propranolol", "amine"),
        ("Propranolol tartrate", "amine"),
        ("glucose", "sugar"),
    ],
)
def test_salts_are_found_and_called_so(client: TestClient, query: str, id: str) -> None:
    hit, remarks = ask(client, query)
    assert (hit["id"], hit["found_by"][0]["kind"], hit["confidence"]) == (id, "salt", None)
    assert remarks


@pytest.mark.parametrize("query", ["sodium", "ethyl", "[ClH]", "OC[C@H]1OC(O)[C@H](O)[C@@H](O)[C@H]1O", "CCOC(=O)C"])
def test_what_is_no_salt_of_it_is_not(client: TestClient, query: str) -> None:
    """An element, a part of a name, chlorine's acid beside rock salt, another sugar, the ester itself."""
    hit, _ = ask(client, query)
    assert all(way["kind"] != "salt" for way in hit["found_by"])


@pytest.mark.timeout(60)
def test_the_components_of_a_mixture_are_asked_for_at_once(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """No component is read here before all have been asked for; what there are came with the structure itself."""
    read = Chemistry.read
    whole: list[str] = []
    parts: list[tuple[Future[ReadStructure], Future[ReadStructure]]] = []

    def asked(chemistry: Chemistry, text: str, *rest: Any) -> Future[ReadStructure]:
        future = read(chemistry, text, *rest)
        if "." in text:
            whole.append(text)
            return future
        later: Future[ReadStructure] = Future()
        parts.append((later, future))
        if len(parts) == 3:
            for each, done in parts:
                each.set_result(done.result())
        return later

    monkeypatch.setattr(Chemistry, "read", asked)
    mixture = "CCCCCCCC=O.CCCCCC=O.CCCCCCCCCC=O"
    answer = client.post("/search/mol2mol", json={"query": mixture, "k": 1})
    assert answer.status_code == 200, answer.text
    assert (whole, len(parts)) == ([mixture], 3)
