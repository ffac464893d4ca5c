"""The access line and the two formats of the log."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator

import pytest

from service.running.logs import DroppingHandler, configure_logging


@pytest.fixture
def restored_logging() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in ("molseek", "uvicorn.error")}
    yield
    root.handlers[:], root.level = handlers, level
    for name, each in levels.items():
        logging.getLogger(name).setLevel(each)


def written() -> None:
    """Wait for the thread that writes."""
    for handler in logging.getLogger().handlers:
        handler.close()


def test_json_lines(restored_logging: None, capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("info", "json")
    logging.getLogger("molseek.access").info("request", extra={"fields": {"path": "/a\n{\x1b[31m", "status": 200}})
    try:
        raise ValueError("inner")
    except ValueError:
        logging.getLogger("molseek.service").exception("it %s", "failed")
    logging.getLogger("molseek.service").debug("not shown")
    written()
    first, second = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert (first["event"], first["path"], first["status"], first["level"]) == ("request", "/a\n{\x1b[31m", 200, "info")
    assert first["time"].endswith("+00:00")
    assert second["event"] == "it failed"
    assert "ValueError: inner" in second["traceback"]


def test_text_lines_have_no_control_characters(restored_logging: None, capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("info", "text")
    logging.getLogger("molseek.access").info("request", extra={"fields": {"path": "/a\n\x1b[31m"}})
    written()
    [line] = capsys.readouterr().err.splitlines()
    assert "\x1b" not in line and "request" in line


def test_a_log_that_nobody_reads_holds_up_nothing() -> None:
    read = threading.Event()
    lines: list[str] = []

    class Stalled(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            assert read.wait(20)
            lines.append(record.getMessage())

    handler = DroppingHandler(Stalled(), size=3)
    for number in range(100):
        handler.handle(logging.LogRecord("molseek", logging.INFO, "", 0, str(number), (), None))
    read.set()
    handler.close()
    assert lines[0] == "0"
    assert 3 <= len(lines) <= 6  # those that found room, and a line about the others
    assert any("lines were dropped" in line for line in lines)
