"""The base of every configuration that is kept in a record: frozen, without unknown keys, and patient with old ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, JsonValue, model_validator


class Configuration(BaseModel):
    """Frozen; an unknown key is an error.

    `retired` names fields of earlier versions, each with the one value that had no effect. Records that hold this value
    still load, without the field; any other value asks for something that no longer exists and is an error.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    retired: ClassVar[Mapping[str, JsonValue]] = {}

    @model_validator(mode="before")
    @classmethod
    def _without_retired(cls, values: Any) -> Any:
        if not isinstance(values, Mapping):
            return values
        for name, neutral in cls.retired.items():
            if name in values and values[name] != neutral:
                raise ValueError(f"{name} was removed; only {neutral!r} is still accepted, not {values[name]!r}")
        return {name: value for name, value in values.items() if name not in cls.retired}
