"""What a checkpoint says of itself: the records that its `config.json` holds."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path, PurePosixPath

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError, field_validator

from model.checkpoint.calibration import Calibration
from model.files import write_whole
from model.inputs.features import READABLE_FEATURE_VERSIONS
from model.network.config import ModelConfig

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
    calibration: Calibration | None = None


class EnsembleInfo(BaseModel):
    """What the `config.json` of an ensemble holds; `members` are directories inside its own."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    created: datetime
    feature_version: int
    members: tuple[str, ...] = Field(min_length=1)
    training: dict[str, JsonValue] = {}
    metrics: dict[str, JsonValue] = {}
    calibration: Calibration | None = None

    @field_validator("members")
    @classmethod
    def _inside(cls, members: tuple[str, ...]) -> tuple[str, ...]:
        for member in members:
            path = PurePosixPath(member)
            if path.is_absolute() or not path.parts or ".." in path.parts or "\\" in member:
                raise ValueError(f"{member!r} is no directory inside the checkpoint")
        return members


def write_info(directory: Path, info: CheckpointInfo | EnsembleInfo) -> None:
    """Write the record of a new checkpoint."""
    values = info.model_dump(mode="json", exclude={"calibration"} if info.calibration is None else None)
    (directory / INFO_FILE).write_text(_as_text(values), encoding="utf-8")


def write_calibration(directory: Path, calibration: Calibration) -> None:
    """Put a calibration into the record of a checkpoint, in place of any; all else in it stays as it is.

    The file is replaced in whole, so that a kill leaves the old record or the new one.

    Raises:
        CheckpointError: there is no record that can be understood.
    """
    read_info(directory)
    path = directory / INFO_FILE
    values = json.loads(path.read_bytes()) | {"calibration": calibration.model_dump(mode="json")}
    write_whole(path, _as_text(values))


def record_without_calibration(content: bytes) -> bytes:
    """A `config.json` as it was before it was calibrated."""
    values = json.loads(content)
    if not isinstance(values, dict) or "calibration" not in values:
        return content
    return _as_text({name: value for name, value in values.items() if name != "calibration"}).encode()


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
    except RecursionError:
        raise CheckpointError(f"{directory / INFO_FILE} cannot be understood: it is nested too deeply") from None
    kind = EnsembleInfo if isinstance(values, dict) and "members" in values else CheckpointInfo
    info: CheckpointInfo | EnsembleInfo
    try:
        info = kind.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise CheckpointError(f"{directory / INFO_FILE} cannot be understood: {place}: {first['msg']}") from None
    if info.feature_version not in READABLE_FEATURE_VERSIONS:
        readable = " and ".join(map(str, READABLE_FEATURE_VERSIONS))
        raise CheckpointError(
            f"{directory} was made with feature version {info.feature_version}; this Molseek reads {readable}"
        )
    return info


def _as_text(values: Mapping[str, JsonValue]) -> str:
    return json.dumps(values, indent=2, ensure_ascii=False) + "\n"
