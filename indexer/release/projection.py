"""A map of a corpus: its molecules' vectors on the plane of their two largest principal components."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indexer.release.opened import MOLECULE_VECTORS, Release

MOST_POINTS = 200_000
# Components are those of this many; more change nothing that could be seen.
_FITTED_ON = 50_000
_AT_ONCE = 10_000


@dataclass(frozen=True, slots=True)
class CorpusMap:
    """points float32 `(points, 2)` and the molecules they are, int32 `(points,)`, in ascending order.

    mean `(dim,)` and axes `(dim, 2)`: what takes any vector to the plane. share: of the variance that the plane shows.
    """

    points: NDArray[np.float32]
    rows: NDArray[np.int32]
    mean: NDArray[np.float32]
    axes: NDArray[np.float32]
    share: float

    def place(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """Where vectors `(n, dim)` lie: `(n, 2)`."""
        return ((vectors - self.mean) @ self.axes).astype(np.float32)


def draw_map(release: Release, most: int = MOST_POINTS) -> CorpusMap:
    """Project the corpus, or an even sample of it where it is larger than `most`. The same release, the same map."""
    vectors = molecule_vectors(release)
    rows = _spread(len(vectors), most)
    fitted = np.asarray(vectors[_spread(len(vectors), _FITTED_ON)])
    mean = fitted.mean(axis=0) if len(fitted) else np.zeros(release.manifest.dim, np.float32)
    centred = fitted - mean
    variances, directions = np.linalg.eigh(centred.T @ centred)
    axes = directions[:, :-3:-1].astype(np.float32)
    axes *= np.sign(axes[np.abs(axes).argmax(axis=0), [0, 1]])  # a direction has no sign of its own
    total = float(variances.sum())
    found = CorpusMap(
        points=np.empty((len(rows), 2), np.float32),
        rows=rows.astype(np.int32),
        mean=mean,
        axes=np.ascontiguousarray(axes),
        share=float(variances[-2:].sum()) / total if total > 0 else 0.0,
    )
    for start in range(0, len(rows), _AT_ONCE):
        part = rows[start : start + _AT_ONCE]
        found.points[start : start + len(part)] = found.place(np.asarray(vectors[part]))
    return found


def molecule_vectors(release: Release) -> NDArray[np.float32]:
    """The vectors of all molecules, float32 `(molecules, dim)`, mapped into memory."""
    vectors: NDArray[np.float32] = np.load(release.path / MOLECULE_VECTORS, mmap_mode="r", allow_pickle=False)
    return vectors


def _spread(count: int, most: int) -> NDArray[np.int64]:
    """`most` of `count` rows at even distances, or all of them."""
    return np.arange(count) if count <= most else np.linspace(0, count - 1, most).astype(np.int64)
