"""Plans: the same choice as a build makes, sizes that add up, and a command that explains itself."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from indexer.build.plan import make_plan
from indexer.cli import app
from indexer.engines.base import IndexSpec
from indexer.engines.parameters import choose, resolve

GB = 10**9


@pytest.mark.parametrize(
    ("molecules", "memory", "recommended"),
    [
        (1, 8 * GB, "flat float32"),
        (33_000, 8 * GB, "flat float32"),
        (1_000_000, 8 * GB, "flat float32"),
        (2_400_000, 8 * GB, "flat float16"),
        (2_400_000, 2 * GB, "ivfpq pq"),
        (20_000_000, 64 * GB, "ivf float16"),
        (100_000_000, 64 * GB, "ivfpq pq"),
        (100_000_000, 256 * GB, "ivf float16"),
    ],
)
def test_the_recommendation_is_what_auto_takes(molecules: int, memory: int, recommended: str) -> None:
    plan = make_plan(molecules, 300, memory)
    assert plan.recommended == recommended
    assert choose(molecules, 300, memory)[0] == recommended.split()[0]
    spec = resolve(IndexSpec(kind="auto"), molecules, 300, memory)
    assert spec.kind == recommended.split()[0]
    assert spec.parameters.get("precision", "float32") == recommended.split()[1]
    assert plan.reasons[-1].startswith(recommended) or len(plan.reasons) > 1


def test_costs_grow_with_the_corpus_and_shrink_with_bandwidth() -> None:
    small, large = make_plan(1_000_000, 300, 64 * GB), make_plan(100_000_000, 300, 64 * GB)
    for one, hundred in zip(small.kinds, large.kinds, strict=True):
        assert hundred.memory > 50 * one.memory
        assert hundred.disk > 50 * one.disk
        assert hundred.query_seconds > one.query_seconds
        assert hundred.build_seconds >= one.build_seconds
    flat, fast = large.kinds[0], make_plan(100_000_000, 300, 64 * GB, bandwidth=4.8e12).kinds[0]
    assert flat.memory == 100_000_000 * 300 * 4
    assert fast.query_seconds == pytest.approx(0.025)
    assert fast.query_seconds < flat.query_seconds / 50


@pytest.mark.parametrize("numbers", [(0, 300, GB), (1, 0, GB), (1, 300, 0)])
def test_senseless_numbers_are_refused(numbers: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="positive"):
        make_plan(*numbers)


def test_the_command_shows_every_kind_and_the_reasons() -> None:
    result = CliRunner().invoke(app, ["plan", "--molecules", "100M", "--dim", "300", "--memory", "64G"])
    assert result.exit_code == 0, result.output
    for part in ("100,000,000 × 300", "hnsw", "recommended: ivfpq pq", "more than half of the memory", "* ivfpq"):
        assert part in result.stdout
    for count in ("1,000,000", "1_000_000", "1000000", "1e6", "1M", "1000k"):
        plan = CliRunner().invoke(app, ["plan", "--molecules", count, "--dim", "300", "--memory", "64G"])
        assert plan.stdout.startswith("1,000,000 × 300, "), count
    for wrong in ("many", "0", "0.4", "-5", "1,5", "1,000,00", "1__000", ",000", "1e"):
        assert CliRunner().invoke(app, ["plan", "--molecules", wrong]).exit_code == 2


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("--kind", "ivf", "--index-option", "lists=many"), "parameter lists of kind ivf"),
        (("--kind", "ivf", "--index-option", "colour=1"), "has no parameter 'colour'"),
        (("--kind", "ivf", "--index-option", "lists"), "expected NAME=VALUE"),
        (("--kind", "flat", "--precision", "float8"), "parameter precision of kind flat"),
        (("--kind", "ivfpq", "--precision", "float16"), "parameter precision of kind ivfpq"),
        (("--memory", "much"), "expected a number such as 64G"),
    ],
)
def test_wrong_parameters_are_refused_before_anything_is_read(arguments: tuple[str, ...], complaint: str) -> None:
    command = ["build", "--checkpoint", "none", "--molecules", "none.tsv", "--out", "none", *arguments]
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 2
    assert complaint in " ".join(result.stderr.replace("│", " ").split())
