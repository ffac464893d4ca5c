"""The kinds of the FAISS engine, their parameters, and which kind is chosen for a corpus.

`auto` keeps exact search while it is cheap. A query costs one reading of the vectors, so the thresholds are in bytes
(`python -m benchmarks.index_constants` measures the speeds behind them):

- `flat`, float32, while the vectors take at most `FLAT_BYTES` (1.25 million × 300: about 50 ms on one core) and at most
  half of the memory;
- `flat`, float16, while the float16 vectors are within the same two bounds: still exact, see `indexer.engines.flat`;
- `ivf`, float16, while the float16 vectors take at most half of the memory;
- `ivfpq` beyond.

`auto` never chooses `hnsw`: two builds agree only if one thread builds the graph, which takes hours from ten million
rows on, and `ivf` reaches the same recall by probing more lists.
"""

import math
import os
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from indexer.engines.base import AUTO, IndexSpec

Precision = Literal["float32", "float16"]
Parameters = dict[str, int | float | str]

KINDS = ("flat", "hnsw", "ivf", "ivfpq")

FLAT_BYTES = 1_500_000_000
# Share of the memory; the rest is for the encoder, the records and other processes.
MEMORY_SHARE = 0.5
# Below this many rows a scan is as fast as any index, and clusters have too few members: always flat.
APPROXIMATE_FROM = 2_000
# FAISS has fast float16 code only for multiples of this many dimensions (304 is 12 times faster than 300).
PADDING = 16
_TRAIN_ROWS_PER_LIST = 64
_FEWEST_ROWS_PER_LIST = 32

Chosen = TypeVar("Chosen", bound="KindParameters")


