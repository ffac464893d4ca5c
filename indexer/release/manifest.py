"""manifest.json: contents and origin of a release, and the digest of every file in it."""

import hashlib
import json
from pathlib import Path, PurePosixPath
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError, field_validator

from indexer.engines.base import IndexSpec
from indexer.errors import ReleaseError
from indexer.policy import CHEMBL_PACKAGE, STANDARDIZATIONS, Standardization, missing_package
from model.files import sha256_file

SideName = Literal["molecules", "descriptions"]
SIDES: tuple[SideName, ...] = ("molecules", "descriptions")

SCHEMA_VERSION: Literal[2] = 2
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
    """One corpus file: its base name, SHA-256 of its bytes, how its rows fared; `tags` that all its molecules have."""

    role: Literal["molecules", "descriptions"]
    file: str
    format: str
    sha256: str
    rows: int
    accepted: int
    rejected: int
    tags: tuple[str, ...]


class Counts(_Part):
    """Vectors per side; `rejected` rows are in no side; `dropped_texts` were in rows whose molecule was kept.

    `standardized` molecules differ from the structure in the corpus.
    """

    molecules: int
    descriptions: int
    rejected: int
    dropped_texts: int
    standardized: int


class SideIndex(_Part):
    """How one side is indexed. `recall_at_10` was measured when it was built: the share of the ten best by exact search
    that searches find, over `recall_queries` vectors of the other side or its own; None where search is exact.
    """

    kind: str
    parameters: dict[str, int | float | str]
    recall_at_10: float | None = None
    recall_queries: int = 0
    recall_queries_from: Literal["other side", "own side"] | None = None


class Changes(_Part):
    """Changes of one side against another release: molecules by id, descriptions by id and text.

    `changed`: molecules with another structure, CID, name or tags; new descriptions of ids that also lost one.
    """

    added: int
    removed: int
    changed: int
    unchanged: int


class ChangesSince(_Part):
    """Changes of a release against the one served when it was built."""

    release: str
    molecules: Changes
    descriptions: Changes


class Manifest(_Part):
    """The contents of manifest.json.

    `digest` covers everything but `release`, `created`, `changes` and itself, so two builds of the same corpora
    with the same checkpoint and options have the same digest whenever they were made, however often they were resumed,
    and whatever they took over from an earlier release.
    """

    schema_version: Literal[2] = Field(description="2")
    release: str = Field(description="its name")
    created: str = Field(description="when, UTC")
    digest: str = Field(description="of all but `release`, `created`, `changes` and itself")
    corpora: tuple[CorpusReference, ...] = Field(description="the files it was built from, with their digests")
    checkpoint: CheckpointReference = Field(description="the checkpoint it belongs to")
    counts: Counts = Field(description="molecules, descriptions, rejected rows, dropped texts, standardised molecules")
    tags: dict[str, int] = Field(description="the molecules with each tag, the most frequent tag first")
    engine: str = Field(description="`faiss` or `milvus`")
    kind: str = Field(description="of index; `sides` has that of each side")
    parameters: dict[str, int | float | str] = Field(description="of the kind")
    metric: Literal["cosine"] = Field(description="`cosine`")
    dim: int = Field(description="of the vectors")
    options: dict[str, JsonValue] = Field(description="of the build, those that contents depend on")
    versions: dict[str, str] = Field(description="of the libraries that contents depend on")
    files: dict[str, str] = Field(description="path of each data file and its hex SHA-256")
    sizes: dict[str, int] = Field(description="path of each data file and its bytes")
    changes: ChangesSince | None = Field(default=None, description="beside the release it was built after")
    sides: dict[SideName, SideIndex] = Field(description="index of each side: kind, parameters, recall@10")
    lexicon: dict[str, int] | None = Field(default=None, description="entries of each kind; null without a lexicon")

    @field_validator("files", "sizes")
    @classmethod
    def _inside(cls, value: dict[str, str] | dict[str, int]) -> dict[str, str] | dict[str, int]:
        for name in value:
            path = PurePosixPath(name)
            if path.is_absolute() or ".." in path.parts:
                raise ValueError(f"path {name!r} leads out of the release")
        return value

    @property
    def standardization(self) -> Standardization:
        """What structures were standardised to; a structure that is searched for has to be treated the same way.

        Raises ReleaseError for a policy that is not known here, or whose package is not installed.
        """
        policy = self.options.get("standardize", "none")
        for known in STANDARDIZATIONS:
            if policy != known:
                continue
            if missing := missing_package(known):
                used = self.versions.get(CHEMBL_PACKAGE, "")
                raise ReleaseError(f"release {self.release} was standardised as by ChEMBL {used}, which {missing}")
            return known
        raise ReleaseError(f"release {self.release} has structures standardised to {policy!r}, which is not known here")

    @property
    def spec(self) -> IndexSpec:
        """How the molecules are indexed; the descriptions may be otherwise, see `side_spec`."""
        return IndexSpec(engine=self.engine, kind=self.kind, parameters=self.parameters)

    def side_spec(self, side: SideName) -> IndexSpec:
        """How one side is indexed."""
        own = self.sides[side]
        return IndexSpec(engine=self.engine, kind=own.kind, parameters=own.parameters)

    def computed_digest(self) -> str:
        """`sha256:<hex>` over the canonical JSON of what `digest` covers."""
        # What is not in the file is not in the digest: a field that may be missing can be added without a new version.
        content = self.model_dump(mode="json", exclude={"release", "created", "digest", "changes"}, exclude_unset=True)
        canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return "sha256:" + hashlib.sha256(canonical.encode()).hexdigest()

    def to_json(self) -> str:
        return json.dumps(self.model_dump(mode="json", exclude_unset=True), indent=2, ensure_ascii=False) + "\n"


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
    except RecursionError:
        raise ReleaseError(f"{path} cannot be read: it is nested too deeply") from None
    version = content.get("schema_version") if isinstance(content, dict) else None
    if version != SCHEMA_VERSION:
        older = isinstance(version, int) and version < SCHEMA_VERSION
        advice = "build the release again" if older else "a release is read by the version that built it"
        raise ReleaseError(
            f"{path} has schema version {version!r}; this version of Molseek reads {SCHEMA_VERSION}: {advice}"
        )
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
