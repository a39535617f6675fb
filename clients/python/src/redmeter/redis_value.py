"""The value class of prometheus_client that records in a writer."""

from __future__ import annotations

import math
import os
import threading
import weakref
from collections.abc import Sequence
from typing import Any, Protocol

from .merge_writer import MergeWriter

# Which mode of redmeter keeps a gauge of each multiprocess_mode; all others have a series for each process, which expires.
_GAUGE_MODES = {"sum": "sum", "mostrecent": "last", "livemostrecent": "last"}


def redis_value_class(writer: MergeWriter) -> type[RedisValue]:
    """The class to set as prometheus_client.values.ValueClass, before the first metric is made."""

    class WriterValue(RedisValue):
        _writer = writer

    return WriterValue


class RedisValue:
    """A value of a metric in this process. Its changes go to Redis; its `get` is what this process recorded, as with
    prometheus_client's files. A child starts from 0."""

    _multiprocess = True
    _writer: MergeWriter

    def __init__(
        self,
        typ: str,
        metric_name: str,
        name: str,
        labelnames: Sequence[str],
        labelvalues: Sequence[str],
        help_text: str,
        multiprocess_mode: str = "",
        **_: Any,
    ) -> None:
        labels = dict(zip(labelnames, labelvalues))
        self._sink = _sink(self._writer, typ, metric_name, name, labels, help_text, multiprocess_mode)
        self._begin()
        _values.add(self)

    def _begin(self) -> None:
        self._lock = threading.Lock()
        self._value = 0.0
        self._exemplar: Any = None

    def inc(self, amount: float) -> None:
        with self._lock:
            self._value += amount
            self._sink.changed(amount, self._value)

    def set(self, value: float, timestamp: float | None = None) -> None:
        with self._lock:
            added, self._value = value - self._value, value
            self._sink.replaced(added, value)

    def get(self) -> float:
        with self._lock:
            return self._value

    def set_exemplar(self, exemplar: Any) -> None:
        """`exemplar` is prometheus_client's: of what was recorded just before."""
        with self._lock:
            self._exemplar = exemplar
            self._sink.exemplified(exemplar)

    def get_exemplar(self) -> Any:
        with self._lock:
            return self._exemplar


class _Sink(Protocol):
    """Where the changes of a value go."""

    def changed(self, added: float, value: float) -> None: ...

    def replaced(self, added: float, value: float) -> None: ...

    def exemplified(self, exemplar: Any) -> None: ...


class _Sum:
    """A counter, or a gauge that adds up over processes."""

    def __init__(self, writer: MergeWriter, name: str, type_: str, labels: dict[str, str]) -> None:
        self._writer, self._record = writer, writer.record
        self._name, self._type = name, type_
        self._series = writer.series(name, type_, labels)

    def changed(self, added: float, value: float) -> None:
        self._record(self._name, self._series, "add", added)

    def replaced(self, added: float, value: float) -> None:
        # A counter that is reset here goes on in Redis, where others count too.
        if self._type == "gauge":
            self._record(self._name, self._series, "add", added)

    def exemplified(self, exemplar: Any) -> None:
        self._writer.note_exemplar(self._name, self._series, exemplar.value, exemplar.labels)


class _Latest:
    """A gauge that is set."""

    def __init__(self, writer: MergeWriter, name: str, labels: dict[str, str]) -> None:
        self._record = writer.record
        self._name = name
        self._series = writer.series(name, "gauge", labels)

    def changed(self, added: float, value: float) -> None:
        self._record(self._name, self._series, "set", value)

    replaced = changed

    def exemplified(self, exemplar: Any) -> None:
        """A gauge has none."""


class _Observations:
    """A series of a histogram. prometheus_client adds an amount to the sum, then 1 to its bucket, in one thread: the amount is
    kept until then, so that an observation is recorded whole."""

    def __init__(self, writer: MergeWriter, name: str, labels: dict[str, str], help_text: str) -> None:
        self._writer, self._name, self._labels, self._help = writer, name, labels, help_text
        self._bounds: list[float] = []
        self._amount = threading.local()

    def add_bound(self, bound: float) -> None:
        """Bounds come in ascending order; +Inf is the last one."""
        if math.isinf(bound):
            self._writer.declare_histogram(self._name, self._help, self._bounds)
            self._series = self._writer.series(self._name, "histogram", self._labels)
        else:
            self._bounds.append(bound)

    def changed(self, added: float, value: float) -> None:
        self._amount.kept = added
        if math.isnan(added):
            # It is in no bucket: the writer counts it as refused.
            self.record()

    def replaced(self, added: float, value: float) -> None:
        pass

    def record(self) -> None:
        self._writer.record(self._name, self._series, "observe", self._amount.kept)

    def exemplified(self, exemplar: Any) -> None:
        self._writer.note_exemplar(self._name, self._series, exemplar.value, exemplar.labels)


class _Bucket:
    def __init__(self, observations: _Observations, bound: float) -> None:
        self._observations = observations
        observations.add_bound(bound)

    def changed(self, added: float, value: float) -> None:
        self._observations.record()

    def replaced(self, added: float, value: float) -> None:
        pass

    def exemplified(self, exemplar: Any) -> None:
        self._observations.exemplified(exemplar)


# Histograms whose buckets are being made, by thread: their sum is made first, in the same call.
_making = threading.local()


def _sink(writer: MergeWriter, typ: str, metric: str, name: str, labels: dict[str, str], help_text: str, mode: str) -> _Sink:
    if typ == "histogram":
        bound = labels.pop("le", None)
        if bound is not None:
            return _Bucket(_making.observations, float(bound))
        observations = _Observations(writer, metric, labels, help_text)
        _making.observations = observations
        return observations
    if typ == "gauge":
        own_mode = _GAUGE_MODES.get(mode, "process")
        writer.declare_gauge(name, help_text, mode=own_mode)
        return _Sum(writer, name, "gauge", labels) if own_mode == "sum" else _Latest(writer, name, labels)
    # A counter, or one of the two sums of a summary.
    writer.declare_counter(name, help_text)
    return _Sum(writer, name, "counter", labels)


_values: weakref.WeakSet[RedisValue] = weakref.WeakSet()


def _begin_in_child() -> None:
    # Another thread of the parent may have held a lock.
    for value in list(_values):
        value._begin()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_in_child)
