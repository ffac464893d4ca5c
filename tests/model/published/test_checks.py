"""Checks of downloaded files: what passes, and what is said of what does not."""

from __future__ import annotations

import gzip
import hashlib
import zipfile
from pathlib import Path

import pytest

from model.published.checks import (
    ChecksumsCheck,
    ContentError,
    GzipCheck,
    LinesCheck,
    OboCheck,
    Sized,
    ZipCheck,
    read_checksums,
)

TEXT = "first line\nsecond line\n"
LINES = LinesCheck(range(2, 3), filled=True)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("<!DOCTYPE html><html><body>Not found</body></html>", "web page"),
        ("\n <html>Sign in</html>", "web page"),
        ("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 3\n", "Git LFS pointer"),
        ("", "empty"),
    ],
)
def test_what_sites_send_in_place_of_a_file(tmp_path: Path, text: str, complaint: str) -> None:
    path = tmp_path / "file"
    path.write_text(text)
    with pytest.raises(ContentError, match=complaint):
        LINES(path)


def test_a_good_file_passes_within_its_size_and_not_beyond(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text(TEXT)
    Sized(10, 100, LINES)(path)
    with pytest.raises(ContentError, match="bytes long instead of 100 to 200"):
        Sized(100, 200, LINES)(path)
    path.write_text("<html>short</html>")
    with pytest.raises(ContentError, match="web page"):
        Sized(100, 200, LINES)(path)


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


def test_a_published_digest_decides(tmp_path: Path) -> None:
    path = tmp_path / "file.gz"
    path.write_bytes(gzip.compress(b"rows\n" * 50))
    md5 = hashlib.md5(path.read_bytes()).hexdigest()
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    GzipCheck()(path)
    GzipCheck(md5)(path)
    GzipCheck(sha256)(path)
    with pytest.raises(ContentError, match=f"its MD5 is {md5}, not {'0' * 32} as published"):
        GzipCheck("0" * 32)(path)
    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(ContentError, match="its SHA256 is"):
        GzipCheck(sha256)(path)
    with pytest.raises(ContentError, match="not a complete gzip"):
        GzipCheck()(path)


def test_a_zip_file_must_be_whole(tmp_path: Path) -> None:
    path = tmp_path / "file.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("table.csv", "id,smiles\n1,C\n")
    ZipCheck()(path)
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b"1,C", b"1,N"))
    with pytest.raises(ContentError, match=r"damaged: table\.csv"):
        ZipCheck()(path)
    path.write_bytes(whole[:-10])
    with pytest.raises(ContentError, match="not a complete zip"):
        ZipCheck()(path)


def test_checksums_are_read_as_the_tools_write_them(tmp_path: Path) -> None:
    path = tmp_path / "checksums.txt"
    path.write_text(f"{'a' * 64}  some_1.txt.gz\n{'B' * 32} *./folder/other.gz\n\nno checksum here\n")
    assert read_checksums(path) == {"some_1.txt.gz": "a" * 64, "other.gz": "b" * 32}
    ChecksumsCheck()(path)
    path.write_text("nothing\n")
    with pytest.raises(ContentError, match="no line of a checksum"):
        ChecksumsCheck()(path)
