from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.files import sha256_file, write_whole


@given(st.one_of(st.text(), st.binary()))
def test_what_is_written_is_read_back_and_has_the_digest_of_its_bytes(
    tmp_path_factory: pytest.TempPathFactory, content: str | bytes
) -> None:
    path = tmp_path_factory.mktemp("files") / "file"
    raw = content.encode() if isinstance(content, str) else content

    write_whole(path, content)

    assert path.read_bytes() == raw
    assert sha256_file(path) == hashlib.sha256(raw).hexdigest()


def test_an_existing_file_is_replaced_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "file.json"
    path.write_text("old")

    write_whole(path, "new")

    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]


def test_a_failed_write_leaves_no_partial_file(tmp_path: Path) -> None:
    occupied = tmp_path / "folder"
    occupied.mkdir()
    (occupied / "inside").write_text("x")

    with pytest.raises(OSError):
        write_whole(occupied, "text")

    assert list(tmp_path.iterdir()) == [occupied]
