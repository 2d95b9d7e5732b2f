"""What running a tool does."""

from __future__ import annotations

from enum import Enum

__all__ = ["SideEffect"]


class SideEffect(str, Enum):
    """What running a tool does to the world, from least to most."""

    PURE = "pure"
    READ = "read"
    WRITE = "write"
    IRREVERSIBLE = "irreversible"
