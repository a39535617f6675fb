"""Examples of what was recorded: most often the trace of a slow request."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from .series_rules import Refusal, is_plain_name, shown, text_of

_MOST_CHARACTERS = 128
_MOST_EXEMPLARS = 10


class PendingExemplars:
    """The newest exemplar of each bucket that waits to be sent; of ten buckets at most."""

    __slots__ = ("_newest",)

    def __init__(self) -> None:
        # By bucket; the newest last.
        self._newest: dict[int, dict[str, Any]] = {}

    def note(self, bucket: int, value: float, labels: Mapping[str, str]) -> None:
        self._newest.pop(bucket, None)
        self._newest[bucket] = {"labels": labels, "value": value, "at": time.monotonic()}
        if len(self._newest) > _MOST_EXEMPLARS:
            del self._newest[next(iter(self._newest))]

    def described(self, made: float) -> list[dict[str, Any]]:
        """As the merge script takes them. `made` is when their batch was made, by the monotonic clock."""
        return [
            {"labels": each["labels"], "value": each["value"], "age": max(0, round((made - each["at"]) * 1000))} for each in self._newest.values()
        ]


def read_exemplar(labels: object) -> dict[str, str]:
    """The labels that are not empty. Raises Refusal when they are none of an exemplar."""
    if not isinstance(labels, Mapping):
        raise Refusal("exemplar", f"expected a mapping of labels such as {{'trace_id': '…'}}, got {shown(labels)}")
    read = {}
    characters = 0
    for name, value in labels.items():
        text = text_of(value)
        if text == "":
            continue
        if text is None or not is_plain_name(name):
            raise Refusal("exemplar", f"expected names of letters, digits and _ with text, got {shown(name)} with {shown(value)}")
        characters += len(name) + len(text)
        if characters > _MOST_CHARACTERS:
            raise Refusal("exemplar", f"expected at most {_MOST_CHARACTERS} characters of names and values, got more with {shown(name)}")
        read[name] = text
    return read
