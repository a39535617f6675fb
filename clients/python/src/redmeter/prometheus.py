"""prometheus_client over Redis: the processes of a service count together, and Redis keeps the sums when they end.

    import redmeter.prometheus

    redmeter.prometheus.install("redis://localhost:6379")
    from prometheus_client import Counter  # as before
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from prometheus_client import REGISTRY, values
from prometheus_client.metrics import MetricWrapperBase
from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

from .background_flush import BackgroundFlush
from .client import RedisTarget, open_client
from .drops import log
from .merge_writer import MergeWriter
from .read_script import read_text_of
from .redis_value import redis_value_class


def install(redis: RedisTarget, **options: Any) -> MergeWriter:
    """Lets all metrics that are made from now on write to Redis, in this process and its children. Takes the options of
    MergeWriter. Returns the writer, for its `statistics()`. Raises ValueError for an option that cannot be."""
    writer = MergeWriter(redis, **options)
    earlier = {str(each) for each in REGISTRY._collector_to_names if isinstance(each, MetricWrapperBase)}
    if earlier:
        log.warning("redmeter: made before install(), so they stay in this process: %s", ", ".join(sorted(earlier)[:5]))
    values.ValueClass = redis_value_class(writer)
    BackgroundFlush(writer)
    return writer


class RedisCollector(Collector):
    """All metrics of a prefix as Redis has them, of all processes and languages, for an endpoint of one of the processes.
    Register it in a registry of its own: the global one has what this process recorded. Not for a Redis Cluster.

    `collect` raises redis.RedisError when Redis cannot be read."""

    def __init__(self, redis: RedisTarget, prefix: str = "metrics") -> None:
        self._client = open_client(redis)
        self._prefix = prefix

    def collect(self) -> Iterable[Metric]:
        return text_string_to_metric_families(read_text_of(self._client, self._prefix))
