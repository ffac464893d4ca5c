"""A file server on the loopback interface that can be told to behave badly, one request after another."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


@dataclass
class Published:
    """What the server has at one path and how it answers; tests change it between requests."""

    body: bytes
    etag: str | None = '"v1"'
    last_modified: str | None = None
    ranges: bool = True
    """Whether `Range` is understood."""
    if_range: bool = True
    """Whether `If-Range` is heeded; some servers send parts of a changed file."""
    announces: bool = True
    """Whether `Content-Length` is sent."""
    breaks: list[int] = field(default_factory=list)
    """For coming requests: close the connection after so many bytes of the body."""
    statuses: list[int] = field(default_factory=list)
    """For coming requests: answer with this status and no file."""
    retry_after: str | None = None
    redirect: str | None = None


@dataclass(frozen=True)
class Request:
    path: str
    range: str | None
    if_range: str | None


@dataclass
class FileServer:
    base_url: str
    files: dict[str, Published]
    requests: list[Request]


@contextmanager
def file_server() -> Iterator[FileServer]:
    files: dict[str, Published] = {}
    requests: list[Request] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            requests.append(Request(self.path, self.headers["Range"], self.headers["If-Range"]))
            file = files.get(self.path.lstrip("/"))
            if file is None:
                self.send_error(404)
            elif file.redirect:
                self.send_response(302)
                self.send_header("Location", file.redirect)
                self.end_headers()
            elif file.statuses:
                self.send_response(file.statuses.pop(0))
                if file.retry_after:
                    self.send_header("Retry-After", file.retry_after)
                self.send_header("Content-Length", "0")
                self.end_headers()
            else:
                self._send(file)

        def _send(self, file: Published) -> None:
            start = 0
            asked = re.fullmatch(r"bytes=(\d+)-", self.headers["Range"] or "")
            current = file.etag or file.last_modified
            same = self.headers["If-Range"] in (None, current) or not file.if_range
            if asked and file.ranges and same:
                start = int(asked[1])
                if start >= len(file.body):
                    self.send_error(416)
                    return
                self.send_response(206)
                self.send_header("Content-Range", f"bytes {start}-{len(file.body) - 1}/{len(file.body)}")
            else:
                self.send_response(200)
            body = file.body[start:]
            if file.etag:
                self.send_header("ETag", file.etag)
            if file.last_modified:
                self.send_header("Last-Modified", file.last_modified)
            if file.announces:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[: file.breaks.pop(0)] if file.breaks else body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield FileServer(f"http://127.0.0.1:{server.server_address[1]}", files, requests)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
