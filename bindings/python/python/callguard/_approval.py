"""How a person is asked to grant a call."""

from __future__ import annotations

from collections.abc import Awaitable, Collection
from typing import Any, NamedTuple, Protocol, TypeAlias

from callguard._native import Asked, Decision, ToolEnvelope

__all__ = ["Approval", "ApprovalRequest", "Approver"]


class Approval(NamedTuple):
    """Who granted a call, and the groups that the person speaks for.

    >>> Approval("ann", groups=["sre"]).by
    'ann'
    """

    by: str
    groups: Collection[str] = ()


class ApprovalRequest:
    """What a person is asked about."""

    def __init__(self, asked: Asked, envelope: ToolEnvelope) -> None:
        self.decision: Decision = asked.decision
        self.envelope: ToolEnvelope = envelope
        #: The arguments as JSON, with everything hidden that audit events hide.
        self.shown_args: str = asked.shown_args
        #: What the person should read.
        self.message: str = asked.decision.message or "This call needs a person's approval."
        #: Seconds that there are to answer.
        self.timeout: float = asked.timeout
        #: For each contract that names groups, those of which one must grant it.
        self.approvers: list[list[str]] = asked.approvers


#: Who granted a call (a name alone speaks for no group), or ``None`` if nobody did.
Answer: TypeAlias = "Approval | str | None"


class Approver(Protocol):
    """Asks a person. May be a coroutine function; one that raises, or gives anything else, grants nothing."""

    def __call__(self, request: ApprovalRequest, /) -> Answer | Awaitable[Answer]: ...


def granted(answer: Any) -> Approval | None:
    """The approval that an approver's answer is."""
    if isinstance(answer, str):
        answer = Approval(answer)
    return answer if isinstance(answer, Approval) and _is_whole(*answer) else None


def _is_whole(by: Any, groups: Any) -> bool:
    if not isinstance(by, str) or not by or type(groups) not in (list, tuple, set, frozenset):
        return False
    return all(isinstance(group, str) for group in groups)
