"""The OpenAPI document: stable operation ids, and errors as the problem+json that they are."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from service.problems import PROBLEM_JSON, ProblemDetail
from service.protecting.keys import needed_scope


def operation_id(route: APIRoute) -> str:
    """The name of the route's function: a client generated from the document keeps its method names."""
    return route.name


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route that can fail with these statuses."""
    return {status: {"model": ProblemDetail, "description": HTTPStatus(status).phrase} for status in statuses}


def use_problem_json(app: FastAPI, keys: bool) -> None:
    """Have `app` describe its errors under their media type; FastAPI itself writes application/json.

    keys: whether API keys are asked for, which is then in the document too.
    """

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = get_openapi(
                title=app.title,
                version=app.version,
                description=app.description,
                routes=app.routes,
                tags=app.openapi_tags,
            )
            for path in schema["paths"].values():
                for operation in path.values():
                    _as_problem_json(operation["responses"])
            if keys:
                _ask_for_keys(schema)
            app.openapi_schema = schema
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]


def _ask_for_keys(schema: dict[str, Any]) -> None:
    schema["components"]["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
    problem = {"content": {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/ProblemDetail"}}}}
    for path, operations in schema["paths"].items():
        if needed_scope(path) is not None:
            for operation in operations.values():
                operation["security"] = [{"key": []}]
                for status in (401, 403):
                    operation["responses"][str(status)] = {"description": HTTPStatus(status).phrase, **problem}


def _as_problem_json(responses: dict[str, dict[str, Any]]) -> None:
    for status, response in responses.items():
        content = response.get("content", {})
        if status >= "400":
            schema = content.get("application/json", {}).get("schema")
            if schema is not None:
                response["content"] = {PROBLEM_JSON: {"schema": schema}}
