"""Counters, gauges and histograms that several processes write to Redis together: each recording counts once, whatever fails."""

from __future__ import annotations

import bisect
import math
import os
import socket
import threading
import time
import uuid
import weakref
from collections.abc import Callable, Mapping
from typing import Any

import redis

from .client import RedisTarget, open_client
from .declared_metrics import DeclaredMetrics, Family
from .drops import Drops, log
from .exemplars import PendingExemplars, read_exemplar
from .key_space import key_spaces, shard_of
from .native_buckets import DEFAULT_MAX_BUCKETS, DEFAULT_SCHEMA, DEFAULT_ZERO_THRESHOLD, NativeCounts, bucket_of
from .series_rules import Refusal, encode_name, is_prefix, label_part, read_gauge_value, read_number, shown
from .shard_writer import Operation, ShardWriter, Times

# Of the time to live; touches of idle series are looked for that often.
_TOUCH_AT, _TOUCH_EVERY = 1 / 3, 1 / 12


class Series:
    """A series of a metric in this process. While it is referenced, its idle series in Redis is kept alive."""

    __slots__ = ("__weakref__", "key", "labels", "name", "shard", "written_at")

    def __init__(self, name: str, labels: Mapping[str, object], key: str, shard: ShardWriter) -> None:
        self.name = name
        self.labels = labels
        self.key = key
        self.shard = shard
        self.written_at = math.inf


