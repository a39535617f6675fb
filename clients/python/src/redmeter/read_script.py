"""All metrics of a prefix as Prometheus's text, by the script with which redis_exporter reads them. Names that Prometheus 2
does not accept are escaped: older parsers refuse a whole text for one of them."""

from __future__ import annotations

import pathlib
from typing import Any

from .series_rules import is_prefix, shown

_SCRIPT = (pathlib.Path(__file__).parent / "lua/redis-exporter.lua").read_text(encoding="utf-8")
_PREFIX_LINE = "local PREFIX = 'metrics'\n"


def read_text_of(client: Any, prefix: str) -> str:
    """Raises redis.RedisError when Redis cannot be read, and ValueError for a prefix that is none."""
    if not is_prefix(prefix):
        raise ValueError(f"prefix: expected that of a writer, got {shown(prefix)}")
    script = _SCRIPT.replace(_PREFIX_LINE, _PREFIX_LINE.replace("metrics", prefix), 1)
    lines = client.execute_command("EVAL", script, 0, "text", "escaping=underscores")
    if isinstance(lines, (bytes, str)):
        lines = [lines]
    return "\n".join(line.decode() if isinstance(line, bytes) else line for line in lines) + "\n"
