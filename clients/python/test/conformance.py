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


class Adapter:
    """One writer at a time: `open` begins the next one."""

    def __init__(self):
        self._writer = None
        self._types = {}

    def answer(self, request):
        return getattr(self, f"_{request['do']}")(request) or {}

    def _describe(self, _request):
        return {"protocol": 1, "name": "redmeter (Python)", "types": ["counter", "histogram"]}

    def _open(self, request):
        seconds = request["answerTimeoutMs"] / 1000
        client = redis.Redis.from_url(request["redis"], socket_timeout=seconds)
        script = pathlib.Path(request["script"]).read_text()
        self._writer = MergeWriter(client, script, request["prefix"], request["ttlMs"])
        self._types = {}

    def _declare(self, request):
        name, help_, unit = request["name"], request.get("help"), request.get("unit")
        self._types.setdefault(name, request["type"])
        if request["type"] == "histogram":
            self._writer.declare_histogram(name, help_, request["bounds"], unit)
        else:
            self._writer.declare_counter(name, help_, unit)

    def _record(self, request):
        for recording in request["recordings"]:
            name, labels, value = recording["name"], recording.get("labels", {}), recording["value"]
            record = self._writer.observe if self._types.get(name) == "histogram" else self._writer.add
            # "NaN", "+Inf" and "-Inf" are texts, as in the wire format.
            record(name, float(value) if isinstance(value, str) else value, **labels)

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
