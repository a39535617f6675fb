"""The keys of a prefix, in one piece or in the shards of a cluster: docs/wire-format.md, Shards."""

from __future__ import annotations

import binascii
import itertools

SLOTS = 16_384
# The shard whose tag this is exists for every number of shards: it is checked before the others are written.
HOME_TAG = "0"


class KeySpace:
    """The keys of one shard. Without a tag, those of data in one piece."""

    def __init__(self, prefix: str, tag: str | None = None) -> None:
        in_shard = "" if tag is None else f":{{{tag}}}"
        self._series = f"{prefix}{in_shard}"
        self._meta = f"{prefix}-meta{in_shard}"
        self.is_home = tag in (None, HOME_TAG)

    def series(self, rest: str) -> str:
        return f"{self._series}:{rest}"

    def meta(self, name: str) -> str:
        return f"{self._meta}:{name}"


def key_spaces(prefix: str, shards: int) -> list[KeySpace]:
    """The spaces of a prefix, in the order of their shards."""
    if shards == 1:
        return [KeySpace(prefix)]
    return [KeySpace(prefix, _tag(shard, shards)) for shard in range(shards)]


def shard_of(key: str, shards: int) -> int:
    """The shard of a series by its key without a tag."""
    return _slot(key) * shards // SLOTS


def _tag(shard: int, shards: int) -> str:
    return next(str(number) for number in itertools.count() if shard_of(str(number), shards) == shard)


def _slot(key: str) -> int:
    # CRC-16/XMODEM, as in the specification of Redis Cluster. Keys of series have no braces.
    return binascii.crc_hqx(key.encode(), 0) % SLOTS
