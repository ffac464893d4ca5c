"""Headers that every answer has, and the names under which the service may be asked."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Receive, Scope, Send

from service.paths import route_path
from service.problems import Code, Problem, printable, problem_response

_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
}
# For answers that are no page of ours: nothing in them may load or run anything. Pages bring a policy of their own.
_POLICY = "default-src 'none'; frame-ancestors 'none'"


def protect(headers: MutableHeaders) -> None:
    """Add what keeps a browser from taking an answer for something else; what a route has set stays."""
    for name, value in _ALWAYS.items():
        headers.setdefault(name, value)
    if not headers.get("content-type", "").startswith("text/html"):
        headers.setdefault("Content-Security-Policy", _POLICY)


class TrustedHosts:
    """Answers only requests for these hosts (`*.example.org` for all below one), and health checks. Pure ASGI.

    So a page elsewhere whose name was made to point here (DNS rebinding) does not reach the service through a browser.
    """

    def __init__(self, app: ASGIApp, hosts: Sequence[str]) -> None:
        self._app = app
        self._hosts = frozenset(host.lower() for host in hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not route_path(scope).startswith("/health/"):
            host = _without_port(Headers(scope=scope).get("host", ""))
            if not self._trusted(host):
                detail = f"This service does not answer for the host {printable(host)!r}."
                await problem_response(scope, Problem(Code.HOST_NOT_SERVED, detail))(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _trusted(self, host: str) -> bool:
        _, _, above = host.partition(".")
        return host in self._hosts or f"*.{above}" in self._hosts


def _without_port(host: str) -> str:
    name, _, port = host.rpartition(":")
    return (name if name and port.isdecimal() else host).strip("[]").lower()
