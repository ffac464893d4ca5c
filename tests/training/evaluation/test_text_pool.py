"""Molecule → text among all texts: which texts are added, and whose they are."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from tests.support.tiny_run import TRAIN, write_tiny_files
from training.cli import app
from training.evaluation import EmbeddedSet, EvaluationError, prepare, score
from training.evaluation.text_pool import molecule_to_text, text_pool
from training.pairs import Candidate, Pair

CANDIDATES = [Candidate("1", "CCO"), Candidate("2", "CC"), Candidate("3", "C"), Candidate("4", "OCC")]


def pair(smiles: str, text: str, identifier: str | None = None) -> Pair:
    return Pair(smiles, text, identifier, "test")


PAIRS = [pair("CCO", "ethanol", "1"), pair("C", "methane", "3")]


def test_the_pairs_own_instances_are_not_added_again() -> None:
    pool = text_pool(prepare(PAIRS, CANDIDATES), [pair("OCC", "ethanol", "1"), pair("CC", "ethane", "2"), *PAIRS])
    assert pool.texts == ("ethane",)
    assert pool.ids == ("2",)
    assert pool.query.tolist() == [-1]


def test_a_further_text_of_a_query_is_right_too_unless_another_entry_has_it() -> None:
    further = [
        pair("CCO", "an alcohol", "1"),  # the query's id
        pair("OCC", "grain spirit"),  # its structure, without an id
        pair("OCC", "ethanol", "4"),  # another entry of the same structure, which the protocol holds apart
        pair("CC", "an alkane", "1"),  # its id, but another structure
        pair("no structure", "nonsense"),
    ]
    pool = text_pool(prepare(PAIRS, CANDIDATES), further)
    assert pool.query.tolist() == [0, 0, -1, -1, -1]


def test_evaluate_prints_both_pools(tmp_path: Path) -> None:
    files = write_tiny_files(tmp_path)
    options = ["evaluate", "--checkpoint", "compact", "--pairs", files.validation, "--candidates", files.candidates]
    out = tmp_path / "figures.json"
    texts = ["--texts", files.pairs, "--texts", files.validation]
    answer = CliRunner().invoke(app, [*options, *texts, "--json", str(out)])
    assert answer.exit_code == 0, answer.output
    figures = json.loads(out.read_text(encoding="utf-8"))
    assert (figures["mol2text"]["pool"], figures["mol2text_all"]["pool"]) == (3, 3 + len(TRAIN))
    assert figures["mol2text_all"]["mean_rank"] >= figures["mol2text"]["mean_rank"]
    assert "mol2text_all" in answer.output
    assert "mol2text_all" not in CliRunner().invoke(app, options).output


def test_ranks_among_all_texts_are_never_better_and_count_every_right_text() -> None:
    prepared = prepare(PAIRS, CANDIDATES)
    pool = text_pool(prepared, [pair("CC", "ethane", "2"), pair("CCO", "an alcohol", "1")])
    molecules = np.array([[1, 0], [0, 1], [0.6, 0.8], [1, 0]], np.float32)
    texts = np.array([[0.8, 0.6], [0.7, 0.7]], np.float32)
    embedded = EmbeddedSet(texts, molecules)
    assert score(prepared, embedded)["mol2text"].mean_rank == 1
    # Ethane's text lies on both molecules' side: before methane's own text, behind the alcohol's second text.
    metrics = molecule_to_text(prepared, embedded, pool, np.array([[0.6, 0.8], [1, 0]], np.float32))
    assert (metrics.mean_rank, metrics.queries, metrics.pool) == (1.5, 2, 4)
    alone = text_pool(prepared, PAIRS)
    assert (
        molecule_to_text(prepared, embedded, alone, np.empty((0, 2), np.float32))
        == score(prepared, embedded)["mol2text"]
    )
    with pytest.raises(EvaluationError, match="1 vectors for a pool of 2"):
        molecule_to_text(prepared, embedded, pool, np.ones((1, 2), np.float32))
