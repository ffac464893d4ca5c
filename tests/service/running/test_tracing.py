"""Spans of requests."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from service.app import create_app
from service.running.tracing import TracingError, tracing
from service.settings import Settings


def test_a_request_becomes_a_span_of_the_trace_it_names() -> None:
    export = pytest.importorskip("opentelemetry.sdk.trace.export.in_memory_span_exporter")
    exporter = export.InMemorySpanExporter()
    over = tracing(importlib.import_module("opentelemetry.sdk.trace.export").SimpleSpanProcessor(exporter))
    trace, parent = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/search/text2mol",
        "query_string": b"secret",
        "headers": [(b"traceparent", f"00-{trace}-{parent}-01".encode())],
        "state": {"request_id": "r1", "problem_code": "internal_error", "queries": 2},
    }
    over(scope, 500, 0.25)
    (span,) = exporter.get_finished_spans()
    assert f"{span.context.trace_id:032x}" == trace and f"{span.parent.span_id:016x}" == parent
    assert span.end_time - span.start_time == 250_000_000
    assert span.attributes["http.response.status_code"] == 500
    assert span.attributes["molseek.request_id"] == "r1" and span.attributes["molseek.queries"] == 2
    assert not span.status.is_ok
    assert "secret" not in str(span.to_json())


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    with pytest.raises(TracingError, match=r"pip install -e '\.\[otel\]'"):
        tracing()


def test_whoever_collects_the_spans_of_all_libraries_gets_no_query(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("opentelemetry.sdk.trace")
    export = importlib.import_module("opentelemetry.sdk.trace.export.in_memory_span_exporter")
    sdk = importlib.import_module("opentelemetry.sdk.trace")
    exporter = export.InMemorySpanExporter()
    provider = sdk.TracerProvider()
    processors = importlib.import_module("opentelemetry.sdk.trace.export")
    provider.add_span_processor(processors.SimpleSpanProcessor(exporter))
    monkeypatch.setattr("opentelemetry.trace._TRACER_PROVIDER", provider)
    # Without being started it answers 503, which is enough of a request.
    client = TestClient(create_app(Settings(checkpoint="compact", index=Path("nowhere"))))
    client.get("/suggest", params={"q": "secret"})
    client.post("/search/text2mol", json={"query": ["secret"]})
    assert "secret" not in "".join(str(span.to_json()) for span in exporter.get_finished_spans())
