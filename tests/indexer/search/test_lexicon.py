"""The lexicon of a small release: what names, identifiers, words and beginnings find."""

import shutil
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from indexer.errors import ReleaseError
from indexer.release import Release
from indexer.release.opened import RECORDS, current_release, open_release
from indexer.search.identifiers import read_identifier
from indexer.search.lexicon import LEXICON, Lexicon, open_lexicon
from tests.indexer.conftest import Build

CORPUS = """id\tcid\tname\tsmiles\tsynonyms\tdescription
M1\t702\tethanol\tCCO\tethyl alcohol; grain alcohol\tA primary alcohol used as a solvent.
M2\t996\tphenol\tc1ccccc1O\tcarbolic acid\tA simple phenol with antiseptic properties.
M3\t2244\taspirin\tCC(=O)Oc1ccccc1C(=O)O\t50-78-2; 50-78-3; acetylsalicylic acid\tA salicylate that relieves pain.
CHEBI:16977\t5950\tL-alanine\tC[C@H](N)C(=O)O\t\tAn alpha-amino acid of proteins.
M5\t71080\tD-alanine\tC[C@@H](N)C(=O)O\t\tThe mirror image of an amino acid of proteins.
M6\t1049\tpyridine\tc1ccncc1\ttylenol\tA heterocycle with an unpleasant smell.
M7\t\t\tCC(=O)Nc1ccc(O)cc1\t\tIt relieves fever.
"""


@pytest.fixture
def release(build: Build, tmp_path: Path) -> Iterator[Release]:
    path = tmp_path / "corpus.tsv"
    path.write_text(CORPUS, encoding="utf-8")
    build(path)
    current = current_release(tmp_path / "index")
    assert current is not None
    release = open_release(current)
    yield release
    release.close()


@pytest.fixture
def lexicon(release: Release) -> Lexicon:
    assert release.lexicon is not None
    return release.lexicon


def test_names_and_synonyms_are_found_however_they_are_written(lexicon: Lexicon) -> None:
    for written, row, kind in (
        ("Ethanol", 0, "name"),
        ("ETHYL ALCOHOL", 0, "synonym"),
        ("ethyl\u2010alcohol", 0, "synonym"),
        ("Acetyl-salicylic acid", 2, "synonym"),
        ("D-serine", None, None),
        ("L-Alanine", 3, "name"),
        ("<small>D</small>-alanine", 4, "name"),
    ):
        found = lexicon.find_name(written)
        assert [(match.row, match.kind) for match in found] == ([] if row is None else [(row, kind)])


def test_a_name_is_found_without_the_marks_of_its_language_or_of_who_wrote_it(build: Build, tmp_path: Path) -> None:
    path = tmp_path / "marked.tsv"
    rows = "M1\tschwefelsaeure\tOS(=O)(=O)O\nM2\tnaïvin\tCCO\nM3\tether\tCCOCC\nM4\tOffice\u2122\tCC\n"
    path.write_text(f"id\tname\tsmiles\n{rows}", encoding="utf-8")
    build(path)
    current = current_release(tmp_path / "index")
    assert current is not None
    release = open_release(current)
    assert release.lexicon is not None
    for written, row in {
        "Schwefelsäure": 0,
        "SCHWEFELSA\u0308URE": 0,
        "naivin": None,  # the corpus has the accent, and who leaves it out is not known to mean it
        "naïvin": 1,
        "éther": 2,
        "(ether)": 2,
        "[ether]": 2,
        "Ether\u00ae": 2,
        "\u202eether\u200b": 2,
        "office": 3,
        "Office\u2122": 3,
    }.items():
        found = [match.row for match in release.lexicon.find_name(written)]
        assert found == ([] if row is None else [row]), written
    release.close()


def test_a_name_without_its_sign_is_near(build: Build, tmp_path: Path) -> None:
    path = tmp_path / "signed.tsv"
    named = {"(+)-alpha-bogusene": "C[C@H](N)CC", "(\u2212)-alpha-bogusene": "C[C@@H](N)CC", "L-bogusine": "C[C@H](N)O"}
    rows = "".join(f"{name}\t{name}\t{smiles}\n" for name, smiles in named.items())
    path.write_text(f"id\tname\tsmiles\n{rows}", encoding="utf-8")
    build(path)
    current = current_release(tmp_path / "index")
    assert current is not None
    release = open_release(current)
    assert release.lexicon is not None
    find = release.lexicon.find_called
    assert release.lexicon.find_name("alpha-bogusene") == []
    assert [(match.row, match.kind) for match in find("α-Bogusene")] == [(0, "skeleton"), (1, "skeleton")]
    assert find("bogusine")[0].value == "L-bogusine"
    assert [(match.row, match.kind) for match in find("L-bogusine")] == [(2, "name")]
    assert find("bogus") == find("beta-bogusene") == find("x" * 10_000) == find("") == []
    release.close()


