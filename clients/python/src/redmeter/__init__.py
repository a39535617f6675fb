"""Metrics in Redis that count exactly once, beside writers in other languages."""

from .merge_writer import MergeWriter

__all__ = ["MergeWriter"]
