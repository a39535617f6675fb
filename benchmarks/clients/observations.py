"""What an observation costs a process: observations.py <redmeter | files> <redis url | folder> <observations>; prints microseconds."""

import os
import pathlib
import sys
import time

kind, target, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
if kind == "files":
    # Read when prometheus_client is imported.
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = target
else:
    sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "clients/python/src"))
    import redmeter.prometheus

    redmeter.prometheus.install(target)

from prometheus_client import Histogram  # noqa: E402 - metrics are made after install()

took = Histogram("took_seconds", "Time.", ["path"]).labels("/join")
best = float("inf")
for _ in range(5):
    start = time.thread_time_ns()
    for i in range(count):
        took.observe(i % 10)
    best = min(best, (time.thread_time_ns() - start) / count / 1000)
print(best)
