"""Wrong arguments of a tool, told in the service's words: an assistant mends its call by them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError, UnexpectedToolError
from mcp_types import CallToolResult, InputRequiredResult
from pydantic import ValidationError

from service.problems import printable
from service.protecting.problem_handlers import field_problem

MOST_HITS = 50


class ToolServer(MCPServer[Any]):
    """The SDK's server, which by itself repeats what pydantic says of arguments, with a link to its site, and leaves
    out those that there are not: a misspelt filter would not be missed.
    """

    async def call_tool(
        self, name: str, arguments: dict[str, Any], context: Context[Any, Any] | None = None
    ) -> CallToolResult | InputRequiredResult:
        for tool in await self.list_tools():
            taken = tool.input_schema["properties"]
            if tool.name == name and (unknown := [each for each in arguments if each not in taken]):
                takes = f"takes {', '.join(taken)}" if taken else "takes none"
                raise ToolError(f"There is no argument {printable(unknown[0])!r}; {name} {takes}.")
        try:
            return await super().call_tool(name, arguments, context)
        except UnexpectedToolError:  # a fault of our own, of which nothing is told
            raise
        except ToolError as error:
            if not isinstance(error.__cause__, ValidationError):
                raise
            faults = error.__cause__.errors(include_url=False, include_input=False)
            said = " ".join(dict.fromkeys(map(_sentence, faults)))
            raise ToolError(f"Error executing tool {name}: {said}") from None


def _sentence(fault: Mapping[str, Any]) -> str:
    path = fault["loc"]
    if fault["type"] == "missing":
        return f"The argument {path[0]} is missing."
    if path[0] == "k" and fault["type"] in ("less_than_equal", "greater_than_equal"):
        return f"k, the number of hits wanted, must be from 1 to {MOST_HITS}."
    if len(path) == 1 and fault["type"] == "string_type":
        return f"{path[0]} must be text in quotes."
    return field_problem({"type": fault["type"], "loc": ("body", *path), "msg": fault["msg"]}).detail
