"""Every example of docs/python.md, run as it stands over the bundled corpus."""

from __future__ import annotations

import doctest
from pathlib import Path

import pytest

from indexer.build import BuildOptions, build_release
from indexer.examples import example_corpus

PAGE = Path(__file__).parents[2] / "docs" / "python.md"


def test_the_examples_give_what_the_page_shows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build_release(
        BuildOptions(checkpoint="compact", molecules=(example_corpus(),), out=tmp_path / "var" / "index", workers=0)
    )
    monkeypatch.chdir(tmp_path)
    result = doctest.testfile(str(PAGE), module_relative=False)  # the sentences of exceptions, too
    assert result.attempted > 10
    assert result.failed == 0
