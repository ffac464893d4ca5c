"""Checks of downloaded files: what passes, and what is said of what does not."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from training.published.checks import ContentError, LinesCheck, OboCheck, Sized, TableCheck

TABLE = TableCheck(columns=("cid", "smiles", "description"), structure="smiles", rows=range(2, 4))
GOOD_TABLE = "CID\tSMILES\tdescription\n1\tC\tA gas.\n2\tCC\tAnother.\n"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("<!DOCTYPE html><html><body>Not found</body></html>", "web page"),
        ("\n <html>Sign in</html>", "web page"),
        ("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 3\n", "Git LFS pointer"),
        ("", "empty"),
        ("CID\tdescription\n1\tA gas.\n2\tAnother.\n", "columns are cid, description instead of"),
        ("CID\tSMILES\tdescription\n1\tC\tA gas.\n", "1 rows instead of 2 to 3"),
        (GOOD_TABLE + "3\tC\tx\n4\tC\ty\n", "4 rows instead of 2 to 3"),
        (GOOD_TABLE + "3\t \tx\n", "line 4 has no smiles"),
        (GOOD_TABLE + "3\tC", r"1 rows cannot be read \(line 4: 2 columns"),
    ],
)
def test_tables_that_are_not_what_was_published(tmp_path: Path, text: str, complaint: str) -> None:
    path = tmp_path / "file"
    path.write_text(text)
    with pytest.raises(ContentError, match=complaint):
        TABLE(path)


def test_a_good_table_passes_within_its_size_and_not_beyond(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text(GOOD_TABLE)
    Sized(10, 100, TABLE)(path)
    with pytest.raises(ContentError, match="bytes long instead of 100 to 200"):
        Sized(100, 200, TABLE)(path)
    path.write_text("<html>short</html>")
    with pytest.raises(ContentError, match="web page"):
        Sized(100, 200, TABLE)(path)


def test_lines_are_counted_and_may_have_to_be_filled(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"C\n\nCC\n")
    LinesCheck(range(3, 4), filled=False)(path)
    with pytest.raises(ContentError, match="line 2 is empty"):
        LinesCheck(range(3, 4), filled=True)(path)
    with pytest.raises(ContentError, match=r"3 rows instead of 4$"):
        LinesCheck(range(4, 5), filled=False)(path)
    path.write_bytes(b"C\n\xff\xfe\n")
    with pytest.raises(ContentError, match="not UTF-8"):
        LinesCheck(range(2, 3), filled=False)(path)


def test_a_compressed_release_must_be_whole(tmp_path: Path) -> None:
    path = tmp_path / "chebi.obo.gz"
    body = gzip.compress(b"format-version: 1.2\n\n" + b"[Term]\nid: X:1\n\n" * 50)
    path.write_bytes(body)
    OboCheck(range(50, 51))(path)
    path.write_bytes(body[:-9])
    with pytest.raises(ContentError, match="not a complete gzip"):
        OboCheck(range(50, 51))(path)
    path.write_bytes(b"format-version: 1.2\n")
    with pytest.raises(ContentError, match="not a complete gzip"):
        OboCheck(range(50, 51))(path)
    path.write_bytes(gzip.compress(b"something else\n"))
    with pytest.raises(ContentError, match="not an OBO file"):
        OboCheck(range(50, 51))(path)
