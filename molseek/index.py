"""An index searched in this process, with the encoder it was built with."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from indexer.engines import MilvusSettings
from indexer.errors import ReleaseError
from indexer.release import Release, current_release, open_release
from indexer.release.opened import Side
from indexer.standardize import standardize
from model.checkpoint.calibration import Calibration, ConfidenceCurve
from model.inputs.fingerprint import morgan_fingerprint, tanimoto
from molseek.encoder import Encoder, Structure, load
from molseek.hits import Hits, MoleculeHit, TextHit


class IndexMismatchError(ValueError):
    """The index was built with another checkpoint than it is to be searched with."""


class Index:
    """One release, open for search. Safe to use from several threads; close it, or use it in a `with` block."""

    def __init__(self, release: Release, encoder: Encoder) -> None:
        built_with = release.manifest.checkpoint
        if built_with.digest != encoder.checkpoint.digest:
            raise IndexMismatchError(
                f"release {release.name} was built with the checkpoint {built_with.name!r} "
                f"({built_with.digest[:12]}), not with {encoder.name!r} ({encoder.checkpoint.digest[:12]}); "
                f"open it with that checkpoint, or build the index again"
            )
        self.release = release
        self.encoder = encoder

    @property
    def molecule_count(self) -> int:
        return self.release.molecules.count

    @property
    def description_count(self) -> int:
        return self.release.descriptions.count

    def search_text(self, text: str, k: int = 10) -> Hits[MoleculeHit]:
        """The k molecules that fit the text best, by cosine. ValueError for k below 1."""
        vectors = self.encoder.encode_text(text)
        curve = self._calibration.of_text(self.release.text_kind(text)) if self._calibration is not None else None
        (features,) = self.encoder.checkpoint.encoder.text_featurizer([text])
        rows, scores, confidences = _search(self.release.molecules, vectors, k, curve, features.unknown)
        records = self.release.records.molecules(rows)
        return Hits(
            text,
            [
                MoleculeHit(
                    rank=rank,
                    id=record.id,
                    name=record.name,
                    smiles=record.smiles,
                    score=score,
                    confidence=confidence,
                    description=record.description,
                    cid=record.cid,
                    inchikey=record.inchikey,
                    formula=record.formula,
                    molecular_weight=record.molecular_weight,
                    logp=record.logp,
                    tags=record.tags,
                )
                for rank, (record, score, confidence) in enumerate(
                    zip(records, scores, confidences, strict=True), start=1
                )
            ],
        )

    def search_structure(self, structure: Structure, k: int = 10) -> Hits[TextHit]:
        """The k descriptions that fit a structure best, by cosine; the structure is standardised as the index was.

        Raises:
            StructureError: the structure cannot be understood.
            ValueError: k is below 1.
        """
        (molecule,) = self.encoder.read(structure)
        molecule = standardize(molecule, self.release.manifest.standardization)
        vectors = self.encoder.checkpoint.encoder.encode_molecules([molecule])
        curve = self._calibration.mol2text.curve if self._calibration is not None else None
        rows, scores, confidences = _search(self.release.descriptions, vectors, k, curve)
        records = self.release.records.descriptions(rows)
        fingerprint = morgan_fingerprint(molecule.mol)
        return Hits(
            molecule.smiles,
            [
                TextHit(
                    rank=rank,
                    id=record.id,
                    description=record.text,
                    score=score,
                    confidence=confidence,
                    name=record.name,
                    smiles=record.smiles,
                    morgan_similarity=self._similarity(fingerprint, record.molecule_row),
                    cid=record.cid,
                    tags=record.tags,
                )
                for rank, (record, score, confidence) in enumerate(
                    zip(records, scores, confidences, strict=True), start=1
                )
            ],
        )

    def close(self) -> None:
        self.release.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        counts = f"{self.molecule_count:,} molecules, {self.description_count:,} descriptions"
        return f"<molseek.Index {self.release.name}, {counts}, {self.encoder.name}>"

    @property
    def _calibration(self) -> Calibration | None:
        return self.encoder.checkpoint.info.calibration

    def _similarity(self, fingerprint: NDArray[np.uint8], row: int | None) -> float | None:
        if row is None:
            return None
        return float(tanimoto(fingerprint, self.release.fingerprints[row : row + 1])[0])


def _search(
    side: Side, vectors: NDArray[np.float32], k: int, curve: ConfidenceCurve | None, unknown: float = 0.0
) -> tuple[list[int], list[float], list[float | None]]:
    """Rows, cosines and confidences of the first k. A confidence weighs a fixed number of hits: all are sought."""
    if k < 1:
        raise ValueError(f"k is {k}; ask for at least one hit")
    sought = min(max(k, curve.neighbours if curve is not None else k), max(side.count, 1))
    found = side.search(vectors, sought)
    kept = int((found.rows[0, :k] >= 0).sum())
    confidences: list[float | None] = [None] * kept
    if curve is not None:
        confidences = curve.confidences(found.scores, np.array([unknown]))[0, :kept].tolist()
    return found.rows[0, :kept].tolist(), found.scores[0, :kept].tolist(), confidences


def open_index(
    path: str | Path,
    checkpoint: str | Path | Encoder = "compact",
    *,
    verify: bool = True,
    milvus: MilvusSettings | None = None,
) -> Index:
    """An index directory (what it serves now) or one of its releases.

    `verify`: read every file against its digest. `milvus`: how to reach the server of an index with that engine; None:
    as `MOLSEEK_MILVUS_*` variables say.

    Raises:
        ReleaseError: there is no release, or it is damaged.
        CheckpointError: the checkpoint cannot be loaded.
        IndexMismatchError: the release was built with another checkpoint.
    """
    directory = Path(path)
    release = directory if (directory / "manifest.json").is_file() else current_release(directory)
    if release is None:
        raise ReleaseError(f"{directory} is neither an index with a published release nor a release")
    encoder = checkpoint if isinstance(checkpoint, Encoder) else load(checkpoint)
    opened = open_release(release, verify=verify, milvus=milvus)
    try:
        return Index(opened, encoder)
    except IndexMismatchError:
        opened.close()
        raise
