"""manifest.json: what a release is made of and from, and the digest of every file in it."""

import hashlib
import json
from pathlib import Path, PurePosixPath
from typing import Literal

from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError, field_validator

from indexer.durable import sha256_file
from indexer.engines.base import IndexSpec
from indexer.errors import ReleaseError

SCHEMA_VERSION = 1
MANIFEST = "manifest.json"
# Written beside the data of a release and outside its digest: it has times in it.
REPORT = "build_report.json"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CheckpointReference(_Part):
    """The checkpoint that embedded a release; queries must be embedded by the same one (compare `digest`)."""

    name: str
    digest: str
    feature_version: int


class CorpusReference(_Part):
    """One corpus file: its base name, SHA-256 of its bytes, and how its rows fared."""

    role: Literal["molecules", "descriptions"]
    file: str
    format: str
    sha256: str
    rows: int
    accepted: int
    rejected: int


class Counts(_Part):
    """Vectors per side; `rejected` rows are in no side; `dropped_texts` were in rows whose molecule was kept."""

    molecules: int
    descriptions: int
    rejected: int
    dropped_texts: int


class Manifest(_Part):
    """The contents of manifest.json.

    `digest` covers everything but `release`, `created` and itself, so two builds of the same corpora with the
    same checkpoint and options have the same digest whenever they were made and however often they were resumed.
    `files` maps the path of each data file, relative to the release, to its hex SHA-256; `sizes` to its bytes.
    """

    schema_version: Literal[1]
    release: str
    created: str
    digest: str
    corpora: tuple[CorpusReference, ...]
    checkpoint: CheckpointReference
    counts: Counts
    engine: str
    kind: str
    parameters: dict[str, int | float | str]
    metric: Literal["cosine"]
    dim: int
    options: dict[str, JsonValue]
    versions: dict[str, str]
    files: dict[str, str]
    sizes: dict[str, int]

    @field_validator("files", "sizes")
    @classmethod
    def _inside(cls, value: dict[str, str] | dict[str, int]) -> dict[str, str] | dict[str, int]:
        for name in value:
            path = PurePosixPath(name)
            if path.is_absolute() or ".." in path.parts:
                raise ValueError(f"path {name!r} leads out of the release")
        return value

    @property
    def spec(self) -> IndexSpec:
        return IndexSpec(engine=self.engine, kind=self.kind, parameters=self.parameters)

    def computed_digest(self) -> str:
        """`sha256:<hex>` over the canonical JSON of what `digest` covers."""
        content = self.model_dump(mode="json", exclude={"release", "created", "digest"})
        canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return "sha256:" + hashlib.sha256(canonical.encode()).hexdigest()

    def to_json(self) -> str:
        return json.dumps(self.model_dump(mode="json"), indent=2, ensure_ascii=False) + "\n"


def read_manifest(release: Path) -> Manifest:
    """Read and check the manifest of a release directory; ReleaseError says what is wrong with it."""
    path = release / MANIFEST
    if not release.is_dir():
        raise ReleaseError(f"{release} is not a release: there is no such directory")
    try:
        content = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise ReleaseError(f"{release} is not a release: it has no {MANIFEST}") from None
    except (OSError, ValueError) as error:
        raise ReleaseError(f"{path} cannot be read: {error}") from error
    version = content.get("schema_version") if isinstance(content, dict) else None
    if version != SCHEMA_VERSION:
        raise ReleaseError(f"{path} has schema version {version!r}; this version of Molseek reads {SCHEMA_VERSION}")
    try:
        manifest = Manifest.model_validate(content)
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, p['loc']))}: {p['msg']}" for p in error.errors())
        raise ReleaseError(f"{path} is not a valid manifest: {problems}") from error
    if manifest.computed_digest() != manifest.digest:
        raise ReleaseError(f"{path} has been changed since it was written: its digest does not match its contents")
    return manifest


def check_files(release: Path, manifest: Manifest, digests: bool) -> None:
    """Check that every file of a release is there and has its size and, with `digests`, its SHA-256."""
    for name, expected in manifest.files.items():
        path = release / name
        try:
            size = path.stat().st_size
            if size != manifest.sizes.get(name):
                raise ReleaseError(f"{path} has {size} bytes; the manifest says {manifest.sizes.get(name)}")
            if digests and sha256_file(path) != expected:
                raise ReleaseError(f"{path} has been changed: its SHA-256 is not the one in the manifest")
        except OSError as error:
            raise ReleaseError(f"{path} cannot be read: {error.strerror or error}") from error
