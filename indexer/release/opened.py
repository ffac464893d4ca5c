"""A release opened for search: vectors of both sides, records, fingerprints. Immutable, shared by threads."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from indexer.columns import Columns
from indexer.engines import EngineStats, Hits, MilvusSettings, VectorIndex, engine_for
from indexer.engines.base import Rows, Vectors, Where
from indexer.errors import ReleaseError
from indexer.release.guard import FileGuard
from indexer.release.manifest import Manifest, SideName, check_files, read_manifest
from indexer.release.records import Records
from indexer.search.identifiers import count_atoms
from indexer.search.lexicon import open_lexicon
from indexer.search.similarity import SimilaritySearch
from model.checkpoint.calibration import TextKind, text_kind
from model.inputs.class_words import ClassWords
from model.inputs.thesaurus import thesaurus
from model.inputs.words import words

__all__ = [
    "CURRENT",
    "RELEASES",
    "Hits",
    "Manifest",
    "Release",
    "ReleaseError",
    "Side",
    "current_release",
    "open_release",
]

CURRENT = "current"
RELEASES = "releases"

MOLECULE_VECTORS = "molecules.npy"
DESCRIPTION_VECTORS = "descriptions.npy"
VECTOR_FILES: dict[SideName, str] = {"molecules": MOLECULE_VECTORS, "descriptions": DESCRIPTION_VECTORS}
FINGERPRINTS = "fingerprints.npy"
PATTERNS = "patterns.npy"
RECORDS = "records.sqlite"
REJECTS = "rejects.tsv"
MOLECULE_SOURCES = "molecule_sources.npy"
DESCRIPTION_SOURCES = "description_sources.npy"

# Counts of atoms that are kept, of 4 bytes a molecule each.
_MOST_ATOM_COUNTS = 16
_FINGERPRINT_BYTES = 256
_PATTERN_BYTES = 128


class Side:
    """The vectors of one side (molecules or descriptions) of a release."""

    def __init__(self, index: VectorIndex) -> None:
        self._index = index
        self.count = index.count
        self.dim = index.dim

    def search(self, vectors: Vectors, k: int, allowed: Rows | None = None, where: Where | None = None) -> Hits:
        """The k rows of highest cosine for each query vector, best first, ties in row order.

        `vectors` float32 `(queries, dim)`, L2-normalised; the hits are `(queries, k)`, filled up with row -1 and
        score -inf where the side has fewer rows. `allowed` (int64, ascending) limits the search to these rows; `where`
        is what they have in common, which spares a server the others. ValueError for a wrong shape, values that are
        not finite, or k below 1; EngineAwayError if a server is needed that is away.
        """
        return self._index.search(vectors, k, allowed, where)

    def scores(self, vector: Vectors, rows: Rows) -> Vectors:
        """The cosine of each of `rows` with one query vector `(dim,)`, as `search` gives it: float32 `(rows,)`."""
        return self._index.scores(vector, rows)

    def check(self) -> None:
        """Raise EngineAwayError if a server that searches need is away."""
        self._index.check()

    def stats(self) -> EngineStats:
        return self._index.stats()

    def close(self) -> None:
        self._index.close()


class Release:
    """One release directory, open. Reading from several threads is safe; `close` ends it for all of them."""

    def __init__(
        self,
        path: Path,
        manifest: Manifest,
        device: str = "cpu",
        guard: FileGuard | None = None,
        milvus: MilvusSettings | None = None,
    ) -> None:
        self._guard = guard
        self.path = path
        self.manifest = manifest
        self.name = manifest.release
        self.molecules = _open_side(path, manifest, "molecules", device, milvus)
        self.descriptions = _open_side(path, manifest, "descriptions", device, milvus)
        self.fingerprints = _open_fingerprints(path / FINGERPRINTS, manifest.counts.molecules)
        self.patterns = _open_fingerprints(path / PATTERNS, manifest.counts.molecules, _PATTERN_BYTES)
        self.records = Records(path / RECORDS)
        self.lexicon = open_lexicon(path, path / RECORDS)
        self.columns = Columns(path, self.records.tag_sets)
        self._masses: NDArray[np.float64] | None = None
        self._formulas: tuple[list[str], NDArray[np.int32]] | None = None
        self._atom_counts: dict[tuple[str, ...], NDArray[np.int32]] = {}
        self._similarity: SimilaritySearch | None = None
        self._class_words: ClassWords | None = None
        # Tags by their words, as a query may say them.
        self.tags = {" ".join(words(tag)): tag for tag in self.manifest.tags}
        self._check_records()

    def exact_masses(self) -> NDArray[np.float64]:
        """Monoisotopic masses of all molecules in g/mol, float64 `(molecules,)`; read when first asked for."""
        if self._masses is None:  # two threads may both read them; they read the same
            self._masses = self.records.exact_masses()
        return self._masses

    def has_formula(self, formulas: Sequence[str]) -> NDArray[np.bool_]:
        """Which molecules have one of these formulas, in Hill order with the charge: bool `(molecules,)`."""
        found = np.zeros(self.molecules.count, np.bool_)
        found[self.records.rows_with_formulas(formulas)] = True
        return found

    def atom_counts(self, elements: Sequence[str]) -> NDArray[np.int32]:
        """How many atoms of these elements, by symbol, each molecule has, int32 `(molecules,)`."""
        key = tuple(elements)
        counts = self._atom_counts.get(key)
        if counts is None:  # two threads may both count them; they count the same
            if self._formulas is None:
                self._formulas = self.records.formulas()
            formulas, numbers = self._formulas
            each = (count_atoms(formula, key) for formula in formulas)
            counts = np.fromiter(each, np.int32, len(formulas))[numbers]
            if len(self._atom_counts) >= _MOST_ATOM_COUNTS:
                self._atom_counts.clear()
            self._atom_counts[key] = counts
        return counts

    @property
    def similarity(self) -> SimilaritySearch:
        """Search by Morgan fingerprints; the first one counts all bits."""
        if self._similarity is None:
            self._similarity = SimilaritySearch(self.fingerprints)
        return self._similarity

    def asks_for_class(self, text: str) -> bool:
        """Whether a text asks for a class or role, by common words and the tags of this corpus."""
        if self._class_words is None:
            self._class_words = ClassWords([*thesaurus().phrases, *self.manifest.tags])
        return self._class_words(text)

    def text_kind(self, text: str) -> TextKind:
        """What a text is to this corpus: a name that it has, a class or role, or what its length suggests."""
        if self.lexicon is not None and self.lexicon.find_name(text):
            return "known_name"
        kind = text_kind(text)
        return "category" if kind == "name" and self.asks_for_class(text) else kind

    def _check_records(self) -> None:
        found = (self.records.molecule_count, self.records.description_count)
        expected = (self.manifest.counts.molecules, self.manifest.counts.descriptions)
        if found != expected:
            raise ReleaseError(f"{self.path / RECORDS} has {found} molecules and descriptions; expected {expected}")

    def check(self) -> None:
        """Raise EngineAwayError if a server that searches need is away; nothing to wait for where none is."""
        self.molecules.check()
        self.descriptions.check()

    def changed(self) -> str | None:
        """What has happened to the files of a guarded release since it was opened, in words, or None."""
        return self._guard.changed() if self._guard is not None else None

    def close(self) -> None:
        """Let go of all files. A search that is under way in another thread still ends well."""
        self.molecules.close()
        self.descriptions.close()
        self.records.close()
        if self.lexicon is not None:
            self.lexicon.close()
        if self._guard is not None:
            self._guard.close()


def open_release(
    path: Path, verify: bool = True, device: str = "cpu", guard: bool = False, milvus: MilvusSettings | None = None
) -> Release:
    """Open one release directory.

    With `verify`, the SHA-256 of every file is checked (which reads them all); without, only that the files are
    there and have their sizes. `device`: where vectors are searched, `cuda` with
    faiss-gpu. `guard`: watch for writers (`FileGuard`), so that `Release.changed` can tell. `milvus`: how to reach the
    server of a release whose engine is Milvus; None: as `MOLSEEK_MILVUS_*` variables say. Raises ReleaseError naming
    the file that is missing, damaged, open for writing or of an unknown kind.
    """
    manifest = read_manifest(path)
    if any(side.parameters.get("bias") for side in manifest.sides.values()):
        raise ReleaseError(
            f"{path} was built with --bias, and ranks by more than the cosine; this version of Molseek does not read "
            "such releases: build it again without biases"
        )
    guarding = FileGuard(path, manifest.files) if guard else None
    try:
        check_files(path, manifest, digests=verify)
        return Release(path, manifest, device, guarding, milvus)
    except BaseException:
        if guarding is not None:
            guarding.close()
        raise


def current_release(root: Path) -> Path | None:
    """The release directory that `current` points to under an index directory, or None if none is published."""
    link = root / CURRENT
    if not link.is_symlink():
        return None
    return root / RELEASES / link.readlink().name


def _open_side(release: Path, manifest: Manifest, side: SideName, device: str, milvus: MilvusSettings | None) -> Side:
    path, spec = release / VECTOR_FILES[side], manifest.side_spec(side)
    count, dim = getattr(manifest.counts, side), manifest.dim
    try:
        index = engine_for(spec, device, milvus).open(path, release, spec)
    except (OSError, ValueError, OverflowError, MemoryError) as error:
        raise ReleaseError(f"{path} cannot be opened: {error}") from error
    if (index.count, index.dim) != (count, dim):
        raise ReleaseError(f"{path} has shape ({index.count}, {index.dim}); the manifest says ({count}, {dim})")
    return Side(index)


def _open_fingerprints(path: Path, count: int, width: int = _FINGERPRINT_BYTES) -> NDArray[np.uint8]:
    """Packed fingerprints, uint8 `(molecules, width)`, mapped into memory: Morgan ones, or patterns that screen."""
    try:
        fingerprints = np.lib.format.open_memmap(path, mode="r")
    except (OSError, ValueError, OverflowError) as error:
        raise ReleaseError(f"{path} cannot be opened: {error}") from error
    if fingerprints.dtype != np.uint8 or fingerprints.shape != (count, width):
        raise ReleaseError(f"{path} is not uint8 of shape ({count}, {width})")
    return np.asarray(fingerprints)
