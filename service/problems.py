"""Everything that can go wrong with a request, as RFC 9457 problem details with stable codes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import Scope

from service.paths import public_path

PROBLEM_JSON = "application/problem+json"
NO_ID = "unknown"
_LONGEST_FIELD = 80
_MOST_FAULTS = 20  # told in one answer


class Code(StrEnum):
    """The stable name of a problem, with its HTTP status and its title."""

    status: int
    heading: str

    def __new__(cls, value: str, status: int, heading: str) -> Code:
        member = str.__new__(cls, value)
        member._value_ = value
        member.status = status
        member.heading = heading
        return member

    # the request as a whole
    ROUTE_NOT_FOUND = "route_not_found", 404, "No such address"
    METHOD_NOT_ALLOWED = "method_not_allowed", 405, "Wrong HTTP method"
    KEY_MISSING = "key_missing", 401, "No API key"
    KEY_UNKNOWN = "key_unknown", 401, "Unknown API key"
    KEY_LACKS_SCOPE = "key_lacks_scope", 403, "The API key does not allow this"
    HOST_NOT_SERVED = "host_not_served", 400, "Unknown host"
    BODY_TIMEOUT = "body_timeout", 408, "Receiving the request body timed out"
    BODY_TOO_LARGE = "body_too_large", 413, "The request body is too large"
    BODY_MISSING = "body_missing", 400, "The request has no body"
    UNSUPPORTED_MEDIA_TYPE = "unsupported_media_type", 415, "Unsupported content type"
    UNSUPPORTED_ENCODING = "unsupported_encoding", 415, "Unsupported body encoding"
    HTTP_ERROR = "http_error", 400, "The request cannot be answered"

    # its JSON
    JSON_MALFORMED = "json_malformed", 400, "The body is not JSON"
    JSON_NOT_UTF8 = "json_not_utf8", 400, "The body is not UTF-8"
    JSON_NOT_FINITE = "json_not_finite", 400, "NaN and infinity are not JSON"
    JSON_NUMBER_TOO_LONG = "json_number_too_long", 400, "A number has too many digits"
    JSON_TOO_DEEP = "json_too_deep", 400, "The JSON is nested too deeply"
    JSON_TOO_MANY_FIELDS = "json_too_many_fields", 400, "The JSON has too many fields"
    JSON_DUPLICATE_FIELD = "json_duplicate_field", 400, "A field is given twice"
    JSON_NOT_AN_OBJECT = "json_not_an_object", 422, "The body is not a JSON object"

    # its fields
    INVALID_REQUEST = "invalid_request", 422, "Invalid request"
    UNKNOWN_FIELD = "unknown_field", 422, "Unknown field"
    QUERY_MISSING = "query_missing", 422, "No query"
    QUERY_AND_QUERIES = "query_and_queries", 422, "Both query and queries"
    QUERY_NOT_TEXT = "query_not_text", 422, "The query is not text"
    QUERY_EMPTY = "query_empty", 422, "The query is empty"
    QUERY_TOO_LONG = "query_too_long", 422, "The query is too long"
    QUERY_TOO_MANY_ATOMS = "query_too_many_atoms", 422, "The structure is too large"
    QUERY_TOO_MANY_RINGS = "query_too_many_rings", 422, "The structure has too many ring closures"
    QUERY_TOO_COMPLEX = "query_too_complex", 422, "The structure is too complex"
    QUERY_UNPARSABLE = "query_unparsable", 422, "The structure cannot be read"
    QUERY_INVALID_CHEMISTRY = "query_invalid_chemistry", 422, "The structure is not a valid molecule"
    QUERY_SEVERAL = "query_several", 422, "Several structures in one query"
    QUERY_AMBIGUOUS = "query_ambiguous", 422, "Several molecules are called so"
    IDENTIFIER_UNKNOWN = "identifier_unknown", 422, "The corpus has no such identifier"
    MODE_UNKNOWN = "mode_unknown", 422, "No such way to search"
    FORMAT_UNKNOWN = "format_unknown", 422, "No such format"
    LEXICON_MISSING = "lexicon_missing", 422, "The release has no lexicon"
    QUERIES_NOT_A_LIST = "queries_not_a_list", 422, "queries is not a list"
    QUERIES_EMPTY = "queries_empty", 422, "The list of queries is empty"
    QUERIES_TOO_MANY = "queries_too_many", 422, "Too many queries"
    REFERENCE_NOT_TEXT = "reference_not_text", 422, "The reference is not text"
    REFERENCE_EMPTY = "reference_empty", 422, "The reference is empty"
    REFERENCE_TOO_LONG = "reference_too_long", 422, "The reference is too long"
    REFERENCE_TOO_MANY_ATOMS = "reference_too_many_atoms", 422, "The reference structure is too large"
    REFERENCE_TOO_MANY_RINGS = "reference_too_many_rings", 422, "The reference structure has too many ring closures"
    REFERENCE_TOO_COMPLEX = "reference_too_complex", 422, "The reference structure is too complex"
    REFERENCE_UNPARSABLE = "reference_unparsable", 422, "The reference cannot be read"
    REFERENCE_INVALID_CHEMISTRY = "reference_invalid_chemistry", 422, "The reference is not a valid molecule"
    TEXT_NOT_UNICODE = "text_not_unicode", 422, "The text is not valid Unicode"
    TEXT_CONTROL_CHARACTER = "text_control_character", 422, "The text has a control character"
    CURSOR_UNREADABLE = "cursor_unreadable", 422, "The cursor cannot be read"
    CURSOR_OTHER_QUERY = "cursor_other_query", 422, "The cursor belongs to another query"
    CURSOR_OTHER_RELEASE = "cursor_other_release", 422, "The cursor belongs to another release"
    K_NOT_AN_INTEGER = "k_not_an_integer", 422, "k is not a whole number"
    K_OUT_OF_RANGE = "k_out_of_range", 422, "k is out of range"
    FILTER_NOT_AN_OBJECT = "filter_not_an_object", 422, "The filter is not an object"
    FILTER_UNKNOWN_PROPERTY = "filter_unknown_property", 422, "Unknown filter"
    FILTER_INVALID_RANGE = "filter_invalid_range", 422, "Invalid range"
    FILTER_MIN_ABOVE_MAX = "filter_min_above_max", 422, "The range is empty"
    FILTER_INVALID_FORMULA = "filter_invalid_formula", 422, "Invalid formula"
    FILTER_INVALID_TAGS = "filter_invalid_tags", 422, "Invalid tag filter"
    TAG_UNKNOWN = "tag_unknown", 422, "The corpus has no such tag"
    TAGS_TOO_MANY = "tags_too_many", 422, "Too many tags"
    SUBSTRUCTURE_NOT_TEXT = "substructure_not_text", 422, "The substructures are not a list of strings"
    SUBSTRUCTURE_EMPTY = "substructure_empty", 422, "The substructure is empty"
    SUBSTRUCTURE_TOO_LONG = "substructure_too_long", 422, "The substructure is too long"
    SUBSTRUCTURE_TOO_MANY_ATOMS = "substructure_too_many_atoms", 422, "The substructure is too large"
    SUBSTRUCTURE_TOO_COMPLEX = "substructure_too_complex", 422, "The substructure is too complex"
    SUBSTRUCTURE_UNPARSABLE = "substructure_unparsable", 422, "The substructure cannot be read"
    SUBSTRUCTURES_TOO_MANY = "substructures_too_many", 422, "Too many substructures"
    SUBSTRUCTURE_TOO_SLOW = "substructure_too_slow", 422, "The substructure search timed out"
    HITS_TOO_MANY = "hits_too_many", 422, "Too many hits for one request"
    DRAWING_SIZE = "drawing_size", 422, "Drawing size out of range"

    # what was asked for, and the state of the service
    MOLECULE_NOT_FOUND = "molecule_not_found", 404, "No such molecule"
    STRUCTURE_NOT_DRAWABLE = "structure_not_drawable", 422, "The structure cannot be drawn"
    BUSY = "busy", 429, "Too many requests"
    NOT_READY = "not_ready", 503, "The service is not ready"
    ENGINE_AWAY = "engine_away", 503, "The vector engine does not respond"
    SEARCH_TIMEOUT = "search_timeout", 503, "The search timed out"
    INTERNAL_ERROR = "internal_error", 500, "Internal error; quote this request_id"


class FieldProblem(BaseModel):
    """One error in one field of a request."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    field: str = Field(description="the field, such as `k` or `queries[3]`; empty for the body as a whole")
    code: Code
    detail: str


