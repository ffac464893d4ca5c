"""The access line and the two formats of the log."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest

from service.logs import configure_logging


@pytest.fixture
def restored_logging() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in ("molseek", "uvicorn.error")}
    yield
    root.handlers[:], root.level = handlers, level
    for name, each in levels.items():
        logging.getLogger(name).setLevel(each)


def test_json_lines(restored_logging: None, capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("info", "json")
    logging.getLogger("molseek.access").info("request", extra={"fields": {"path": "/a\n{\x1b[31m", "status": 200}})
    try:
        raise ValueError("inner")
    except ValueError:
        logging.getLogger("molseek.service").exception("it %s", "failed")
    logging.getLogger("molseek.service").debug("not shown")
    first, second = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert (first["event"], first["path"], first["status"], first["level"]) == ("request", "/a\n{\x1b[31m", 200, "info")
    assert first["time"].endswith("+00:00")
    assert second["event"] == "it failed"
    assert "ValueError: inner" in second["traceback"]


def test_text_lines_have_no_control_characters(restored_logging: None, capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("info", "text")
    logging.getLogger("molseek.access").info("request", extra={"fields": {"path": "/a\n\x1b[31m"}})
    [line] = capsys.readouterr().err.splitlines()
    assert "\x1b" not in line and "request" in line
