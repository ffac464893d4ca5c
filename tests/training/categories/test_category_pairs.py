"""Short texts made of the captions of a few molecules."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from training.categories.category_pairs import make_category_pairs
from training.categories.statements import stated_categories
from training.cli import app
from training.leaks import inchikeys
from training.pairs import FileKind, read_pairs
from training.tables import PairFileError

DYES = [f"C{'C' * length}N=NC" for length in range(30)]
CAPTIONS = {
    **dict.fromkeys(DYES, "The molecule is an azo compound that is long. It has a role as a dye and a drug."),
    "CO": "The molecule is an alcohol. It has a role as a dye.",  # the only alcohol
    "CS": "The molecule is a thiol.",  # the only one
    "CN": "The molecule is methanamine.",
}


@pytest.fixture
def captions(tmp_path: Path) -> str:
    path = tmp_path / "captions.tsv"
    rows = [f"{smiles}\t{text}\t1\t\t" for smiles, text in CAPTIONS.items()]
    path.write_text("\n".join(["smiles\tdescription\tchebi_style\tpcdes_split\tcid", *rows]) + "\n")
    return f"{path}?chebi_style=1"


def test_each_molecule_gets_a_text_of_what_its_captions_state(captions: str, tmp_path: Path) -> None:
    summary = make_category_pairs([captions], tmp_path / "out" / "categories.tsv")
    found = read_pairs(tmp_path / "out" / "categories.tsv")
    assert (found.kind, {pair.source for pair in found.pairs}) == (FileKind.GENERIC, {"category"})
    text_of = {pair.smiles: pair.text for pair in found.pairs}
    assert set(text_of) == {*DYES, "CO"}  # one each; a class of a single molecule is not said
    assert text_of["CO"] in ("dye", "The molecule has a role as a dye.")
    typed = {text for text in text_of.values() if not text.startswith("The molecule")}
    assert typed <= {", ".join(some) for some in _orders("azo compound", "dye", "drug")}
    for text in set(text_of.values()) - typed:
        assert stated_categories(re.sub(" and has", ". It has", text))  # a sentence of the captions' kind
    assert len(typed) >= 2
    assert (summary.molecules, summary.categories, summary.stated, summary.texts) == (
        33,
        3,
        31,
        len({*text_of.values()}),
    )


def _orders(*phrases: str) -> list[tuple[str, ...]]:
    """One to three of the phrases, the class first."""
    first, *others = phrases
    roles = [(), *[(one,) for one in others], tuple(others), tuple(reversed(others))]
    return [(*start, *some) for start in ((), (first,)) for some in roles]


def test_two_files_on_one_molecule_make_one_text(captions: str, tmp_path: Path) -> None:
    more = tmp_path / "more.tsv"
    more.write_text("smiles\tdescription\nOC\tThe molecule is a solvent. It is a drug.\n")
    make_category_pairs([captions, str(more)], tmp_path / "both.tsv")
    pairs = read_pairs(tmp_path / "both.tsv").pairs
    assert len(set(inchikeys(pair.smiles for pair in pairs).values())) == len(pairs) == 31


def test_a_seed_says_what_is_said_whatever_the_order_of_files(captions: str, tmp_path: Path) -> None:
    more = tmp_path / "more.tsv"
    more.write_text("smiles\tdescription\nCCS\tThe molecule is a thiol.\n")
    texts = []
    for number, (sources, seed) in enumerate(
        [((captions, str(more)), 0), ((str(more), captions), 0), ((captions,), 1)]
    ):
        make_category_pairs(sources, tmp_path / f"{number}.tsv", seed=seed)
        texts.append((tmp_path / f"{number}.tsv").read_bytes())
    assert texts[0] == texts[1]
    assert texts[0] != texts[2]


def test_the_command_tells_what_it_wrote_and_of_what(captions: str, tmp_path: Path) -> None:
    out = tmp_path / "categories.tsv"
    answer = CliRunner().invoke(app, ["data", "categories", "--pairs", captions, "--out", str(out), "--workers", "0"])
    assert answer.exit_code == 0, answer.output
    assert "31 texts" in answer.output
    record = json.loads(out.with_suffix(".json").read_text())
    assert record["sources"][0]["source"] == "captions.tsv?chebi_style=1"
    assert (record["stated"], record["seed"]) == (31, 0)


def test_an_unreadable_file_leaves_what_was_there(tmp_path: Path) -> None:
    (tmp_path / "categories.tsv").write_text("kept")
    with pytest.raises(PairFileError):
        make_category_pairs([str(tmp_path / "none.tsv")], tmp_path / "categories.tsv")
    assert (tmp_path / "categories.tsv").read_text() == "kept"
