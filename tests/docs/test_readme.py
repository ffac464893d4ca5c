"""What README.md shows beside its requests, which test_queries.py asks, and what the pages it leads to name."""

from __future__ import annotations

import json
import re
import shlex
import tomllib
from pathlib import Path

import httpx2
import pytest
from typer.testing import CliRunner

import molseek.cli

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("line", re.findall(r"^\.venv/bin/molseek (ask .*)$", README, re.MULTILINE))
def test_molseek_asks(line: str, address: str) -> None:
    answered = CliRunner().invoke(molseek.cli.app, [*shlex.split(line), "--url", address])
    assert answered.exit_code == 0, answered.output
    assert "caffeine" in answered.output or json.loads(answered.output)["results"][0][0]["name"] == "aspirin"


def test_python(bundled: Path) -> None:
    [code] = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    *statements, last = code.replace("var/index", str(bundled)).strip().splitlines()
    names: dict[str, object] = {}
    exec("\n".join(statements), names)
    assert sorted(eval(last, names)) == ["ciprofloxacin", "levofloxacin", "moxifloxacin"]


def test_the_first_hits_have_these_confidences(address: str) -> None:
    [first, following] = re.findall(r"confidence of \.(\d\d); theobromine follows with \.(\d\d)", README)[0]
    query = {"query": "a trimethylxanthine that keeps people awake", "k": 3}
    hits = httpx2.post(f"{address}/search/text2mol", json=query, timeout=30).json()["results"][0]
    assert [hit["name"] for hit in hits[:2]] == ["caffeine", "theobromine"]
    assert [f"{hit['confidence']:.2f}" for hit in hits[:2]] == [f"0.{first}", f"0.{following}"]


def test_every_extra_is_on_the_page_about_installing() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    rows = re.findall(r"^\| ((?:`\w+`(?:, )?)+) \|", (ROOT / "docs" / "install.md").read_text("utf-8"), re.MULTILINE)
    assert {name for row in rows for name in re.findall(r"`(\w+)`", row)} == set(extras)


def test_every_metric_that_the_page_about_monitoring_names(address: str) -> None:
    text = (ROOT / "docs" / "howto" / "monitoring.md").read_text("utf-8")
    served = httpx2.get(f"{address}/metrics", timeout=30).text
    names = set(re.findall(r"\bmolseek_[a-z_]+", text))
    assert len(names) > 8
    for name in names:
        assert re.search(rf"^# TYPE {name.removesuffix('_bucket')} ", served, re.MULTILINE), name
