"""Digests of data files, for the records of what was trained and measured on."""

from __future__ import annotations

import hashlib
from pathlib import Path

from model.files import sha256_file
from training.pairs.tables import PCDES_DESCRIPTIONS, PCDES_SMILES, PairFileError, parse_source


def file_digest(source: str) -> str:
    """`data_digest` of the file that a source, `PATH?column=value`, selects rows of."""
    return data_digest(parse_source(source).path)


def data_digest(path: Path) -> str:
    """SHA-256 (hex) of a data file; for PCdes as published, of the digests of its two files.

    Raises:
        PairFileError: it cannot be read.
    """
    folder = path if path.is_dir() else path.parent
    try:
        if path.is_dir() or path.name == PCDES_SMILES:
            both = "".join(sha256_file(folder / name) for name in (PCDES_SMILES, PCDES_DESCRIPTIONS))
            return hashlib.sha256(both.encode()).hexdigest()
        return sha256_file(path)
    except OSError as error:
        raise PairFileError(f"{path} cannot be read: {error.strerror or error}") from None
