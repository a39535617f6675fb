"""Observations in exponential buckets: those of Prometheus's native histograms, to the bit."""

from __future__ import annotations

import bisect
import math
from typing import Any

from .series_rules import Refusal, read_number, shown

MIN_SCHEMA, MAX_SCHEMA = -4, 8
DEFAULT_SCHEMA = 3
DEFAULT_ZERO_THRESHOLD = 2.0**-128
DEFAULT_MAX_BUCKETS = 160
# So that a record and two copies of it are no longer than a record may be.
_MOST_BUCKETS = 500

# From one bound to the next, in schemas 1 to 8. Prometheus computes the bounds with these, and the first is not the double next to √2.
_FACTORS = (
    *(1.414213562373095, 1.189207115002721, 1.0905077326652577, 1.0442737824274138),
    *(1.0218971486541166, 1.0108892860517005, 1.0054299011128027, 1.0027112750502025),
)

# How a histogram counts, as the merge script takes it: schema, zeroThreshold, maxBuckets.
Layout = dict[str, Any]


def read_layout(schema: object, zero_threshold: object, max_buckets: object) -> Layout:
    """Raises Refusal unless a native histogram can count so."""
    if not _is_whole(schema, MIN_SCHEMA, MAX_SCHEMA):
        raise Refusal("invalid_buckets", f"schema: expected a whole number from {MIN_SCHEMA} to {MAX_SCHEMA}, got {shown(schema)}")
    if not _is_whole(max_buckets, 1, _MOST_BUCKETS):
        raise Refusal("invalid_buckets", f"max_buckets: expected a whole number from 1 to {_MOST_BUCKETS}, got {shown(max_buckets)}")
    try:
        threshold = read_number(zero_threshold)
    except Refusal:
        threshold = -1
    if threshold < 0:
        raise Refusal("invalid_buckets", f"zero_threshold: expected a finite number of at least 0, got {shown(zero_threshold)}")
    return {"schema": schema, "zeroThreshold": threshold, "maxBuckets": max_buckets}


def native_index(schema: int, magnitude: float) -> int:
    """The bucket of a finite number above 0: bucket i holds what is above base**(i - 1), up to base**i, base = 2**(2**-schema)."""
    fraction, exponent = math.frexp(magnitude)
    if schema > 0:
        return bisect.bisect_left(_BOUNDS[schema], fraction) + ((exponent - 1) << schema)
    # A power of two is the upper bound of its bucket.
    ceiling = exponent - 1 if fraction == 0.5 else exponent
    return -(-ceiling >> -schema)


def bucket_of(layout: Layout, value: float) -> int:
    """A number for each bucket of a histogram, that of zeros too."""
    magnitude = abs(value)
    if magnitude <= layout["zeroThreshold"]:
        return 0
    # Indexes are far below 2**20.
    bucket = native_index(layout["schema"], magnitude) + 2**20
    return bucket if value > 0 else -bucket


class NativeCounts:
    """Observations of a native histogram that wait to be sent."""

    __slots__ = ("_layout", "_negative", "_positive", "_schema", "_zeros")

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._schema: int = layout["schema"]
        self._zeros = 0
        # Observations by the index of their bucket.
        self._positive: dict[int, int] = {}
        self._negative: dict[int, int] = {}

    def observe(self, value: float) -> None:
        magnitude = abs(value)
        if magnitude <= self._layout["zeroThreshold"]:
            self._zeros += 1
            return
        side = self._positive if value > 0 else self._negative
        index = native_index(self._schema, magnitude)
        if index in side:
            side[index] += 1
        else:
            side[index] = 1
            self._limit()

    def __len__(self) -> int:
        return len(self._positive) + len(self._negative)

    def fields(self) -> dict[str, Any]:
        """As the merge script takes them."""
        sides = {"positive": _sparse(self._positive), "negative": _sparse(self._negative)}
        return {"schema": self._schema, "zeroThreshold": self._layout["zeroThreshold"], "zeroCount": self._zeros, **sides}

    def _limit(self) -> None:
        while len(self) > self._layout["maxBuckets"] and self._schema > MIN_SCHEMA:
            self._schema -= 1
            self._positive, self._negative = _halved(self._positive), _halved(self._negative)


def _is_whole(value: object, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _halved(side: dict[int, int]) -> dict[int, int]:
    """The same observations at the next lower schema: two neighbours become one bucket."""
    lower: dict[int, int] = {}
    for index, count in side.items():
        target = (index + 1) >> 1
        lower[target] = lower.get(target, 0) + count
    return lower


def _sparse(side: dict[int, int]) -> dict[str, list[int]]:
    indexes = sorted(side)
    return {"indexes": indexes, "counts": [side[index] for index in indexes]}


def _all_bounds() -> list[list[float]]:
    """By schema from 0: bounds from 1/2 to below 1. Every second one is of the schema before."""
    bounds = [[0.5]]
    for factor in _FACTORS:
        bounds.append([bound for before in bounds[-1] for bound in (before, before * factor)])
    return bounds


_BOUNDS = _all_bounds()
