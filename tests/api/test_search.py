"""Both search routes: what comes back, and that its numbers are right."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from fastapi.testclient import TestClient
from rdkit import Chem, DataStructs
from rdkit.Chem import rdFingerprintGenerator

from model import load_checkpoint, parse_structure
from model.network.dual_encoder import DualEncoder
from tests.api.corpus import CORPUS, EXTRA_DESCRIPTIONS, Index

TEXT = "/search/text2mol"
MOLECULE = "/search/mol2text"

Answer = dict[str, list[object]]


@pytest.fixture(scope="module")
def encoder(index: Index) -> DualEncoder:
    return load_checkpoint(index.checkpoint).encoder


def rdkit_tanimoto(left: str, right: str) -> float:
    """As RDKit itself has it, by another way than the service's."""
    generator = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=2048)
    a, b = (generator.GetFingerprint(Chem.MolFromSmiles(smiles)) for smiles in (left, right))
    return float(DataStructs.TanimotoSimilarity(a, b))


def ask(client: TestClient, path: str, **body: object) -> dict:  # type: ignore[type-arg]
    answer = client.post(path, json=body)
    assert answer.status_code == 200, answer.text
    found: dict = answer.json()  # type: ignore[type-arg]
    return found


def test_text2mol_answers_as_designed(client: TestClient, index: Index) -> None:
    answer = ask(client, TEXT, query="  An alcohol,\n used as a  solvent ", k=3)
    assert set(answer) == {
        "results", "morgan_reference", "understood_as", "understood", "truncated", "next_cursor", "release", "model",
        "took_ms",
    }  # fmt: skip
    assert answer["release"] == index.first
    assert answer["model"] == "tiny"
    assert answer["understood_as"] == ["An alcohol, used as a solvent"]
    assert answer["truncated"] == [False]
    assert 0 < answer["took_ms"] < 60_000
    [hits] = answer["results"]
    assert [hit["rank"] for hit in hits] == [1, 2, 3]
    known = {molecule.id: molecule for molecule in CORPUS}
    for hit in hits:
        assert set(hit) == {
            "rank", "id", "cid", "smiles", "name", "synonyms", "description", "tags", "score", "confidence",
            "morgan_similarity", "found_by",
        }  # fmt: skip
        molecule = known[hit["id"]]
        assert (hit["cid"], hit["name"], hit["description"]) == (molecule.cid, molecule.name, molecule.description)
        assert Chem.CanonSmiles(hit["smiles"]) == Chem.CanonSmiles(molecule.smiles)


def test_scores_are_cosines_best_first(client: TestClient, encoder: DualEncoder) -> None:
    query = "a stimulant of the nervous system"
    [hits] = ask(client, TEXT, query=query, k=len(CORPUS), mode="vector")["results"]
    vectors = encoder.encode_molecules([parse_structure(molecule.smiles) for molecule in CORPUS])
    cosines = dict(zip((molecule.id for molecule in CORPUS), vectors @ encoder.encode_text([query])[0], strict=True))
    assert [hit["score"] for hit in hits] == sorted((hit["score"] for hit in hits), reverse=True)
    assert {hit["id"] for hit in hits} == set(cosines)
    for hit in hits:
        assert hit["score"] == pytest.approx(float(cosines[hit["id"]]), abs=2e-6)


def test_mol2text_scores_and_similarities(client: TestClient, encoder: DualEncoder) -> None:
    answer = ask(client, MOLECULE, query="OCC", k=100, mode="vector")
    [hits] = answer["results"]
    texts = [m.description for m in CORPUS] + [text for _, _, text in EXTRA_DESCRIPTIONS]
    assert sorted(hit["description"] for hit in hits) == sorted(texts)  # k is larger than the corpus
    vectors = encoder.encode_text([hit["description"] for hit in hits])
    cosines = vectors @ encoder.encode_molecules([parse_structure("CCO")])[0]
    assert [hit["score"] for hit in hits] == pytest.approx(cosines.tolist(), abs=2e-6)
    assert np.all(np.diff([hit["score"] for hit in hits]) <= 0)
    assert answer["understood_as"] == ["CCO"]
    assert answer["morgan_reference"] == [{"kind": "query", "smiles": "CCO", "id": None}]
    for hit in hits:
        if hit["smiles"] is not None:
            assert hit["morgan_similarity"] == pytest.approx(rdkit_tanimoto("CCO", hit["smiles"]), abs=1e-6)


