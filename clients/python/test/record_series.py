"""Adds to counters: python3 record_series.py <redis url> <shards>. Reads a JSON list of {"name", "labels", "value"}; prints the statistics."""

import json
import pathlib
import sys
import time

import redis

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "src"))

from redmeter import MergeWriter  # noqa: E402 - the package as it lies beside this file

url, shards = sys.argv[1:]
writer = MergeWriter(url, shards=int(shards))
for recording in json.load(sys.stdin):
    writer.declare_counter(recording["name"], "For the test.")
    writer.record(recording["name"], writer.series(recording["name"], "counter", recording["labels"]), "add", recording["value"])
while True:
    try:
        writer.flush()
        break
    except redis.RedisError as error:
        print(f"sending again: {error}", file=sys.stderr)
        time.sleep(0.05)
json.dump(writer.statistics(), sys.stdout)
