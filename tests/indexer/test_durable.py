"""Files and links that readers see old or new, never half."""

from __future__ import annotations

from pathlib import Path

from indexer.durable import replace_symlink, write_text


def test_a_link_is_replaced_in_place_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    link = tmp_path / "current"
    for target in ("releases/a", "releases/b"):
        replace_symlink(link, target)
        assert link.readlink() == Path(target)
    assert [path.name for path in tmp_path.iterdir()] == ["current"]


def test_what_a_killed_process_left_is_replaced(tmp_path: Path) -> None:
    (tmp_path / ".current.new").symlink_to("releases/half")
    replace_symlink(tmp_path / "current", "releases/a")
    assert [path.name for path in tmp_path.iterdir()] == ["current"]


def test_text_is_utf_8_with_unix_line_ends(tmp_path: Path) -> None:
    write_text(tmp_path / "a.json", "né\n")
    assert (tmp_path / "a.json").read_bytes() == b"n\xc3\xa9\n"
