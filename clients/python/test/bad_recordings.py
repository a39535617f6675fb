"""Records what cannot be recorded, one after the other, each with an increment that can, and flushes after each.

python3 bad_recordings.py <redis url>; prints JSON.
"""

import decimal
import fractions
import json
import logging
import pathlib
import sys

import redis

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "src"))

from redmeter import MergeWriter  # noqa: E402 - the package as it lies beside this file

logging.basicConfig(stream=sys.stderr, format="%(message)s")
NAN, INF = float("nan"), float("inf")


class Odd:
    def __float__(self):
        raise RuntimeError("no number")

    def __str__(self):
        raise RuntimeError("no text")


def values(writer):
    for value in (NAN, INF, -INF, -1, -0.5, None, True, False, "5", "", b"1", [], {}, Odd(), 10**400, -(10**400), 1j, decimal.Decimal("NaN")):
        yield lambda: writer.add("jobs", value)
    for value in (NAN, INF, -INF, None, True, "5", b"1", [], Odd(), 10**400):
        yield lambda: writer.observe("took_ms", value)


def labels(writer):
    for name in ("job", "instance", "le", "quantile", "__name__", "__a.b", "__\n", "a\0b", "\0", "", "a\ud800"):
        yield lambda: writer.add("jobs", 1, **{name: "x"})
    for value in (None, b"x", [], {}, Odd(), NAN, INF, "\ud800", "\udcff", "x" * 1025, "ä" * 513, "x" * 10_000_000):
        yield lambda: writer.add("jobs", 1, queue=value)
    yield lambda: writer.add("jobs", 1, **{f"l{i}": "x" for i in range(11)})


def names(writer):
    for name in ("undeclared", "up", "redmeter_writer_x", "redmeter_\n", "1st", "", "ä", "\ud800", "x" * 100_000, "jobs\n", None, 5, [], b"jobs"):
        yield lambda: writer.add(name)
        yield lambda: writer.observe(name, 1)
    yield lambda: writer.add("took_ms")
    yield lambda: writer.observe("jobs", 1)


def declarations(writer):
    for name in ("up", "a\0b", None, 5, [], "took_ms_count", "jobs", "\ud800"):
        yield lambda: writer.declare_histogram(name, "x", [1, 2])
    for bounds in ([], [2, 1], [1, 1], [NAN], [1, INF], None, 5, "12", [True], ["1"], list(range(201))):
        yield lambda: writer.declare_histogram("odd_ms", "x", bounds)
    yield lambda: writer.observe("odd_ms", 1)
    yield lambda: writer.declare_histogram("took_ms", "x", [7])
    yield lambda: writer.declare_counter("took_ms", "x")
    for help in (None, 5, "\ud800", b"x"):
        yield lambda: writer.declare_counter("helped", help)


def good(writer):
    """What may look odd, and counts."""
    writer.add("jobs", decimal.Decimal("2"), queue="good")
    writer.add("jobs", fractions.Fraction(1, 2), queue="good")
    writer.add("jobs", 0, queue="good")
    writer.add("jobs", value=1, z="1", a=2, name="n", is_new=True, self=0.5, empty="")
    writer.add("jobs", 1, queue="ä,=:{}%\"\\\n\x85")
    writer.add("jobs", 1, **{"http.method": "GET", "ä:,=": 1, "1st": True})
    writer.add("jobs.ä:,{}", 2)
    writer.add("huge", 1e308)
    writer.add("huge", 1e308)
    writer.observe("took_ms", 1e308, queue="huge")
    writer.observe("took_ms", 1e308, queue="huge")
    writer.observe("took_ms", -5)
    writer.observe("took_ms", 10)
    for name in ("taken", "conflict", "unreadable"):
        writer.add(name, 3)
    writer.flush()


def main(url):
    writer = MergeWriter(url)
    for name in ("jobs", "huge", "taken", "conflict", "unreadable", "jobs.ä:,{}"):
        writer.declare_counter(name, "For the test.")
    writer.declare_histogram("took_ms", "For the test.", [5, 10], unit="ms")
    rounds = 0
    for kind in (values, labels, names, declarations):
        for bad in kind(writer):
            bad()
            writer.add("jobs")
            writer.flush()
            rounds += 1
    good(writer)
    redis.Redis.from_url(url).delete("metrics:counter:taken")
    writer.add("taken", 4)
    writer.flush()
    # As if a rule were missing: a batch that Redis refuses as a whole.
    writer._metrics.families["broken"] = {"type": "histogram", "bounds": [3, 1]}
    writer._metrics.families["unsendable"] = {"type": "counter", "help": {1}}
    for _ in range(2):
        writer.observe("broken", 1)
        writer.add("unsendable", 1)
        writer.add("jobs")
        writer.flush()
        rounds += 1
    dropped = writer.statistics()["dropped"]
    json.dump({"rounds": rounds, "lost": dropped.pop("lost", 0), "dropped": dropped}, sys.stdout)


main(*sys.argv[1:])
