"""A trained checkpoint as two functions: texts to vectors, molecules to vectors."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem

from model.checkpoint import Checkpoint, load_checkpoint
from model.inputs.structure import Molecule, StructureError, parse_structure

Structure = str | Chem.Mol
"""A SMILES, an InChI or a molblock as text, or an RDKit molecule."""

T = TypeVar("T")
_Encode = Callable[[Sequence[T]], NDArray[np.float32]]
_BATCH = 64


class Encoder:
    """Texts and molecules in one vector space: the closer a text and a molecule, the better they fit."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        self.checkpoint = checkpoint

    @property
    def name(self) -> str:
        return self.checkpoint.name

    @property
    def dim(self) -> int:
        """Components of a vector."""
        return self.checkpoint.encoder.dim

    def encode_text(self, texts: str | Iterable[str]) -> NDArray[np.float32]:
        """L2-normalised vectors `(texts, dim)`. A bare string is one text.

        Raises:
            TypeError: an item is not a string.
        """
        wanted = [texts] if isinstance(texts, str) else list(texts)
        for position, text in enumerate(wanted):
            if not isinstance(text, str):
                raise TypeError(f"text {position} is {type(text).__name__}, not a string")
        return self._batches(wanted, self.checkpoint.encoder.encode_text)

    def encode_molecules(self, molecules: Structure | Iterable[Structure]) -> NDArray[np.float32]:
        """L2-normalised vectors `(molecules, dim)` of SMILES, InChI, molblocks or RDKit molecules. A bare string or
        RDKit molecule is one molecule.

        Raises:
            StructureError: a structure cannot be understood; the message says which one.
            TypeError: an item is neither a string nor an RDKit molecule.
        """
        return self._batches(self.read(molecules), self.checkpoint.encoder.encode_molecules)

    def similarity(self, texts: str | Iterable[str], molecules: Structure | Iterable[Structure]) -> NDArray[np.float32]:
        """Cosine of every text with every molecule: float32 `(texts, molecules)`."""
        cosines: NDArray[np.float32] = self.encode_text(texts) @ self.encode_molecules(molecules).T
        return cosines

    def read(self, molecules: Structure | Iterable[Structure]) -> list[Molecule]:
        """Structures as `encode_molecules` understands them; raises as it does."""
        single = isinstance(molecules, str | Chem.Mol)
        wanted: list[object] = [molecules] if isinstance(molecules, str | Chem.Mol) else list(molecules)
        return [_read(item, None if single else position) for position, item in enumerate(wanted)]

    def _batches(
        self, inputs: Sequence[T], encode: Callable[[Sequence[T]], NDArray[np.float32]]
    ) -> NDArray[np.float32]:
        parts = [encode(inputs[start : start + _BATCH]) for start in range(0, len(inputs), _BATCH)]
        return np.concatenate(parts) if parts else np.empty((0, self.dim), np.float32)

    def __repr__(self) -> str:
        return f"<molseek.Encoder {self.name!r}, {self.dim} dimensions>"


def load(checkpoint: str | Path = "compact", device: str = "cpu") -> Encoder:
    """An encoder from a bundled name (`compact`), a directory, or a hub id (`owner/name`).

    Raises:
        CheckpointError: there is no such checkpoint, or it cannot be read.
    """
    return Encoder(load_checkpoint(checkpoint, device))


def _read(item: object, position: int | None) -> Molecule:
    where = "" if position is None else f"molecule {position}: "
    if isinstance(item, str):
        text = item
    elif isinstance(item, Chem.Mol):
        text = Chem.MolToSmiles(item)
    else:
        raise TypeError(f"{where}{type(item).__name__} is neither a SMILES, InChI or molblock string nor an RDKit Mol")
    try:
        return parse_structure(text)
    except StructureError as error:
        raise StructureError(error.code, f"{where}{error}") from None
