"""Counts for Prometheus, of all tenants together: no name, id or tenant is a label."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from optimizer.service.store.refusals import UnavailableError

BUCKETS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Metrics:
    """What is counted of one service.

    Parameters
    ----------
    jobs : callable
        Gives the number of jobs by state, and under `oldest` the seconds that the oldest one waits.
    """

    def __init__(self, jobs: Callable[[], Mapping[str, float]]) -> None:
        self.registry = CollectorRegistry()
        labels = ("method", "route", "status")
        self._requests = Counter("lodestar_requests", "Requests answered.", labels, registry=self.registry)
        self._seconds = Histogram(
            "lodestar_request_seconds", "Seconds to the end of a response.", ("route",), buckets=BUCKETS,
            registry=self.registry,
        )  # fmt: skip
        self.registry.register(_Jobs(jobs))

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        """One exchange."""
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def text(self) -> bytes:
        """All counts as Prometheus reads them."""
        return generate_latest(self.registry)


class _Jobs(Collector):
    """Jobs by state, asked for when somebody looks."""

    def __init__(self, jobs: Callable[[], Mapping[str, float]]) -> None:
        self.jobs = jobs

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Nothing, so that being registered asks no database."""
        return iter(())

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The counts of now; none while the database is away, so that the others can still be read."""
        try:
            found = dict(self.jobs())
        except UnavailableError:
            return
        waited = found.pop("oldest", 0.0)
        by_state = GaugeMetricFamily("lodestar_jobs", "Jobs by state.", labels=["state"])
        for state, number in found.items():
            by_state.add_metric([state], number)
        yield by_state
        yield GaugeMetricFamily("lodestar_oldest_queued_seconds", "Seconds the oldest queued job waits.", value=waited)
