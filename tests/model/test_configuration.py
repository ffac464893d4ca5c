from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

import pytest
from pydantic import JsonValue, ValidationError

from model import CheckpointError, load_checkpoint
from model.configuration import Configuration


class _Recipe(Configuration):
    retired: ClassVar[Mapping[str, JsonValue]] = {"momentum": 0.0}

    steps: int = 1


def test_a_record_with_a_retired_field_at_its_neutral_value_loads_without_it() -> None:
    assert _Recipe.model_validate({"steps": 2, "momentum": 0}).model_dump() == {"steps": 2}


def test_a_retired_field_with_another_value_is_an_error_that_names_it() -> None:
    with pytest.raises(ValidationError, match=r"momentum was removed; only 0.0 is still accepted, not 0.9"):
        _Recipe.model_validate({"momentum": 0.9})


def test_an_unknown_field_is_still_an_error() -> None:
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        _Recipe.model_validate({"stpes": 2})


def test_a_checkpoint_of_before_loads_and_one_with_hidden_layers_is_refused(
    tiny_checkpoint: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "old"
    shutil.copytree(tiny_checkpoint, copy)
    path = copy / "config.json"
    values = json.loads(path.read_bytes())
    bag = values["model"]["molecule_bag"]
    bag |= {"hidden_layers": 0, "hidden_dropout": 0.0}
    path.write_text(json.dumps(values))

    load_checkpoint(copy)
    bag["hidden_layers"] = 2
    path.write_text(json.dumps(values))

    with pytest.raises(CheckpointError, match=r"molecule_bag: .*hidden_layers was removed"):
        load_checkpoint(copy)
