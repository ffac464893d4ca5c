"""Ranks, metrics and the retrieval protocol, by hand, against brute force, and through a real encoder."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from model.checkpoint import load_checkpoint
from model.inputs.structure import Molecule
from training.evaluation import EmbeddedSet, EvaluationError, as_json, embed, evaluate, prepare, score
from training.evaluation.external import Embeddings, embed_external, load_embeddings
from training.evaluation.metrics import Metrics, metrics_of_ranks, rank_of_truth
from training.pairs import Candidate, Pair

CANDIDATES = [Candidate("1", "CCO"), Candidate("2", "CC"), Candidate("3", "C"), Candidate("4", "OCC")]


def pair(smiles: str, text: str, identifier: str | None = None) -> Pair:
    return Pair(smiles, text, identifier, "test")


def vectors(*rows: Sequence[float]) -> NDArray[np.float32]:
    return np.array(rows, dtype=np.float32)


# --- ranks and metrics -------------------------------------------------------------------------------------------


def test_ranks_by_hand_with_ties_at_their_mean() -> None:
    queries = vectors([1, 0], [1, 0], [0, 2], [1, 0])
    candidates = vectors([5, 0], [3, 0], [1, 1], [0, 7])
    # Cosines to [1, 0]: 1, 1, .71, 0. The two firsts share 1.5; .71 is beaten by both; 0 by all three.
    assert rank_of_truth(queries, candidates, [[0], [2], [3], [3]]).tolist() == [1.5, 3, 1, 4]
    assert rank_of_truth(queries, candidates, np.array([1, 2, 3, 3])).tolist() == [1.5, 3, 1, 4]


def test_of_several_true_candidates_the_best_counts_and_the_others_do_not_stand_in_its_way() -> None:
    candidates = vectors([1, 0], [1, 0], [1, 1], [0, 1])
    assert rank_of_truth(vectors([1, 0]), candidates, [[0, 1]]).tolist() == [1]  # the other truth is no tie
    assert rank_of_truth(vectors([1, 0]), candidates, [[1, 3]]).tolist() == [1.5]  # ties with the wrong row 0
    assert rank_of_truth(vectors([1, 0]), candidates, [[2, 3]]).tolist() == [3]


def test_a_collapsed_encoder_gets_the_middle_of_the_pool() -> None:
    ranks = rank_of_truth(np.ones((3, 4), np.float32), np.ones((10, 4), np.float32), [[0], [4], [9]])
    assert ranks.tolist() == [5.5] * 3
    assert metrics_of_ranks(ranks, 10).hits1 == 0


def test_a_zero_vector_is_orthogonal_to_everything() -> None:
    assert rank_of_truth(vectors([0, 0]), vectors([1, 0], [0, 1], [0, 0]), [[0]]).tolist() == [2]


def test_rounding_of_float32_embeddings_is_a_tie_and_a_real_difference_is_not() -> None:
    truth = np.array([0.6, 0.8])
    noisy = truth + np.array([1e-8, -1e-7])
    worse = np.array([0.59, np.sqrt(1 - 0.59**2)])
    queries = np.array([[0.6, 0.8]])
    assert rank_of_truth(queries, np.stack([truth, noisy]), [[1]]).tolist() == [1.5]
    assert rank_of_truth(queries, np.stack([truth, worse]), [[1]]).tolist() == [2]


def test_metrics_by_hand() -> None:
    metrics = metrics_of_ranks([1, 1.5, 2, 10, 10.5], 40)
    assert metrics.hits1 == pytest.approx(1 / 5)
    assert metrics.hits10 == pytest.approx(4 / 5)
    assert metrics.mrr == pytest.approx((1 + 1 / 1.5 + 1 / 2 + 1 / 10 + 1 / 10.5) / 5)
    assert metrics.mean_rank == pytest.approx(5)
    assert (metrics.queries, metrics.pool) == (5, 40)


@pytest.mark.parametrize("ranks", [[], [0.5], [41], [float("nan")], [[1]]])
def test_impossible_ranks_have_no_metrics(ranks: list[float]) -> None:
    with pytest.raises(ValueError):
        metrics_of_ranks(ranks, 40)


def naive_ranks(queries: NDArray[np.float64], candidates: NDArray[np.float64], truth: list[set[int]]) -> list[float]:
    """The definition, one comparison at a time: the mean place of the best truth among its equals."""

    def cosine(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
        length = float(np.linalg.norm(one) * np.linalg.norm(other))
        return float(one @ other) / length if length else 0.0

    ranks = []
    for query, right in zip(queries, truth, strict=True):
        scores = [round(cosine(query, candidate), 9) for candidate in candidates]
        best = max(scores[row] for row in right)
        wrong = [value for row, value in enumerate(scores) if row not in right]
        above = sum(value > best for value in wrong)
        equal = sum(value == best for value in wrong)
        places = range(above + 1, above + equal + 2)
        ranks.append(sum(places) / len(places))
    return ranks


@st.composite
def retrieval_cases(
    draw: st.DrawFn,
) -> tuple[NDArray[np.float64], NDArray[np.float64], list[set[int]], int]:
    dim = draw(st.integers(1, 3))
    lattice = st.lists(st.integers(-2, 2), min_size=dim, max_size=dim)  # few directions: many ties
    queries = draw(st.lists(lattice, min_size=1, max_size=6))
    candidates = draw(st.lists(lattice, min_size=1, max_size=12))
    rows = st.sets(st.integers(0, len(candidates) - 1), min_size=1, max_size=4)
    truth = [draw(rows) for _ in queries]
    return np.array(queries, float), np.array(candidates, float), truth, draw(st.sampled_from([1, 8, 40, 100, 10**6]))


@given(retrieval_cases())
@settings(max_examples=200, deadline=None)
def test_ranks_equal_brute_force_however_they_are_chunked(
    case: tuple[NDArray[np.float64], NDArray[np.float64], list[set[int]], int],
) -> None:
    queries, candidates, truth, chunk_bytes = case
    expected = naive_ranks(queries, candidates, truth)
    for dtype in (np.float64, np.float32):
        ranks = rank_of_truth(
            queries.astype(dtype), candidates.astype(dtype), [sorted(rows) for rows in truth], chunk_bytes=chunk_bytes
        )
        assert ranks.tolist() == pytest.approx(expected)


def test_chunking_changes_no_rank_of_a_large_pool() -> None:
    rng = np.random.default_rng(0)
    queries = rng.normal(size=(150, 24)).astype(np.float32)
    candidates = rng.normal(size=(3000, 24)).astype(np.float32)
    candidates[100:200] = candidates[0]  # a hundred copies
    truth = [rng.integers(0, 3000, size=rng.integers(1, 4)) for _ in queries]
    whole = rank_of_truth(queries, candidates, truth, chunk_bytes=2**30)
    for chunk_bytes in (3_000, 40_000, 1_000_003):
        assert rank_of_truth(queries, candidates, truth, chunk_bytes=chunk_bytes).tolist() == whole.tolist()


@pytest.mark.parametrize(
    ("queries", "candidates", "truth", "message"),
    [
        (np.ones((1, 2)), np.ones((2, 3)), [[0]], "dimensions"),
        (np.ones((2, 2)), np.ones((2, 2)), [[0]], "1 truths"),
        (np.ones((1, 2)), np.ones((2, 2)), [[]], "no true candidate"),
        (np.ones((1, 2)), np.ones((2, 2)), [[2]], "outside"),
        (np.ones((1, 2)), np.ones((2, 2)), [[-1]], "outside"),
        (np.ones((1, 2)), np.ones((2, 2)), [[0.5]], "not a set of candidate rows"),
        (np.full((1, 2), np.nan), np.ones((2, 2)), [[0]], "query vector is not finite"),
        (np.ones((1, 2)), np.full((2, 2), np.inf), [[0]], "candidate vector is not finite"),
        (np.ones(2), np.ones((2, 2)), [[0]], "shape"),
    ],
)
def test_vectors_and_truths_that_do_not_fit_are_refused(
    queries: NDArray[np.float64], candidates: NDArray[np.float64], truth: list[list[int]], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        rank_of_truth(queries, candidates, truth)


# --- what is ranked among what -----------------------------------------------------------------------------------


def test_an_id_decides_where_structures_agree() -> None:
    prepared = prepare([pair("OCC", "ethanol", "1"), pair("OCC", "the same", "4")], CANDIDATES)
    # Rows 0 and 3 are one molecule; the published protocol holds entries of one InChIKey apart by their id.
    assert [rows.tolist() for rows in prepared.text_truth] == [[0], [3]]
    assert prepared.matching.by_id == 2


def test_without_an_id_every_candidate_of_the_same_inchikey_is_right() -> None:
    prepared = prepare([pair("C(O)C", "ethanol")], CANDIDATES)
    assert [rows.tolist() for rows in prepared.text_truth] == [[0, 3]]
    assert prepared.matching.by_structure == 1


def test_an_id_of_another_structure_is_not_believed() -> None:
    prepared = prepare([pair("C", "methane", "2")], CANDIDATES)
    assert [rows.tolist() for rows in prepared.text_truth] == [[2]]
    assert prepared.matching.id_conflicts == 1


def test_a_molecule_that_is_no_candidate_is_added_once_and_counted() -> None:
    pairs = [pair("CCN", "an amine", "77"), pair("NCC", "again"), pair("CCCl", "a chloride", "1")]
    prepared = prepare(pairs, CANDIDATES)
    assert prepared.smiles[4:] == ("CCN", "CCCl")
    assert prepared.molecule_ids == ("1", "2", "3", "4", "77", "added-5")
    assert [rows.tolist() for rows in prepared.text_truth] == [[4], [4], [5]]
    assert (prepared.matching.added, prepared.matching.id_conflicts) == (2, 1)


def test_structures_that_do_not_parse_are_left_out_and_counted() -> None:
    prepared = prepare(
        [pair("C", "methane", "3"), pair("C1CC", "open")], [Candidate("0", "not a molecule"), *CANDIDATES]
    )
    assert prepared.texts == ("methane",)
    assert [rows.tolist() for rows in prepared.text_truth] == [[2]]
    assert (prepared.matching.dropped_pairs, prepared.matching.dropped_candidates) == (1, 1)


def test_nothing_to_evaluate_and_repeated_ids_are_errors() -> None:
    with pytest.raises(EvaluationError, match="no pair"):
        prepare([], CANDIDATES)
    with pytest.raises(EvaluationError, match="id '1'"):
        prepare([pair("C", "methane")], [*CANDIDATES, Candidate("1", "CCC")])


def test_both_directions_by_hand() -> None:
    pairs = [
        pair("CCO", "ethanol", "1"),
        pair("CCO", "a solvent", "1"),
        pair("CC", "ethane", "2"),
        pair("C", "gas", "3"),
    ]
    prepared = prepare(pairs, CANDIDATES[:3])
    assert prepared.queries.tolist() == [0, 1, 2]
    assert [rows.tolist() for rows in prepared.query_truth] == [[0, 1], [2], [3]]
    molecules = vectors([1, 0], [0, 1], [-1, 0])
    texts = vectors([1, 0.1], [0, 1], [0.1, 1], [0, -1])
    metrics = score(prepared, EmbeddedSet(texts, molecules))
    # text → molecule ranks: 1; row 1 wins and row 0 ties with row 2: 2.5; 1; rows 0 and 2 tie at the top: 1.5
    assert metrics["text2mol"] == Metrics(0.5, 1.0, (1 + 1 / 2.5 + 1 + 1 / 1.5) / 4, 1.5, 4, 3)
    # molecule → text ranks: 1 (its best text); "ethane" is second to "a solvent"; "gas" ties at 0 with "a solvent"
    assert metrics["mol2text"] == Metrics(1 / 3, 1.0, (1 + 1 / 2 + 1 / 1.5) / 3, 1.5, 3, 4)


def test_the_json_has_exactly_the_documented_keys() -> None:
    metrics = Metrics(0.25, 0.5, 0.3, 12.5, 4, 40)
    found = json.loads(json.dumps(as_json({"text2mol": metrics, "mol2text": metrics})))
    expected = {"hits@1": 0.25, "hits@10": 0.5, "mrr": 0.3, "mean_rank": 12.5, "queries": 4, "pool": 40}
    assert found == {"text2mol": expected, "mol2text": expected}


class LengthEncoder:
    """Encodes a text by its first number and a molecule by its heavy atoms: a perfect retriever of counts."""

    def encode_text(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return self._points([int(text.split()[0]) for text in texts])

    def encode_molecules(self, molecules: Sequence[Molecule]) -> NDArray[np.float32]:
        return self._points([molecule.mol.GetNumAtoms() for molecule in molecules])

    @staticmethod
    def _points(counts: list[int]) -> NDArray[np.float32]:
        angles = np.array(counts, dtype=np.float32) / 10
        return np.stack([np.cos(angles), np.sin(angles)], axis=1)


def test_a_perfect_encoder_is_perfect_in_both_directions() -> None:
    candidates = [Candidate(str(size), "C" * size) for size in range(1, 12)]
    pairs = [pair("C" * size, f"{size} carbons", str(size)) for size in (3, 7, 11)]
    metrics = evaluate(LengthEncoder(), pairs, candidates)
    assert metrics["text2mol"] == Metrics(1, 1, 1, 1, 3, 11)
    assert metrics["mol2text"] == Metrics(1, 1, 1, 1, 3, 3)


def test_features_made_once_give_what_the_encoder_gives(tiny_checkpoint: Path) -> None:
    encoder = load_checkpoint(tiny_checkpoint).encoder
    prepared = prepare([pair("CCO", "An alcohol.", "1"), pair("CCN", "An amine.")], CANDIDATES)
    features = [encoder.featurizer(molecule) for molecule in prepared.molecules()]
    cached, direct = embed(encoder, prepared, features), embed(encoder, prepared)
    np.testing.assert_allclose(cached.molecules, direct.molecules, atol=1e-6)
    np.testing.assert_allclose(cached.texts, direct.texts, atol=1e-6)
    assert score(prepared, cached) == score(prepared, direct)
    with pytest.raises(EvaluationError, match="1 molecule features"):
        embed(encoder, prepared, features[:1])
    with pytest.raises(EvaluationError, match="none of Molseek"):
        embed(LengthEncoder(), prepared, features)


# --- external systems --------------------------------------------------------------------------------------------


def test_external_embeddings_stand_in_the_order_of_the_set(tmp_path: Path) -> None:
    prepared = prepare([pair("C", "methane", "3"), pair("CCO", "ethanol", "1")], CANDIDATES[:3])
    np.savez(tmp_path / "mol.npz", ids=np.array([3, 2, 1]), embeddings=np.eye(3))
    np.savez(tmp_path / "text.npz", ids=np.array(["1", "3"]), embeddings=vectors([0, 0, 1], [1, 0, 0]))
    embedded = embed_external(prepared, load_embeddings(tmp_path / "text.npz"), load_embeddings(tmp_path / "mol.npz"))
    assert embedded.molecules.dtype == np.float32
    assert score(prepared, embedded)["text2mol"] == Metrics(1, 1, 1, 1, 2, 3)


def test_external_embeddings_that_do_not_cover_the_set_are_refused() -> None:
    prepared = prepare([pair("C", "methane", "3"), pair("CCO", "ethanol", "1")], CANDIDATES[:3])
    some = Embeddings(("1", "3"), np.eye(2, dtype=np.float32))
    with pytest.raises(EvaluationError, match="1 of 3 molecule ids have no embedding, for example '2'"):
        embed_external(prepared, some, some)
    twice = prepare([pair("C", "methane", "3"), pair("C", "marsh gas", "3")], CANDIDATES[:3])
    with pytest.raises(EvaluationError, match="no two alike"):
        embed_external(twice, some, some)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"ids": np.array(["1"])}, "no array embeddings"),
        ({"ids": np.array(["1", "1"]), "embeddings": np.ones((2, 2))}, "more than once"),
        ({"ids": np.array(["1"]), "embeddings": np.ones((2, 2))}, "shape"),
        ({"ids": np.array([1.5]), "embeddings": np.ones((1, 2))}, "whole numbers"),
        ({"ids": np.array(["1"]), "embeddings": np.array([[np.nan]])}, "not finite"),
        ({"ids": np.array(["1"], dtype=object), "embeddings": np.ones((1, 2))}, "cannot be read"),
    ],
)
def test_files_of_embeddings_are_checked(tmp_path: Path, arrays: dict[str, NDArray[np.generic]], message: str) -> None:
    np.savez(tmp_path / "e.npz", **arrays)  # type: ignore[arg-type]
    with pytest.raises(EvaluationError, match=message):
        load_embeddings(tmp_path / "e.npz")


def test_a_file_that_is_no_npz_is_refused(tmp_path: Path) -> None:
    (tmp_path / "e.npz").write_text("no zip")
    np.save(tmp_path / "plain.npy", np.ones(3))
    for name in ("e.npz", "plain.npy", "absent.npz"):
        with pytest.raises(EvaluationError, match="cannot be read"):
            load_embeddings(tmp_path / name)


@pytest.mark.realdata
def test_the_published_pool_is_complete_and_every_validation_molecule_in_it(real_data: Path) -> None:
    from training.pairs import read_candidates, read_pairs

    validation = read_pairs(real_data / "chebi20_validation.tsv").pairs
    prepared = prepare(validation[:200], read_candidates(real_data / "chebi20_candidates.tsv"))
    assert len(prepared.smiles) == 33_010
    assert prepared.matching.by_id == 200
    assert prepared.matching.dropped_candidates == 0
