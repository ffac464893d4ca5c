"""Pictures of structures in a terminal."""

from __future__ import annotations

import base64
import re

import pytest

from molseek.pictures import Protocol, drawn, escaped, protocol

HITS = [
    {"rank": 1, "id": "a", "name": "ethanol", "smiles": "CCO"},
    {"rank": 2, "id": "b", "name": None, "smiles": None},
    {"rank": 3, "id": "c", "name": None, "smiles": "C1CC"},
    {"rank": 4, "id": "d", "name": None, "smiles": "c1ccccc1"},
]


@pytest.mark.parametrize(
    ("environment", "how"),
    [
        ({"TERM": "xterm-kitty", "KITTY_WINDOW_ID": "1"}, "kitty"),
        ({"TERM": "xterm-ghostty", "TERM_PROGRAM": "ghostty"}, "kitty"),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "iTerm.app"}, "iterm2"),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "WezTerm"}, "iterm2"),
        ({"TERM": "tmux-256color", "KITTY_WINDOW_ID": "1"}, None),
        ({"TERM": "xterm-256color"}, None),
        ({}, None),
    ],
)
def test_terminals_that_show_pictures(environment: dict[str, str], how: Protocol | None) -> None:
    assert protocol(environment) == how


@pytest.mark.parametrize(
    ("how", "pattern"),
    [
        ("kitty", r"\x1b_G(?:a=T,f=100,)?m=[01];([^\x1b]*)\x1b\\"),
        ("iterm2", r"\x1b]1337;File=inline=1;size=\d+:(.*)\a"),
    ],
)
def test_a_picture_arrives_whole(how: Protocol, pattern: str) -> None:
    png = drawn(HITS)
    assert png is not None and png.startswith(b"\x89PNG")
    sent = escaped(png, how)
    assert base64.b64decode("".join(re.findall(pattern, sent))) == png
    assert re.sub(pattern, "", sent) == "\n"
    if how == "kitty":
        assert re.findall("m=([01])", sent) == ["1"] * (sent.count("_G") - 1) + ["0"]


def test_hits_without_structures_are_no_picture() -> None:
    assert drawn(HITS[1:3]) is None
