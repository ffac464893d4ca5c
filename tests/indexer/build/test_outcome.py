"""A build of which nothing is left ends in one sentence and leaves what is served."""

from __future__ import annotations

from pathlib import Path

import pytest

from indexer.errors import BuildError, CorpusError
from tests.indexer.conftest import Build, current


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (
            "smiles\nC1\nC2\n",
            r"all 2 rows were rejected \(2 × unparsable_structure\); see .*rejects\.tsv\. "
            r"Columns of bad\.tsv: smiles from smiles \(choose others with --column FIELD=NAME\)",
        ),
        ("smiles\n", "no rows, only a header"),
    ],
)
def test_a_corpus_with_nothing_usable_is_an_error_and_publishes_nothing(
    build: Build, molecules_file: Path, tmp_path: Path, content: str, complaint: str
) -> None:
    before = build(molecules_file).release
    bad = tmp_path / "bad.tsv"
    bad.write_text(content)
    with pytest.raises(BuildError, match=complaint):
        build(bad)
    assert current(tmp_path / "index").name == before
    assert len(list((tmp_path / "index" / "releases").iterdir())) == 1


def test_unusable_description_files_are_an_error(build: Build, molecules_file: Path, tmp_path: Path) -> None:
    descriptions = tmp_path / "d.tsv"
    descriptions.write_text("cid\tdescription\n702\t\n")
    with pytest.raises(BuildError, match=r"d\.tsv: the only row was rejected"):
        build(molecules_file, descriptions)
    with pytest.raises(CorpusError, match=r"none\.tsv"):
        build(molecules_file, tmp_path / "none.tsv")
