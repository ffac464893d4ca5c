"""What RDKit computed for a run, kept in the run's directory, so that a resumed run does not compute it again."""

from __future__ import annotations

import hashlib
import io
import logging
import shutil
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np
import rdkit
from numpy.typing import NDArray

from model.files import write_whole
from model.inputs.features import FEATURE_VERSION, Featurizer, MoleculeFeatures
from training.inputs.npz import ArrayFileError, load_arrays

log = logging.getLogger(__name__)

_ARRAYS = ("atoms", "bonds", "atom_codes", "bond_codes", "bag")


class PreparedInputs:
    """Features and lines of text in `directory`, one file for each digest of all that they depend on.

    Nothing is written before `open`, for until then a run may still be refused. A file that cannot be read is
    replaced.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._write = True
        self._pending: list[tuple[str, dict[str, NDArray[np.generic]]]] | None = []

    def open(self, *, write: bool = True) -> None:
        """Write what was computed so far, and from now on at once; or, without `write`, nothing at all."""
        pending, self._pending, self._write = self._pending or [], None, write
        for name, arrays in pending:
            self._save(name, arrays)

    def remove(self) -> None:
        shutil.rmtree(self.directory, ignore_errors=True)

    def features(
        self, smiles: Sequence[str], featurizer: Featurizer, compute: Callable[[], list[MoleculeFeatures]]
    ) -> list[MoleculeFeatures]:
        """The features of these molecules, in order."""
        name = f"features-{_digest(_featurizer_parts(featurizer), smiles)}.npz"
        if (arrays := self._load(name, *_ARRAYS, *(f"{one}_ends" for one in _ARRAYS))) is not None:
            columns = [
                np.split(values, ends, axis=values.ndim - 1 if one == "bonds" else 0)[:-1]
                for one, values, ends in zip(_ARRAYS, arrays[:5], arrays[5:], strict=True)
            ]
            return [MoleculeFeatures(*molecule) for molecule in zip(*columns, strict=True)]
        features = compute()
        if features:
            self._save(name, _packed(features))
        return features

    def lines(
        self, kind: str, inputs: Sequence[str], compute: Callable[[], list[str]], *, depends_on: Iterable[str] = ()
    ) -> list[str]:
        """One line of text for each input, without line breaks. depends_on: what they are computed with, if not all of
        it changes with the features' version.
        """
        name = f"{kind}-{_digest(depends_on, inputs)}.npz"
        if (arrays := self._load(name, "utf8")) is not None:
            return arrays[0].tobytes().decode("utf-8").split("\n")
        lines = compute()
        if lines:
            self._save(name, {"utf8": np.frombuffer("\n".join(lines).encode("utf-8"), np.uint8)})
        return lines

    def _load(self, name: str, *arrays: str) -> list[NDArray[np.generic]] | None:
        path = self.directory / name
        if not path.is_file():
            return None
        try:
            return load_arrays(path, *arrays)  # a zip file: each array with its checksum
        except ArrayFileError as error:
            log.warning("%s; computing it again", error)
            return None

    def _save(self, name: str, arrays: dict[str, NDArray[np.generic]]) -> None:
        if self._pending is not None:
            self._pending.append((name, arrays))
        elif self._write:
            file = io.BytesIO()
            np.savez(file, **arrays)  # type: ignore[arg-type]
            self.directory.mkdir(parents=True, exist_ok=True)
            write_whole(self.directory / name, file.getvalue())


def _packed(features: Sequence[MoleculeFeatures]) -> dict[str, NDArray[np.generic]]:
    """Each array of all molecules as one, and where each molecule's part ends."""
    packed: dict[str, NDArray[np.generic]] = {}
    for name in _ARRAYS:
        axis = 1 if name == "bonds" else 0
        parts = [getattr(one, name) for one in features]
        packed[name] = np.concatenate(parts, axis=axis)
        packed[f"{name}_ends"] = np.cumsum([part.shape[axis] for part in parts])
    return packed


def _featurizer_parts(featurizer: Featurizer) -> Iterable[str]:
    yield str(featurizer.extra_features)
    for vocabulary in (featurizer.atoms, featurizer.bag):
        yield from ("-",) if vocabulary is None else (str(len(vocabulary)), *vocabulary.tokens)


def _digest(parts: Iterable[str], inputs: Iterable[str]) -> str:
    digest = hashlib.sha256(f"{rdkit.__version__} {FEATURE_VERSION}".encode())
    for some in (parts, inputs):
        digest.update(b"\0")
        for one in some:
            digest.update(one.encode() + b"\n")
    return digest.hexdigest()[:24]
