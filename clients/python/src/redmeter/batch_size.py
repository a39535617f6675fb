"""How many series one call of the merge script writes: Redis does nothing else meanwhile, and 128 counters take it about a millisecond."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

COUNTERS_PER_BATCH = 128
# Buckets that take Redis as long as one counter, and the rest of a histogram, in counters.
BUCKETS_OF_A_COUNTER = 10
COUNTERS_OF_A_RECORD = 1.5
COUNTERS_OF_A_NATIVE_RECORD = 6

Series = tuple[str, dict[str, Any]]


def in_batches(waiting: list[Series]) -> Iterator[list[Series]]:
    """The series with their operations, in lists for one call each."""
    batch: list[Series] = []
    cost = 0.0
    for series in waiting:
        batch.append(series)
        cost += _cost_of(series[1])
        if cost >= COUNTERS_PER_BATCH:
            yield batch
            batch, cost = [], 0.0
    if batch:
        yield batch


def _cost_of(operation: dict[str, Any]) -> float:
    bounds = max(0, len(operation.get("counts", ())) - 1)
    if "native" in operation:
        return COUNTERS_OF_A_NATIVE_RECORD + _rounded_up(len(operation["native"]) + bounds)
    return COUNTERS_OF_A_RECORD + _rounded_up(bounds) if bounds > 0 else 1


def _rounded_up(buckets: int) -> int:
    return -(-buckets // BUCKETS_OF_A_COUNTER)