class MergeWriter:
    """One process's writer. Threads may share it; a child made by os.fork() has it as a new writer of its own.

    Declaring and recording never raise. What cannot be recorded, here or in Redis, is counted by its reason, and logged once
    for each metric and reason. Nothing is written before `flush`: a BackgroundFlush calls it.

    `redis` is a URL, or a function that opens a client. `shards` is more than 1 for a Redis Cluster. Raises ValueError for an
    option that cannot be.
    """

    def __init__(
        self,
        redis: RedisTarget,
        *,
        prefix: str = "metrics",
        ttl_ms: int = 1_800_000,
        shards: int = 1,
        max_series: int = 50_000,
        flush_interval_ms: int = 5000,
    ) -> None:
        if not is_prefix(prefix):
            raise ValueError(f'prefix: expected letters, digits, "_", "." and "-", not ending in "-meta", got {shown(prefix)}')
        for name, value, most in (
            ("ttl_ms", ttl_ms, 2**53),
            ("shards", shards, 1000),
            ("max_series", max_series, 10_000_000),
            ("flush_interval_ms", flush_interval_ms, 3_600_000),
        ):
            if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
                raise ValueError(f"{name}: expected a whole number from 1 to {most}, got {shown(value)}")
        self.flush_interval_ms = flush_interval_ms
        self._target = redis
        self._prefix, self._ttl_ms, self._shard_count, self._max_series = prefix, ttl_ms, shards, max_series
        self._metrics = DeclaredMetrics()
        self._series: weakref.WeakSet[Series] = weakref.WeakSet()
        self._begin()
        _writers.add(self)

    def _begin(self) -> None:
        """What each process has for itself."""
        self._lock = threading.Lock()
        self._sending = threading.Lock()
        self._client: Any = None
        self._is_closed = False
        self._process = f"{socket.gethostname()[:150]}-{os.getpid()}-{uuid.uuid4().hex[:8]}"
        self._recorded = 0
        # Values of gauges that were replaced before they were sent.
        self._coalesced = 0
        self._exemplars_dropped = 0
        self._drops = Drops()
        times = Times(self._ttl_ms, self.flush_interval_ms)
        spaces = key_spaces(self._prefix, self._shard_count)
        families = self._metrics.families
        self._shards = [ShardWriter(space, self._shard_count, families, self._drops, self._lock, times) for space in spaces]
        # The home shard is the first one to write.
        self._in_order = sorted(self._shards, key=lambda shard: not shard.space.is_home)
        # The last value of each gauge of mode process, by key: they are renewed within their lease.
        self._leased: dict[str, tuple[Series, Operation]] = {}
        self._touched_at = time.monotonic()

    def declare_counter(self, name: str, help: str | None = None, unit: str | None = None) -> None:
        """The first declaration of a name stays; one that cannot be is logged, and what is recorded under it is dropped."""
        self._declare(name, "counter", help, unit)

    def declare_gauge(self, name: str, help: str | None = None, unit: str | None = None, *, mode: str = "last") -> None:
        """As `declare_counter`. `mode`: `last` keeps the value set last, `process` one value for each process, in the label
        `process`, and `sum` adds up what all processes add."""
        self._declare(name, "gauge", help, unit, mode=mode)

    def declare_histogram(self, name: str, help: str | None, bounds: Any, unit: str | None = None) -> None:
        """As `declare_counter`; `bounds` are 1 to 200 ascending, finite numbers."""
        self._declare(name, "histogram", help, unit, bounds=bounds)

    def declare_native_histogram(
        self,
        name: str,
        help: str | None = None,
        unit: str | None = None,
        *,
        schema: int = DEFAULT_SCHEMA,
        zero_threshold: float = DEFAULT_ZERO_THRESHOLD,
        max_buckets: int = DEFAULT_MAX_BUCKETS,
        bounds: Any = None,
    ) -> None:
        """As `declare_counter`. A bucket ends at 2**(2**-schema) times its beginning, schema -4 to 8. Values up to `zero_threshold`,
        without their sign, count as 0. With more than `max_buckets`, 1 to 500, the schema is lowered. `bounds` are those of classic
        buckets to keep beside, if any."""
        native = {"schema": schema, "zero_threshold": zero_threshold, "max_buckets": max_buckets}
        self._declare(name, "histogram", help, unit, bounds=bounds, native=native)

    def add(self, name: str, /, value: float = 1, exemplar: Mapping[str, object] | None = None, **labels: object) -> None:
        """Adds to a counter, a number of at least 0, or to a gauge of mode `sum`. `exemplar` has labels of an exemplar of a counter,
        such as {"trace_id": "…"}, at most 128 characters. A label cannot be named `value` or `exemplar` here."""
        self._record(name, labels, "add", value, exemplar)

    def set(self, name: str, /, value: float, **labels: object) -> None:
        """Sets a gauge of mode `last` or `process`."""
        self._record(name, labels, "set", value)

    def observe(self, name: str, /, value: float, exemplar: Mapping[str, object] | None = None, **labels: object) -> None:
        """Adds one observation to a histogram. `exemplar` as in `add`."""
        self._record(name, labels, "observe", value, exemplar)

    def series(self, name: str, type_: str, labels: Mapping[str, object]) -> Series | Refusal:
        """The series to record in with `record`, or why there is none."""
        with self._lock:
            try:
                series = self._new_series(name, (type_,), labels)
            except Refusal as refusal:
                return refusal
            self._series.add(series)
            return series

    def record(
        self, name: str, series: Series | Refusal, change: str, value: float, exemplar: Mapping[str, object] | None = None
    ) -> None:
        """As `add`, `set` or `observe`, in a series of `series`."""
        with self._lock:
            self._recorded += 1
            try:
                if self._is_closed:
                    raise Refusal("closed", "expected no recording after close()")
                if isinstance(series, Refusal):
                    raise series
                _CHANGES[change](self, series, value)
            except Refusal as refusal:
                self._drops.add(name, refusal)
                return
            if exemplar is not None:
                self._note_exemplar(name, series, value, exemplar)

    def note_exemplar(self, name: str, series: Series | Refusal, value: float, labels: Mapping[str, object]) -> None:
        """The exemplar of a recording that was made in a series of `series` just before."""
        with self._lock:
            if not self._is_closed and isinstance(series, Series):
                self._note_exemplar(name, series, value, labels)

    def flush(self) -> None:
        """Writes all that waits. Raises redis.RedisError when it cannot: then it goes on waiting, and flush() tries again. With
        shards, one that fails does not keep the others from being written."""
        with self._sending:
            if self._client is None:
                self._client = open_client(self._target, self._shard_count)
            with self._lock:
                self._renew()
            home, *others = self._in_order
            if others and any(shard.pending for shard in others):
                home.begin(self._client)
            failures = []
            for shard in self._in_order:
                try:
                    shard.send(self._client)
                except (redis.RedisError, RuntimeError) as error:
                    failures.append(error)
            if failures:
                raise failures[0]

    def close(self) -> None:
        """Writes what waits. What cannot be written now, and what is recorded later, is dropped."""
        with self._lock:
            self._is_closed = True
        try:
            self.flush()
        except (redis.RedisError, RuntimeError) as error:
            log.warning("redmeter: not all was written: %s", shown(str(error)))
        with self._lock:
            for shard in self._shards:
                shard.drop_all()
        if self._client is not None:
            self._client.close()

    def statistics(self) -> dict[str, Any]:
        """Numbers of recordings: `recorded` is the sum of `flushed`, `pending`, `coalesced` and those in `dropped`, by reason.
        `exemplars_dropped` is the number of exemplars that were left out; their recordings count."""
        with self._lock:
            lost = sum(shard.lost for shard in self._shards)
            return {
                "recorded": self._recorded,
                "flushed": sum(shard.held for shard in self._shards),
                "pending": sum(shard.pending for shard in self._shards),
                "coalesced": self._coalesced,
                "dropped": {**self._drops.by_reason, **({"lost": lost} if lost else {})},
                "exemplars_dropped": self._exemplars_dropped,
            }

    def _declare(self, name: str, type_: str, help: object, unit: object, **shape: Any) -> None:
        with self._lock:
            try:
                for problem in self._metrics.declare(name, type_, help, unit, **shape):
                    self._drops.tell(name, "definition", problem)
            except Refusal as refusal:
                self._drops.tell(name, refusal.reason, f"not declared: {refusal}")

    def _record(
        self, name: str, labels: Mapping[str, object], change: str, value: float, exemplar: Mapping[str, object] | None = None
    ) -> None:
        try:
            series: Series | Refusal = self._new_series(name, _TYPES[change], labels)
        except Refusal as refusal:
            series = refusal
        self.record(name, series, change, value, exemplar)

    def _new_series(self, name: str, types: tuple[str, ...], labels: Mapping[str, object]) -> Series:
        family = self._metrics.find(name, *types)
        part = label_part({**labels, "process": self._process} if family.get("mode") == "process" else labels)
        rest = f"{family['type']}:{encode_name(name)}" + (f":{part}" if part else "")
        shard = self._shards[0 if self._shard_count == 1 else shard_of(f"{self._prefix}:{rest}", self._shard_count)]
        return Series(name, labels, shard.space.series(rest), shard)

    def _operation(self, series: Series, empty: Callable[[Family], Operation]) -> Operation:
        waiting = series.shard.waiting
        operation = waiting.get(series.key)
        if operation is None or "touch" in operation:
            if operation is None and len(waiting) >= self._max_series:
                raise Refusal("series_limit", f"expected at most {self._max_series} series that wait to be written")
            family = self._metrics.families[series.name]
            operation = waiting[series.key] = {"name": series.name, "recordings": 0, **empty(family)}
            series.written_at = time.monotonic()
        return operation

    def _add(self, series: Series, value: float) -> None:
        family = self._metrics.families[series.name]
        if family.get("mode", "sum") != "sum":
            raise Refusal("mode_conflict", f"expected set() of a gauge of mode {family['mode']}, got add()")
        added = read_number(value)
        if added < 0 and family["type"] == "counter":
            raise Refusal("invalid_value", f"expected a number of at least 0, got {shown(value)}")
        operation = self._operation(series, _no_sum)
        total = operation["add"] + added
        if math.isinf(total):
            raise Refusal("overflow", "the sum would be infinite")
        operation["add"] = total
        operation["recordings"] += 1

    def _set(self, series: Series, value: float) -> None:
        mode = self._metrics.families[series.name]["mode"]
        if mode == "sum":
            raise Refusal("mode_conflict", "expected add() of a gauge of mode sum, got set()")
        number = read_gauge_value(value)
        operation = self._operation(series, _no_value)
        self._coalesced += operation["recordings"]
        operation.update(recordings=1, set=number, at=time.monotonic())
        if mode == "process" and (series.key in self._leased or len(self._leased) < self._max_series):
            self._leased[series.key] = (series, operation)

    def _observe(self, series: Series, value: float) -> None:
        bounds = self._metrics.families[series.name].get("bounds")
        observed = read_number(value)
        operation = self._operation(series, _no_observations)
        if bounds is not None:
            # A bucket holds what is at most its bound.
            operation["counts"][bisect.bisect_left(bounds, observed)] += 1
        if "native" in operation:
            operation["native"].observe(observed)
        operation["sum"] += observed
        operation["recordings"] += 1

    def _note_exemplar(self, name: str, series: Series, value: float, labels: object) -> None:
        """One that cannot be sent costs only itself: the recording counts."""
        family = self._metrics.families[name]
        try:
            if family["type"] == "gauge":
                raise Refusal("exemplar", "expected one of a counter or a histogram, got one of a gauge")
            read = read_exemplar(labels)
            number = read_number(value)
            # What was recorded may have been taken to be sent.
            operation = self._operation(series, _no_sum if family["type"] == "counter" else _no_observations)
        except Refusal as refusal:
            self._exemplars_dropped += 1
            self._drops.tell(name, refusal.reason, f"left out: {refusal}")
            return
        if read:
            operation.setdefault("exemplars", PendingExemplars()).note(_bucket(family, number), number, read)

    def _renew(self) -> None:
        """Keeps alive what has not been recorded for some time (W-24, W-25)."""
        now = time.monotonic()
        for key, (series, operation) in self._leased.items():
            if key not in series.shard.waiting and now - series.written_at > self.flush_interval_ms / 1500:
                # Set only if it is gone.
                series.shard.waiting[key] = {**operation, "recordings": 0, "touch": True}
                series.written_at = now
        if now - self._touched_at < self._ttl_ms / 1000 * _TOUCH_EVERY:
            return
        self._touched_at = now
        for series in list(self._series):
            is_idle = now - series.written_at > self._ttl_ms / 1000 * _TOUCH_AT
            if is_idle and series.key not in series.shard.waiting and series.key not in self._leased:
                series.shard.waiting[series.key] = {"name": series.name, "recordings": 0, "touch": True}
                series.written_at = now


