"""The benchmarks run and print whole tables. What they measure is for people to read: no time is asserted."""

from __future__ import annotations

import math
from itertools import pairwise
from pathlib import Path

import faiss
import numpy as np
import pytest
import torch
from rdkit import Chem

from benchmarks import (
    encoder,
    everyday,
    featurise,
    gpu,
    index_build,
    lexicon,
    search,
    similarity,
    structural_questions,
    training_step,
)
from benchmarks.machine import describe
from benchmarks.table import Table
from benchmarks.timing import Timings, interleave, interleave_fresh
from indexer.build.report import STAGES
from indexer.examples import example_corpus
from tests.support.recipes import compounds, recipe, write_recipe, write_vectors


@pytest.fixture(autouse=True)
def example_data_only(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The same inputs everywhere: the example corpus."""
    monkeypatch.setenv("MOLSEEK_DATA", str(tmp_path))


@pytest.fixture(autouse=True)
def threads_as_before() -> object:
    before = torch.get_num_threads(), faiss.omp_get_max_threads(), faiss.cvar.distance_compute_blas_threshold
    yield
    torch.set_num_threads(before[0])
    faiss.omp_set_num_threads(before[1])
    faiss.cvar.distance_compute_blas_threshold = before[2]


def assert_whole(table: Table) -> None:
    assert table.rows
    for row in table.rows:
        assert len(row) == len(table.columns)
        assert all(math.isfinite(cell) for cell in row if not isinstance(cell, str))
    widths = {len(line) for line in str(table).splitlines() if line.startswith("|")}
    assert len(widths) == 1


def test_encoder_counts_operations_for_both_towers() -> None:
    (table,) = encoder.run(size=6, rounds=1, threads=1, scale=0.05, pretrained=False)
    assert_whole(table)
    flops = [row[table.columns.index("MFLOP an item")] for row in table.rows]
    assert {row[0] for row in table.rows} == {"text", "molecule"}
    assert all(cell > 0 for cell in flops if not isinstance(cell, str))


def test_featurise_compares_with_rdkit() -> None:
    against, dominance, processes = featurise.run(size=6, rounds=1, workers=[0])
    for table in (against, dominance, processes):
        assert_whole(table)
    shares = [row[2] for row in dominance.rows]
    assert all(share > 0 for share in shares if not isinstance(share, str)) and shares[-1] == pytest.approx(1)


def test_search_measures_every_batch() -> None:
    (table,) = search.run([500], dim=16, batches=[1, 8], rounds=1, threads=1, scale=0.02)
    assert_whole(table)
    assert [row[0] for row in table.rows] == [1, 8]


def test_the_pass_over_a_gpu_makes_its_tables_on_any_device(tmp_path: Path) -> None:
    table = gpu.searches(2000, 16, batches=[1, 4], rounds=1, devices=["cpu"], megabytes=1)
    assert_whole(table)
    assert [row[:3] for row in table.rows] == [(kind, "cpu", batch) for kind in ("flat", "ivf") for batch in (1, 4)]
    half = gpu.half_precision(3000, 16, batches=[2], rounds=1, device="cpu", megabytes=1)
    assert_whole(half)
    assert half.title.startswith("3,000 × 16 float16")


def test_without_a_gpu_the_pass_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    with pytest.raises(SystemExit, match=r"^error: there is no GPU here that torch can use as 'cuda'; run this on"):
        gpu.main([])


def test_the_bare_alternative_finds_the_same_rows() -> None:
    vectors, queries = search.unit_vectors(300, 16, seed=0), search.unit_vectors(150, 16, seed=1)
    found = search.bare(vectors, queries, 5)
    assert (found == np.argsort(-(queries @ vectors.T), axis=1)[:, :5]).all()


def test_index_build_splits_the_time(tmp_path: Path) -> None:
    corpus = tmp_path / "corpus.tsv"
    corpus.write_text("id\tsmiles\tdescription\n1\tCCO\tA solvent.\n2\tc1ccccc1O\tA phenol.\n", encoding="utf-8")
    speeds, rates, stages = index_build.run(corpus, [], workers=[0], rounds=1)
    for table in (speeds, rates, stages):
        assert_whole(table)
    parse, featurise, encode = (row[1] for row in rates.rows)
    assert 0 < parse < featurise and encode > 0
    assert "2 molecules and 2 descriptions" in speeds.title
    assert [row[1] for row in stages.rows] == list(STAGES)


def test_a_training_step_is_taken_apart_and_counted(tmp_path: Path) -> None:
    vectors = write_vectors(tmp_path / "vectors.npz", compounds(4))
    preset = write_recipe(tmp_path / "small.yaml", recipe(vectors, batch_size=6, micro_batch_size=4))
    (table,) = training_step.run(str(preset), [], inputs=12, rounds=1, threads=1, device="cpu", scale=0.05)
    assert_whole(table)
    assert "6 pairs, float32" in table.title
    flops = [row[table.columns.index("GFLOP")] for row in table.rows]
    whole, _, encoders, losses, _ = (0.0 if isinstance(cell, str) else cell for cell in flops)
    assert whole == pytest.approx(encoders + losses)
    assert encoders > losses > 0


def test_interleaving_runs_all_cases_in_every_round_on_fresh_inputs() -> None:
    ran: list[tuple[str, int]] = []
    made = iter(range(100))
    cases = {name: (lambda fresh, name=name: ran.append((name, fresh))) for name in ("a", "b")}
    ticks = iter(float(tick) for tick in range(100))
    timings = interleave_fresh(cases, lambda: next(made), rounds=2, clock=lambda: next(ticks))
    assert [name for name, _ in ran] == ["a", "b", "a", "b", "b", "a"]
    assert all(after == before + 1 for (_, before), (_, after) in pairwise(ran))
    assert timings.rounds == {"a": [1.0, 1.0], "b": [1.0, 1.0]}


def test_ratios_are_formed_within_a_round() -> None:
    timings = Timings({"ours": [1.0, 10.0, 2.0], "theirs": [2.0, 20.0, 6.0]})
    assert timings.ratio("theirs", "ours") == 2.0
    assert timings.share("ours", lambda index: [0.5, 5.0, 0.5][index]) == 0.5


def test_every_case_runs_once_before_it_is_measured() -> None:
    calls: list[str] = []
    interleave({"only": lambda: calls.append("only")}, rounds=3, clock=lambda: 0.0)
    assert len(calls) == 4


def test_the_machine_is_described_with_threads_and_versions() -> None:
    line = describe(3)
    assert "3 thread(s)" in line
    assert "rdkit " in line


def test_structural_questions_are_judged_by_structures(tiny_checkpoint: Path, tmp_path: Path) -> None:
    (tmp_path / "pool.tsv").write_text("id\tsmiles\n1\tN#Cc1cccnc1\n2\tOB(O)c1ccccc1\n3\tC(C\n4\tCCO\n")
    molecules = structural_questions.read_molecules(str(tmp_path / "pool.tsv"))
    assert len(molecules) == 3
    table = structural_questions.measure([str(tiny_checkpoint)], molecules)
    assert_whole(table)
    assert [row[:2] for row in table.rows] == [("pyridine with a nitrile", 1), ("boronic acid", 1), ("mean of 2", "")]
    first, second, mean = (float(row[2]) for row in table.rows)
    assert mean == (first + second) / 2


def test_structural_questions_are_answered_by_what_they_ask_for() -> None:
    answered = {
        question.text: question.answered_by(Chem.MolFromSmiles("COc1ccc(CCN)cc1OC"))
        for question in structural_questions.read_questions()
    }
    assert [text for text, answers in answered.items() if answers] == ["dimethoxybenzene with a primary amine"]


def test_precision_is_among_as_many_as_answer() -> None:
    assert structural_questions.precision(np.array([True, False, True, False])) == 0.5
    assert structural_questions.precision(np.array([True] + [False] * 9 + [True] * 9)) == 0.1


def test_lexicon_times_every_kind_of_look_up() -> None:
    table = lexicon.run(50, queries=20)
    assert_whole(table)
    assert len(table.rows) == 6


@pytest.mark.slow
def test_everyday_asks_the_bundled_corpus_in_every_mode(tiny_checkpoint: Path, tmp_path: Path) -> None:
    table, untagged = everyday.run(str(tiny_checkpoint))
    assert_whole(table)
    assert_whole(untagged)
    found = {(row[0], row[2]): row[3] for row in table.rows}
    assert found["names", "auto"] == 1.0


def test_similarity() -> None:
    fingerprints = similarity.read_fingerprints(example_corpus())
    assert_whole(similarity.run(fingerprints[:200], 300, queries=3))
    assert "same similarities: True" in similarity.run(fingerprints[:200], 300, queries=3).title
