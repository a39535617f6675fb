"""Records as the other examples do: python3 clients/python/examples/record.py redis://localhost:6379 [prefix [rounds]]

Needs redis-py: pip install redis, or Debian's python3-redis.
"""

import pathlib
import sys

import redis

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "src"))

from redmeter import MergeWriter  # noqa: E402 - the package as it lies beside this file

PER_ROUND = 100


def main(url="redis://localhost:6379", prefix="metrics", rounds="10"):
    writer = MergeWriter(url, prefix=prefix)
    writer.declare_counter("jobs_done", "Jobs that were done.")
    writer.declare_histogram("job_ms", "Time that a job took.", [5, 10, 25], unit="ms")
    for _ in range(int(rounds)):
        for job in range(PER_ROUND):
            writer.add("jobs_done", 1, queue="mail, urgent")
            writer.observe("job_ms", job % 40, queue="mail, urgent")
        while True:
            try:
                writer.flush()
                break
            except redis.ConnectionError as error:
                print(f"sending again: {error}", file=sys.stderr)
    print(f"recorded {int(rounds) * PER_ROUND}, lost {writer.statistics()['dropped'].get('lost', 0)}")


if __name__ == "__main__":
    main(*sys.argv[1:])
