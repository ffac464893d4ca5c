"""Tokens keep their rows, in memory and on disk."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model import Vocabulary


def test_rows_are_positions() -> None:
    vocabulary = Vocabulary(["UNK", "b", "a"])
    assert (len(vocabulary), vocabulary.rows(["a", "b", "x"])) == (3, [2, 1, 0])
    assert vocabulary.known_rows(["a", "x", "b"]) == [2, 1]
    assert "b" in vocabulary and "x" not in vocabulary


def test_without_unk_an_unknown_token_is_an_error() -> None:
    assert Vocabulary(["a"]).rows(["a"]) == [0]
    with pytest.raises(KeyError):
        Vocabulary(["a"]).rows(["b"])


@pytest.mark.parametrize("tokens", [["a", "a"], [""], ["a\nb"], ["a\r"]])
def test_tokens_that_a_file_could_not_hold_are_refused(tokens: list[str]) -> None:
    with pytest.raises(ValueError, match="vocabulary"):
        Vocabulary(tokens)


TOKENS = st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]), min_size=1, max_size=8)


@settings(deadline=None)
@given(tokens=st.lists(TOKENS, unique=True, max_size=20))
def test_a_vocabulary_survives_its_file(tmp_path_factory: pytest.TempPathFactory, tokens: list[str]) -> None:
    path: Path = tmp_path_factory.mktemp("vocabulary") / "tokens.txt"
    vocabulary = Vocabulary(tokens)
    vocabulary.save(path)
    assert Vocabulary.load(path) == vocabulary
    assert hash(Vocabulary.load(path)) == hash(vocabulary)
