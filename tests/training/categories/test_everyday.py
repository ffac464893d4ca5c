"""Everyday words of classes and roles, as a thesaurus has them."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from training.categories.everyday import read_everyday_words
from training.categories.questions import Questions
from training.config import ConfigError
from training.pairs import Pair

THESAURUS = Path(__file__).parents[3] / "model" / "inputs" / "thesaurus.tsv"


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "thesaurus.tsv"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_term_asks_for_the_first_of_its_meanings(tmp_path: Path) -> None:
    path = written(tmp_path, "painkiller\tanalgesic; opioid\n\nagainst pain\tanalgesic\n")
    assert read_everyday_words(path) == {"analgesic": ("painkiller", "against pain")}


def test_the_bundled_thesaurus_can_be_read() -> None:
    assert "painkiller" in read_everyday_words(THESAURUS)["analgesic"]


@pytest.mark.parametrize("line", ["painkiller", "painkiller\t", "\tanalgesic", "painkiller\t;"])
def test_a_line_that_is_no_entry_is_named(tmp_path: Path, line: str) -> None:
    with pytest.raises(ConfigError, match=r"line 2 of the thesaurus"):
        read_everyday_words(written(tmp_path, f"antacid\tantacid\n{line}\n"))


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.tsv cannot be read"):
        read_everyday_words(tmp_path / "nowhere.tsv")


def test_questions_are_asked_in_everyday_words_with_the_same_answers() -> None:
    texts = {"CO": "an analgesic", "CCO": "an analgesic", "CCCO": "a dye", "CCCCO": "a dye"}
    pairs = [Pair(smiles, f"It has a role as {role}.", None, "") for smiles, role in texts.items()]
    questions = Questions(pairs, {smiles: smiles for smiles in texts}, everyday={"analgesic": ("painkiller",)})
    rng = random.Random(0)
    answers = {question.text: question.answers for question in (questions.sample(rng) for _ in range(200))}
    assert answers["painkiller"] == answers["analgesic"] == (0, 1)
    assert answers["dye"] == (2, 3)
