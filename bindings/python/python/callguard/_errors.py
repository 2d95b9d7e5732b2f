"""Everything that CallGuard raises."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from callguard._native import Decision

__all__ = [
    "CallGuardApprovalRequired",
    "CallGuardConfigError",
    "CallGuardDenied",
    "CallGuardError",
    "CallGuardResultWithheld",
    "CallGuardToolError",
]


class CallGuardError(Exception):
    """The root of them all."""


class CallGuardConfigError(CallGuardError, ValueError):
    """A policy or a setting does not load. The text is every finding, with its source underlined."""


class CallGuardDenied(CallGuardError, PermissionError):
    """The call did not run. The text is what the agent should read."""

    def __init__(self, message: str, decision: Decision | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.decision = decision

    @property
    def reason(self) -> str:
        """The same as ``message``."""
        return self.message

    def __str__(self) -> str:
        return self.message


class CallGuardApprovalRequired(CallGuardDenied):
    """A person must grant the call, and nobody did."""


class CallGuardToolError(CallGuardError):
    """The tool ran and failed. The text is its error with everything hidden that policies hide."""


class CallGuardResultWithheld(CallGuardError):
    """The tool ran, and a contract keeps its result from the agent. The text is what the agent should read."""
