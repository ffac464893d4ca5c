"""Structures as one picture in the terminal, where it can show pictures: kitty's and iTerm2's protocols."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any, Literal

Protocol = Literal["kitty", "iterm2"]

_MOST = 8
_A_ROW = 4
_WIDTH, _HEIGHT = 260, 200
_CHUNK = 4096  # of base64 in one command of kitty's protocol


def protocol(environment: Mapping[str, str]) -> Protocol | None:
    """How this terminal is shown pictures, None where it shows none; multiplexers pass none on."""
    term, program = environment.get("TERM", ""), environment.get("TERM_PROGRAM", "").lower()
    if term.startswith(("screen", "tmux")) or "TMUX" in environment:
        return None
    if "KITTY_WINDOW_ID" in environment or term in ("xterm-kitty", "xterm-ghostty") or program == "ghostty":
        return "kitty"
    return "iterm2" if program in ("iterm.app", "wezterm") else None


def escaped(png: bytes, how: Protocol) -> str:
    """What a terminal is sent to show a picture."""
    data = base64.b64encode(png).decode()
    if how == "iterm2":
        return f"\033]1337;File=inline=1;size={len(png)}:{data}\a\n"
    chunks = [data[start : start + _CHUNK] for start in range(0, len(data), _CHUNK)]
    first, last = "a=T,f=100,", len(chunks) - 1
    return (
        "".join(
            f"\033_G{first if number == 0 else ''}m={int(number < last)};{chunk}\033\\"
            for number, chunk in enumerate(chunks)
        )
        + "\n"
    )


def drawn(hits: Sequence[Mapping[str, Any]]) -> bytes | None:
    """The structures of the first hits as a PNG, None where they have none."""
    from rdkit import Chem, rdBase
    from rdkit.Chem.Draw import rdMolDraw2D

    with rdBase.BlockLogs():
        shown: dict[str, Chem.Mol] = {}
        for hit in hits[:_MOST]:
            mol: Chem.Mol | None = Chem.MolFromSmiles(hit["smiles"]) if hit["smiles"] else None
            if mol is not None:
                shown[f"{hit['rank']}  {hit['name'] or hit['id']}"] = mol
        if not shown:
            return None
        rows = -(-len(shown) // _A_ROW)
        width = _WIDTH * min(_A_ROW, len(shown))
        drawer = rdMolDraw2D.MolDraw2DCairo(width, _HEIGHT * rows, _WIDTH, _HEIGHT)
        drawer.DrawMolecules(list(shown.values()), legends=list(shown))
        drawer.FinishDrawing()
        return bytes(drawer.GetDrawingText())
