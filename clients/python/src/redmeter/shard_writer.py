"""Writes the series of one shard in numbered batches, each of which counts once, whatever fails.

The rules named W-… are those of packages/redis-metrics/docs/merge-script.md in redmeter's repository.
"""

from __future__ import annotations

import collections
import hashlib
import json
import math
import pathlib
import threading
import time
import urllib.parse
import uuid
from typing import Any

import redis

from .batch_size import in_batches
from .client import disconnect
from .declared_metrics import Family
from .drops import Drops
from .key_space import KeySpace
from .series_rules import Refusal, encode_name, shown

SCRIPT = (pathlib.Path(__file__).parent / "lua/merge.lua").read_text(encoding="utf-8")
_SHA = hashlib.sha1(SCRIPT.encode()).hexdigest()
# Redis may lose what it answered in the last seconds. What is older is only counted.
RECENT_BATCHES = 64

# What was recorded in a series since its last batch: `name`, `recordings`, and the values by their field.
Operation = dict[str, Any]
Batch = dict[str, Any]


class ShardWriter:
    """The writer's part for one shard. `lock` guards what recording threads touch; one thread at a time calls `send`."""

    def __init__(self, space: KeySpace, shards: int, families: dict[str, Family], drops: Drops, lock: threading.Lock, times: Times) -> None:
        self.space = space
        self.waiting: dict[str, Operation] = {}
        # How many recordings Redis holds of this writer.
        self.held = 0
        # Recordings that could not be kept exactly once.
        self.lost = 0
        self.is_begun = False
        self._shards = shards
        self._families = families
        self._drops = drops
        self._lock = lock
        self._times = times
        # For life, as the numbers of batches: so any state of Redis, however old, says which of them are in it.
        self._incarnation = uuid.uuid4().hex
        self._dataset = ""
        self._next_number = 1
        self._batches: collections.deque[Batch] = collections.deque()
        self._recent: collections.deque[Batch] = collections.deque(maxlen=RECENT_BATCHES)
        # The batch that Redis stands at, where it lost some after it that cannot be sent again.
        self._resume_after: int | str = ""
        # The last revision of the data that Redis told: it falls only when they go back.
        self._revision = ""

    @property
    def pending(self) -> int:
        waiting: int = sum(each["recordings"] for each in self.waiting.values())
        return waiting + sum(_recordings(batch) for batch in self._batches)

    def send(self, client: Any) -> None:
        """Writes all that waits. Raises redis.RedisError when it cannot: then it goes on waiting."""
        # What failed before goes first: until it is written, what is recorded adds up and needs no more memory.
        self._send_all(client)
        with self._lock:
            self._fill_batches()
        self._send_all(client)

    def begin(self, client: Any) -> None:
        """Makes sure that Redis has answered a batch of this shard, an empty one if nothing else waits (W-52)."""
        self.send(client)
        if not self.is_begun:
            with self._lock:
                self._add_batch([])
            self._send_all(client)

    def drop_all(self) -> None:
        """Counts what is not written at the end (W-55)."""
        for batch in self._batches:
            if batch["answered"]:
                self.lost += _recordings(batch)
            else:
                self._drop_series(batch["series"], "in_doubt" if batch["in_doubt"] else "closed")
        self._drop_series(self.waiting.items(), "closed")
        self._batches.clear()
        self.waiting.clear()

    def _drop_series(self, series: Any, reason: str) -> None:
        for _, operation in series:
            refusal = Refusal(reason, "not written when the writer was closed")
            self._drops.add(operation["name"], refusal, operation["recordings"])

    def _fill_batches(self) -> None:
        waiting, self.waiting = list(self.waiting.items()), {}
        for series in in_batches(waiting):
            self._add_batch(series)

    def _add_batch(self, series: list[tuple[str, Operation]]) -> None:
        self._batches.append(_new_batch(series, time.monotonic()))
        self._batches[-1]["number"] = self._next_number
        self._next_number += 1

    def _send_all(self, client: Any) -> None:
        while self._batches:
            self._send(client, self._batches[0])

    def _send(self, client: Any, batch: Batch) -> None:
        try:
            kind, dataset, *rest = [_text(item) for item in self._call(client, batch)]
        except (redis.ConnectionError, redis.TimeoutError):
            # It may have been applied: only the number tells, the next time.
            batch["in_doubt"] = True
            raise
        except redis.exceptions.ReadOnlyError:
            # A replica may have become the master: its address may lead there by now.
            disconnect(client)
            raise
        except (redis.ResponseError, redis.DataError, TypeError, ValueError) as error:
            if isinstance(error, redis.ResponseError) and "redmeter merge:" not in str(error):
                raise
            with self._lock:
                self._isolate(error)
            return
        with self._lock:
            self._take_answer(batch, kind, dataset, rest)

    def _take_answer(self, batch: Batch, kind: str, dataset: str, rest: list[str]) -> None:
        if kind in ("applied", "duplicate"):
            *pairs, revision = rest[2:]
            self._dataset, self._resume_after, self._revision = dataset, "", revision or self._revision
            # The place of a series, and why it was refused.
            for place, why in zip(pairs[::2], pairs[1::2]):
                self._note_refused(batch["series"][int(place) - 1], why)
            batch["answered"] = self.is_begun = True
            self.held += _recordings(batch)
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
            raise RuntimeError(f"expected data of format 1 and {self._shards} shards under {self.space.meta('dataset')}, got {dataset}")

    def _isolate(self, error: Exception) -> None:
        """The call is one that Redis will never take: each series goes alone, and one that still cannot go is dropped."""
        batch = self._batches.popleft()
        if len(batch["series"]) == 1:
            ((_, operation),) = batch["series"]
            self._drops.add(operation["name"], Refusal("refused", shown(str(error))), operation["recordings"])
        else:
            self._batches.extendleft(_new_batch([series], batch["made"]) for series in reversed(batch["series"]))
        # None of these was ever applied, so their numbers are free.
        for number, waiting in enumerate(self._batches, batch["number"]):
            waiting["number"] = number
        self._next_number = batch["number"] + len(self._batches)

    def _note_refused(self, series: tuple[str, Operation], why: str) -> None:
        """`why` is a reason, perhaps with a colon and what Redis has."""
        key, operation = series
        reason, _, found = why.partition(":")
        detail = f"Redis refused {shown(key)}" + (f", it has {shown(urllib.parse.unquote(found))}" if found else "")
        self._drops.add(operation["name"], Refusal(reason, detail), operation["recordings"])
        operation["recordings"] = 0

    def _call(self, client: Any, batch: Batch) -> Any:
        names = list(dict.fromkeys(operation["name"] for _, operation in batch["series"]))
        meta = self.space.meta
        keys = [meta(part) for part in ("dataset", "revision", "changed", "live", f"writer:{self._incarnation}")]
        keys += [meta(f"family:{encode_name(name)}") for name in names]
        keys += [key for key, _ in batch["series"]]
        keys.append(meta(f"mark:{self._incarnation}"))
        declared_ms = round((batch["made"] - self._times.started) * 1000)
        families = [_json(self._described_family(name, declared_ms)) for name in names]
        operations = [_json(self._described(operation, names, batch["made"])) for _, operation in batch["series"]]
        age_ms = round((time.monotonic() - batch["made"]) * 1000)
        head = [1, self._shards, self._dataset, uuid.uuid4().hex, batch["number"], age_ms, self._times.ttl_ms, len(families)]
        note = self.held + _recordings(batch)
        arguments = [len(keys), *keys, *head, *families, *operations, note, self._resume_after, self._revision]
        try:
            return client.execute_command("EVALSHA", _SHA, *arguments)
        except redis.exceptions.NoScriptError:
            return client.execute_command("EVAL", SCRIPT, *arguments)

    def _described_family(self, name: str, age_ms: int) -> Family:
        family = {**self._families[name], "age": age_ms}
        return {**family, "lease": self._times.bounds_lease_ms} if family["type"] == "histogram" else family

    def _described(self, operation: Operation, names: list[str], made: float) -> dict[str, Any]:
        family = self._families[operation["name"]]
        place = names.index(operation["name"]) + 1
        if operation.get("touch") and "set" not in operation:
            return {"touch": True, "family": place}
        values: dict[str, Any] = {field: _number(operation[field]) for field in ("add", "counts", "sum", "set", "touch") if field in operation}
        if "native" in operation:
            values.update(operation["native"].fields())
        if "exemplars" in operation:
            exemplars = operation["exemplars"].described(made)
            values.update({"exemplar": exemplars[0]} if family["type"] == "counter" else {"exemplars": exemplars})
        if "set" in values:
            values["age"] = max(0, round((made - operation["at"]) * 1000))
        if family["type"] == "gauge":
            values["mode"] = family["mode"]
        if family.get("mode") == "process":
            values["lease"] = self._times.gauge_lease_ms
        return {"type": family["type"], "family": place, **values}

    def _go_back_to(self, noted: int, held: int | None) -> None:
        """Redis lost batches that it had answered, as a replica that lagged does when it is promoted. `held` is the number of recordings
        in its mark, if it has one."""
        missing = [batch for batch in self._recent if batch["number"] > noted]
        for batch in missing:
            self._recent.pop()
            self.held -= _recordings(batch)
        self._batches.extendleft(reversed(missing))
        self._resume_after = noted
        # If no batch in between was forgotten, the own number is the exact one: that of the mark includes what Redis refused.
        is_forgotten = self._batches[0]["number"] > noted + 1
        if held is not None and is_forgotten:
            self.lost += self.held - held
            self.held = held


class Times:
    """When the writer began, by a clock that is never set back, and how long things live, in milliseconds."""

    def __init__(self, ttl_ms: int, flush_interval_ms: int) -> None:
        self.started = time.monotonic()
        self.ttl_ms = ttl_ms
        # Longer than some flushes, so that one that fails is no end.
        self.gauge_lease_ms = 3 * flush_interval_ms
        self.bounds_lease_ms = max(30_000, 6 * flush_interval_ms)


def _recordings(batch: Batch) -> int:
    return sum(operation["recordings"] for _, operation in batch["series"])


def _new_batch(series: list[tuple[str, Operation]], made: float) -> Batch:
    return {"number": 0, "made": made, "series": series, "in_doubt": False, "answered": False}


def _number(value: Any) -> Any:
    """JSON has no numbers for these."""
    if isinstance(value, float) and not math.isfinite(value):
        return {math.inf: "+Inf", -math.inf: "-Inf"}.get(value, "NaN")
    return value


def _json(value: object) -> str:
    return json.dumps(value, allow_nan=False)


def _text(item: object) -> str:
    return item.decode(errors="replace") if isinstance(item, bytes) else str(item)
