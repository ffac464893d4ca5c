"""Rows that a build reuses from an earlier release: records, fingerprints and vectors of what has not changed.

A row is known by the text it was made from (`indexer.build.sources`). A release is reusable if it was built with the
same checkpoint, options and library versions, its files match their digests, and a sample of its vectors, computed
again, is the same to within rounding. On the processor that built it the sample is the same to the last bit; another
one rounds otherwise. Errors do not add up: every vector was computed once, from its own input.
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import JsonValue

from indexer.build.embedding import Embedder, Encoded
from indexer.build.parsing import Identity, Known, ParsedMolecule, StructureParser
from indexer.build.sources import Keys, Sources, keys_of
from indexer.engines.base import Vectors
from indexer.errors import ReleaseError
from indexer.properties import Properties
from indexer.release.manifest import Manifest, check_files, read_manifest
from indexer.release.names import release_names
from indexer.release.opened import (
    DESCRIPTION_SOURCES,
    DESCRIPTION_VECTORS,
    FINGERPRINTS,
    MOLECULE_SOURCES,
    MOLECULE_VECTORS,
    PATTERNS,
    RECORDS,
    RELEASES,
    current_release,
)

_FILES = (MOLECULE_VECTORS, DESCRIPTION_VECTORS, FINGERPRINTS, PATTERNS, RECORDS, MOLECULE_SOURCES, DESCRIPTION_SOURCES)
# Options and library versions that no row depends on.
_OTHER_OPTIONS = {"columns", "shard_rows", "batch_size", "row_seconds"}
_OTHER_VERSIONS = {"sqlite", "faiss-cpu", "faiss-gpu"}
# Releases looked at, the served one first, and rows of each side that are computed again to compare.
_CANDIDATES = 3
_SAMPLE = 8
# Of the components of unit vectors: float32 on any processor rounds within 1e-6; lower precision differs by 1e-3.
_TOLERANCE = 1e-5
_ROWS_A_QUERY = 500
_PROPERTIES = tuple(field.name for field in fields(Properties))


@dataclass(frozen=True, slots=True)
class Recipe:
    """All that a row's record and vector depend on beside its text."""

    checkpoint: str
    feature_version: int
    dim: int
    options: dict[str, JsonValue]
    versions: dict[str, str]

    @staticmethod
    def of(
        checkpoint: str, feature_version: int, dim: int, options: dict[str, JsonValue], versions: dict[str, str]
    ) -> "Recipe":
        """The recipe of a build or of a release, without what rows do not depend on."""
        limits = options.get("limits")
        kept: dict[str, JsonValue] = {name: value for name, value in options.items() if name not in _OTHER_OPTIONS}
        kept["limits"] = limits.get("structure") if isinstance(limits, dict) else None
        libraries = {name: value for name, value in versions.items() if name not in _OTHER_VERSIONS}
        return Recipe(checkpoint, feature_version, dim, kept, libraries)

    @staticmethod
    def of_release(manifest: Manifest) -> "Recipe":
        checkpoint = manifest.checkpoint
        return Recipe.of(
            checkpoint.digest, checkpoint.feature_version, manifest.dim, manifest.options, manifest.versions
        )

    def difference(self, other: "Recipe") -> str | None:
        """The first difference, in words."""
        if self.checkpoint != other.checkpoint:
            return "it was built with another checkpoint"
        if (self.feature_version, self.dim) != (other.feature_version, other.dim):
            return "it was built with another feature version"
        for what, mine, theirs in (
            ("option", self.options, other.options),
            ("version of", self.versions, other.versions),
        ):
            for name in sorted({*mine, *theirs}):
                if mine.get(name) != theirs.get(name):
                    return f"it was built with another {what} {name}"
        return None


