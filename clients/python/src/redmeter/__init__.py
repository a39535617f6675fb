"""Metrics in Redis that count exactly once, beside writers in other languages."""

from .background_flush import BackgroundFlush
from .merge_writer import MergeWriter

__all__ = ["BackgroundFlush", "MergeWriter"]
