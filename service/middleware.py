"""What a request passes before it reaches a route, from the outside in."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware

from service.paths import Prefix
from service.protecting.head import HeadAsGet
from service.protecting.headers import TrustedHosts
from service.protecting.keys import KeyFile, RequireKey
from service.protecting.limits import RequestLimits
from service.running.logs import AccessLog, Over
from service.settings import Settings


def middleware(settings: Settings, keys: KeyFile | None, over: Sequence[Over]) -> list[Middleware]:
    """Whoever is refused is refused before the body is read. `over` is told of every request in the end."""
    stack = [Middleware(Prefix, prefix=settings.root_path)] if settings.root_path else []
    stack.append(Middleware(AccessLog, over=over))
    if settings.cors_origins:
        stack.append(
            Middleware(
                CORSMiddleware,
                allow_origins=listed(settings.cors_origins),
                allow_methods=["GET", "HEAD", "POST"],
                allow_headers=["Authorization", "Content-Type", "X-API-Key", "X-Request-ID"],
                expose_headers=[
                    "ETag",
                    "Molseek-Next-Cursor",
                    "Molseek-Release",
                    "Molseek-Skipped",
                    "Retry-After",
                    "X-Request-ID",
                ],
            )
        )
    if settings.trusted_hosts:
        stack.append(Middleware(TrustedHosts, hosts=listed(settings.trusted_hosts)))
    stack.append(Middleware(HeadAsGet))
    if keys is not None:
        stack.append(Middleware(RequireKey, keys=keys))
    stack.append(
        Middleware(
            RequestLimits,
            max_body_bytes=settings.max_body_bytes,
            body_seconds=settings.body_seconds,
            max_requests=settings.max_requests,
            max_bodies=settings.max_bodies,
            max_refusals=settings.max_refusals,
        )
    )
    return stack


def listed(names: str) -> list[str]:
    """The names in a setting that lists them with commas."""
    return [name.strip() for name in names.split(",") if name.strip()]