class PreviousRelease:
    """An earlier release, opened to reuse its rows."""

    def __init__(self, path: Path, manifest: Manifest) -> None:
        self.name = manifest.release
        self._structures = Sources(path / MOLECULE_SOURCES)
        self._texts = Sources(path / DESCRIPTION_SOURCES)
        self._molecule_vectors = _mapped(path / MOLECULE_VECTORS, (manifest.counts.molecules, manifest.dim))
        self._description_vectors = _mapped(path / DESCRIPTION_VECTORS, (manifest.counts.descriptions, manifest.dim))
        self._fingerprints = np.load(path / FINGERPRINTS, mmap_mode="r", allow_pickle=False)
        self._patterns = np.load(path / PATTERNS, mmap_mode="r", allow_pickle=False)
        uri = (path / RECORDS).resolve().as_uri() + "?mode=ro&immutable=1"
        self._records = sqlite3.connect(uri, uri=True)

    def structures(self, structures: Sequence[str | None]) -> list[Known | None]:
        """What is known of structures by the very text that they are given as."""
        rows = self._structures.find(keys_of("structure", structures))
        found = self._records_of(sorted({int(row) for row in rows if row >= 0}))
        return [found[int(row)] if row >= 0 else None for row in rows]

    def smiles_rows(self, keys: Keys) -> NDArray[np.int64]:
        """Rows of molecules by the keys of their canonical SMILES; -1 where there is none."""
        return self._structures.find(keys)

    def text_rows(self, keys: Keys) -> NDArray[np.int64]:
        """Rows of descriptions by the keys of their texts; -1 where there is none."""
        return self._texts.find(keys)

    def molecule_vectors(self, rows: NDArray[np.int64]) -> Vectors:
        return np.asarray(self._molecule_vectors[rows])

    def description_vectors(self, rows: NDArray[np.int64]) -> Vectors:
        return np.asarray(self._description_vectors[rows])

    def fingerprints(self, rows: NDArray[np.int64]) -> NDArray[np.uint8]:
        return np.asarray(self._fingerprints[rows], dtype=np.uint8)

    def patterns(self, rows: NDArray[np.int64]) -> NDArray[np.uint8]:
        return np.asarray(self._patterns[rows], dtype=np.uint8)

    def check_sample(self, parser: StructureParser, embedder: Embedder) -> None:
        """Compute some rows again; ReleaseError unless all are the same to within rounding."""
        rows = _spread(len(self._molecule_vectors))
        smiles = [known.identity.smiles for known in self._records_of([int(row) for row in rows]).values()]
        parsed = parser(smiles, True).results
        again = [one for one in parsed if isinstance(one, ParsedMolecule) and one.reproducible]
        if len(again) == len(rows):
            vectors = embedder.molecules([one.features for one in again if not isinstance(one.features, Encoded)])
            self._compare(vectors, self.molecule_vectors(rows))
        rows = _spread(len(self._description_vectors))
        texts = self._texts_of([int(row) for row in rows])
        self._compare(embedder.texts(texts), self.description_vectors(rows))

    def _compare(self, computed: Vectors, stored: Vectors) -> None:
        off = float(np.max(np.abs(computed - stored), initial=0.0))
        if off > _TOLERANCE:
            raise ReleaseError(
                f"its vectors differ from those computed now by up to {off:.1g}, more than rounding explains "
                f"({_TOLERANCE:g})"
            )

    def _records_of(self, rows: Sequence[int]) -> dict[int, Known]:
        columns = ", ".join(_PROPERTIES)
        found: dict[int, Known] = {}
        for start in range(0, len(rows), _ROWS_A_QUERY):
            part = rows[start : start + _ROWS_A_QUERY]
            query = f"SELECT row, smiles, inchikey, source_smiles, {columns} FROM molecules WHERE row IN "
            for row, smiles, inchikey, source, *values in self._records.execute(query + _marks(part), part):
                properties = Properties(*values)
                found[row] = Known(row, Identity(smiles, inchikey, source), properties)
        return found

    def _texts_of(self, rows: Sequence[int]) -> list[str]:
        query = "SELECT row, text FROM descriptions WHERE row IN "
        found = dict(self._records.execute(query + _marks(rows), rows))
        return [embedded_text(found[row]) for row in rows]

    def close(self) -> None:
        self._records.close()


def find_reusable(
    root: Path, recipe: Recipe, parser: StructureParser, embedder: Embedder
) -> tuple[PreviousRelease | None, str | None]:
    """The release to reuse rows of: the served one, else the newest that fits; or why there is none."""
    current = current_release(root)
    names = [name for name in reversed(release_names(root)) if current is None or name != current.name]
    if current is not None:
        names.insert(0, current.name)
    first_reason: str | None = None
    for name in names[:_CANDIDATES]:
        try:
            return _open(root / RELEASES / name, recipe, parser, embedder), None
        except (ReleaseError, OSError, ValueError, LookupError, sqlite3.Error) as error:
            first_reason = first_reason or f"{name} does not fit: {error}"
    return None, first_reason


def _open(path: Path, recipe: Recipe, parser: StructureParser, embedder: Embedder) -> PreviousRelease:
    manifest = read_manifest(path)
    difference = recipe.difference(Recipe.of_release(manifest))
    if difference is not None:
        raise ReleaseError(difference)
    files = {name: manifest.files[name] for name in _FILES}
    check_files(path, manifest.model_copy(update={"files": files}), digests=True)
    previous = PreviousRelease(path, manifest)
    try:
        previous.check_sample(parser, embedder)
    except BaseException:
        previous.close()
        raise
    return previous


def embedded_text(text: str) -> str:
    """A description as it is embedded: runs of white space as one space, as queries are read too."""
    return " ".join(text.split())


def _mapped(path: Path, shape: tuple[int, int]) -> Vectors:
    vectors: Vectors = np.load(path, mmap_mode="r" if shape[0] else None, allow_pickle=False)
    if vectors.dtype != np.float32 or vectors.shape != shape:
        raise ValueError(f"{path.name} does not hold float32 vectors of shape {shape}")
    return vectors


def _spread(count: int) -> NDArray[np.int64]:
    """Some rows from the first to the last."""
    return np.unique(np.linspace(0, count - 1, min(count, _SAMPLE)).astype(np.int64))


def _marks(values: Sequence[int]) -> str:
    return f"({','.join('?' * len(values))})"
