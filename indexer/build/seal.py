"""The last steps of a release: digests, manifest, a trial opening, and its own name."""

from pathlib import Path

import numpy as np

from indexer.durable import sync_directory, write_text
from indexer.engines import MilvusSettings
from indexer.errors import BuildError
from indexer.release.manifest import MANIFEST, Manifest
from indexer.release.opened import MOLECULE_VECTORS, RELEASES, open_release
from model.files import sha256_file

_TRIALS = 64
_TOLERANCE = 1e-4
_LEAST_FOUND = 1.0
_LEAST_FOUND_APPROXIMATELY = 0.75


def seal(
    root: Path, partial: Path, stamp: str, unsealed: Manifest, milvus: MilvusSettings | None = None
) -> tuple[Path, Manifest]:
    """Complete the manifest with the files' digests, open the release and search in it, then rename it.

    The name is `<stamp>-<first 8 of the digest>`. Raises ReleaseError or BuildError, leaving the partial directory.
    """
    files = sorted(path for path in partial.iterdir() if path.is_file())
    unsealed = unsealed.model_copy(
        update={
            "files": {path.name: sha256_file(path) for path in files},
            "sizes": {path.name: path.stat().st_size for path in files},
        }
    )
    digest = unsealed.computed_digest()
    name = f"{stamp}-{digest.removeprefix('sha256:')[:8]}"
    manifest = unsealed.model_copy(update={"release": name, "digest": digest})
    write_text(partial / MANIFEST, manifest.to_json())
    sync_directory(partial)
    _try(partial, milvus)
    path = root / RELEASES / name
    partial.rename(path)
    sync_directory(path.parent)
    return path, manifest


def _try(path: Path, milvus: MilvusSettings | None) -> None:
    """Open a release, whose digests have just been taken, and find some of its molecules by their own vectors."""
    release = open_release(path, verify=False, milvus=milvus)
    try:
        vectors = np.load(path / MOLECULE_VECTORS, mmap_mode="r", allow_pickle=False)
        rows = np.unique(np.linspace(0, len(vectors) - 1, _TRIALS).astype(np.int64))
        hits = release.molecules.search(vectors[rows], 1)
        own = np.einsum("rd,rd->r", vectors[rows], vectors[rows])
        spec = release.manifest.side_spec("molecules")
        least = _LEAST_FOUND if spec.kind == "flat" else _LEAST_FOUND_APPROXIMATELY
        if np.mean(hits.scores[:, 0] >= own - _TOLERANCE) < least:
            raise BuildError(f"{path}: molecules are not found by their own vectors")
        release.records.molecules([int(row) for row in hits.rows[:, 0]])
    finally:
        release.close()
