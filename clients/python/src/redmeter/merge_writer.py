"""Counters and histograms written as the merge script takes them: each recording counts once, whatever fails.

The contract is packages/redis-metrics/docs/merge-script.md in redmeter's repository.
"""

import bisect
import collections
import hashlib
import json
import logging
import math
import time
import urllib.parse
import uuid

import redis
from .series_rules import (
    Refusal,
    check_histogram_name,
    check_metric_name,
    is_prefix,
    label_part,
    read_bounds,
    read_number,
    read_text,
    shown,
)

SERIES_PER_BATCH = 100
# Redis may lose what it answered in the last seconds. What is older is only counted.
RECENT_BATCHES = 64
# Names may come from data: of so many kinds of drops the log tells, of each once.
MAX_LOGGED = 1000

_log = logging.getLogger(__name__)


class MergeWriter:
    """One process's writer; use it from one thread.

    Declaring and recording never raise. What cannot be recorded, here or in Redis, is counted in `dropped` by its reason, and logged once
    for each metric and reason. `lost` counts recordings that could not be kept exactly once; `recorded` counts all.
    """

    def __init__(self, client, script, prefix="metrics", ttl_ms=1_800_000):
        if not is_prefix(prefix):
            raise ValueError(f'prefix: expected letters, digits, "_", "." and "-", not ending in "-meta", got {shown(prefix)}')
        if isinstance(ttl_ms, bool) or not isinstance(ttl_ms, int) or not 1 <= ttl_ms <= 2**53:
            raise ValueError(f"ttl_ms: expected a whole number of at least 1, got {shown(ttl_ms)}")
        self.recorded = 0
        self.lost = 0
        self.dropped = {}
        self._client = client
        self._script = script
        self._sha = hashlib.sha1(script.encode()).hexdigest()
        self._prefix = prefix
        self._ttl_ms = ttl_ms
        self._started = time.monotonic()
        self._dataset = ""
        self._families = {}
        self._refused = {}
        self._told = set()
        self._is_closed = False
        self._waiting = {}
        # For life, as the numbers of batches: so any state of Redis, however old, says which of them are in it.
        self._incarnation = uuid.uuid4().hex
        self._next_number = 1
        self._batches = collections.deque()
        self._recent = collections.deque(maxlen=RECENT_BATCHES)
        # How many recordings Redis holds of this writer.
        self._held = 0
        # The batch that Redis stands at, where it lost some after it that cannot be sent again.
        self._resume_after = ""
        # The last revision of the data that Redis told: it falls only when they go back.
        self._revision = ""

    def declare_counter(self, name, help, unit=None):
        """The first declaration of a name stays; one that cannot be is logged, and what is recorded under it is dropped."""
        self._declare(name, "counter", help, None, unit)

    def declare_histogram(self, name, help, bounds, unit=None):
        """As `declare_counter`; `bounds` are 1 to 200 ascending, finite numbers."""
        self._declare(name, "histogram", help, bounds, unit)

    def add(self, name, /, value=1, **labels):
        """Adds to a counter; `value` is at least 0. A label cannot be named `value` here."""
        self.recorded += 1
        try:
            self._family(name, "counter")
            added = read_number(value)
            if added < 0:
                raise Refusal("invalid_value", f"expected a number of at least 0, got {shown(value)}")
            operation = self._operation(name, labels, {"add": 0})
            total = operation["add"] + added
            if math.isinf(total):
                raise Refusal("overflow", "the counter would be infinite")
            operation["add"] = total
            operation["recordings"] += 1
        except Refusal as refusal:
            self._drop(name, refusal)

    def observe(self, name, /, value, **labels):
        """Adds one observation to a histogram."""
        self.recorded += 1
        try:
            bounds = self._family(name, "histogram")["bounds"]
            observed = read_number(value)
            operation = self._operation(name, labels, {"counts": [0] * (len(bounds) + 1), "sum": 0})
            # A bucket holds what is at most its bound.
            operation["counts"][bisect.bisect_left(bounds, observed)] += 1
            operation["sum"] += observed
            operation["recordings"] += 1
        except Refusal as refusal:
            self._drop(name, refusal)

    def flush(self):
        """Writes all that waits. Raises redis.RedisError when it cannot: then it goes on waiting, and flush() tries again."""
        # What failed before goes first: until it is written, what is recorded adds up and needs no more memory.
        self._send_all()
        self._fill_batches()
        self._send_all()

    def close(self):
        """Writes what waits. What cannot be written now, and what is recorded later, is dropped."""
        self._is_closed = True
        try:
            self.flush()
        except (redis.RedisError, RuntimeError) as error:
            _log.warning("redmeter: not all was written: %s", shown(str(error)))
        for batch in self._batches:
            if batch["answered"]:
                self.lost += _recordings(batch)
            else:
                self._drop_all(batch["series"], "in_doubt" if batch["in_doubt"] else "closed")
        self._drop_all(self._waiting.items(), "closed")
        self._batches.clear()
        self._waiting.clear()

    def statistics(self):
        """Numbers of recordings: `recorded` is the sum of the others."""
        batches = sum(_recordings(batch) for batch in self._batches)
        waiting = sum(operation["recordings"] for operation in self._waiting.values())
        dropped = {**self.dropped, **({"lost": self.lost} if self.lost else {})}
        return {"recorded": self.recorded, "flushed": self._held, "pending": batches + waiting, "dropped": dropped}

    def _declare(self, name, type_, help, bounds, unit):
        try:
            known = self._families.get(name) if isinstance(name, str) else None
            family = {"type": type_, "explain": True}
            if type_ == "histogram":
                family["bounds"] = read_bounds(bounds)
            if known is not None:
                self._check_again(known, family)
                return
            check_metric_name(name, self._families)
            if type_ == "histogram":
                check_histogram_name(name, self._families)
            for field, text in (("help", help), ("unit", unit)):
                if read_text(text) is not None:
                    family[field] = text
                elif text is not None and text != "":
                    self._tell(name, "definition", f"declared without a {field}: expected Unicode text, got {shown(text)}")
            self._families[name] = family
            self._refused.pop(name, None)
        except Refusal as refusal:
            if isinstance(name, str) and name not in self._families and len(self._refused) < MAX_LOGGED:
                self._refused[name] = refusal
            self._tell(name, refusal.reason, f"not declared: {refusal}")

    @staticmethod
    def _check_again(known, family):
        if known["type"] != family["type"]:
            raise Refusal("type_conflict", f"expected a {known['type']}, as it was declared first")
        if known.get("bounds") != family.get("bounds"):
            raise Refusal("bounds_changed", f"it keeps the bounds it has, {known['bounds']}")

    def _family(self, name, type_):
        if self._is_closed:
            raise Refusal("closed", "expected no recording after close()")
        family = self._families.get(name) if isinstance(name, str) else None
        if family is None:
            known = self._refused.get(name) if isinstance(name, str) else None
            raise known or Refusal("undeclared", "expected a declaration before the first recording")
        if family["type"] != type_:
            raise Refusal("type_conflict", f"expected a {type_}, got a {family['type']}")
        return family

    def _operation(self, name, labels, empty):
        part = label_part(labels)
        key = f"{self._prefix}:{self._families[name]['type']}:{name}" + (f":{part}" if part else "")
        return self._waiting.setdefault(key, {"name": name, "recordings": 0, **empty})

    def _drop(self, name, refusal, recordings=1):
        self.dropped[refusal.reason] = self.dropped.get(refusal.reason, 0) + recordings
        self._tell(name, refusal.reason, f"recordings are dropped: {refusal}")

    def _drop_all(self, series, reason):
        for _, operation in series:
            self._drop(operation["name"], Refusal(reason, "not written when the writer was closed"), operation["recordings"])

    def _tell(self, name, reason, message):
        what = (shown(name), reason)
        if what in self._told or len(self._told) >= MAX_LOGGED:
            return
        self._told.add(what)
        _log.warning("redmeter: metric %s: %s", shown(name), message)

    def _fill_batches(self):
        waiting, self._waiting = list(self._waiting.items()), {}
        for start in range(0, len(waiting), SERIES_PER_BATCH):
            self._batches.append(_new_batch(waiting[start : start + SERIES_PER_BATCH], time.monotonic()))
            self._batches[-1]["number"] = self._next_number
            self._next_number += 1

    def _send_all(self):
        while self._batches:
            self._send(self._batches[0])

    def _send(self, batch):
        try:
            kind, dataset, *rest = [_text(item) for item in self._call(batch)]
        except (redis.ConnectionError, redis.TimeoutError):
            # It may have been applied: only the number tells, the next time.
            batch["in_doubt"] = True
            raise
        except redis.exceptions.ReadOnlyError:
            # A replica may have become the master: its address may lead there by now.
            self._client.connection_pool.disconnect()
            raise
        except (redis.ResponseError, redis.DataError, TypeError, ValueError) as error:
            if isinstance(error, redis.ResponseError) and "redmeter merge:" not in str(error):
                raise
            self._isolate(error)
            return
        if kind in ("applied", "duplicate"):
            *pairs, revision = rest[2:]
            self._dataset, self._resume_after, self._revision = dataset, "", revision or self._revision
            # The place of a series, and why it was refused.
            for place, why in zip(pairs[::2], pairs[1::2]):
                self._note_refused(batch["series"][int(place) - 1], why)
            batch["answered"] = True
            self._held += _recordings(batch)
            self._recent.append(self._batches.popleft())
        elif kind == "gap":
            self._go_back_to(int(rest[1]), int(rest[2]) if rest[2] else None)
        elif kind == "unknown" and rest[1] == "gone":
            self._go_back_to(0, 0)
        elif kind in ("unknown", "dataset"):
            self._dataset = dataset
            self._go_back_to(0, 0)
            # Somebody removed the data, or this is another server: what was answered before went with them. Where it is not
            # sure, this batch may be there, too, if it was sent before.
            given_up = [waiting for waiting in self._batches if waiting["answered"]]
            if rest[1] != "gone":
                given_up += [waiting for waiting in self._batches if waiting["in_doubt"] and not waiting["answered"]]
            for each in given_up:
                self._batches.remove(each)
                self.lost += _recordings(each)
        else:
            raise RuntimeError(f"expected data of format 1 under {self._prefix}-meta:dataset, got {dataset}")

    def _isolate(self, error):
        """The call is one that Redis will never take: each series goes alone, and one that still cannot go is dropped."""
        batch = self._batches.popleft()
        if len(batch["series"]) == 1:
            ((_, operation),) = batch["series"]
            self._drop(operation["name"], Refusal("refused", shown(str(error))), operation["recordings"])
        else:
            self._batches.extendleft(_new_batch([series], batch["made"]) for series in reversed(batch["series"]))
        # None of these was ever applied, so their numbers are free.
        for number, waiting in enumerate(self._batches, batch["number"]):
            waiting["number"] = number
        self._next_number = batch["number"] + len(self._batches)

    def _note_refused(self, series, why):
        """`why` is a reason, perhaps with a colon and what Redis has."""
        key, operation = series
        reason, _, found = why.partition(":")
        detail = f"Redis refused {shown(key)}" + (f", it has {shown(urllib.parse.unquote(found))}" if found else "")
        self._drop(operation["name"], Refusal(reason, detail), operation["recordings"])
        operation["recordings"] = 0

    def _call(self, batch):
        names = list(dict.fromkeys(operation["name"] for _, operation in batch["series"]))
        meta = f"{self._prefix}-meta"
        keys = [f"{meta}:{part}" for part in ("dataset", "revision", "changed", "live")]
        keys.append(f"{meta}:writer:{self._incarnation}")
        keys += [f"{meta}:family:{name}" for name in names]
        keys += [key for key, _ in batch["series"]]
        keys.append(f"{meta}:mark:{self._incarnation}")
        declared_ms = round((batch["made"] - self._started) * 1000)
        families = [_json({**self._families[name], "age": declared_ms}) for name in names]
        operations = [_json(self._described(operation, names)) for _, operation in batch["series"]]
        age_ms = round((time.monotonic() - batch["made"]) * 1000)
        head = [1, 1, self._dataset, uuid.uuid4().hex, batch["number"], age_ms, self._ttl_ms, len(families)]
        note = self._held + _recordings(batch)
        arguments = [len(keys), *keys, *head, *families, *operations, note, self._resume_after, self._revision]
        try:
            return self._client.execute_command("EVALSHA", self._sha, *arguments)
        except redis.exceptions.NoScriptError:
            return self._client.execute_command("EVAL", self._script, *arguments)

    def _described(self, operation, names):
        values = {field: operation[field] for field in ("add", "counts", "sum") if field in operation}
        if not math.isfinite(values.get("sum", 0)):
            values["sum"] = {math.inf: "+Inf", -math.inf: "-Inf"}.get(values["sum"], "NaN")
        return {"type": self._families[operation["name"]]["type"], "family": names.index(operation["name"]) + 1, **values}

    def _go_back_to(self, noted, held):
        """Redis lost batches that it had answered, as a replica that lagged does when it is promoted. `held` is the number of recordings
        in its mark, if it has one."""
        missing = [batch for batch in self._recent if batch["number"] > noted]
        for batch in missing:
            self._recent.pop()
            self._held -= _recordings(batch)
        self._batches.extendleft(reversed(missing))
        self._resume_after = noted
        # If no batch in between was forgotten, the own number is the exact one: that of the mark includes what Redis refused.
        is_forgotten = self._batches[0]["number"] > noted + 1
        if held is not None and is_forgotten:
            self.lost += self._held - held
            self._held = held


def _recordings(batch):
    return sum(operation["recordings"] for _, operation in batch["series"])


def _new_batch(series, made):
    return {"number": 0, "made": made, "series": series, "in_doubt": False, "answered": False}


def _json(value):
    return json.dumps(value, allow_nan=False)


def _text(item):
    return item.decode(errors="replace") if isinstance(item, bytes) else str(item)
