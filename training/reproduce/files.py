"""The files that the paper's experiments need, found in a directory or sliced from any file of pairs."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from model.counts import counted
from training.config import ConfigError
from training.pairs import read_pairs


@dataclass(frozen=True)
class PaperFiles:
    """train, validation, test: ChEBI-20 (`molseek-train data chebi20` fetches them); candidates: all molecules of
    these; atom_vectors: Text2Mol's Mol2vec vectors, or None to train them; pcdes: pairs with a column `pcdes_split`, or
    the published folder, or None.
    """

    train: str
    validation: str
    test: str
    candidates: str
    atom_vectors: str | None
    pcdes: str | None

    @property
    def texts(self) -> tuple[str, str, str]:
        """All instances, which molecules are ranked against."""
        return self.train, self.validation, self.test


_NAMES = {
    "train": ("train.txt", "training.txt", "train.tsv"),
    "validation": ("validation.txt", "val.txt", "validation.tsv"),
    "test": ("test.txt", "test.tsv"),
    "candidates": ("candidates.tsv",),
    "atom_vectors": ("token_embedding_dict.npy", "mol2vec.npz"),
    "pcdes": ("pcdes", "pcdes.tsv"),
}


def find_files(directory: Path) -> PaperFiles:
    """The files by their usual names.

    Raises:
        ConfigError: one of ChEBI-20 is missing.
    """
    found: dict[str, str | None] = {}
    for role, names in _NAMES.items():
        found[role] = next((str(directory / name) for name in names if (directory / name).exists()), None)
    train, validation, test, candidates = (found[role] for role in ("train", "validation", "test", "candidates"))
    if train is None or validation is None or test is None or candidates is None:
        missing = [role for role in ("train", "validation", "test", "candidates") if found[role] is None]
        raise ConfigError(
            f"{directory} lacks {', '.join(_NAMES[role][0] for role in missing)}; "
            f"molseek-train data chebi20 --out {directory} fetches ChEBI-20"
        )
    return PaperFiles(train, validation, test, candidates, found["atom_vectors"], found["pcdes"])


def write_slice(pairs: str, directory: Path, *, rows: int, seed: int = 0) -> PaperFiles:
    """A small data set of `rows` pairs sampled from a file, split 8 : 1 : 1, which also stands in for PCdes.

    Raises:
        ConfigError: the file has fewer than 20 pairs.
        PairFileError: it cannot be read.
    """
    read = read_pairs(pairs).pairs
    if len(read) < 20:
        raise ConfigError(f"{pairs} has {counted(len(read), 'pair')}; a slice needs 20 or more")
    chosen = [read[row] for row in np.random.default_rng(seed).permutation(len(read))[:rows]]
    table = [(str(number), pair.smiles, " ".join(pair.text.split())) for number, pair in enumerate(chosen)]
    tenth = len(table) // 10
    parts = {"test": table[:tenth], "validation": table[tenth : 2 * tenth], "train": table[2 * tenth :]}
    directory.mkdir(parents=True, exist_ok=True)
    for name, part in parts.items():
        _write(directory / f"{name}.tsv", ("cid", "smiles", "description"), part)
    _write(directory / "candidates.tsv", ("cid", "smiles"), [row[:2] for row in table])
    split = {"test": "test", "validation": "dev", "train": "train"}
    rows_of_pcdes = [(*row, split[name]) for name, part in parts.items() for row in part]
    _write(directory / "pcdes.tsv", ("cid", "smiles", "description", "pcdes_split"), rows_of_pcdes)
    return find_files(directory)


def _write(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter="\t", lineterminator="\n", quoting=csv.QUOTE_NONE, quotechar=None)
        writer.writerow(header)
        writer.writerows(rows)
