"""Which metrics, labels and values a writer may send. The merge script refuses a whole batch for one value that is none."""

from __future__ import annotations

import decimal
import math
import numbers
import re
from collections.abc import Mapping
from typing import Any

GAUGE_MODES = ("last", "process", "sum")
MAX_BOUNDS = 200
MAX_LABELS = 10
MAX_LABEL_VALUE_BYTES = 1024

# A name that stands in a key as it is. In others, the same is encoded as in label values.
_PLAIN_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_PREFIX = re.compile(r"[A-Za-z0-9_.-]+")
# Names that belong to Prometheus, redis_exporter or redmeter.
_RESERVED_METRIC = re.compile(r"up|redis_up|(ALERTS|scrape_|redis_script_|redis_exporter_|redmeter_).*", re.DOTALL)
_RESERVED_LABEL = re.compile(r"job|instance|le|quantile|__.*", re.DOTALL)
# A histogram makes these of its name.
_DERIVED_SUFFIXES = ("_bucket", "_sum", "_count", "_created", "_p50", "_p95", "_p99")
# What separates the parts of a key, and control characters.
_ENCODED = re.compile(r'[%:,={}"\\\x00-\x1f\x7f-\x9f]')
_INVISIBLE = re.compile(r"[^\x20-\x7e]")
_MOST_SHOWN = 80
_NAME_RULE = "a name of Unicode text, not empty, without NUL"


class Refusal(Exception):
    """Why something cannot be recorded: a word to count it by, and for people what was expected and what was got."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason


def is_prefix(prefix: object) -> bool:
    return isinstance(prefix, str) and _PREFIX.fullmatch(prefix) is not None and not prefix.endswith("-meta")


def check_metric_name(name: object, families: Mapping[str, Mapping[str, Any]]) -> str:
    """Returns the name. Raises Refusal when a metric cannot be declared under this name beside the ones that are."""
    if not isinstance(name, str) or not _is_name(name):
        raise Refusal("invalid_name", f"expected {_NAME_RULE}, got {shown(name)}")
    if _RESERVED_METRIC.fullmatch(name):
        raise Refusal("reserved_name", "the name is reserved for Prometheus, an exporter or redmeter: expected another")
    for suffix in _DERIVED_SUFFIXES:
        base = families.get(name[: -len(suffix)]) if name.endswith(suffix) else None
        if base is not None and base["type"] == "histogram":
            raise Refusal("derived_name", f"the histogram {name[: -len(suffix)]} has a derived series of this name: expected another")
    return name


def check_histogram_name(name: str, families: Mapping[str, Any]) -> None:
    for suffix in _DERIVED_SUFFIXES:
        if name + suffix in families:
            raise Refusal("derived_name", f"its derived series {name}{suffix} has the name of another metric: expected another")


def encode_name(name: str) -> str:
    """A metric or label name as it stands in a key."""
    return name if _PLAIN_NAME.fullmatch(name) else _encode(name)


def read_bounds(bounds: Any) -> list[float]:
    """Upper bounds as a list of numbers. Raises Refusal unless they are 1 to 200, ascending and finite."""
    try:
        read = [read_number(bound) for bound in bounds]
    except (Refusal, TypeError):
        read = []
    is_ascending = all(low < high for low, high in zip(read, read[1:]))
    if not 1 <= len(read) <= MAX_BOUNDS or not is_ascending:
        raise Refusal("invalid_buckets", f"expected 1 to {MAX_BOUNDS} finite numbers in ascending order, got {shown(bounds)}")
    return read


def read_number(value: Any) -> float:
    """A finite number as JSON can say it. Raises Refusal."""
    # What most values are, before what takes longer.
    if type(value) is int and -(2**53) <= value <= 2**53:
        return value
    is_number = isinstance(value, (numbers.Real, decimal.Decimal)) and not isinstance(value, bool)
    try:
        # Also of libraries' own kinds, which json does not know. A whole number stays one where a double can hold it.
        number = float(value) if is_number else math.nan
        if number.is_integer() and abs(number) <= 2**53:
            return int(number)
    except (ArithmeticError, ValueError, TypeError):
        number = math.nan
    if not math.isfinite(number):
        raise Refusal("invalid_value", f"expected a finite number, got {shown(value)}")
    return number


def read_gauge_value(value: Any) -> float:
    """A number that a gauge can be set to: NaN and infinities too. Raises Refusal."""
    if isinstance(value, (numbers.Real, decimal.Decimal)) and not isinstance(value, bool):
        try:
            number = float(value)
        except (ArithmeticError, ValueError, TypeError):
            number = 0.0
        if not math.isfinite(number):
            return number
    return read_number(value)


def label_part(labels: Mapping[str, object]) -> str:
    """Labels as they stand in a key, sorted by name, empty ones left out. Raises Refusal."""
    parts = [(name, _label_text(name, value)) for name, value in sorted(labels.items())]
    given = [f"{encode_name(name)}={_encode(text)}" for name, text in parts if text != ""]
    if len(given) > MAX_LABELS:
        raise Refusal("too_many_labels", f"expected at most {MAX_LABELS} labels, got {len(given)}")
    return ",".join(given)


def read_text(text: object) -> str | None:
    """Text that may be sent; None for anything else, and for an empty one."""
    return text if isinstance(text, str) and text != "" and _is_unicode(text) else None


def shown(value: object) -> str:
    """A value in one short line."""
    if isinstance(value, (bool, float, int, decimal.Decimal, type(None))):
        text = repr(value) if not isinstance(value, int) or abs(value) < 10**_MOST_SHOWN else "a huge whole number"
    elif isinstance(value, (str, bytes)):
        text = repr(value[:_MOST_SHOWN])
    else:
        text = f"a {type(value).__name__}"
    return _INVISIBLE.sub("?", text)[: 2 * _MOST_SHOWN]


def _label_text(name: str, value: object) -> str:
    if _RESERVED_LABEL.fullmatch(name):
        raise Refusal("reserved_label", f"label {shown(name)}: expected none of job, instance, le, quantile and __…")
    if not _is_name(name):
        raise Refusal("invalid_label_name", f"label {shown(name)}: expected {_NAME_RULE}")
    text = text_of(value)
    if text is None:
        raise Refusal("invalid_label_value", f"label {name}: expected Unicode text, a number or a boolean, got {shown(value)}")
    if len(text.encode()) > MAX_LABEL_VALUE_BYTES:
        raise Refusal("label_value_too_long", f"label {name}: expected at most {MAX_LABEL_VALUE_BYTES} bytes, got {shown(value)}")
    return text


def text_of(value: object) -> str | None:
    """The value of a label as the library for Node writes it, so that both write the same series; None where it is none."""
    if isinstance(value, str):
        return value if _is_unicode(value) else None
    if isinstance(value, bool):
        return "true" if value else "false"
    try:
        return str(read_number(value))
    except Refusal:
        return None


def is_plain_name(name: object) -> bool:
    return isinstance(name, str) and _PLAIN_NAME.fullmatch(name) is not None


def _is_name(name: str) -> bool:
    if _PLAIN_NAME.fullmatch(name):
        return True
    # Prometheus stops reading at a NUL in a name.
    return name != "" and "\0" not in name and _is_unicode(name)


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _encode(text: str) -> str:
    return _ENCODED.sub(lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode()), text)
