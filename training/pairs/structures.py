"""Canonical SMILES and InChIKey of structures, each parsed once, in worker processes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from model.inputs.structure import Molecule, StructureError, parse_structure
from training.inputs.parallel import map_chunks
from training.inputs.prepared import PreparedInputs

_WORTH_WORKERS = 20_000  # structures; a spawned process first spends seconds on its imports


class Structures:
    """Canonical SMILES and keys by SMILES as published. Others are parsed on demand and kept."""

    def __init__(self) -> None:
        self._canonical: dict[str, str] = {}
        self._keys: dict[str, str] = {}

    @classmethod
    def read(cls, smiles: Iterable[str], workers: int, prepared: PreparedInputs | None = None) -> Structures:
        """Parse all of these, or take them from `prepared`; in `workers` processes where that is worth it."""
        distinct = list(dict.fromkeys(smiles))
        enough = workers > 1 and len(distinct) >= _WORTH_WORKERS

        def identify() -> list[str]:
            chunks = map_chunks(_identify, distinct, workers if enough else 0, "read structures")
            return ["\t".join(both) for chunk in chunks for both in chunk]

        lines = prepared.lines("structures", distinct, identify) if prepared is not None else identify()
        structures = cls()
        for one, line in zip(distinct, lines, strict=True):
            structures._canonical[one], structures._keys[one] = line.split("\t")
        return structures

    def canonical(self, smiles: str) -> str:
        """Its canonical SMILES; empty if it is not a valid structure."""
        if smiles not in self._canonical:
            molecule = _parse(smiles)
            self._canonical[smiles] = molecule.smiles if molecule else ""
        return self._canonical[smiles]

    def key(self, smiles: str) -> str:
        """Its full InChIKey, equal for equal molecules; canonical SMILES where InChI cannot describe it, or empty."""
        if smiles not in self._keys:
            self._canonical[smiles], self._keys[smiles] = _identity(smiles)
        return self._keys[smiles]


def inchikeys(smiles: Iterable[str], *, workers: int = 1) -> dict[str, str]:
    """`Structures.key` of each distinct SMILES."""
    distinct = list(dict.fromkeys(smiles))
    structures = Structures.read(distinct, workers)
    return {one: structures.key(one) for one in distinct}


def _identify(smiles: Sequence[str]) -> list[tuple[str, str]]:
    return [_identity(one) for one in smiles]


def _identity(smiles: str) -> tuple[str, str]:
    molecule = _parse(smiles)
    return (molecule.smiles, molecule.inchikey or molecule.smiles) if molecule else ("", "")


def _parse(smiles: str) -> Molecule | None:
    try:
        return parse_structure(smiles)
    except StructureError:
        return None
