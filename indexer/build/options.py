"""What a build is asked to do, and the key under which its unfinished work is kept."""

import hashlib
import json
import platform
import sqlite3
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue, field_validator, model_validator

from indexer.corpus import CorpusLimits
from indexer.corpus.rows import FieldName
from indexer.engines import IndexSpec, MilvusSettings
from indexer.policy import CHEMBL_PACKAGE, Standardization
from indexer.release.manifest import CheckpointReference
from model.counts import counted

# Raised when the same corpus and options would be worked into other shards or files than before.
BUILD_VERSION = 4

# Options that the contents of a release depend on, rounding and rejects included.
_CONTENT_OPTIONS = {"columns", "limits", "batch_size", "shard_rows", "device", "row_seconds", "standardize"}


class BuildOptions(BaseModel):
    """Input of `indexer.build.pipeline.build_release`, and the keys of `molseek-index build --config`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    checkpoint: str | Path = Field(description="a checkpoint directory, a bundled name such as `compact`, or a hub id")
    molecules: tuple[str | Path, ...] = Field(
        min_length=1, description="files of molecules, or `example` for the bundled corpus"
    )
    descriptions: tuple[str | Path, ...] = Field(
        default=(), description="files of descriptions, linked by id, CID or structure"
    )
    out: Path = Field(description="index directory; made if missing")
    index: IndexSpec = Field(
        default=IndexSpec(),
        description="`{engine: faiss, kind: auto, parameters: {}}` unless given; see `--engine`, `--kind`",
    )
    milvus: MilvusSettings | None = Field(
        default=None, description="how to reach the server of that engine, in place of `MOLSEEK_MILVUS_*`"
    )
    tags: tuple[tuple[str, ...], ...] = Field(
        default=(), description="for each file of `molecules`, tags of all its molecules beside their own"
    )
    columns: dict[FieldName, str] = Field(
        default={},
        description="`{field: name}` of a column where no known name fits; an empty name is for none",
    )
    limits: CorpusLimits = Field(
        default=CorpusLimits(), description="sizes above which a row is rejected or shortened, below"
    )
    workers: int | None = Field(
        default=None, ge=0, le=256, description="RDKit worker processes, 0 for none; else by cores and corpus size"
    )
    batch_size: int = Field(default=256, ge=1, description="most molecules or texts in a forward pass on a GPU")
    shard_rows: int = Field(
        default=4096,
        ge=1,
        le=1_000_000,
        description="rows finished at a time: what a killed build may have to repeat, and what bounds memory",
    )
    row_seconds: float = Field(default=60.0, gt=0, description="timeout for one structure in a worker process")
    standardize: Standardization = Field(
        default="none",
        description="form that structures are indexed in, and that queries are brought to: `none`, "
        "`largest-fragment`, `parent`, `chembl`",
    )
    reuse: bool = Field(default=True, description="reuse unchanged rows of an earlier release in `out`")
    max_rejects: float = Field(
        default=0.2, ge=0, le=1, description="share of rejected rows above which the release is not published"
    )
    memory: int | None = Field(
        default=None,
        gt=0,
        description="bytes that searches may count on, where the kind is `auto`; else those of this machine",
    )
    device: str = Field(default="cpu", description="of the encoder: `cpu`, `cuda`, `cuda:1`")
    driver: Literal["local", "ray"] = Field(
        default="local", description="`ray` parses and embeds on the machines of a Ray cluster"
    )
    publish: bool = Field(default=True, description="serve the new release")
    force: bool = Field(default=False, description="publish it even if checks fail")
    progress: bool = Field(default=False, description="progress bars on standard error")

    @field_validator("out", mode="before")
    @classmethod
    def _a_directory(cls, value: object) -> object:
        if isinstance(value, str) and not value.strip():
            raise ValueError("the name of the directory is empty; this directory is '.'")
        return value

    @model_validator(mode="after")
    def _tags_of_each_file(self) -> Self:
        if len(self.tags) not in (0, len(self.molecules)):
            raise ValueError(
                f"tags are given for {counted(len(self.tags), 'file')}, molecules for {len(self.molecules)}"
            )
        return self

    def content_options(self) -> dict[str, JsonValue]:
        """The options that the contents of a release depend on (rounding included)."""
        chosen = self.model_dump(mode="json", include=_CONTENT_OPTIONS)
        return {"build_version": BUILD_VERSION, **chosen}


def library_versions(policy: Standardization) -> dict[str, str]:
    """Versions of what the contents of a release depend on that is standardised by `policy`."""
    packages = ["molseek", "rdkit", "numpy", "torch", "transformers", "faiss-cpu", "faiss-gpu"]
    packages += [CHEMBL_PACKAGE] if policy == "chembl" else []
    found = {"python": platform.python_version(), "sqlite": sqlite3.sqlite_version}
    for package in packages:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def work_key(options: BuildOptions, checkpoint: CheckpointReference, corpora: Sequence[tuple[str, ...]]) -> str:
    """Key of a build's unfinished work: hex digest of all that its shards depend on.

    `corpora` has role, label, digest and tags of each corpus file, in order.
    """
    content: dict[str, JsonValue] = {
        "checkpoint": checkpoint.digest,
        "feature_version": checkpoint.feature_version,
        "corpora": [list(corpus) for corpus in corpora],
        "options": options.content_options(),
        "versions": {**library_versions(options.standardize)},
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]
