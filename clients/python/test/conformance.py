"""The Python writer as the conformance kit runs it: npm run conformance -- -- python3 clients/python/test/conformance.py

Reads requests from standard input and writes answers to standard output, one JSON object a line; see docs/conformance.md.
"""

import json
import logging
import pathlib
import sys

import redis

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "src"))

from redmeter import MergeWriter  # noqa: E402 - the package as it lies beside this file


# Options of a native histogram, by their names in the protocol.
_OPTIONS = {"schema": "schema", "zeroThreshold": "zero_threshold", "maxBuckets": "max_buckets"}


class Adapter:
    """One writer at a time: `open` begins the next one."""

    def __init__(self):
        self._writer = None
        self._changes = {}

    def answer(self, request):
        return getattr(self, f"_{request['do']}")(request) or {}

    def _describe(self, _request):
        return {"protocol": 1, "name": "redmeter (Python)", "types": ["counter", "gauge", "histogram"], "features": ["native_histograms", "exemplars"]}

    def _open(self, request):
        url = f"{request['redis']}?socket_timeout={request['answerTimeoutMs'] / 1000}"
        self._writer = MergeWriter(url, prefix=request["prefix"], ttl_ms=request["ttlMs"])
        # By name, what records in it.
        self._changes = {}

    def _declare(self, request):
        name, type_ = request["name"], request["type"]
        texts = {field: request[field] for field in ("help", "unit") if field in request}
        change = {"counter": self._writer.add, "gauge": self._writer.set, "histogram": self._writer.observe}[type_]
        if "native" in request:
            native = {_OPTIONS[field]: value for field, value in request["native"].items()}
            self._writer.declare_native_histogram(name, **texts, bounds=request.get("bounds"), **native)
        elif type_ == "histogram":
            self._writer.declare_histogram(name, texts.pop("help", None), request["bounds"], **texts)
        elif type_ == "gauge":
            mode = request.get("mode", "last")
            self._writer.declare_gauge(name, **texts, mode=mode)
            change = self._writer.add if mode == "sum" else change
        else:
            self._writer.declare_counter(name, **texts)
        self._changes.setdefault(name, change)

    def _record(self, request):
        for recording in request["recordings"]:
            name, labels, value = recording["name"], recording.get("labels", {}), recording["value"]
            exemplar = {"exemplar": recording["exemplar"]} if "exemplar" in recording else {}
            # "NaN", "+Inf" and "-Inf" are texts, as in the wire format.
            self._changes.get(name, self._writer.add)(name, float(value) if isinstance(value, str) else value, **exemplar, **labels)

    def _flush(self, _request):
        try:
            self._writer.flush()
            return {"done": True}
        except (redis.RedisError, RuntimeError) as error:
            return {"done": False, "error": str(error)}

    def _statistics(self, _request):
        return self._writer.statistics()

    def _close(self, _request):
        self._writer.close()


def main():
    # Drops are counted; the kit asks for them.
    logging.disable(logging.WARNING)
    adapter = Adapter()
    for line in sys.stdin:
        request = json.loads(line)
        print(json.dumps({"id": request["id"], **adapter.answer(request)}), flush=True)


if __name__ == "__main__":
    main()
