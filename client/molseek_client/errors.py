"""What can go wrong: the service refuses, cannot be reached or is none; or nothing can be sent to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


class MolseekError(Exception):
    """Anything that keeps a search from its answer."""


class MisuseError(MolseekError):
    """Nothing was sent: the address or key is none, the client is closed or made with what it cannot use, a query is no
    text, or an option no JSON; or a table is wanted of what is no result.
    """


class UnreachableError(MolseekError):
    """No answer came, after all attempts."""


class UnexpectedAnswerError(MolseekError):
    """Something answered that is not Molseek, such as a proxy, or not in a way that this client understands."""


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """One fault in a request. field: `k`, `queries[3]`, `filter.tags.any[0]`."""

    field: str
    code: str
    detail: str


class ProblemError(MolseekError):
    """The service refuses a request (RFC 9457).

    status: of HTTP; code: stable name of the problem, for programs; detail: what is wrong and what would be right;
    field: the field at fault; errors: every fault found; request_id: names the request in the service's log.
    """

    def __init__(
        self,
        status: int,
        code: str,
        title: str,
        detail: str,
        field: str | None = None,
        errors: tuple[FieldProblem, ...] = (),
        request_id: str | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.title = title
        self.detail = detail
        self.field = field
        self.errors = errors
        self.request_id = request_id

    @classmethod
    def from_json(cls, body: Mapping[str, Any], status: int) -> ProblemError:
        faults = (FieldProblem(str(each["field"]), str(each["code"]), str(each["detail"])) for each in _faults(body))
        return cls(
            status=status,
            code=str(body.get("code", "unknown")),
            title=str(body.get("title", "")),
            detail=str(body.get("detail", f"HTTP {status}")),
            field=body.get("field"),
            errors=tuple(faults),
            request_id=body.get("request_id"),
        )

    def __reduce__(self) -> tuple[Any, ...]:
        values = (self.status, self.code, self.title, self.detail, self.field, self.errors, self.request_id)
        return type(self), values


def _faults(body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    given = body.get("errors") or []
    return [each for each in given if isinstance(each, Mapping) and {"field", "code", "detail"} <= set(each)]
