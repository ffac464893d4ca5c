"""Confidences fitted to hits: they come true, they are those of the service, and unfit data are refused."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from indexer.examples import example_corpus
from model import load_checkpoint, save_ensemble
from model.checkpoint.calibration import NEIGHBOURS, ConfidenceCurve
from tests.support.recipes import compounds, write_pairs
from tests.support.tiny import make_tiny_checkpoint
from training.cli import app
from training.evaluation import EmbeddedSet, EvaluationError, EvaluationSet, prepare
from training.pairs import Candidate, Pair
from training.runs.calibration import calibrate, calibrate_categories, calibrate_names
from training.runs.curve_fitting import AnsweredQueries, answer, answered, fit_curve, out_of_fold, reliability


def drawn(queries: int, curve: ConfidenceCurve, seed: int = 0, neighbours: int = NEIGHBOURS) -> AnsweredQueries:
    """Queries whose right hit is drawn with the very probabilities that the curve gives."""
    generator = np.random.default_rng(seed)
    level = generator.uniform(0.4, 0.7, (queries, 1))
    scores = -np.sort(-(level + generator.exponential(0.07, (queries, neighbours))), axis=1)
    scores = np.pad(scores, ((0, 0), (0, NEIGHBOURS - neighbours)), constant_values=-np.inf)
    shares, ticket = np.cumsum(curve.confidences(scores), axis=1), generator.uniform(size=(queries, 1))
    right = (ticket < shares) & (ticket >= np.concatenate([np.zeros((queries, 1)), shares[:, :-1]], axis=1))
    return AnsweredQueries(scores, right, scores, pool=1000)


TRUE_CURVE = ConfidenceCurve(sharpness=40, none_weight=6, none_slope=-8, background=0.5)


def test_the_curve_that_made_the_answers_is_found_again() -> None:
    fitted = fit_curve(drawn(20_000, TRUE_CURVE))
    assert fitted.sharpness == pytest.approx(TRUE_CURVE.sharpness, rel=0.05)
    assert fitted.none_weight == pytest.approx(TRUE_CURVE.none_weight, abs=0.6)
    assert fitted.none_slope == pytest.approx(TRUE_CURVE.none_slope, abs=1.2)


def test_what_is_unknown_of_texts_is_fitted() -> None:
    """Two kinds of texts: of those that the network knows half of, leads say half as much."""
    known = drawn(8_000, TRUE_CURVE)
    half = drawn(8_000, TRUE_CURVE.model_copy(update={"sharpness": TRUE_CURVE.sharpness / 2}), seed=1)
    fitted = fit_curve(replace(known, unknown=np.zeros(8_000)) + replace(half, unknown=np.full(8_000, 0.5)))
    assert fitted.sharpness == pytest.approx(TRUE_CURVE.sharpness, rel=0.05)
    assert fitted.sharpness + 0.5 * fitted.unknown_slope == pytest.approx(TRUE_CURVE.sharpness / 2, rel=0.1)


def test_names_are_believed_less_where_their_molecules_may_be_missing() -> None:
    names = drawn(4_000, TRUE_CURVE)
    names = names.some(names.right[:, 0])
    names = replace(names, absent=np.concatenate([names.scores[:, 1:], names.scores[:, -1:]], axis=1))
    fitted, alone = calibrate_names(names), fit_curve(names)
    assert fitted is not None and fitted.queries == 2 * len(names.scores)
    right = np.repeat([True, False], len(names.scores))
    figures = []
    for curve in (fitted.curve, alone):
        first = np.concatenate([curve.confidences(scores)[:, 0] for scores in (names.scores, names.absent)])
        figures.append((reliability(first, right).ece, first[~right].mean()))
    (ece, believed), (ece_alone, believed_alone) = figures
    assert ece < ece_alone / 2 and believed < believed_alone / 2


def test_many_right_hits_of_a_category_are_believed_at_once() -> None:
    generator = np.random.default_rng(0)
    scores = -np.sort(-generator.uniform(0.2, 0.9, (2_000, NEIGHBOURS)), axis=1)
    chance = 1 / (1 + np.exp(-20 * (scores - 0.6)))
    right = generator.uniform(size=scores.shape) < chance
    fitted = calibrate_categories(AnsweredQueries(scores, right, scores, pool=2_000), None)
    assert fitted is not None and not fitted.curve.competing
    assert fitted.first.ece < 0.03 and fitted.hits.ece < 0.03
    assert fitted.curve.confidences(scores).sum(axis=1).mean() == pytest.approx(right.sum(axis=1).mean(), rel=0.05)
    assert calibrate_categories(AnsweredQueries(scores[:9], right[:9], scores[:9], pool=9), None) is None


def log_likelihood(curve: ConfidenceCurve, queries: AnsweredQueries) -> float:
    confidences = curve.confidences(queries.scores)
    chosen = np.where(queries.right, confidences, 0).sum(axis=1)
    none = 1 - confidences.sum(axis=1)
    return float(np.log(np.where(queries.right.any(axis=1), chosen, none)).mean())


@pytest.mark.parametrize("several", [False, True])
def test_no_other_curve_is_likelier(several: bool) -> None:
    """Judged by the confidences themselves, so that what is fitted is what is served."""
    queries = drawn(400, TRUE_CURVE, seed=1)
    if several:  # some queries have two right hits
        right = queries.right | np.roll(queries.right, 1, axis=1)
        queries = AnsweredQueries(queries.scores, right, queries.absent, queries.pool)
    best = fit_curve(queries)
    reached = log_likelihood(best, queries)
    for name, distance in (("sharpness", 3.0), ("none_weight", 0.5), ("none_slope", 1.0)):
        for sign in (-1, 1):
            other = best.model_copy(update={name: getattr(best, name) + sign * distance})
            assert log_likelihood(other, queries) < reached


def test_confidences_of_queries_not_fitted_on_come_true() -> None:
    queries = drawn(4000, TRUE_CURVE, seed=2)
    confidences, _ = out_of_fold(queries)
    assert reliability(confidences, queries.right).ece < 0.01
    assert reliability(confidences[:, 0], queries.right[:, 0]).ece < 0.03
    np.testing.assert_array_equal(confidences, out_of_fold(queries)[0])  # seeded
    assert not np.array_equal(confidences, out_of_fold(queries, seed=1)[0])


def test_no_query_has_a_say_in_its_own_confidence() -> None:
    queries = drawn(200, TRUE_CURVE, seed=3)
    confidences, _ = out_of_fold(queries)
    for query in (0, 17):
        right = queries.right.copy()
        right[query] = np.arange(NEIGHBOURS) == NEIGHBOURS - 1 - right[query].argmax()
        other, _ = out_of_fold(AnsweredQueries(queries.scores, right, queries.absent, queries.pool))
        np.testing.assert_array_equal(other[query], confidences[query])
        assert not np.array_equal(other, confidences)


@pytest.mark.parametrize("case", ["all right", "none right", "misleading", "pool of three", "all alike"])
def test_extremes_give_finite_curves(case: str) -> None:
    queries = drawn(60, TRUE_CURVE, seed=4, neighbours=3 if case == "pool of three" else NEIGHBOURS)
    scores, right = queries.scores, np.zeros_like(queries.right)
    if case == "all right":
        right[:, 0] = True
    if case == "misleading":
        right[:, -1] = True
    if case == "pool of three":
        right[::2, 0] = True
    if case == "all alike":
        scores, right[:, 3] = np.zeros_like(scores), True
    curve = fit_curve(AnsweredQueries(scores, right, scores, pool=100))
    confidences = curve.confidences(scores)
    (first, *_) = confidences.mean(axis=0)
    assert confidences.sum(axis=1).mean() == pytest.approx(right.any(axis=1).mean(), abs=0.08)
    if case == "all right":
        assert first > 0.9
    if case == "none right":
        assert first < 0.05
    if case == "misleading":
        assert curve.sharpness == pytest.approx(0, abs=1e-6)
        assert first == pytest.approx(0.1, abs=0.01)
    if case == "all alike":
        assert first == pytest.approx(0.1, abs=0.01)


def test_every_right_hit_is_right_and_the_absent_are_wrong_ones_only() -> None:
    pool = np.array([[1, 0], [0.9, 0.1], [0.5, 0.5], [0, 1]])
    found = answer(np.array([[1.0, 0], [0, 2.0]]), pool, [np.array([0, 2]), np.array([3])])
    assert found.right[:, :4].tolist() == [[True, False, True, False], [True, False, False, False]]
    assert found.scores[0, :2].tolist() == pytest.approx([1, 0.9 / np.hypot(0.9, 0.1)])
    assert np.isneginf(found.scores[:, 4:]).all() and not found.right[:, 4:].any()
    assert found.absent[0, :3].tolist() == pytest.approx([found.scores[0, 1], 0, -np.inf])
    assert found.absent[1, :3].tolist() == pytest.approx(found.scores[1, 1:4].tolist())
    assert found.scores.shape == found.absent.shape == (2, NEIGHBOURS)


def test_reliability_by_hand() -> None:
    confidences = np.array([0.05, 0.15, 0.15, 0.95, 1.0])
    right = np.array([False, True, False, True, True])
    figures = reliability(confidences, right)
    # bins: .05 (off by .05), .15 .15 (mean .15, half right: off by .35), .95 1.0 (mean .975, all right: off by .025)
    assert figures.ece == pytest.approx((0.05 + 2 * 0.35 + 2 * 0.025) / 5)
    assert figures.brier == pytest.approx((0.05**2 + 0.85**2 + 0.15**2 + 0.05**2) / 5, abs=1e-6)
    assert figures.log_loss == pytest.approx(-np.log([0.95, 0.15, 0.85, 0.95, 1.0]).mean(), abs=1e-6)


def described(count: int, duplicates: bool = False) -> EvaluationSet:
    """As many molecules with a text each; with `duplicates`, every molecule is twice in the pool, and has no id."""
    chains = ["C" * (length + 1) for length in range(count)]
    pool = [Candidate(str(row), smiles) for row, smiles in enumerate(chains * (2 if duplicates else 1))]
    pairs = [Pair(one, f"chain {row}", None if duplicates else str(row), "test") for row, one in enumerate(chains)]
    return prepare(pairs, pool)


def test_what_counts_as_right_is_what_evaluation_ranks(tmp_path: Path) -> None:
    """A pair without an id means every candidate of its structure."""
    prepared = described(60, duplicates=True)
    vectors = np.random.default_rng(0).normal(size=(60, 16))
    found = answered(prepared, EmbeddedSet(vectors, np.concatenate([vectors, vectors])))
    assert found["text2mol"].right[:, :2].all() and not found["text2mol"].right[:, 2:].any()
    assert found["mol2text"].right[:, 0].all() and not found["mol2text"].right[:, 1:].any()


def test_too_few_queries_are_refused(tmp_path: Path) -> None:
    prepared = described(49)
    vectors = np.eye(49)
    with pytest.raises(EvaluationError, match="or more, and there are 49"):
        calibrate(prepared, EmbeddedSet(vectors, vectors), str(tmp_path / "pairs.tsv"))


class TestCommand:
    @pytest.fixture(scope="class")
    def pairs(self, tmp_path_factory: pytest.TempPathFactory) -> str:
        return write_pairs(tmp_path_factory.mktemp("pairs") / "held-out.tsv", compounds(60))

    def run(self, checkpoint: Path, pairs: str, *more: str) -> tuple[int, str]:
        files = [f"--checkpoint={checkpoint}", f"--pairs={pairs}", f"--candidates={pairs}", "--workers=0"]
        result = CliRunner().invoke(app, ["calibrate", *files, *more])
        return result.exit_code, result.output

    def test_writes_a_new_checkpoint_with_the_same_weights(
        self, tiny_checkpoint: Path, pairs: str, tmp_path: Path
    ) -> None:
        before = (tiny_checkpoint / "config.json").read_bytes()
        code, shown = self.run(tiny_checkpoint, pairs, f"--out={tmp_path / 'sure'}")
        assert code == 0, shown
        assert "text2mol" in shown and "ECE" in shown
        assert (tiny_checkpoint / "config.json").read_bytes() == before
        checkpoint, original = load_checkpoint(tmp_path / "sure"), load_checkpoint(tiny_checkpoint)
        assert checkpoint.digest == original.digest
        calibration = checkpoint.info.calibration
        assert calibration is not None
        assert (calibration.fitted_on, calibration.text2mol.queries) == ("held-out.tsv", 60)
        assert str(tmp_path) not in json.dumps(calibration.model_dump())
        # And again, in place: the same.
        code, shown = self.run(tmp_path / "sure", pairs)
        assert code == 0, shown
        assert load_checkpoint(tmp_path / "sure").info.calibration == calibration

    @pytest.mark.slow
    def test_a_corpus_of_other_texts_gives_confidences_of_names(
        self, tiny_checkpoint: Path, pairs: str, tmp_path: Path
    ) -> None:
        code, shown = self.run(tiny_checkpoint, pairs, f"--corpus={example_corpus()}", f"--out={tmp_path / 'sure'}")
        assert code == 0, shown
        calibration = load_checkpoint(tmp_path / "sure").info.calibration
        assert calibration is not None and calibration.corpus is not None and calibration.names is not None
        assert (calibration.corpus.file, calibration.corpus.descriptions) == ("compounds.tsv", 1344)
        assert (calibration.names.queries, calibration.names.pool) == (2 * 1344, 1344)
        assert calibration.known_names is not None and calibration.known_names.queries == 1344
        assert calibration.corpus.structures is not None and "structures of compounds.tsv" in shown
        assert calibration.fused_categories is not None and calibration.fused_categories.queries > 400
        assert not calibration.fused_categories.curve.competing
        assert calibration.fused_descriptions is not None  # the captions are of its molecules
        assert calibration.text2mol.queries == 60

    def test_an_ensemble_gets_confidences_of_its_own(self, tiny_checkpoint: Path, pairs: str, tmp_path: Path) -> None:
        members = [tiny_checkpoint, make_tiny_checkpoint(tmp_path / "other", seed=1)]
        save_ensemble(tmp_path / "both", members, name="both")
        code, shown = self.run(tmp_path / "both", pairs)
        assert code == 0, shown
        calibration = load_checkpoint(tmp_path / "both").info.calibration
        assert calibration is not None and calibration.mol2text.queries == 60

    def test_refuses_what_it_cannot_write(self, tiny_checkpoint: Path, pairs: str, tmp_path: Path) -> None:
        (tmp_path / "thesis").mkdir()
        (tmp_path / "thesis" / "chapter.tex").write_text("…")
        result = self.run(tiny_checkpoint, pairs, f"--out={tmp_path / 'thesis'}")
        assert result[0] != 0
        assert [path.name for path in (tmp_path / "thesis").iterdir()] == ["chapter.tex"]
