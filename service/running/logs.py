"""One structured line per request, an id that joins it to the answer, and the last catch for our own faults."""

from __future__ import annotations

import atexit
import json
import logging
import queue
import random
import re
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Literal

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.problems import problem_response
from service.protecting.disconnect import ClientGoneError
from service.protecting.headers import protect
from service.protecting.problem_handlers import internal_error

_access = logging.getLogger("molseek.access")
_log = logging.getLogger("molseek.service")
_ACCEPTABLE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_FLUSH_SECONDS = 1.0
_CLIENT_CLOSED = 499  # never sent; what nginx logs when the client left before its answer

# Told of every request when it is over: its scope, the status and how long it took in seconds.
Over = Callable[[Scope, int, float], None]


class AccessLog:
    """Gives every request an id (a client's own `X-Request-ID`, if acceptable) and logs it once it is answered.

    The outermost of our middleware: an exception that nothing else handled ends here, in the log with its traceback
    and to the client as a problem that says nothing but the id.
    """

    def __init__(self, app: ASGIApp, over: Sequence[Over] = ()) -> None:
        self._app = app
        self._over = over

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        request_id = _request_id(Headers(scope=scope))
        scope.setdefault("state", {})["request_id"] = request_id
        status = 0
        sent_bytes = 0

        async def send_with_id(message: Message) -> None:
            nonlocal status, sent_bytes
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["X-Request-ID"] = request_id
                protect(headers)
            elif message["type"] == "http.response.body":
                sent_bytes += len(message.get("body", b""))
            await send(message)

        try:
            await self._app(scope, receive, send_with_id)
        except ClientGoneError:
            pass
        except Exception:
            _log.exception("request %s failed", request_id, extra={"fields": {"request_id": request_id}})
            if status == 0:
                await problem_response(scope, internal_error())(scope, receive, send_with_id)
        finally:
            seconds = time.perf_counter() - started
            status = status or _CLIENT_CLOSED
            for over in self._over:
                over(scope, status, seconds)
            if _access.isEnabledFor(logging.INFO):
                _access.handle(_access_record(_access_fields(scope, status, sent_bytes, seconds)))


def _access_record(fields: dict[str, object]) -> logging.LogRecord:
    """A line for each request; `Logger.info` would look for the place in the code that it comes from."""
    record = logging.LogRecord(_access.name, logging.INFO, "", 0, "request", None, None)
    record.fields = fields
    return record


def _access_fields(scope: Scope, status: int, sent_bytes: int, seconds: float) -> dict[str, object]:
    """What the line says: never a query string or a body, which hold what people search for."""
    state = scope["state"]
    client = scope.get("client")
    fields: dict[str, object] = {
        "request_id": state["request_id"],
        "method": scope["method"],
        "path": scope["path"],
        "status": status,
        "ms": round(seconds * 1000, 2),
        "sent_bytes": sent_bytes,
        "client": client[0] if client else None,
    }
    for name in ("problem_code", "queries", "k", "release", "key"):
        if name in state:
            fields[name] = state[name]
    return fields


def _request_id(headers: Headers) -> str:
    given = headers.get("x-request-id", "")
    return given if _ACCEPTABLE_ID.fullmatch(given) else f"{random.getrandbits(128):032x}"


class DroppingHandler(logging.Handler):
    """Hands records to `handler` in a thread. What would wait behind `size` others is dropped, and the number told."""

    def __init__(self, handler: logging.Handler, size: int = 10_000) -> None:
        super().__init__()
        self._handler = handler
        self._records: queue.Queue[logging.LogRecord | None] = queue.Queue(size)
        self._dropped = 0
        self._writer = threading.Thread(target=self._write, name="molseek-log", daemon=True)
        self._writer.start()
        atexit.register(self.close)

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._records.put_nowait(record)
        except queue.Full:
            self._dropped += 1

    def close(self) -> None:
        """Give what is queued a second to be written."""
        atexit.unregister(self.close)
        if self._writer.is_alive():
            with suppress(queue.Full):
                self._records.put_nowait(None)
            self._writer.join(_FLUSH_SECONDS)
        super().close()

    def _write(self) -> None:
        while (record := self._records.get()) is not None:
            self._handler.handle(record)
            dropped, self._dropped = self._dropped, 0
            if dropped:
                message = "%d lines were dropped: the log is read too slowly"
                self._handler.handle(
                    logging.LogRecord("molseek.service", logging.WARNING, __file__, 0, message, (dropped,), None)
                )


class _JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": _utc(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
            **_fields(record),
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=True, default=str)


class _TextFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        fields = "".join(f" {name}={value!r}" for name, value in _fields(record).items())
        line = f"{_utc(record)} {record.levelname:<7} {record.name} {record.getMessage()}{fields}"
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


def _utc(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")


def _fields(record: logging.LogRecord) -> dict[str, object]:
    fields: object = getattr(record, "fields", None)
    return fields if isinstance(fields, dict) else {}


def configure_logging(level: str, style: Literal["json", "text"]) -> None:
    """Send everything logged in this process to standard error in one format; called by the command only.

    A thread of its own writes, so that whoever reads the log slowly, or not at all, does not hold up the service.
    """
    handler = logging.StreamHandler()
    handler.setFormatter(_JsonFormatter() if style == "json" else _TextFormatter())
    root = logging.getLogger()
    root.handlers[:] = [DroppingHandler(handler)]
    root.setLevel(logging.WARNING)
    for name in ("molseek", "uvicorn.error"):
        logging.getLogger(name).setLevel(level.upper())
