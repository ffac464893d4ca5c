"""Ranks, metrics and the retrieval protocol, by hand, against brute force, and through a real encoder."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from model.checkpoint import load_checkpoint
from model.inputs.structure import Molecule
from training.evaluation import EmbeddedSet, EvaluationError, as_json, embed, evaluate, prepare, score
from training.evaluation.metrics import Metrics
from training.pairs import Candidate, Pair

CANDIDATES = [Candidate("1", "CCO"), Candidate("2", "CC"), Candidate("3", "C"), Candidate("4", "OCC")]


def pair(smiles: str, text: str, identifier: str | None = None) -> Pair:
    return Pair(smiles, text, identifier, "test")


def vectors(*rows: Sequence[float]) -> NDArray[np.float32]:
    return np.array(rows, dtype=np.float32)


def test_an_id_decides_where_structures_agree() -> None:
    prepared = prepare([pair("OCC", "ethanol", "1"), pair("OCC", "the same", "4")], CANDIDATES)
    # Rows 0 and 3 are one molecule; the published protocol holds entries of one InChIKey apart by their id.
    assert [rows.tolist() for rows in prepared.text_truth] == [[0], [3]]
    assert prepared.matching.by_id == 2


def test_without_an_id_every_candidate_of_the_same_inchikey_is_right() -> None:
    prepared = prepare([pair("C(O)C", "ethanol")], CANDIDATES)
    assert [rows.tolist() for rows in prepared.text_truth] == [[0, 3]]
    assert prepared.matching.by_structure == 1


def test_an_id_of_another_structure_is_ignored() -> None:
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
    with pytest.raises(EvaluationError, match="not one of Molseek"):
        embed(LengthEncoder(), prepared, features)


@pytest.mark.realdata
@pytest.mark.slow
def test_the_published_pool_is_complete_and_every_validation_molecule_in_it(real_data: Path) -> None:
    from training.pairs import read_candidates, read_pairs

    validation = read_pairs(real_data / "chebi20_validation.tsv").pairs
    prepared = prepare(validation[:200], read_candidates(real_data / "chebi20_candidates.tsv"))
    assert len(prepared.smiles) == 33_010
    assert prepared.matching.by_id == 200
    assert prepared.matching.dropped_candidates == 0
