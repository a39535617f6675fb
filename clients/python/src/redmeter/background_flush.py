"""Flushes a writer in a thread of its own, and at the end of the process; in every process that comes by a fork."""

from __future__ import annotations

import atexit
import os
import random
import threading
import weakref
from multiprocessing import util as multiprocessing_util

import redis

from .drops import log
from .merge_writer import MergeWriter
from .series_rules import shown

# After a failure, in seconds: half to all of it, doubling up to the most (W-44).
_FIRST_WAIT, _MOST_WAIT = 0.25, 10.0


class BackgroundFlush:
    """Begins at once. At the end of the process everything is written, unless Redis cannot be reached. A Redis that is down
    breaks nothing: recordings wait, and what is dropped is counted by the writer."""

    def __init__(self, writer: MergeWriter) -> None:
        self._writer = writer
        self._start()
        _running.add(self)
        # Processes of multiprocessing end without atexit, and forget what they had to do at their end when they begin.
        multiprocessing_util.register_after_fork(self, BackgroundFlush._end_with_process)

    def _end_with_process(self) -> None:
        multiprocessing_util.Finalize(self, self.close, exitpriority=0)

    def _start(self) -> None:
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="redmeter-flush", daemon=True)
        self._thread.start()
        atexit.register(self.close)

    def close(self) -> None:
        """Writes what waits and ends the thread. Later recordings are dropped and counted."""
        if self._is_over.is_set():
            return
        self._is_over.set()
        _running.discard(self)
        self._thread.join()
        self._writer.close()
        atexit.unregister(self.close)

    def _run(self) -> None:
        failures = 0
        while not self._is_over.wait(_pause(failures, self._writer.flush_interval_ms / 1000)):
            try:
                self._writer.flush()
                if failures > 0:
                    log.info("redmeter: Redis can be written again")
                failures = 0
            except (redis.RedisError, RuntimeError, OSError, ValueError) as error:
                if failures == 0:
                    log.warning("redmeter: metrics wait in memory until they can be written: %s", shown(str(error)))
                failures += 1


def _pause(failures: int, interval: float) -> float:
    if failures == 0:
        return interval
    longest: float = min(_FIRST_WAIT * 2 ** min(failures - 1, 16), _MOST_WAIT)
    return longest * random.uniform(0.5, 1)


_running: weakref.WeakSet[BackgroundFlush] = weakref.WeakSet()


def _start_in_child() -> None:
    # A thread does not survive a fork.
    for flush in list(_running):
        atexit.unregister(flush.close)
        flush._start()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_start_in_child)
