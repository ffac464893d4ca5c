"""What a query text is, to a release that knows some molecules and not others."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from indexer.release import Release
from indexer.release.opened import current_release, open_release
from indexer.search.lexicon import Lexicon
from indexer.search.understanding import looks_like_structure, understand
from model.inputs.structure import Molecule, StructureError, parse_structure
from tests.indexer.conftest import Build


def read(text: str) -> Molecule | None:
    try:
        return parse_structure(text)
    except StructureError:
        return None


@pytest.fixture
def lexicon(build: Build, molecules_file: Path, tmp_path: Path) -> Iterator[Lexicon]:
    build(molecules_file)
    current = current_release(tmp_path / "index")
    assert current is not None
    release: Release = open_release(current)
    assert release.lexicon is not None
    yield release.lexicon
    release.close()


@pytest.mark.parametrize(
    ("query", "kind", "rows"),
    [
        ("CCO", "structure", [0]),
        ("OCC", "structure", [0]),
        ("InChI=1S/C2H6O/c1-2-3/h3H,2H2,1H3", "structure", [0]),
        ("N[C@H](C)C(=O)O", "structure", [3]),  # the mirror image: the same skeleton
        ("OCC", "structure", [0]),
        ("CCBr", "text", []),  # letters alone, and no such molecule
        ("Aspirin", "name", [2]),
        ("m3", "id", [2]),
        ("CID 2244", "cid", [2]),
        ("C9H8O4", "formula", [2]),
        ("BSYNRYMUTXBXSQ-UHFFFAOYSA-N", "inchikey", [2]),
        ("a solvent", "text", []),
        ("POISON", "text", []),
        ("DNA", "text", []),
    ],
)
def test_what_a_query_is(lexicon: Lexicon, query: str, kind: str, rows: list[int]) -> None:
    found = understand(query, lexicon, read)
    assert (found.kind, [match.row for match in found.matches]) == (kind, rows)
    assert found.problem is None


def test_a_match_of_the_skeleton_alone_says_so(lexicon: Lexicon) -> None:
    assert [match.kind for match in understand("N[C@H](C)C(=O)O", lexicon, read).matches] == ["skeleton"]
    assert [match.kind for match in understand("N[C@@H](C)C(=O)O", lexicon, read).matches] == ["structure"]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("CHEMBL25", "looks like a ChEMBL id"),
        ("C99H8O4", "looks like a molecular formula"),
        ("64-17-6", "check digit is wrong"),
        ("AAAAAAAAAAAAAA-UHFFFAOYSA-N", "looks like an InChIKey"),
    ],
)
def test_what_is_not_there_is_said(lexicon: Lexicon, query: str, said: str) -> None:
    found = understand(query, lexicon, read)
    assert found.problem is not None and said in found.problem
    assert found.matches == ()


def test_a_typing_error_is_a_suggestion_and_never_a_match(lexicon: Lexicon) -> None:
    found = understand("asprin", lexicon, read)
    assert (found.kind, found.matches) == ("text", ())
    assert found.suggestions[0].value == "aspirin"


def test_without_a_lexicon_looks_still_tell(lexicon: Lexicon) -> None:
    assert understand("CCO", None, read).kind == "structure"
    assert understand("aspirin", None, read).kind == "text"
    assert understand("CHEMBL25", None).problem is not None


@pytest.mark.parametrize("text", ["aspirin", "an acid", "", " ", "CID 2244", "caffeine (pure)", "x" * 9999])
def test_words_do_not_look_like_structures(text: str) -> None:
    assert looks_like_structure(text) is None


@pytest.mark.parametrize("text", ["c1ccccc1", "O=C=O", "[Na+].[Cl-]", "InChI=1S/CH4/h1H4", "C/C=C/C", "CC#N"])
def test_marks_that_no_word_has_are_sure(text: str) -> None:
    assert looks_like_structure(text) == "surely"
