"""What a checkpoint says of itself: the records that its `config.json` holds."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path, PurePosixPath

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError, field_validator

from model.config import ModelConfig
from model.features import FEATURE_VERSION

INFO_FILE = "config.json"


class CheckpointError(RuntimeError):
    """A checkpoint that cannot be found, read or understood; the message says which and why."""


class CheckpointInfo(BaseModel):
    """What `config.json` holds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    created: datetime
    feature_version: int
    model: ModelConfig
    training: dict[str, JsonValue] = {}
    metrics: dict[str, JsonValue] = {}


class EnsembleInfo(BaseModel):
    """What the `config.json` of an ensemble holds; `members` are directories inside its own."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    created: datetime
    feature_version: int
    members: tuple[str, ...] = Field(min_length=1)
    training: dict[str, JsonValue] = {}
    metrics: dict[str, JsonValue] = {}

    @field_validator("members")
    @classmethod
    def _inside(cls, members: tuple[str, ...]) -> tuple[str, ...]:
        for member in members:
            path = PurePosixPath(member)
            if path.is_absolute() or not path.parts or ".." in path.parts or "\\" in member:
                raise ValueError(f"{member!r} is no directory inside the checkpoint")
        return members


def read_info(directory: Path) -> CheckpointInfo | EnsembleInfo:
    """The record of a checkpoint directory.

    Raises:
        CheckpointError: there is none, it cannot be understood, or it is of another feature version.
    """
    try:
        values = json.loads((directory / INFO_FILE).read_bytes())
    except FileNotFoundError:
        raise CheckpointError(f"{directory} is not a checkpoint: it has no {INFO_FILE}") from None
    except ValueError as error:
        raise CheckpointError(f"{directory / INFO_FILE} cannot be understood: {error}") from None
    kind = EnsembleInfo if isinstance(values, dict) and "members" in values else CheckpointInfo
    info: CheckpointInfo | EnsembleInfo
    try:
        info = kind.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise CheckpointError(f"{directory / INFO_FILE} cannot be understood: {place}: {first['msg']}") from None
    if info.feature_version != FEATURE_VERSION:
        raise CheckpointError(
            f"{directory} was made with feature version {info.feature_version}; this Molseek reads {FEATURE_VERSION}"
        )
    return info