class ProblemDetail(BaseModel):
    """The body of every error response (RFC 9457)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: str = Field(description="a URI that names the kind of problem; ends with `code`")
    title: str = Field(description="the kind of problem, the same for every occurrence")
    status: int
    detail: str = Field(description="what is wrong with this request and what would be right")
    instance: str = Field(description="the address that was asked")
    code: Code = Field(description="stable name of the kind of problem, for programs")
    request_id: str = Field(description="names this request in the log of the service")
    field: str | None = Field(default=None, description="the field that is wrong, if it is one")
    errors: list[FieldProblem] | None = Field(default=None, description="every error found in the request's fields")


class Problem(HTTPException):
    """Raised anywhere below a route; becomes a `ProblemDetail` answer.

    It is an `HTTPException`, so FastAPI lets it through from wherever it is raised, body parsing included.
    """

    def __init__(
        self,
        code: Code,
        detail: str,
        *,
        field: str | None = None,
        errors: Sequence[FieldProblem] | None = None,
        headers: Mapping[str, str] | None = None,
        status: int | None = None,
    ) -> None:
        super().__init__(status_code=status or code.status, detail=detail, headers=dict(headers or {}))
        self.code = code
        self.field = field
        self.errors = errors

    @classmethod
    def of_fields(cls, faults: Sequence[FieldProblem]) -> Problem:
        """One problem for the faults found: the fault itself where there is one, `invalid_request` for several."""
        first = faults[0]
        if len(faults) == 1:
            return cls(first.code, first.detail, field=first.field or None, errors=faults)
        detail = f"The request has {len(faults)} faults; the first: {first.detail}"
        return cls(Code.INVALID_REQUEST, detail, errors=faults[:_MOST_FAULTS])


def engine_away() -> Problem:
    """503 for a server of vectors that is away; where it is, is nobody's business but the log's."""
    detail = "The vector engine that searches need does not answer; it is looked for again and again."
    return Problem(Code.ENGINE_AWAY, detail, headers={"Retry-After": "5"})


def problem_response(scope: Scope, problem: Problem) -> Response:
    """The answer for `problem`, as raised for the request of `scope`; notes its code for the access line."""
    state = scope.setdefault("state", {})
    state["problem_code"] = problem.code.value
    body = ProblemDetail(
        type=f"urn:molseek:problem:{problem.code.value}",
        title=problem.code.heading,
        status=problem.status_code,
        detail=printable(problem.detail, longest=1000),
        instance=quote(public_path(scope).encode("utf-8", "replace")),
        code=problem.code,
        request_id=str(state.get("request_id", NO_ID)),
        field=problem.field,
        errors=list(problem.errors) if problem.errors else None,
    )
    content = body.model_dump_json(exclude_none=True)
    headers = {**(problem.headers or {}), "Cache-Control": "no-store"}
    return Response(content, status_code=problem.status_code, media_type=PROBLEM_JSON, headers=headers)


def printable(text: str, longest: int = _LONGEST_FIELD) -> str:
    """A client's own text made fit to be sent back: valid Unicode, without control characters, bounded."""
    shown = text if len(text) <= longest else text[: longest - 1] + "…"
    valid = shown.encode("utf-8", "backslashreplace").decode("utf-8")
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in valid)
