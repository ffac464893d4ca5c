"""HTTP connections whose request line and headers must arrive in time; uvicorn itself waits for them for ever."""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class TimedHeaders(HttpToolsProtocol):
    """Closes a connection that does not send a whole head within `seconds` of being made, or of beginning a request.

    Otherwise a client that sends a byte now and then would keep a file descriptor for as long as it likes. Bodies have
    a time limit of their own, in `service.protecting.limits`, and idle connections one of uvicorn's.
    """

    seconds: float = 20.0
    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._expect_head()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._expect_head()

    def on_headers_complete(self) -> None:
        self._stop_waiting()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def _expect_head(self) -> None:
        self._stop_waiting()
        self._late = self.loop.call_later(self.seconds, self._close)

    def _stop_waiting(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _close(self) -> None:
        if not self.transport.is_closing():
            self.transport.close()
