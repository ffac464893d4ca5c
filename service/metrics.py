"""What the service counts and times, as Prometheus reads it at /metrics. One page for all processes of a service."""

from __future__ import annotations

import os
import time
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest, values
from prometheus_client.multiprocess import MultiProcessCollector
from starlette.types import Scope

if TYPE_CHECKING:
    from service.services import Services

# From a cached query to the longest that a search may take.
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256)
_METHODS = ("GET", "HEAD", "POST", "OPTIONS")


def share_metrics(directory: Path, place: int) -> None:
    """Keep this process's numbers in `directory`, where the other processes of the service read them.

    Call it before any `Metrics` is made. A process takes over the numbers of the one it replaces, so counters do not
    start again and files do not pile up. place: which of the processes this is.
    """
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(directory)
    values.ValueClass = values.MultiProcessValue(process_identifier=lambda: place)  # type: ignore[no-untyped-call]


class Metrics:
    """The numbers of one process. Safe in threads, and cheap but for `page`."""

    def __init__(self) -> None:
        own = CollectorRegistry()
        self._page = own
        if values.ValueClass._multiprocess:
            self._page = CollectorRegistry()
            MultiProcessCollector(self._page)  # type: ignore[no-untyped-call]
        self._lock = Lock()
        self._seen = {"replaced": 0, "hit": 0, "miss": 0}

        def counter(name: str, help: str, *labels: str) -> Counter:
            return Counter(f"molseek_{name}", help, labels, registry=own)

        def histogram(name: str, help: str, label: str, buckets: tuple[float, ...] = _SECONDS) -> Histogram:
            return Histogram(f"molseek_{name}", help, [label], buckets=buckets, registry=own)

        def gauge(name: str, help: str, *labels: str, total: bool = False) -> Gauge:
            return Gauge(
                f"molseek_{name}", help, labels, multiprocess_mode="livesum" if total else "livemax", registry=own
            )

        self._requests = counter("requests", "Requests answered.", "method", "route", "status")
        self._request_seconds = histogram("request_seconds", "From a request to the end of its answer.", "route")
        self._batch_size = histogram("batch_size", "Requests that shared a batch of a stage.", "stage", _SIZES)
        self._stage_seconds = histogram("stage_seconds", "Work of a stage on a batch, or on a call.", "stage")
        self._wait_seconds = histogram("stage_wait_seconds", "Longest wait in a batch, or of a call.", "stage")
        self._cache = counter("vector_cache_lookups", "Texts looked up among the vectors that are kept.", "result")
        self._replaced = counter(
            "chemistry_workers_replaced", "Chemistry workers that died, were late or ran out of memory."
        )
        self._queue = gauge("queue_length", "Requests waiting or running in a stage.", "stage", total=True)
        self._ready = gauge("ready_processes", "Processes with a release in service.", total=True)
        self._age = gauge("release_age_seconds", "Time since the release in service was built.")
        self._vectors = gauge("index_vectors", "Vectors of the release in service.", "side")
        self._bytes = gauge("index_bytes", "Size of the files of the release in service.")

    def request(self, scope: Scope, status: int, seconds: float) -> None:
        """Count an answered request. Only templates of routes become labels, never what a client wrote."""
        route = getattr(scope.get("route"), "path", "none")
        method = scope["method"] if scope["method"] in _METHODS else "other"
        self._requests.labels(method, route, str(status)).inc()
        self._request_seconds.labels(route).observe(seconds)

    def stage(self, name: str, size: int, waited: float | None, worked: float) -> None:
        """Note a batch of `size` requests, a call or a step of a batch that has been finished; times in seconds."""
        self._batch_size.labels(name).observe(size)
        self._stage_seconds.labels(name).observe(worked)
        if waited is not None:
            self._wait_seconds.labels(name).observe(waited)

    def sample(self, services: Services) -> None:
        """Take over what others count or hold. Called every second, and before the page is read."""
        cache, serving = services.pipeline.cache, services.slot.current
        with self._lock:
            self._replaced.inc(self._more("replaced", services.chemistry.replaced))
            self._cache.labels("hit").inc(self._more("hit", cache.hits))
            self._cache.labels("miss").inc(self._more("miss", cache.misses))
        for stage, pending in services.queues().items():
            self._queue.labels(stage).set(pending)
        self._ready.set(serving is not None)
        if serving is not None:
            manifest = serving.release.manifest
            self._age.set(time.time() - datetime.fromisoformat(manifest.created).timestamp())
            self._vectors.labels("molecules").set(manifest.counts.molecules)
            self._vectors.labels("descriptions").set(manifest.counts.descriptions)
            self._bytes.set(sum(manifest.sizes.values()))

    def _more(self, name: str, count: int) -> int:
        """How much a counter kept elsewhere has grown since it was last looked at."""
        seen, self._seen[name] = self._seen[name], count
        return count - seen

    def page(self) -> bytes:
        """The numbers of all processes, as text. Reads files where there are several: not for the event loop."""
        return generate_latest(self._page)
