"""Structured logs and the names of every metric.

Log events are stable verbs with ids bound by context. Neither ever holds audio, transcripts, keys or tokens.
"""

from __future__ import annotations

import logging
import sys
from typing import Any

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

log: structlog.stdlib.BoundLogger = structlog.get_logger("auricle")


def configure_logging(*, style: str, level: str) -> None:
    """Send every log line, ours and the libraries', to standard error in one style (`console` or `json`)."""
    renderer: Any = (
        structlog.processors.JSONRenderer()
        if style == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    logging.getLogger("alembic").setLevel("WARNING")  # it tells of every start


class Metrics:
    """Every metric of the process, on a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        r = self.registry
        self.connections = Gauge("auricle_connections", "Open WebSocket connections", registry=r)
        self.sessions = Gauge("auricle_sessions", "Listening sessions being heard", registry=r)
        self.refused = Counter("auricle_refused_total", "Sessions refused for want of capacity", registry=r)
        self.http_requests = Counter(
            "auricle_http_requests_total", "HTTP requests", ["method", "route", "status"], registry=r
        )
        self.operations = Counter(
            "auricle_operations_total", "Management operations answered", ["operation", "status"], registry=r
        )
        self.audio_seconds = Counter("auricle_audio_seconds_total", "Seconds of audio heard", registry=r)
        self.phrases = Counter("auricle_phrases_total", "Final results", ["outcome"], registry=r)
        self.partials = Counter("auricle_partials_total", "Partial results", registry=r)
        self.batch_size = Histogram(
            "auricle_batch_utterances",
            "Utterances computed together",
            ["use"],
            buckets=(1, 2, 3, 4, 6, 8, 12, 16, 24, 32),
            registry=r,
        )
        self.compute_seconds = Histogram(
            "auricle_compute_seconds",
            "Wall time of one recognition batch",
            ["use"],
            buckets=(0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.8, 1.2, 2, 4, 8),
            registry=r,
        )
        self.wait_seconds = Histogram(
            "auricle_wait_seconds",
            "Time due work waited for a worker",
            ["use"],
            buckets=(0.005, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2, 5),
            registry=r,
        )
        self.partial_latency_seconds = Histogram(
            "auricle_partial_latency_seconds",
            "From the arrival of the newest audio in a partial to its sending",
            buckets=(0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1, 1.5, 2, 4),
            registry=r,
        )
        self.final_latency_seconds = Histogram(
            "auricle_final_latency_seconds",
            "From the end of the silence that ended a segment to its final result",
            buckets=(0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.8, 1, 1.5, 2, 4),
            registry=r,
        )
        self.jobs_running = Gauge("auricle_jobs_running", "Jobs that this process has begun", ["kind"], registry=r)
        self.jobs_waiting = Gauge("auricle_jobs_waiting", "Due jobs that wait, on all nodes", ["kind"], registry=r)
        self.jobs_ended = Counter(
            "auricle_jobs_ended_total", "Attempts at jobs that came to an end", ["kind", "outcome"], registry=r
        )
