"""Settings: from variables, bounded, immutable, read from nowhere until they are made."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from service.settings import Settings


def test_every_setting_has_a_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOLSEEK_CHECKPOINT", "compact")
    monkeypatch.setenv("MOLSEEK_INDEX", "/data/index")
    monkeypatch.setenv("MOLSEEK_MAX_K", "50")
    monkeypatch.setenv("MOLSEEK_VERIFY_RELEASE", "false")
    monkeypatch.setenv("MOLSEEK_DATA", "another tool's variable does not matter")
    settings = Settings()  # type: ignore[call-arg]
    assert (settings.checkpoint, settings.index) == ("compact", Path("/data/index"))
    assert settings.max_k == 50
    assert not settings.verify_release


def test_settings_are_checked_and_frozen(tmp_path: Path) -> None:
    settings = Settings(checkpoint="c", index=tmp_path)
    with pytest.raises(ValidationError):
        settings.port = 1  # type: ignore[misc]
    for wrong in ({"max_k": 0}, {"workers": 0}, {"max_body_bytes": 1}, {"unknown": 1}):
        with pytest.raises(ValidationError):
            Settings(**({"checkpoint": "c", "index": tmp_path} | wrong))  # type: ignore[arg-type]


def test_structure_limits_are_the_operators(tmp_path: Path) -> None:
    limits = Settings(checkpoint="c", index=tmp_path, max_atoms=7).structure_limits
    assert limits.max_atoms == 7


def test_searches_share_the_cores(tmp_path: Path) -> None:
    assert Settings(checkpoint="c", index=tmp_path, workers=1000).threads_per_search == 1
    assert Settings(checkpoint="c", index=tmp_path, torch_threads=3).threads_per_search == 3
