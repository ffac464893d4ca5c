"""The table of a comparison, worked out by hand."""

from __future__ import annotations

import pytest

from training.runs.comparison import Comparison, Measured, Statistic, System


def measured(
    hits1: float, mean_rank: float, seed: int | None = None, seconds: float | None = None, parameters: int | None = None
) -> Measured:
    text = {"hits@1": hits1, "hits@10": 0.5, "mrr": 0.25, "mean_rank": mean_rank, "queries": 3301, "pool": 33010}
    molecule = text | {"hits@1": hits1 / 2, "pool": 3301}
    return Measured(metrics={"text2mol": text, "mol2text": molecule}, seed=seed, seconds=seconds, parameters=parameters)


TWO_SEEDS = System(
    name="paper", measured=(measured(0.1, 100.0, 0, 60.0, 1_234_567), measured(0.3, 140.0, 1, 240.0, 1_234_567))
)
OUTSIDE = System(name="theirs", measured=(measured(0.25, 150.0),))


def test_mean_and_sample_standard_deviation() -> None:
    assert Statistic.of([2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0]).mean == 5.0
    assert Statistic.of([2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0]).std == pytest.approx((32 / 7) ** 0.5)
    assert Statistic.of([0.5]) == Statistic(mean=0.5, std=None)


def test_markdown() -> None:
    table = Comparison(conditions={"seeds": [0, 1], "overrides": []}, systems=(TWO_SEEDS, OUTSIDE)).as_markdown()
    assert table == (
        "## Text → molecule\n"
        "\n"
        "| system | runs | Hits@1 | Hits@10 | MRR | mean rank | queries | pool | training | parameters |\n"
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n"
        "| paper | 2 | 0.200 ± 0.141 | **0.500** ± 0.000 | **0.250** ± 0.000 | **120.0** ± 28.3 | 3,301 | 33,010 "
        "| 2 min | 1,234,567 |\n"
        "| theirs | 1 | **0.250** | **0.500** | **0.250** | 150.0 | 3,301 | 33,010 | – | – |\n"
        "\n"
        "## Molecule → text\n"
        "\n"
        "| system | runs | Hits@1 | Hits@10 | MRR | mean rank | queries | pool | training | parameters |\n"
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n"
        "| paper | 2 | 0.100 ± 0.071 | **0.500** ± 0.000 | **0.250** ± 0.000 | **120.0** ± 28.3 | 3,301 | 3,301 "
        "| 2 min | 1,234,567 |\n"
        "| theirs | 1 | **0.125** | **0.500** | **0.250** | 150.0 | 3,301 | 3,301 | – | – |\n"
        "\n"
        "Mean ± sample standard deviation over runs of different seeds.\n"
        "\n"
        "- seeds: 0, 1\n"
        "- overrides: none\n"
    )


def test_json_has_every_run_and_the_statistics() -> None:
    content = Comparison(conditions={"seeds": [0, 1]}, systems=(TWO_SEEDS, OUTSIDE)).as_json()
    assert content["conditions"] == {"seeds": [0, 1]}
    assert isinstance(content["systems"], list)
    paper, theirs = content["systems"]
    assert isinstance(paper, dict)
    assert isinstance(theirs, dict)
    assert paper["name"] == "paper"
    assert paper["summary"]["text2mol"]["mean_rank"] == {"mean": 120.0, "std": pytest.approx(800**0.5)}
    assert [run["seed"] for run in paper["measured"]] == [0, 1]
    assert paper["measured"][0]["metrics"]["mol2text"]["pool"] == 3301
    assert theirs["summary"]["mol2text"]["hits@1"] == {"mean": 0.125, "std": None}
