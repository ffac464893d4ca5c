"""Word search in memory finds what a release finds, with the same scores."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from indexer.build import build_release
from indexer.build.options import BuildOptions
from indexer.examples import example_corpus
from indexer.release.opened import current_release, open_release
from training.evaluation.word_search import Document, WordSearch


def test_it_agrees_with_a_release(tiny_checkpoint: Path, tmp_path: Path) -> None:
    lines = example_corpus().read_text(encoding="utf-8").splitlines()[:41]
    (tmp_path / "some.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    out = tmp_path / "index"
    build_release(BuildOptions(checkpoint=str(tiny_checkpoint), molecules=(tmp_path / "some.tsv",), out=out, workers=0))
    current = current_release(out)
    assert current is not None
    release = open_release(current)
    assert release.lexicon is not None
    rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    order = {record.id: record.row for record in release.records.molecules(range(len(rows)))}
    rows.sort(key=lambda row: order[row["id"]])
    search = WordSearch(
        Document([row["name"], *row["synonyms"].split("|")], f"{row['description']} {row['tags']}") for row in rows
    )
    for text in ("a plant hormone", "Bicyclic ketones from laurel wood", "amino acids of proteins", "unheard-of words"):
        mine, theirs = search.search(text, 10), release.lexicon.search_words(text, 10)
        assert dict(zip(mine.rows, mine.scores, strict=True)) == pytest.approx(
            dict(zip(theirs.rows, theirs.scores, strict=True)), rel=1e-2
        )
        every = range(len(rows))
        assert mine.shares([[text]], every) == pytest.approx(theirs.shares([[text]], every))
    release.close()


def test_shares_are_of_the_phrase_of_which_a_row_has_most() -> None:
    search = WordSearch([Document(["a"], "beta blocker"), Document(["b"], "beta lactam"), Document(["c"], "")])
    hits = search.search("beta blocker, lactam, unheard", 3)
    assert hits.shares([["beta blocker"]], [0, 1, 2]).tolist()[::2] == [1.0, 0.0]
    assert 0 < hits.shares([["beta blocker"]], [1])[0] < 1
    assert hits.shares([["beta blocker", "lactam"]], [0, 1]).tolist() == [1.0, 1.0]
    assert hits.shares([["unheard"]], [0, 1]).tolist() == [0.0, 0.0]
    assert hits.shares([], [0]).tolist() == [0.0]