@pytest.mark.parametrize(("version", "read"), [("2", False), ("3", True), ("4", True), ("5", True), ("7", False)])
def test_lexicons_of_earlier_versions_are_read(release: Release, tmp_path: Path, version: str, read: bool) -> None:
    copy = tmp_path / "older"
    copy.mkdir()
    shutil.copyfile(release.path / LEXICON, copy / LEXICON)
    with sqlite3.connect(copy / LEXICON) as connection:
        connection.execute("UPDATE about SET value = ? WHERE key = 'version'", (version,))
    connection.close()
    lexicon = open_lexicon(copy, release.path / RECORDS)
    assert (lexicon is not None) is read
    if lexicon is not None:
        assert lexicon.find_name("aspirin")[0].row == lexicon.search_words("relieves pain", 1).rows[0] == 2
        lexicon.close()


def test_synonyms_of_molecules(lexicon: Lexicon) -> None:
    found = lexicon.synonyms([2, 0, 3, 6, *range(100, 2_000)])
    assert found[0][:2] == ["ethyl alcohol", "grain alcohol"]  # common names follow, where the extra is there
    assert found[2][:2] == ["acetylsalicylic acid", "50-78-2"]  # without the number whose check digit is wrong
    assert {0, 2} <= set(found) <= {0, 2, 3, 6}
    assert lexicon.synonyms([]) == {}


def test_synonyms_are_ten_at_most_and_short_ones_first(build: Build, tmp_path: Path) -> None:
    path = tmp_path / "many.tsv"
    names = [f"{'x' * (20 - number)}ol" for number in range(12)]
    path.write_text(f"id\tname\tsmiles\tsynonyms\nM1\tethanol\tCCO\t{'; '.join(names)}\n", encoding="utf-8")
    build(path)
    current = current_release(tmp_path / "index")
    assert current is not None
    release = open_release(current)
    assert release.lexicon is not None
    assert release.lexicon.synonyms([0])[0] == names[:1:-1]
    release.close()


@pytest.mark.parametrize("text", ["", " ", "-", "serine", "ethano", "x" * 10_000, "\ud800", "'; DROP TABLE names; --"])
def test_what_no_molecule_is_called_is_not_found(lexicon: Lexicon, text: str) -> None:
    assert lexicon.find_name(text) == []
    lexicon.close_names(text)
    lexicon.complete(text)
    lexicon.find_id(text)


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("50-78-2", [2]),
        ("50-78-3", []),
        ("O4C9H8", [2]),
        ("C3H7NO2", [3, 4]),
        ("BSYNRYMUTXBXSQ-UHFFFAOYSA-N", [2]),
        ("QNAYBMKLOCPYGJ-REOHCLBHSA-N", [3]),
        ("QNAYBMKLOCPYGJ", [3, 4]),
        ("CID 2244", [2]),
        ("chebi:16977", [3]),
        ("CHEMBL25", []),
    ],
)
def test_identifiers(lexicon: Lexicon, text: str, rows: list[int]) -> None:
    identifier = read_identifier(text)
    found = lexicon.find_identifier(identifier) if identifier is not None else lexicon.find_name(text)
    assert [match.row for match in found] == rows


def test_an_id_is_found_in_any_case(lexicon: Lexicon) -> None:
    assert [match.row for match in lexicon.find_id("m3")] == [2]


def test_a_name_that_the_corpus_gives_wins_over_what_is_known_elsewhere(lexicon: Lexicon) -> None:
    pytest.importorskip("chemicals")
    assert [(match.row, match.kind) for match in lexicon.find_name("paracetamol")] == [(6, "common name")]
    assert [(match.row, match.kind) for match in lexicon.find_name("tylenol")] == [(5, "synonym")]


def test_close_names_are_suggested_and_other_molecules_are_not(lexicon: Lexicon) -> None:
    def suggested(text: str) -> set[str]:
        return {match.value for match in lexicon.close_names(text)}

    assert "aspirin" in suggested("asprin")
    assert "acetylsalicylic acid" in suggested("acid acetylsalicylic")
    assert "D-alanine" not in suggested("M-alanine") | suggested("L-alanin")


def test_completions_begin_so_and_the_corpus_comes_first(lexicon: Lexicon) -> None:
    assert lexicon.complete("eth")[0].value == "ethanol"
    assert [match.value for match in lexicon.complete("acetyl sal", 1)] == ["acetylsalicylic acid"]
    assert lexicon.complete("l-al")[0].value == "L-alanine"
    assert lexicon.complete("zz") == []


def test_words_find_by_names_and_descriptions(lexicon: Lexicon) -> None:
    assert lexicon.search_words("solvents", 3).rows == (0,)
    assert lexicon.search_words("which molecule relieves pain?", 3).rows[0] == 2
    assert set(lexicon.search_words("amino acids of proteins", 2).rows) == {3, 4}
    allowed = [False] * 7
    allowed[4] = True
    assert lexicon.search_words("amino acids of proteins", 5, allowed).rows == (4,)
    assert lexicon.search_words("the of a", 5).rows == ()
    assert lexicon.search_words('"solvent" OR NEAR(', 5).rows == (0,)


def test_threads_share_a_lexicon(lexicon: Lexicon) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: lexicon.find_name("aspirin")[0].row, range(200)))
    assert found == [2] * 200


def test_a_closed_lexicon_says_so(release: Release, lexicon: Lexicon) -> None:
    release.close()
    with pytest.raises(ReleaseError, match="closed"):
        lexicon.find_name("aspirin")