def test_descriptions_without_a_molecule(client: TestClient) -> None:
    [hits] = ask(client, MOLECULE, query="CCCCCCCC", k=100)["results"]
    by_text = {hit["description"]: hit for hit in hits}
    alone = by_text["A class of compounds rather than one."]
    assert alone["smiles"] is None and alone["morgan_similarity"] is None
    # A structure that is not in the molecule corpus still has a similarity.
    assert by_text["A straight-chain alkane of eight carbon atoms."]["morgan_similarity"] == 1.0


@pytest.mark.parametrize("k", [7, 1000])
def test_k_larger_than_the_corpus_gives_all_of_it(client: TestClient, k: int) -> None:
    [hits] = ask(client, TEXT, query="a solvent", k=k)["results"]
    assert {hit["id"] for hit in hits} == {molecule.id for molecule in CORPUS}


def test_default_k_is_ten(client: TestClient) -> None:
    [hits] = ask(client, MOLECULE, query="CCO")["results"]
    assert len(hits) == min(10, len(CORPUS) + len(EXTRA_DESCRIPTIONS))


def test_reference_given(client: TestClient) -> None:
    answer = ask(client, TEXT, queries=["a solvent", "a salt"], reference="C(O)C", k=100)
    assert answer["morgan_reference"] == [{"kind": "reference", "smiles": "CCO", "id": None}] * 2
    for hits in answer["results"]:
        for hit in hits:
            assert hit["morgan_similarity"] == pytest.approx(rdkit_tanimoto("CCO", hit["smiles"]), abs=1e-6)


@pytest.mark.parametrize("text", ["A salt of an alkali metal.", "  A salt of\nan alkali   metal. "])
def test_reference_is_the_molecule_described_so(client: TestClient, text: str) -> None:
    answer = ask(client, TEXT, query=text, k=100)
    [reference] = answer["morgan_reference"]
    assert (reference["kind"], reference["id"], reference["smiles"]) == ("description", "salt", "[Cl-].[Na+]")
    similarities = {hit["id"]: hit["morgan_similarity"] for hit in answer["results"][0]}
    assert similarities["salt"] == 1.0
    assert similarities["caffeine"] == pytest.approx(rdkit_tanimoto("[Na+].[Cl-]", CORPUS[4].smiles), abs=1e-6)


def test_reference_is_else_the_first_hit(client: TestClient) -> None:
    answer = ask(client, TEXT, query="something nobody wrote about", k=100)
    [hits], [reference] = answer["results"], answer["morgan_reference"]
    assert reference == {"kind": "first_hit", "smiles": hits[0]["smiles"], "id": hits[0]["id"]}
    assert hits[0]["morgan_similarity"] == 1.0
    for hit in hits:
        expected = rdkit_tanimoto(hits[0]["smiles"], hit["smiles"])
        assert hit["morgan_similarity"] == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    ("path", "queries"),
    [
        (TEXT, ["a solvent", "A salt of an alkali metal.", "an amino acid " * 40]),
        (MOLECULE, ["CCO", "InChI=1S/C6H6O/c7-6-4-2-1-3-5-6/h1-5,7H", Chem.MolToMolBlock(Chem.MolFromSmiles("CCN"))]),
    ],
)
def test_many_queries_answer_as_each_alone(client: TestClient, path: str, queries: list[str]) -> None:
    together = ask(client, path, queries=queries, k=4)
    for row, query in enumerate(queries):
        alone = ask(client, path, query=query, k=4)
        for name in ("morgan_reference", "understood_as", "truncated"):
            assert [together[name][row]] == alone[name]
        for ours, theirs in zip(together["results"][row], alone["results"][0], strict=True):
            assert ours["id"] == theirs["id"]
            assert ours["score"] == pytest.approx(theirs["score"], abs=1e-5)
            assert ours["morgan_similarity"] == theirs["morgan_similarity"]


@pytest.mark.parametrize("filter", [None, {"molecular_weight": {"max": 150}}])
@pytest.mark.parametrize(
    ("path", "query"), [(TEXT, "an alcohol"), (MOLECULE, "CCO"), ("/search/mol2mol", "CCO"), (TEXT, "ethanol")]
)
def test_a_request_as_large_as_a_batch_gets_the_answers_of_small_ones(
    client: TestClient, path: str, query: str, filter: dict[str, object] | None
) -> None:
    body = {"k": 100} | ({"filter": filter} if filter is not None else {})
    [alone] = ask(client, path, query=query, **body)["results"]
    for hits in ask(client, path, queries=[query] * 40, **body)["results"]:
        assert [(hit["id"], hit["found_by"]) for hit in hits] == [(hit["id"], hit["found_by"]) for hit in alone]
        assert [hit["score"] for hit in hits] == pytest.approx([hit["score"] for hit in alone], abs=1e-5)
        assert [hit["morgan_similarity"] for hit in hits] == [hit["morgan_similarity"] for hit in alone]


