"""What can be measured of a running Octavo: every metric, declared here, and traces where they are configured.

Metrics are Prometheus's. With several workers each keeps its own in the directory `PROMETHEUS_MULTIPROC_DIR`, and
whoever is asked adds them up. No label holds anything of a person: routes are told by their pattern.
"""

import os
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from functools import lru_cache
from typing import Any, Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest, multiprocess
from prometheus_client.registry import REGISTRY

_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

REQUESTS: Final = Histogram(
    "octavo_request_seconds", "Time from a request's arrival to its answer, by route and status", ("route", "status"), buckets=_SECONDS
)
CONNECTIONS: Final = Gauge(
    "octavo_connections", "Database connections of the workers: lent, idle, and requests that wait for one", ("state",),
    multiprocess_mode="livesum",
)  # fmt: skip
OUTBOX_LAG: Final = Gauge(
    "octavo_outbox_lag_seconds", "Age of the oldest change that is not published yet, over all tenants",
    multiprocess_mode="livemax",
)  # fmt: skip
PUBLISHED: Final = Counter("octavo_events_published_total", "Events moved from outboxes to where they can be read")
DELIVERIES: Final = Counter("octavo_webhook_deliveries_total", "Events sent to webhooks", ("outcome",))
TIMERS_RUN: Final = Counter("octavo_timer_runs_total", "Runs of timers, by how they ended", ("timer", "outcome"))
TIMER_SECONDS: Final = Histogram("octavo_timer_seconds", "How long runs of timers take", ("timer",), buckets=(*_SECONDS, 60.0, 600.0))
RETRIES: Final = Counter("octavo_transaction_retries_total", "Transactions done again because they met another one")

#: Every metric, in the order of the reference.
METRICS: Final = (REQUESTS, CONNECTIONS, OUTBOX_LAG, PUBLISHED, DELIVERIES, TIMERS_RUN, TIMER_SECONDS, RETRIES)

MEDIA_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"


@lru_cache(maxsize=20_000)
def request_seconds(route: str, status: int) -> Histogram:
    """Return what takes the time of a request of a route that was answered with a status."""
    return REQUESTS.labels(route, str(status))


def exposition() -> bytes:
    """Return all metrics in Prometheus's text format."""
    if not os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        return generate_latest(REGISTRY)
    together = CollectorRegistry()
    multiprocess.MultiProcessCollector(together)  # type: ignore[no-untyped-call]
    return generate_latest(together)


_tracer: Any = None
_UNTRACED: Final = nullcontext()


def trace_to(endpoint: str) -> None:
    """Send traces to an OpenTelemetry collector (OTLP over HTTP). Raises RuntimeError without the extra `otel`."""
    global _tracer  # noqa: PLW0603 - one for the process, as in OpenTelemetry itself
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
    except ImportError:
        raise RuntimeError("traces need OpenTelemetry: pip install 'octavo[otel]'") from None
    provider = TracerProvider(resource=Resource.create({"service.name": "octavo"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces")))
    _tracer = provider.get_tracer("octavo")


def span(name: str, headers: Mapping[str, str]) -> AbstractContextManager[Any]:
    """Return the span of a request, a child of the one that its `traceparent` names; nothing where none are wanted."""
    if _tracer is None:
        return _UNTRACED
    from opentelemetry.propagate import extract  # noqa: PLC0415 - only there with the extra
    from opentelemetry.trace import SpanKind  # noqa: PLC0415

    started: AbstractContextManager[Any] = _tracer.start_as_current_span(name, context=extract(headers), kind=SpanKind.SERVER)
    return started
