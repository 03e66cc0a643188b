"""The names of all Prometheus metrics: `bgsub_` in front, base units, one registry a service."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

_LATENCY_S = (0.001, 0.002, 0.004, 0.006, 0.008, 0.01, 0.015, 0.02, 0.03, 0.04, 0.06, 0.08, 0.12, 0.2, 0.4, 0.8, 2.0)


class Metrics:
    """What one service counts and times; `registry` is what its metrics port serves."""

    def __init__(self, service: str) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(namespace="bgsub", registry=self.registry)
        self.published = self._counter("messages_published", "Messages sent", "topic")
        self.received = self._counter("messages_received", "Messages read", "topic")
        self.dropped = self._counter("messages_dropped", "Messages that could not be read", "topic", "reason")
        self.requests = self._counter("requests", "Control requests answered", "request", "reply")
        self.reopened = self._counter("camera_reopened", "Times the camera was opened again")
        self.swaps = self._counter("weights_swapped", "Times other weights were put in use")
        self.stood = self._counter("masks_stood", "Masks given again because nothing had moved or changed")
        self.palm_presses = self._counter("presses", "Buttons pressed", "button", "by")
        self.viewers = Gauge("bgsub_viewers", "Pages that show the picture", registry=self.registry)
        self.info = Gauge(
            "bgsub_service_info", "The device a service computes on", ("service", "device"), registry=self.registry
        )
        self._service = service
        self._latency = Histogram(
            "bgsub_latency_seconds",
            "From the capture of a frame to what this service makes of it",
            ("what",),
            registry=self.registry,
            buckets=_LATENCY_S,
        )
        self._step = Histogram(
            "bgsub_step_seconds", "Time a step of the work takes", ("step",), registry=self.registry, buckets=_LATENCY_S
        )

    def _counter(self, name: str, words: str, *labels: str) -> Counter:
        return Counter(f"bgsub_{name}", words, labels, registry=self.registry)

    def device(self, device: str) -> None:
        """Names the device in use, the only one of this service."""
        self.info.clear()
        self.info.labels(self._service, device).set(1)

    def latency(self, what: str, seconds: float) -> None:
        """One capture-to-`what` time (mask, palms, picture)."""
        self._latency.labels(what).observe(seconds)

    @contextmanager
    def step(self, step: str) -> Iterator[None]:
        """Times the block."""
        start = perf_counter()
        yield
        self._step.labels(step).observe(perf_counter() - start)
