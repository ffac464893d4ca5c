"""What a query text is, to a release that knows some molecules and not others."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from indexer.release import Release
from indexer.release.opened import current_release, open_release
from indexer.search.lexicon import Lexicon
from indexer.search.understanding import has_marks, looks_like_structure, understand, unlabelled
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


@pytest.mark.parametrize(
    ("query", "kind", "rows"),
    [
        ("SMILES: CCO", "structure", [0]),
        ('canonical SMILES = "OCC"', "structure", [0]),
        ("InChI: InChI=1S/C2H6O/c1-2-3/h3H,2H2,1H3", "structure", [0]),
        ("InChI 1S/C2H6O/c1-2-3/h3H,2H2,1H3", "structure", [0]),
        ("What is CCO?", "structure", [0]),
        ("structure of CC(=O)Oc1ccccc1C(=O)O", "structure", [2]),
        ("molecules with formula C9H8O4", "formula", [2]),
        ("Molecular formula: C9H8O4", "formula", [2]),
        ("what has the formula C9H8O4?", "formula", [2]),
        ("isomers of C9H8O4", "formula", [2]),
        ("InChIKey: BSYNRYMUTXBXSQ-UHFFFAOYSA-N", "inchikey", [2]),
        ("what is the InChIKey BSYNRYMUTXBXSQ-UHFFFAOYSA-N", "inchikey", [2]),
        ("what is CID 2244?", "cid", [2]),
        ("SMILES of aspirin", "name", [2]),
        ("smiles like vanilla", "text", []),
        ("what is B12?", "text", []),
        ("formula one", "text", []),
    ],
)
def test_labels_and_questions_say_what_follows(lexicon: Lexicon, query: str, kind: str, rows: list[int]) -> None:
    found = understand(query, lexicon, read)
    assert (found.kind, [match.row for match in found.matches]) == (kind, rows)


def test_what_is_labelled_as_a_structure_is_no_name(lexicon: Lexicon) -> None:
    assert unlabelled("SMILES: CO") == ("CO", True)
    assert unlabelled("CO") == ("CO", False)
    assert understand("SMILES: CO", lexicon, read).kind == "structure"
    assert unlabelled("what is " * 10_000)[1] is False


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


def test_a_key_with_a_known_first_block_is_said_to_be_near(lexicon: Lexicon) -> None:
    found = understand("BSYNRYMUTXBXSQ-UHFFFAOYSA-M", lexicon, read)
    assert found.problem is not None and "aspirin (BSYNRYMUTXBXSQ-UHFFFAOYSA-N)" in found.problem
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


@pytest.mark.parametrize(
    "text", ["c1ccccc1", "O=C=O", "[Na+].[Cl-]", "InChI=1S/CH4/h1H4", "C/C=C/C", "CC#N", "C1CCCCC"]
)
def test_marks_that_no_word_has_are_sure(text: str) -> None:
    assert looks_like_structure(text) == "surely"


@pytest.mark.parametrize(
    ("text", "marked"), [("C1CC", True), ("CC(C", True), ("CCO", False), ("CNS", False), ("P53 x", False)]
)
def test_marks_that_words_have_not(text: str, marked: bool) -> None:
    assert has_marks(text) is marked
