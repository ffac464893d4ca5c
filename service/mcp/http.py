"""MCP over HTTP at `/mcp`: stateless, so any process can answer any request. Needs the extra `mcp`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx2
from fastapi import FastAPI
from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp.server.transport_security import TransportSecuritySettings
from starlette.types import Receive, Scope, Send

from service.mcp.tools import mcp_server, read_answer

# Who asks: the tools' own requests pass the same keys, hosts and limits as the one that called the tool.
_PASSED_ON = ("authorization", "x-api-key", "host", "x-request-id")


class McpEndpoint:
    """The ASGI endpoint. `run` it as long as the application lives."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app
        self._server: MCPServer[Any] = mcp_server(self._ask, app.version)
        # Hosts and origins are the application's own to check.
        self._server.streamable_http_app(
            json_response=True,
            stateless_http=True,
            transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),
        )
        self.run = self._server.session_manager.run

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._server.session_manager.handle_request(scope, receive, send)

    async def _ask(
        self, context: Context[Any, Any], path: str, body: Mapping[str, object] | None = None
    ) -> dict[str, Any]:
        request = context.request_context.request
        client = getattr(request, "client", None) or ("127.0.0.1", 0)
        given = context.headers or {}
        headers = {name: given[name] for name in _PASSED_ON if name in given}
        transport = httpx2.ASGITransport(self._app, client=tuple(client))
        async with httpx2.AsyncClient(transport=transport, base_url="http://molseek", headers=headers) as http:
            answer = await (http.get(path) if body is None else http.post(path, json=dict(body)))
            return read_answer(answer.status_code, answer.json())
