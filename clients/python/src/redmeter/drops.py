"""Counts recordings that are dropped, and logs each reason once for each metric."""

from __future__ import annotations

import logging

from .series_rules import Refusal, shown

# Names may come from data: of so many kinds of drops the log tells, of each once.
MAX_LOGGED = 1000

log = logging.getLogger("redmeter")


class Drops:
    def __init__(self) -> None:
        self.by_reason: dict[str, int] = {}
        self._told: set[tuple[str, str]] = set()

    def add(self, name: object, refusal: Refusal, recordings: int = 1) -> None:
        if recordings > 0:
            self.by_reason[refusal.reason] = self.by_reason.get(refusal.reason, 0) + recordings
        self.tell(name, refusal.reason, f"recordings are dropped: {refusal}")

    def tell(self, name: object, reason: str, message: str) -> None:
        what = (shown(name), reason)
        if what in self._told or len(self._told) >= MAX_LOGGED:
            return
        self._told.add(what)
        log.warning("redmeter: metric %s: %s", shown(name), message)