class KindParameters(BaseModel):
    """Parameters of a kind."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def as_dict(self) -> Parameters:
        """What the manifest keeps."""
        return self.model_dump()


class FlatParameters(KindParameters):
    """`precision` of the vectors that are scanned; scores are exact with either."""

    precision: Precision = "float32"

    def as_dict(self) -> Parameters:
        """Empty for float32, as in the manifests of earlier versions."""
        return {name: value for name, value in super().as_dict().items() if (name, value) != ("precision", "float32")}


class ApproximateParameters(KindParameters):
    """`overfetch`: rows re-scored exactly, as a multiple of k. `target_recall`: recall@10 that the build tunes the
    search effort to, as far as that is possible; 0 for no tuning.
    """

    overfetch: int = Field(default=4, ge=1, le=1000)
    target_recall: float = Field(default=0.95, ge=0, le=1)

    @property
    def effort(self) -> int:
        """How much of the index a search looks at, in the unit of the kind."""
        raise NotImplementedError

    def with_effort(self: Chosen, effort: int) -> Chosen:
        """A copy with another effort."""
        raise NotImplementedError


class HnswParameters(ApproximateParameters):
    """A graph: `links` to neighbours for each row, found among `ef_construction` candidates; `ef_search` at a query."""

    precision: Precision = "float16"
    links: int = Field(default=32, ge=4, le=256)
    ef_construction: int = Field(default=100, ge=8, le=4096)
    ef_search: int = Field(default=64, ge=8, le=1 << 20)

    @property
    def effort(self) -> int:
        return self.ef_search

    def with_effort(self, effort: int) -> "HnswParameters":
        return self.model_copy(update={"ef_search": effort})


class IvfParameters(ApproximateParameters):
    """Clusters: each row in one of `lists`, of which a query looks into `probes`. k-means over `train_rows` rows."""

    precision: Precision = "float16"
    lists: int = Field(default=0, ge=0, le=1 << 20, description="0: from the number of rows")
    probes: int = Field(default=16, ge=1, le=1 << 20)
    train_rows: int = Field(default=0, ge=0, description="0: 64 for each list")
    iterations: int = Field(default=10, ge=1, le=100)
    seed: int = Field(default=0, ge=0, lt=1 << 31)

    @property
    def effort(self) -> int:
        return self.probes

    def with_effort(self, effort: int) -> "IvfParameters":
        return self.model_copy(update={"probes": effort})


class IvfpqParameters(IvfParameters):
    """Clusters of rows kept as `code_bytes` bytes each; 0: one byte for four numbers."""

    precision: Literal["pq"] = "pq"  # type: ignore[assignment]
    overfetch: int = Field(default=16, ge=1, le=1000)
    code_bytes: int = Field(default=0, ge=0, le=4096)


_MODELS: dict[str, type[KindParameters]] = {
    "flat": FlatParameters,
    "hnsw": HnswParameters,
    "ivf": IvfParameters,
    "ivfpq": IvfpqParameters,
}


def padded(dim: int) -> int:
    """Dimensions of the vectors that FAISS is given: `dim` rounded up to a multiple of 16."""
    return -(-dim // PADDING) * PADDING


def read_parameters(spec: IndexSpec) -> KindParameters:
    """The parameters of a spec, checked. ValueError says which one is wrong."""
    model = _MODELS.get(spec.kind)
    if model is None:
        raise ValueError(f"engine faiss has no kind {spec.kind!r}; known: {', '.join(KINDS)}")
    try:
        return model.model_validate(spec.parameters)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(step) for step in first["loc"])
        if first["type"] == "extra_forbidden":
            known = ", ".join(model.model_fields)
            raise ValueError(f"kind {spec.kind} has no parameter {name!r}; known: {known}") from None
        raise ValueError(f"parameter {name} of kind {spec.kind}: {first['msg']}") from None


def resolve(spec: IndexSpec, count: int, dim: int, memory: int | None = None) -> IndexSpec:
    """See `indexer.engines.base.Engine.resolve`. Parameters that the kind chosen by `auto` lacks are left out."""
    kind, given = spec.kind, spec.parameters
    if kind == AUTO:
        kind, precision = choose(count, dim, memory if memory is not None else usable_memory())
        common = {name: value for name, value in given.items() if name in _MODELS[kind].model_fields}
        given = {**({} if kind == "ivfpq" else {"precision": precision}), **common}
        if kind == "ivfpq":
            given.pop("precision", None)
    checked = read_parameters(IndexSpec(engine=spec.engine, kind=kind, parameters=given))
    if not isinstance(checked, FlatParameters) and count < APPROXIMATE_FROM:
        kind, checked = "flat", FlatParameters()
    if isinstance(checked, IvfParameters):
        checked = _with_sizes(checked, count, dim)
    return IndexSpec(engine=spec.engine, kind=kind, parameters=checked.as_dict())


def choose(count: int, dim: int, memory: int) -> tuple[str, Precision]:
    """Kind and precision for `count` vectors and `memory` bytes; the rule is in the module docstring."""
    single, half = count * dim * 4, count * padded(dim) * 2
    usable = memory * MEMORY_SHARE
    if single <= min(FLAT_BYTES, usable):
        return "flat", "float32"
    if half <= min(FLAT_BYTES, usable):
        return "flat", "float16"
    return ("ivf", "float16") if half <= usable else ("ivfpq", "float16")


def default_lists(count: int) -> int:
    """The power of two nearest to 2 √count, where training and searching cost about the same."""
    lists = 1 << round(math.log2(2 * math.sqrt(max(count, 1))))
    while lists > 1 and lists * _FEWEST_ROWS_PER_LIST > count:
        lists //= 2
    return min(max(lists, 1), 1 << 16)


def _with_sizes(parameters: IvfParameters, count: int, dim: int) -> IvfParameters:
    lists = min(parameters.lists or default_lists(count), count)
    train_rows = min(parameters.train_rows or lists * _TRAIN_ROWS_PER_LIST, count)
    update: dict[str, int] = {
        "lists": lists,
        "train_rows": max(train_rows, lists),
        "probes": min(parameters.probes, lists),
    }
    if isinstance(parameters, IvfpqParameters):
        width = padded(dim)
        update["code_bytes"] = parameters.code_bytes or width // 4
        if width % update["code_bytes"]:
            raise ValueError(f"parameter code_bytes of kind ivfpq must divide {width}, not be {update['code_bytes']}")
        # A byte stands for one of 256 centroids, which cannot be found among fewer rows.
        update["train_rows"] = max(update["train_rows"], min(count, 16_384))
    return parameters.model_copy(update=update)


def usable_memory() -> int:
    """Bytes of memory of this machine, or of its container if that has fewer."""
    limits = [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")]
    for path in (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes")):
        try:
            limits.append(int(path.read_text(encoding="ascii")))
        except (OSError, ValueError):  # there is none, or it is "max"
            continue
    return min(limits)
