"""Addresses of requests behind a proxy that serves the service under a prefix (`root_path`)."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send


class Prefix:
    """Tells the app under which prefix clients see it, whether the proxy takes the prefix off or not. Pure ASGI."""

    def __init__(self, app: ASGIApp, prefix: str) -> None:
        self._app = app
        self._prefix = prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            path = route_path({**scope, "root_path": self._prefix})
            scope.update(root_path=self._prefix, path=self._prefix + path)
        await self._app(scope, receive, send)


def route_path(scope: Scope) -> str:
    """The path as routes know it, without the prefix."""
    path, prefix = str(scope["path"]), str(scope.get("root_path", ""))
    return path[len(prefix) :] if prefix and path.startswith(f"{prefix}/") else path


def public_path(scope: Scope, path: str | None = None) -> str:
    """`path` of the service, else that of the request, as clients of the proxy see it."""
    return str(scope.get("root_path", "")) + (path if path is not None else route_path(scope))
