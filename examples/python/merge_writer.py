"""Counters and histograms written as the merge script takes them: each recording counts once, whatever fails.

Copy this file and packages/redis-metrics/lua/merge.lua. The contract is packages/redis-metrics/docs/merge-script.md.
"""

import bisect
import collections
import hashlib
import json
import re
import time
import uuid

import redis

SERIES_PER_BATCH = 100
# Redis may lose what it answered in the last seconds. Of older batches only the number of recordings is kept, to be counted.
RECENT_BATCHES = 64
FORGOTTEN_BATCHES = 4096
_RESERVED = re.compile(r'[%:,={}"\\\x00-\x1f\x7f]')


class MergeWriter:
    """One process's writer; use it from one thread. `lost` counts recordings that could not be kept exactly once."""

    def __init__(self, client, script, prefix="metrics", ttl_ms=1_800_000):
        self.lost = 0
        self._client = client
        self._script = script
        self._sha = hashlib.sha1(script.encode()).hexdigest()
        self._prefix = prefix
        self._ttl_ms = ttl_ms
        self._started = time.monotonic()
        self._dataset = ""
        self._families = {}
        self._waiting = {}
        self._batches = collections.deque()
        self._recent = collections.deque(maxlen=RECENT_BATCHES + FORGOTTEN_BATCHES)
        self._begin_incarnation()

    def declare_counter(self, name, help):
        self._families[name] = {"type": "counter", "help": help}

    def declare_histogram(self, name, help, bounds, unit=None):
        self._families[name] = {"type": "histogram", "help": help, "bounds": list(bounds)}
        if unit is not None:
            self._families[name]["unit"] = unit

    def add(self, name, value=1, **labels):
        """Adds to a counter; `value` is at least 0."""
        operation = self._operation(name, labels, {"add": 0})
        operation["add"] += value
        operation["recordings"] += 1

    def observe(self, name, value, **labels):
        """Adds one observation to a histogram."""
        bounds = self._families[name]["bounds"]
        operation = self._operation(name, labels, {"counts": [0] * (len(bounds) + 1), "sum": 0})
        # A bucket holds what is at most its bound.
        operation["counts"][bisect.bisect_left(bounds, value)] += 1
        operation["sum"] += value
        operation["recordings"] += 1

    def flush(self):
        """Writes all that waits. Raises redis.RedisError when it cannot: then it goes on waiting, and flush() tries again."""
        self._fill_batches()
        while self._batches:
            self._send(self._batches[0])

    def _operation(self, name, labels, empty):
        key = self._series_key(name, labels)
        return self._waiting.setdefault(key, {"name": name, "recordings": 0, **empty})

    def _series_key(self, name, labels):
        parts = [f"{label}={_encode(str(value))}" for label, value in sorted(labels.items()) if str(value) != ""]
        head = f"{self._prefix}:{self._families[name]['type']}:{name}"
        return f"{head}:{','.join(parts)}" if parts else head

    def _fill_batches(self):
        waiting, self._waiting = list(self._waiting.items()), {}
        for start in range(0, len(waiting), SERIES_PER_BATCH):
            self._batches.append(
                {
                    "number": self._next_number,
                    "made": time.monotonic(),
                    "series": waiting[start : start + SERIES_PER_BATCH],
                    "in_doubt": False,
                    "answered": False,
                }
            )
            self._next_number += 1

    def _send(self, batch):
        try:
            kind, dataset, *rest = [_text(item) for item in self._call(batch)]
        except (redis.ConnectionError, redis.TimeoutError):
            # It may have been applied: only the number tells, the next time.
            batch["in_doubt"] = True
            raise
        if kind in ("applied", "duplicate"):
            self._dataset = dataset
            # After the time and any trouble come pairs: the place of a series, why it was refused.
            for place in rest[2::2]:
                self._lose(batch["series"][int(place) - 1][1])
            self._remember(self._batches.popleft())
        elif kind == "gap":
            self._send_again_after(int(rest[1]), batch["number"])
        elif kind == "unknown":
            if batch["in_doubt"]:
                self._batches.popleft()
                for _, operation in batch["series"]:
                    self._lose(operation)
            self._begin_incarnation()
        elif kind == "dataset":
            self._dataset = dataset
            # What was answered before went with the old data.
            self._batches = collections.deque(waiting for waiting in self._batches if not waiting["answered"])
            self._begin_incarnation()
        else:
            raise RuntimeError(f"expected data of format 1 under {self._prefix}-meta:dataset, got {dataset}")

    def _call(self, batch):
        names = list(dict.fromkeys(operation["name"] for _, operation in batch["series"]))
        meta = f"{self._prefix}-meta"
        keys = [f"{meta}:{part}" for part in ("dataset", "revision", "changed", "live")]
        keys.append(f"{meta}:writer:{self._incarnation}")
        keys += [f"{meta}:family:{name}" for name in names]
        keys += [key for key, _ in batch["series"]]
        declared_ms = round((batch["made"] - self._started) * 1000)
        families = [json.dumps({**self._families[name], "age": declared_ms}) for name in names]
        operations = [json.dumps(self._described(operation, names)) for _, operation in batch["series"]]
        age_ms = round((time.monotonic() - batch["made"]) * 1000)
        head = [1, 1, self._dataset, uuid.uuid4().hex, batch["number"], age_ms, self._ttl_ms, len(families)]
        arguments = [len(keys), *keys, *head, *families, *operations]
        try:
            return self._client.execute_command("EVALSHA", self._sha, *arguments)
        except redis.exceptions.NoScriptError:
            return self._client.execute_command("EVAL", self._script, *arguments)

    def _described(self, operation, names):
        values = {field: operation[field] for field in ("add", "counts", "sum") if field in operation}
        return {"type": self._families[operation["name"]]["type"], "family": names.index(operation["name"]) + 1, **values}

    def _begin_incarnation(self):
        self._incarnation = uuid.uuid4().hex
        self._recent.clear()
        for number, batch in enumerate(self._batches, 1):
            batch["number"] = number
            batch["in_doubt"] = False
        self._next_number = len(self._batches) + 1

    def _send_again_after(self, noted, number):
        """Redis lost batches that it had answered, as a replica that lagged does when it is promoted."""
        missing = [batch for batch in self._recent if batch["number"] > noted]
        for _ in missing:
            self._recent.pop()
        kept = [batch for batch in missing if batch["series"]]
        self._batches.extendleft(reversed(kept))
        self.lost += sum(batch["forgotten"] for batch in missing if not batch["series"])
        if len(kept) < number - noted - 1:
            self._begin_incarnation()

    def _remember(self, batch):
        batch["answered"] = True
        self._recent.append(batch)
        if len(self._recent) > RECENT_BATCHES:
            oldest = self._recent[-1 - RECENT_BATCHES]
            oldest["forgotten"] = sum(operation["recordings"] for _, operation in oldest["series"])
            oldest["series"] = []

    def _lose(self, operation):
        """Counts what was recorded as lost, once, however often its batch is sent."""
        self.lost += operation["recordings"]
        operation["recordings"] = 0


def _encode(value):
    return _RESERVED.sub(lambda found: f"%{ord(found[0]):02X}", value)


def _text(item):
    return item.decode() if isinstance(item, bytes) else str(item)