def test_structures_are_understood_in_any_notation(client: TestClient) -> None:
    block = Chem.MolToMolBlock(Chem.MolFromSmiles("C[C@@H](C(=O)O)N"))
    inchi = "InChI=1S/C3H7NO2/c1-2(4)3(5)6/h2H,4H2,1H3,(H,5,6)/t2-/m0/s1"
    answer = ask(client, MOLECULE, queries=["N[C@@H](C)C(=O)O", inchi, block, block.replace("\n", "\r\n")], k=1)
    assert answer["understood_as"] == ["C[C@H](N)C(=O)O"] * 4


def test_long_texts_are_truncated_and_say_so(client: TestClient, encoder: DualEncoder) -> None:
    long = "alcohol " * encoder.max_text_tokens
    assert ask(client, TEXT, queries=["an alcohol", long], k=1)["truncated"] == [False, True]


def test_release_without_descriptions_has_no_texts(client_with: Callable[..., TestClient], index: Index) -> None:
    client = client_with(index=index.without_descriptions)
    answer = ask(client, MOLECULE, queries=["CCO", "CCC"])
    assert answer["results"] == [[], []]
    assert len(ask(client, TEXT, query="an alcohol")["results"][0]) == 1


def test_more_than_can_wait_are_told_to_come_back(
    client_with: Callable[..., TestClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    client = client_with(max_requests=2)
    gate = threading.Event()
    encode = DualEncoder.encode_text_features

    def slowly(*arguments: object) -> object:
        assert gate.wait(20)
        return encode(*arguments)  # type: ignore[arg-type]

    def ask_slowly() -> int:
        return client.post(TEXT, json={"query": "an acid"}).status_code

    monkeypatch.setattr(DualEncoder, "encode_text_features", slowly)
    pipeline = client.app.state.services.pipeline  # type: ignore[attr-defined]
    with ThreadPoolExecutor(2) as pool:
        try:
            running, waiting = pool.submit(ask_slowly), pool.submit(ask_slowly)
            deadline = time.monotonic() + 20
            while pipeline.pending < 2 and time.monotonic() < deadline:
                time.sleep(0.01)
            refused = client.post(TEXT, json={"query": "an acid"})
            assert (refused.status_code, refused.json()["code"]) == (429, "busy")
            assert int(refused.headers["retry-after"]) >= 1
            assert client.get("/health/ready").status_code == 200
        finally:
            gate.set()
        assert (running.result(), waiting.result()) == (200, 200)
    assert ask_slowly() == 200


def test_many_threads_of_texts_of_all_lengths(client: TestClient) -> None:
    queries = ["acid " * (1 + 7 * (row % 30)) for row in range(120)]
    alone = {query: ask(client, TEXT, query=query, k=2) for query in dict.fromkeys(queries)}
    with ThreadPoolExecutor(8) as pool:
        for query, answer in zip(queries, pool.map(lambda q: ask(client, TEXT, query=q, k=2), queries), strict=True):
            assert answer["truncated"] == alone[query]["truncated"]
            assert answer["results"] == alone[query]["results"]


def test_a_search_that_takes_too_long_is_given_up(client_with: Callable[..., TestClient]) -> None:
    client = client_with(search_seconds=1e-6)
    answer = client.post("/search/text2mol", json={"query": "an acid"})
    assert (answer.status_code, answer.json()["code"]) == (503, "search_timeout")
    assert answer.headers["retry-after"]
    assert client.get("/health/ready").status_code == 200


def test_a_molblock_without_a_title_is_a_structure_among_texts(client: TestClient) -> None:
    """Its first line, the title, is often empty, and its lines count from there."""
    block = "\n  by hand\n\n  2  1  0  0  0  0  0  0  0  0999 V2000\n"
    block += "    0.0000    0.0000    0.0000 C   0  0\n    1.5000    0.0000    0.0000 O   0  0\n  1  2  1  0\nM  END\n"
    answer = client.post("/search/text2mol", json={"query": block}).json()
    assert (answer["understood"][0]["kind"], answer["understood_as"]) == ("structure", ["CO"])
