"""Hold molecules out of training, chosen by a hash of their InChIKey, so that the choice never changes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from training.pairs.made_pairs import origin_of, write_made_pairs
from training.pairs.reading import read_pairs, read_structures
from training.pairs.structures import inchikeys

COLUMNS = ("id", "smiles", "description")


@dataclass(frozen=True, slots=True)
class HeldOutPairs:
    """What was held out: distinct molecules, and all their pairs."""

    molecules: int
    pairs: int


def hold_out(source: str, out: Path, molecules: int, workers: int = 1) -> HeldOutPairs:
    """Write all pairs of those `molecules` whose InChIKeys hash lowest (SHA-256). Each molecule's id is its InChIKey,
    so the table is a pool of candidates as well.

    Raises:
        PairFileError: the file cannot be read.
        OSError: `out` cannot be written.
    """
    pairs = read_pairs(source).pairs
    keys = inchikeys((pair.smiles for pair in pairs), workers=workers)
    ranked = sorted(set(keys.values()) - {""}, key=lambda key: hashlib.sha256(key.encode()).digest())
    chosen = set(ranked[:molecules])
    rows = [(keys[pair.smiles], pair.smiles, pair.text) for pair in pairs if keys[pair.smiles] in chosen]
    held = HeldOutPairs(len(chosen), len(rows))
    write_made_pairs(out, COLUMNS, rows, asdict(held) | origin_of(source))
    return held


def held_out_keys(sources: Iterable[str]) -> frozenset[str]:
    """The InChIKeys of all molecules in files that `read_pairs` or `read_candidates` take.

    Raises PairFileError when a file cannot be read or has no structure column.
    """
    smiles = [one for source in sources for one in read_structures(source)]
    return frozenset(inchikeys(smiles).values()) - {""}
