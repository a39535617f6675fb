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
# Redis may lose what it answered in the last seconds. What is older is only counted.
RECENT_BATCHES = 64
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
        # For life, as the numbers of batches: so any state of Redis, however old, says which of them are in it.
        self._incarnation = uuid.uuid4().hex
        self._next_number = 1
        self._batches = collections.deque()
        self._recent = collections.deque(maxlen=RECENT_BATCHES)
        # How many recordings Redis holds of this writer.
        self._held = 0
        # The batch that Redis stands at, where it lost some after it that cannot be sent again.
        self._resume_after = ""

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
                    "answered": False,
                }
            )
            self._next_number += 1

    def _send(self, batch):
        # Where this raises, the batch may have been applied: only its number tells, the next time.
        kind, dataset, *rest = [_text(item) for item in self._call(batch)]
        if kind in ("applied", "duplicate"):
            self._dataset, self._resume_after = dataset, ""
            # After the time and any trouble come pairs: the place of a series, why it was refused.
            for place in rest[2::2]:
                self._lose(batch["series"][int(place) - 1][1])
            batch["answered"] = True
            self._held += _recordings(batch)
            self._recent.append(self._batches.popleft())
        elif kind == "gap":
            self._go_back_to(int(rest[1]), int(rest[2]) if rest[2] else None)
        elif kind == "unknown":
            self._go_back_to(0, 0)
        elif kind == "dataset":
            self._dataset = dataset
            # Somebody removed the data, or this is another server: what was answered before went with them.
            self._go_back_to(0, 0)
            self.lost += sum(_recordings(waiting) for waiting in self._batches if waiting["answered"])
            self._batches = collections.deque(waiting for waiting in self._batches if not waiting["answered"])
        else:
            raise RuntimeError(f"expected data of format 1 under {self._prefix}-meta:dataset, got {dataset}")

    def _call(self, batch):
        names = list(dict.fromkeys(operation["name"] for _, operation in batch["series"]))
        meta = f"{self._prefix}-meta"
        keys = [f"{meta}:{part}" for part in ("dataset", "revision", "changed", "live")]
        keys.append(f"{meta}:writer:{self._incarnation}")
        keys += [f"{meta}:family:{name}" for name in names]
        keys += [key for key, _ in batch["series"]]
        keys.append(f"{meta}:mark:{self._incarnation}")
        declared_ms = round((batch["made"] - self._started) * 1000)
        families = [json.dumps({**self._families[name], "age": declared_ms}) for name in names]
        operations = [json.dumps(self._described(operation, names)) for _, operation in batch["series"]]
        age_ms = round((time.monotonic() - batch["made"]) * 1000)
        head = [1, 1, self._dataset, uuid.uuid4().hex, batch["number"], age_ms, self._ttl_ms, len(families)]
        note = self._held + _recordings(batch)
        arguments = [len(keys), *keys, *head, *families, *operations, note, self._resume_after]
        try:
            return self._client.execute_command("EVALSHA", self._sha, *arguments)
        except redis.exceptions.NoScriptError:
            return self._client.execute_command("EVAL", self._script, *arguments)

    def _described(self, operation, names):
        values = {field: operation[field] for field in ("add", "counts", "sum") if field in operation}
        return {"type": self._families[operation["name"]]["type"], "family": names.index(operation["name"]) + 1, **values}

    def _go_back_to(self, noted, held):
        """Redis lost batches that it had answered, as a replica that lagged does when it is promoted: it holds so many
        recordings, where it told."""
        missing = [batch for batch in self._recent if batch["number"] > noted]
        for batch in missing:
            self._recent.pop()
            self._held -= _recordings(batch)
        self._batches.extendleft(reversed(missing))
        self._resume_after = noted
        if held is not None:
            self.lost += self._held - held
            self._held = held

    def _lose(self, operation):
        """Counts what was recorded as lost, once, however often its batch is sent."""
        self.lost += operation["recordings"]
        operation["recordings"] = 0


def _recordings(batch):
    return sum(operation["recordings"] for _, operation in batch["series"])


def _encode(value):
    return _RESERVED.sub(lambda found: f"%{ord(found[0]):02X}", value)


def _text(item):
    return item.decode() if isinstance(item, bytes) else str(item)
