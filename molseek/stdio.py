"""MCP over standard input and output, for assistants that start their tools themselves. Needs the extra `mcp`."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import httpx2
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError

from model.command.output import unwritable
from molseek.asking import service
from service.mcp.tools import mcp_server, read_answer


def serve_stdio(
    url: str | None = None, *, key: str | None = None, index: Path | None = None, checkpoint: str = "compact"
) -> None:
    """Answer until standard input ends, from the service at `url`, else from `index`, else the bundled corpus.

    Raises:
        AskError: the index cannot be opened.
    """

    async def serve() -> None:
        async with service(url, key=key, index=index, checkpoint=checkpoint) as client:

            async def ask(
                context: Context[Any, Any], path: str, body: Mapping[str, object] | None = None
            ) -> dict[str, Any]:
                try:
                    answer = await (client.get(path) if body is None else client.post(path, json=dict(body)))
                except httpx2.HTTPError as error:
                    raise ToolError(f"no answer from {client.base_url}: {error}") from None
                try:
                    return read_answer(answer.status_code, answer.json())
                except ValueError:
                    return read_answer(answer.status_code, None)

            await mcp_server(ask, version("molseek")).run_stdio_async()

    try:
        asyncio.run(serve())
    except ExceptionGroup as errors:
        lost, others = errors.split(OSError)
        if lost is None or others is not None:
            raise
        unwritable("molseek mcp", next(_leaves(lost)))


def _leaves(errors: ExceptionGroup[OSError]) -> Iterator[OSError]:
    for error in errors.exceptions:
        yield from _leaves(error) if isinstance(error, ExceptionGroup) else [error]
