"""The candidate pool of a data set that is published as splits."""

from __future__ import annotations

from pathlib import Path

from model.files import write_whole
from training.pairs.tables import Source, read_table


def write_candidates(splits: list[Path], out: Path) -> int:
    """Write the molecules of all splits as one candidate pool (columns cid, smiles); how many there are."""
    molecules: dict[str, str] = {}
    for path in splits:
        for row in read_table(Source(path)).rows:
            molecules.setdefault(row.fields["cid"], row.fields["smiles"])
    lines = ["cid\tsmiles", *(f"{cid}\t{smiles}" for cid, smiles in molecules.items())]
    write_whole(out, "\n".join(lines) + "\n")
    return len(molecules)