def _no_sum(_family: Family) -> Operation:
    return {"add": 0}


def _no_value(_family: Family) -> Operation:
    return {}


def _no_observations(family: Family) -> Operation:
    native = {"native": NativeCounts(family["native"])} if "native" in family else {}
    classic = {"counts": [0] * (len(family["bounds"]) + 1)} if "bounds" in family else {}
    return {**native, **classic, "sum": 0}


def _bucket(family: Family, value: float) -> int:
    """A number for each bucket of which the newest exemplar is kept; a counter has one."""
    if family["type"] == "counter":
        return 0
    return bucket_of(family["native"], value) if "native" in family else bisect.bisect_left(family["bounds"], value)


_CHANGES = {"add": MergeWriter._add, "set": MergeWriter._set, "observe": MergeWriter._observe}
_TYPES = {"add": ("counter", "gauge"), "set": ("gauge",), "observe": ("histogram",)}

# A child has its own id, and nothing of what waits: its parent writes that.
_writers: weakref.WeakSet[MergeWriter] = weakref.WeakSet()
_held: list[MergeWriter] = []


def _before_fork() -> None:
    for writer in list(_writers):
        writer._lock.acquire()
        _held.append(writer)


def _after_fork_in_parent() -> None:
    while _held:
        _held.pop()._lock.release()


def _after_fork_in_child() -> None:
    _held.clear()
    for writer in list(_writers):
        writer._begin()
        for series in list(writer._series):
            own = writer._new_series(series.name, (writer._metrics.families[series.name]["type"],), series.labels)
            series.key, series.shard, series.written_at = own.key, own.shard, own.written_at


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_parent=_after_fork_in_parent, after_in_child=_after_fork_in_child)
