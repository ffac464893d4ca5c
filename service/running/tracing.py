"""A span for each request, sent by OpenTelemetry where the extra `otel` is installed."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from starlette.datastructures import Headers
from starlette.types import Scope

from service.running.logs import Over

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import SpanProcessor

_FIELDS = ("request_id", "problem_code", "queries", "k", "release")  # as in the access log


class TracingError(RuntimeError):
    """Tracing is asked for and cannot be had; the message says what to install."""


def tracing(processor: SpanProcessor | None = None) -> Over:
    """What makes a span of a request when it is over, in the trace that its `traceparent` names, if it has one.

    Spans go to `processor`, else by OTLP over HTTP to where the variables OTEL_EXPORTER_OTLP_… say, in a thread. They
    say what the access log says, so nothing of a query.

    Raises:
        TracingError: the extra is not installed.
    """
    try:
        from opentelemetry.sdk.resources import SERVICE_NAME, Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
        from opentelemetry.trace import SpanKind, StatusCode
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        if processor is None:
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

            processor = BatchSpanProcessor(OTLPSpanExporter())
    except ImportError as error:
        raise TracingError(f"tracing needs the extra otel ({error}): pip install -e '.[otel]'") from None
    name = os.environ.get("OTEL_SERVICE_NAME", "molseek")
    provider = TracerProvider(resource=Resource.create({SERVICE_NAME: name}))
    provider.add_span_processor(processor)
    tracer = provider.get_tracer("molseek.service")
    propagator = TraceContextTextMapPropagator()

    def over(scope: Scope, status: int, seconds: float) -> None:
        end = time.time_ns()
        route = getattr(scope.get("route"), "path", None)
        state = scope["state"]
        given = {
            "http.request.method": scope["method"],
            "http.route": route,
            "http.response.status_code": status,
            **{f"molseek.{field}": state.get(field) for field in _FIELDS},
        }
        span = tracer.start_span(
            f"{scope['method']} {route}" if route else scope["method"],
            context=propagator.extract(dict(Headers(scope=scope))),
            kind=SpanKind.SERVER,
            attributes={field: value for field, value in given.items() if value is not None},
            start_time=end - int(seconds * 1e9),
        )
        if status >= 500:
            span.set_status(StatusCode.ERROR)
        span.end(end)

    return over
