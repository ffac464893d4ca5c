"""The kinds of the Milvus engine: what a collection's index is, and how hard a search looks.

Milvus's `FLAT`, `HNSW`, `IVF_FLAT` and `IVF_PQ`, by inner product. Kinds and parameters are named as in the FAISS
engine where they mean the same. Milvus splits a collection into segments, each with an index of its own, so `lists` and
`links` are per segment (some hundred thousand to a few million rows) and are not derived from the number of rows.
"""

from pydantic import Field, ValidationError

from indexer.engines.base import IndexSpec
from indexer.engines.parameters import ApproximateParameters, KindParameters, padded

ServerParameters = dict[str, str | int]

# The largest `ef` that Milvus accepts.
_MAX_CANDIDATES = 32_768


class FlatKind(KindParameters):
    """Every vector is compared, in float32."""

    def width(self, dim: int) -> int:
        """Dimensions of the vectors that the server is given."""
        return dim

    def index(self, dim: int) -> ServerParameters:
        """`index_type` and its parameters."""
        return {"index_type": "FLAT"}


class ApproximateKind(ApproximateParameters, FlatKind):
    """A kind that may miss some rows."""

    @property
    def max_effort(self) -> int:
        """The effort that looks at the whole index, or the largest that Milvus accepts."""
        raise NotImplementedError

    def search(self, effort: int, width: int) -> ServerParameters:
        """Parameters of a search for `width` rows."""
        raise NotImplementedError


class HnswKind(ApproximateKind):
    """A graph: `links` to neighbours for each row, found among `ef_construction` candidates; `ef_search` at a query."""

    links: int = Field(default=32, ge=2, le=2048)
    ef_construction: int = Field(default=100, ge=8, le=4096)
    ef_search: int = Field(default=64, ge=8, le=_MAX_CANDIDATES)

    @property
    def effort(self) -> int:
        return self.ef_search

    @property
    def max_effort(self) -> int:
        return _MAX_CANDIDATES

    def with_effort(self, effort: int) -> "HnswKind":
        return self.model_copy(update={"ef_search": effort})

    def index(self, dim: int) -> ServerParameters:
        return {"index_type": "HNSW", "M": self.links, "efConstruction": self.ef_construction}

    def search(self, effort: int, width: int) -> ServerParameters:
        return {"ef": min(max(effort, width), _MAX_CANDIDATES)}


class IvfKind(ApproximateKind):
    """Clusters: each row in one of `lists`, of which a query looks into `probes`."""

    lists: int = Field(default=1024, ge=1, le=65_536)
    probes: int = Field(default=16, ge=1, le=65_536)

    @property
    def effort(self) -> int:
        return self.probes

    @property
    def max_effort(self) -> int:
        return self.lists

    def with_effort(self, effort: int) -> "IvfKind":
        return self.model_copy(update={"probes": effort})

    def index(self, dim: int) -> ServerParameters:
        return {"index_type": "IVF_FLAT", "nlist": self.lists}

    def search(self, effort: int, width: int) -> ServerParameters:
        return {"nprobe": min(effort, self.lists)}


class IvfpqKind(IvfKind):
    """Clusters of rows kept as `code_bytes` bytes each; 0: one byte for four numbers."""

    overfetch: int = Field(default=16, ge=1, le=1000)
    code_bytes: int = Field(default=0, ge=0, le=4096)

    def width(self, dim: int) -> int:
        """All codes cover the same number of dimensions, so the vectors are padded with zeros."""
        return padded(dim)

    def index(self, dim: int) -> ServerParameters:
        width = self.width(dim)
        code_bytes = self.code_bytes or width // 4
        if width % code_bytes:
            raise ValueError(f"parameter code_bytes of kind ivfpq must divide {width}, not be {code_bytes}")
        return {"index_type": "IVF_PQ", "nlist": self.lists, "m": code_bytes, "nbits": 8}


KINDS: dict[str, type[FlatKind]] = {"flat": FlatKind, "hnsw": HnswKind, "ivf": IvfKind, "ivfpq": IvfpqKind}


def read_kind(spec: IndexSpec) -> FlatKind:
    """The kind of a spec with its parameters, checked. ValueError says which one is wrong."""
    model = KINDS.get(spec.kind)
    if model is None:
        raise ValueError(f"engine milvus has no kind {spec.kind!r}; known: {', '.join(KINDS)}")
    try:
        return model.model_validate(spec.parameters)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(step) for step in first["loc"])
        known = ", ".join(model.model_fields) or "none"
        raise ValueError(f"parameter {name!r} of kind {spec.kind}: {first['msg']}; known: {known}") from None
