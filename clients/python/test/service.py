"""A service of several processes that measures itself with prometheus_client.

service.py <redis url> <how: fork, multiprocessing> <processes> <jobs of each>; prints what the first process counted, as JSON.
"""

import json
import multiprocessing
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "src"))

import redmeter.prometheus  # noqa: E402 - the package as it lies beside this file

url, how, processes, jobs = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
# Nothing is written before the end of a process, but by its own end.
writer = redmeter.prometheus.install(url, flush_interval_ms=60_000)

from prometheus_client import Counter, Gauge, Histogram, Summary  # noqa: E402 - metrics are made after install()

done = Counter("jobs_done", "Jobs.", ["queue"])
took = Histogram("job_ms", "Time.", buckets=[5, 10, 25])
size = Summary("job_bytes", "Size.")
running = Gauge("jobs_running", "Running.", multiprocess_mode="sum")
last = Gauge("last_job", "The last one.", multiprocess_mode="mostrecent")
own = Gauge("own_jobs", "Of each process.")


def work():
    with running.track_inprogress():
        for job in range(jobs):
            done.labels("mail").inc(1, {"trace_id": f"job {job}"})
            took.observe(job % 40, {"trace_id": f"job {job}"})
            size.observe(2.5)
            own.inc()
        last.set(jobs)


def main():
    # What the parent records before the fork is its own to write.
    done.labels("parent").inc()
    took.observe(float("nan"))
    if how == "fork":
        for _ in range(processes):
            if os.fork() == 0:
                work()
                sys.exit()
        for _ in range(processes):
            os.wait()
    else:
        started = [multiprocessing.get_context("fork").Process(target=work) for _ in range(processes)]
        for process in started:
            process.start()
        for process in started:
            process.join()
    work()
    json.dump(writer.statistics(), sys.stdout)


main()
