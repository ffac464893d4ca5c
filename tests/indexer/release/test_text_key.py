"""Keys of texts: signed 64-bit, and blind to what `plain_text` is blind to."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from indexer.release.text_key import plain_key, plain_text, text_key


@given(st.text())
def test_keys_are_for_sqlite_and_follow_their_text(text: str) -> None:
    for key in (text_key(text), plain_key(text)):
        assert -(2**63) <= key < 2**63
    assert text_key(f"  {text}\n") == text_key(text)
    assert plain_key(plain_text(text)) == plain_key(text)


def test_spelling_case_and_a_final_stop_are_the_same_plain_text() -> None:
    assert plain_text("A  sulphur colour.") == plain_text("a sulfur color") == "a sulfur color"
    assert text_key("A sulphur colour.") != text_key("a sulfur color")
    assert plain_key("an acid") != plain_key("an acyl")
