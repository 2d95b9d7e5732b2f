"""Hooks: host code before the contracts and after them."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Any, Literal, NamedTuple

__all__ = ["Hook", "HookDecision", "HookResult", "after_hook", "before_hook"]


class HookResult(Enum):
    """What a before-hook says."""

    ALLOW = "allow"
    DENY = "deny"


class HookDecision(NamedTuple):
    """What a before-hook says, and why. It can refuse; it cannot permit."""

    result: HookResult
    reason: str | None = None

    @classmethod
    def allow(cls) -> HookDecision:
        """Go on to the contracts."""
        return cls(HookResult.ALLOW)

    @classmethod
    def deny(cls, reason: str) -> HookDecision:
        """The call does not run."""
        return cls(HookResult.DENY, reason)


class Hook(NamedTuple):
    """Host code at one of two places."""

    phase: Literal["before", "after"]
    function: Callable[..., Any]

    @property
    def name(self) -> str:
        """What the audit calls it."""
        return getattr(self.function, "__name__", type(self.function).__name__)


def before_hook(function: Callable[..., Any]) -> Hook:
    """``function(envelope)`` looks at a call before the contracts, and gives a ``HookDecision`` or ``None``.

    One that raises refuses.
    """
    return Hook("before", function)


def after_hook(function: Callable[..., Any]) -> Hook:
    """``function(envelope, settled)`` looks at what the agent will see. One that raises keeps the result from it."""
    return Hook("after", function)
