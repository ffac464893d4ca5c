"""The client that waits, against the real application."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import httpx2
import numpy as np
import pytest
import uvicorn
from fastapi import FastAPI
from fastapi.testclient import TestClient
from rdkit import Chem

from molseek_client import (
    AsyncClient,
    Client,
    MisuseError,
    Patience,
    ProblemError,
    Refused,
    Result,
    UnreachableError,
    to_pandas,
    to_sdf,
)


@pytest.fixture(scope="module")
def molseek(client: TestClient) -> Client:
    return Client("http://testserver", http=client)


def test_a_description_gives_molecules(molseek: Client) -> None:
    result = molseek.text2mol("a purine alkaloid", k=3, reference="CCO", mode="vector")
    assert isinstance(result, Result) and len(result) == 3
    assert [hit.rank for hit in result] == [1, 2, 3]
    assert result[0].score >= result[1].score and result[0].smiles
    assert result.reference is not None and result.reference.kind == "reference"
    assert (result.query, result.understood_as, result.truncated) == ("a purine alkaloid", "a purine alkaloid", False)


def test_a_name_is_found_exactly(molseek: Client) -> None:
    result = molseek.text2mol("caffeine", k=1)
    assert result[0].id == "caffeine" and result[0].found_by[0]["kind"] == "name"
    assert result.understood["kind"] == "name"


def test_a_structure_gives_descriptions(molseek: Client) -> None:
    result = molseek.mol2text("OCC", k=20)
    assert result.understood_as == "CCO"
    assert next(hit for hit in result if hit.id == "ethanol").morgan_similarity == 1.0


def test_molecules_like_a_structure(molseek: Client) -> None:
    result = molseek.mol2mol("OCC", k=3, rank_by="morgan")
    assert result[0].id == "ethanol" and result[0].morgan_similarity == 1.0
    assert [answer.query for answer in molseek.bulk_mol2mol(["CCO", "CCN"], k=1)] == ["CCO", "CCN"]


def test_pages_are_all_hits_in_parts(molseek: Client) -> None:
    pages = list(molseek.pages("text2mol", "an acid", k=3, mode="vector"))
    assert [len(page) for page in pages] == [3, 3, 1]
    assert [hit.rank for page in pages for hit in page] == list(range(1, 8))
    assert [page.hits for page in molseek.pages("mol2mol", "CCO", rank_by="morgan")] == [
        molseek.mol2mol("CCO", k=20, rank_by="morgan").hits
    ]


def test_names_are_completed(molseek: Client) -> None:
    [caffeine] = molseek.suggest("Caff", limit=1)
    assert (caffeine.value, caffeine.kind, caffeine.id) == ("caffeine", "name", "caffeine")


def test_products_of_vectors_are_scores(molseek: Client) -> None:
    hits = molseek.text2mol("an acid", k=20, mode="vector")
    [text] = molseek.embed_text(["an acid"])
    molecules = molseek.embed_molecule([hit.smiles or "" for hit in hits])
    for hit, molecule in zip(hits, molecules, strict=True):
        assert sum(a * b for a, b in zip(text, molecule, strict=True)) == pytest.approx(hit.score, abs=1e-5)
    assert len(molseek.embed_text(f"text {number}" for number in range(70))) == 70
    with pytest.raises(ProblemError, match="ring 1"):
        molseek.embed_molecule(["C1CC"])


def test_filters_are_passed_on(molseek: Client) -> None:
    hits = molseek.text2mol("anything", k=20, filter={"tags": {"any": ["drug"]}, "molecular_weight": {"max": 190}})
    assert [hit.id for hit in hits] == ["aspirin"]
    assert hits[0].tags == ("drug",)


def test_a_molecule_its_drawing_and_what_runs(molseek: Client) -> None:
    assert molseek.molecule("rac/lactic").inchikey == "JVTAAEKCZFNVCJ-UHFFFAOYSA-N"
    assert molseek.drawing("aspirin", width=200).startswith("<?xml")
    version = molseek.version()
    assert version.release is not None and version.release.tags["drug"] == 2
    assert molseek.version_skew() is None


def test_a_refusal_names_code_field_and_detail(molseek: Client) -> None:
    with pytest.raises(ProblemError) as caught:
        molseek.text2mol("an acid", k=0)
    problem = caught.value
    assert (problem.status, problem.code, problem.field) == (422, "k_out_of_range", "k")
    assert str(problem) == problem.detail and problem.request_id
    assert problem.errors[0].field == "k"
    with pytest.raises(ProblemError) as missing:
        molseek.molecule("none")
    assert missing.value.code == "molecule_not_found"


def test_an_id_is_never_another_address(molseek: Client) -> None:
    for id in ("../version", "..", "./aspirin", "a?b", "a#b"):
        for ask in (molseek.molecule, molseek.drawing):
            with pytest.raises(ProblemError) as caught:
                ask(id)
            assert caught.value.code == "molecule_not_found"


@pytest.mark.parametrize("count", [0, 1, 70])
def test_bulk_answers_each_query_in_order(molseek: Client, count: int) -> None:
    queries = [f"an alcohol, number {number}" for number in range(count)]
    answers = list(molseek.bulk_text2mol(iter(queries), k=2, progress=True))
    assert [answer.query for answer in answers] == queries
    assert all(isinstance(answer, Result) and len(answer) == 2 for answer in answers)


def test_bulk_says_which_queries_are_at_fault(molseek: Client) -> None:
    answers = list(molseek.bulk_mol2text(["CCO", "C1CC", "CCN", "not a structure", "CCC"], k=1))
    refused = [answer for answer in answers if isinstance(answer, Refused)]
    assert [answer.query for answer in answers] == ["CCO", "C1CC", "CCN", "not a structure", "CCC"]
    assert [answer.query for answer in refused] == ["C1CC", "not a structure"]
    assert refused[0].code == "query_unparsable" and "ring 1" in refused[0].detail
    assert list(to_pandas(answers)["query"]) == ["CCO", "CCN", "CCC"]


def test_an_empty_cell_of_a_table_is_no_query(molseek: Client) -> None:
    queries: list[Any] = ["CCO", float("nan"), None, "CCC"]
    assert [isinstance(answer, Result) for answer in molseek.bulk_mol2text(queries, k=1)] == [True, False, False, True]
    with pytest.raises(MisuseError, match="this is nan"):
        molseek.text2mol(queries[1])


def test_numbers_of_numpy_and_sets_are_options(molseek: Client) -> None:
    k: Any = np.int64(1)
    assert len(molseek.text2mol("anything", k, filter={"logp": {"max": np.float32(9)}, "tags": {"any": {"drug"}}})) == 1
    for nothing in (float("inf"), object()):
        with pytest.raises(MisuseError, match="cannot be written as JSON"):
            molseek.text2mol("anything", filter={"logp": {"max": nothing}})
    with pytest.raises(ProblemError, match="surrogate"):
        molseek.text2mol("a\ud800")


def test_bulk_asks_for_less_where_a_request_is_too_large(molseek: Client) -> None:
    answers = list(molseek.bulk_text2mol(["an acid"] * 20, k=1000))  # 20,000 hits: twice what one request may have
    assert len(answers) == 20 and all(isinstance(answer, Result) for answer in answers)


def test_bulk_ends_where_the_request_as_a_whole_is_at_fault(molseek: Client) -> None:
    with pytest.raises(ProblemError) as caught:
        list(molseek.bulk_text2mol(["an acid", "an alcohol"], filter={"tags": {"any": ["none"]}}))
    assert caught.value.code == "tag_unknown"


def test_a_table_has_a_row_for_each_hit(molseek: Client) -> None:
    table = molseek.text2mol("an acid", k=3).to_pandas()
    assert list(table["rank"]) == [1, 2, 3] and set(table["query"]) == {"an acid"}
    assert table["score"].dtype == float


def test_numbers_of_a_table_are_numbers_also_where_there_are_none(molseek: Client) -> None:
    for result in (molseek.mol2text("CCO", k=2), molseek.text2mol("x", filter={"molecular_weight": {"min": 9e5}})):
        table = result.to_pandas()
        assert list(table[table["confidence"] > 0.5]["id"]) == []
        assert table["morgan_similarity"].dtype == float


def test_an_sd_file_has_a_record_for_each_molecule(molseek: Client) -> None:
    result = molseek.mol2text("CCO", k=20)
    records = Chem.ForwardSDMolSupplier(BytesIO(result.to_sdf().encode()))
    read = {record.GetProp("id"): record for record in records}
    assert set(read) == {hit.id for hit in result if hit.smiles}
    ethanol = read["ethanol"]
    assert ethanol.GetProp("found_by").startswith("structure: ")
    assert Chem.MolToSmiles(ethanol) == "CCO" and ethanol.GetProp("_Name") == "ethanol"
    assert ethanol.GetProp("tags") == "small; solvent" and ethanol.GetConformer().GetNumAtoms() == 3


def test_one_result_is_a_table_of_its_own(molseek: Client) -> None:
    result = molseek.text2mol("caffeine", k=2)
    assert list(to_pandas(result)["id"]) == [hit.id for hit in result]
    assert to_sdf(result) == result.to_sdf()
    for make in (to_pandas, to_sdf):
        with pytest.raises(MisuseError, match="this is a Hit"):
            make([result[0]])  # type: ignore[list-item]


def test_which_of_many_cannot_be_embedded(molseek: Client) -> None:
    with pytest.raises(ProblemError) as caught:
        molseek.embed_molecule(["CCO"] * 40 + ["C1CC"])
    assert caught.value.field == "queries[40]" and caught.value.errors[0].field == "queries[40]"
    assert caught.value.__notes__ == ["queries[40] is 'C1CC'"]


def test_a_number_is_an_id_and_nothing_is_none(molseek: Client) -> None:
    assert molseek.molecule(2244).id == molseek.molecule(np.int64(2244)).id == "aspirin"  # type: ignore[arg-type]
    for ask in (molseek.molecule, molseek.drawing, molseek.suggest):
        with pytest.raises(MisuseError, match="this is None"):
            ask(None)  # type: ignore[operator]
        with pytest.raises(MisuseError, match="half of a surrogate pair"):
            ask("\ud800")  # type: ignore[operator]
    for queries in (None, 5, {"CCO": 1}):
        with pytest.raises(MisuseError, match="a list of queries is wanted"):
            molseek.bulk_mol2mol(queries)  # type: ignore[arg-type]
    with pytest.raises(MisuseError, match="there is no search 'mol2mols'; there are text2mol, mol2text, mol2mol"):
        next(molseek.pages("mol2mols", "CCO"))  # type: ignore[arg-type]


def test_a_client_takes_the_connections_of_its_own_kind() -> None:
    with pytest.raises(MisuseError, match=r"molseek_client\.AsyncClient takes it"):
        Client(http=httpx2.AsyncClient())  # type: ignore[arg-type]
    with pytest.raises(MisuseError, match=r"molseek_client\.Client takes it"):
        AsyncClient(http=httpx2.Client())  # type: ignore[arg-type]
    with pytest.raises(MisuseError, match="an API key is a text, and this is a bytes"):
        Client(key=b"key")  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", [Client, AsyncClient])
@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"timeout": "5"}, "timeout is a number of seconds, more than 0, and this is '5'"),
        ({"timeout": None}, "this is None"),
        ({"timeout": 0}, "more than 0, and this is 0"),
        ({"timeout": float("nan")}, "this is nan"),
        ({"timeout": float("inf")}, "this is inf"),
        ({"patience": 3}, r"patience is a Patience, such as Patience\(attempts=3\), and this is 3"),
        ({"patience": 0}, "this is 0"),
        ({"http": "http://proxy"}, "http is an httpx2.*Client, and this is 'http://proxy'"),
    ],
)
def test_what_no_client_can_be_made_with_is_said_at_once(
    kind: type[Client | AsyncClient], given: dict[str, Any], said: str
) -> None:
    with pytest.raises(MisuseError, match=said):
        kind(**given)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"attempts": "3"}, "attempts is a whole number, 1 or more, and this is '3'"),
        ({"attempts": 2.5}, "this is 2.5"),
        ({"attempts": 0}, "this is 0"),
        ({"seconds": "60"}, "seconds is a number of seconds, 0 or more, and this is '60'"),
        ({"seconds": float("nan")}, "this is nan"),
        ({"first_pause": -1}, "this is -1"),
    ],
)
def test_what_is_no_patience_is_said_at_once(given: dict[str, Any], said: str) -> None:
    with pytest.raises(MisuseError, match=said):
        Patience(**given)


def test_numbers_of_numpy_are_numbers() -> None:
    Client(
        timeout=np.float32(5), patience=Patience(attempts=np.int64(2), seconds=0, first_pause=np.float64(0.5))
    ).close()  # type: ignore[arg-type]


@pytest.mark.parametrize("concurrency", ["4", 0, 1.5, None])
def test_what_is_no_concurrency_is_said_before_anything_is_asked(concurrency: Any) -> None:
    asked = AsyncClient()
    for bulk in (asked.bulk_text2mol, asked.bulk_mol2text, asked.bulk_mol2mol):
        with pytest.raises(MisuseError, match=f"concurrency is a whole number, 1 or more, and this is {concurrency!r}"):
            bulk(["CCO"], concurrency=concurrency)


def test_one_string_is_no_list_of_queries(molseek: Client) -> None:
    asking = (
        molseek.bulk_text2mol,
        molseek.bulk_mol2text,
        molseek.bulk_mol2mol,
        molseek.embed_text,
        molseek.embed_molecule,
    )
    for ask in asking:
        with pytest.raises(MisuseError, match="one string"):
            ask("abc")


@pytest.mark.parametrize(
    "url",
    [
        "127.0.0.1:8121",
        "localhost:8121",
        "",
        "http://",
        "ftp://host",
        "http://host:port",
        "http://host:99999",
        "http://[::1",
        f"http://{'a' * 70}.com",
    ],
)
def test_what_is_no_address_is_said_at_once(url: str) -> None:
    with pytest.raises(MisuseError, match="write it as http://HOST:PORT"):
        Client(url)


@pytest.mark.parametrize("url", ["http://127.0.0.1:8000/?q=aspirin", "http://127.0.0.1:8000/#results"])
def test_the_address_of_a_search_on_the_page_is_not_that_of_the_service(url: str) -> None:
    with pytest.raises(MisuseError, match="leave out"):
        Client(url)


def test_a_key_that_no_header_can_hold_is_said_at_once_and_not_shown() -> None:
    for key in ("secr\u00e9t", "sec\nret"):
        with pytest.raises(MisuseError, match="API key") as caught:
            Client("http://127.0.0.1:9", key=key)
        assert key not in str(caught.value)


@pytest.fixture
def address(app: FastAPI, client: TestClient) -> Iterator[str]:
    """The application, already running for `client`, on a real socket."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, lifespan="off", log_config=None))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}/"
    server.should_exit = True
    thread.join()


def test_over_a_real_socket(address: str) -> None:
    with Client(address) as molseek:
        assert molseek.molecule("ethanol").smiles == "CCO"
        assert molseek.mol2text("CCO", k=1)[0].description


def test_a_closed_client_says_so(address: str) -> None:
    with Client(address) as molseek:
        pass
    with pytest.raises(MisuseError, match="closed"):
        molseek.version()


def test_nobody_there() -> None:
    molseek = Client("http://127.0.0.1:9", patience=Patience(attempts=2, first_pause=0.01))
    with molseek, pytest.raises(UnreachableError, match=r"127\.0\.0\.1:9"):
        molseek.version()
