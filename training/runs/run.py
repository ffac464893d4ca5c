"""The directory of a training run: what identifies the run, the best checkpoint so far, and the result at the end.

config.yaml     (of tune: tuning.yaml) recipe and data, by name and digest: which run this is
state/          where it stands, to resume from
prepared/       what RDKit computed of its molecules, until it is finished
best/           the checkpoint
finished.json   the result, written last: a run that has it is not run again
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, JsonValue, ValidationError

from model import DualEncoder, save_checkpoint
from model.checkpoint.storage import StoragePrecision
from model.files import write_whole
from training.config import ConfigError
from training.inputs.prepared import PreparedInputs
from training.runs.validation import Validation

Record = dict[str, JsonValue]
_FINISHED = "finished.json"
_Result = TypeVar("_Result", bound=BaseModel)


class Run:
    """A run in `out`, known by its identity: recipe and data, as its record holds them.

    record_file: name of the record in `out`. identity_of: the identity in a record that was read, which may hold more
    and may be of an earlier version.

    Raises:
        ConfigError: `out` holds another run, or something other than a run of this command.
    """

    def __init__(
        self, out: Path, record_file: str, identity: Record, identity_of: Callable[[Any], Record] = lambda found: found
    ) -> None:
        self.out = out
        self.best = out / "best"
        self.prepared = PreparedInputs(out / "prepared")
        self._record = out / record_file
        if self._record.is_file():
            try:
                found = identity_of(yaml.safe_load(self._record.read_text(encoding="utf-8")))
            except (yaml.YAMLError, ValidationError, LookupError, TypeError) as error:
                raise ConfigError(f"{self._record} cannot be understood: {error}; choose another --out") from None
            if found != identity:
                raise ConfigError(f"{out} holds a run with another configuration or other data; choose another --out")
        elif out.is_dir() and any(not item.name.endswith(".partial") for item in out.iterdir()):
            raise ConfigError(f"{out} is not a run of this command and is not empty; choose another --out")

    def result(self, kind: type[_Result]) -> _Result | None:
        """The result of a finished run; None if it is not finished."""
        path = self.out / _FINISHED
        return kind.model_validate_json(path.read_bytes()) if path.is_file() and self.best.is_dir() else None

    def claim(self, record: Record, *, leads: bool = True) -> None:
        """Write the record of a new run; of a resumed one, remove what a kill in the middle of a save left behind.
        leads: of several processes only one writes what it has prepared.
        """
        for leftover in (*self.out.glob(".initial.*"), *self.out.glob(".best.*")):
            shutil.rmtree(leftover)
        if not self._record.is_file():
            self.out.mkdir(parents=True, exist_ok=True)
            write_whole(self._record, yaml.safe_dump(record, sort_keys=False, allow_unicode=True))
        self.prepared.open(write=leads)

    def keep_best(
        self,
        network: DualEncoder,
        name: str,
        training: Record,
        validation: Validation,
        figures: dict[str, float],
        storage: StoragePrecision,
    ) -> None:
        """Save the network as the run's checkpoint, with its training record and metrics."""
        metrics = validation.for_card(figures)
        save_checkpoint(self.best, network, name=name, training=training, metrics=metrics, precision=storage)

    def finish(self, result: BaseModel) -> None:
        """Write the result. From now on the same command returns it at once, so what was prepared is removed."""
        write_whole(self.out / _FINISHED, result.model_dump_json(indent=2) + "\n")
        self.prepared.remove()
