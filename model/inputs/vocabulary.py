"""An ordered set of tokens whose positions are the rows of an embedding table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

UNKNOWN = "UNK"


class Vocabulary:
    """Tokens and their rows. Immutable; written as one token a line.

    Raises:
        ValueError: a token is repeated, empty, or contains a line break.
    """

    def __init__(self, tokens: Iterable[str]) -> None:
        self.tokens: tuple[str, ...] = tuple(tokens)
        self._rows = {token: row for row, token in enumerate(self.tokens)}
        if len(self._rows) != len(self.tokens):
            raise ValueError("a vocabulary cannot contain a token twice")
        if any(not token or "\n" in token or "\r" in token for token in self.tokens):
            raise ValueError("a vocabulary token cannot be empty or contain a line break")

    def __len__(self) -> int:
        return len(self.tokens)

    def __contains__(self, token: object) -> bool:
        return token in self._rows

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Vocabulary) and self.tokens == other.tokens

    def __hash__(self) -> int:
        return hash(self.tokens)

    def rows(self, tokens: Sequence[str]) -> list[int]:
        """The row of each token, that of `UNK` for one that is not known.

        Raises:
            KeyError: a token is not known and the vocabulary has no `UNK`.
        """
        found = [self._rows.get(token, -1) for token in tokens]
        if -1 in found:
            unknown = self._rows[UNKNOWN]
            return [unknown if row < 0 else row for row in found]
        return found

    def known_rows(self, tokens: Iterable[str]) -> list[int]:
        """The rows of the tokens that are known; the others are left out."""
        rows = self._rows
        return [rows[token] for token in tokens if token in rows]

    def save(self, path: Path) -> None:
        path.write_text("".join(f"{token}\n" for token in self.tokens), encoding="utf-8", newline="\n")

    @classmethod
    def load(cls, path: Path) -> Vocabulary:
        return cls(path.read_text(encoding="utf-8").split("\n")[:-1])
