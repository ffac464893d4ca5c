"""Everyday words for what ChEBI's texts say otherwise: "painkiller" for "analgesic"."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from training.config import ConfigError


def read_everyday_words(path: Path) -> Mapping[str, tuple[str, ...]]:
    """Everyday words of each class and role, from a thesaurus: lines of a term, a tab, and what it stands for, with
    semicolons between several. A term asks for the first of these; the others only widen a search.

    Raises:
        ConfigError: there is no such file, or a line is no entry.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"the thesaurus {path} cannot be read: {error}") from None
    words: dict[str, list[str]] = defaultdict(list)
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        term, tab, meanings = line.partition("\t")
        meant = meanings.split(";")[0].strip()
        if not tab or not term.strip() or not meant:
            raise ConfigError(f"line {number} of the thesaurus {path} is not a term, a tab and what it stands for")
        words[meant].append(term.strip())
    return {meant: tuple(terms) for meant, terms in words.items()}
