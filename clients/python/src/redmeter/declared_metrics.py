"""The metrics that a process has declared. The first declaration of a name stays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .native_buckets import read_layout
from .series_rules import (
    GAUGE_MODES,
    Refusal,
    check_histogram_name,
    check_metric_name,
    read_bounds,
    read_text,
    shown,
)

# Names may come from data: why so many cannot be declared is remembered.
MAX_REFUSED = 1000

# A metric as the merge script takes it: type, help, unit, bounds, native, mode.
Family = dict[str, Any]


class DeclaredMetrics:
    def __init__(self) -> None:
        self.families: dict[str, Family] = {}
        self._refused: dict[str, Refusal] = {}

    def declare(
        self,
        name: object,
        type_: str,
        help: object,
        unit: object,
        *,
        bounds: object = None,
        native: Mapping[str, object] | None = None,
        mode: object = None,
    ) -> list[str]:
        """Returns what the metric is declared without. Raises Refusal when it cannot be declared."""
        known = self.families.get(name) if isinstance(name, str) else None
        try:
            family = _family(type_, bounds, native, mode)
            if known is not None:
                _check_again(known, family)
                return []
            name = check_metric_name(name, self.families)
            if type_ == "histogram":
                check_histogram_name(name, self.families)
        except Refusal as refusal:
            if known is None and isinstance(name, str) and len(self._refused) < MAX_REFUSED:
                self._refused[name] = refusal
            raise
        problems = []
        for field, text in (("help", help), ("unit", unit)):
            if read_text(text) is not None:
                family[field] = text
            elif text is not None and text != "":
                problems.append(f"declared without a {field}: expected Unicode text, got {shown(text)}")
        self.families[name] = family
        self._refused.pop(name, None)
        return problems

    def find(self, name: object, *types: str) -> Family:
        """Raises Refusal when no metric of this name and one of these types is declared."""
        family = self.families.get(name) if isinstance(name, str) else None
        if family is None:
            known = self._refused.get(name) if isinstance(name, str) else None
            raise known or Refusal("undeclared", "expected a declaration before the first recording")
        if family["type"] not in types:
            raise Refusal("type_conflict", f"expected a {' or '.join(types)}, got a {family['type']}")
        return family


def _family(type_: str, bounds: object, native: Mapping[str, object] | None, mode: object) -> Family:
    family: Family = {"type": type_, "explain": True}
    if native is not None:
        family["native"] = read_layout(**native)
    if type_ == "histogram" and (native is None or bounds is not None):
        family["bounds"] = read_bounds(bounds)
    if type_ == "gauge":
        if mode not in GAUGE_MODES:
            raise Refusal("mode_conflict", f"expected a mode of {', '.join(GAUGE_MODES)}, got {shown(mode)}")
        family["mode"] = mode
    return family


def _check_again(known: Family, family: Family) -> None:
    if known["type"] != family["type"]:
        raise Refusal("type_conflict", f"expected a {known['type']}, as it was declared first")
    for field in ("bounds", "native"):
        if known.get(field) != family.get(field):
            raise Refusal("bounds_changed", f"it keeps the buckets it has, {field} {known.get(field, 'none')}")
    if known.get("mode") != family.get("mode"):
        raise Refusal("mode_conflict", f"it keeps the mode it has, {known['mode']}")
