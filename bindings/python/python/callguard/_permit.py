"""What becomes of a call before it runs, for hosts that run tools themselves."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TypeVar

from callguard import _learn, _telemetry
from callguard._approval import ApprovalRequest
from callguard._errors import CallGuardError, CallGuardResultWithheld, CallGuardToolError
from callguard._native import Asked, Decision, Pending, Permit, Running, ToolEnvelope
from callguard._steps import Steps, awaiting, now

if TYPE_CHECKING:
    from callguard._guard import CallGuard

__all__ = ["Allowed", "Denied", "NeedsApproval"]

_Result = TypeVar("_Result")


class Allowed:
    """The call may run: ``start()`` it and ``settle()`` its result, once each. Dropped, what it reserved goes back."""

    def __init__(
        self,
        guard: CallGuard,
        span: _telemetry.CallSpan,
        envelope: ToolEnvelope,
        permit: Permit,
        facts: _learn.Facts,
    ) -> None:
        self._guard = guard
        self._span = span
        self._envelope = envelope
        self._permit = permit
        self._facts = facts
        self._running: Running | None = None

    @property
    def decision(self) -> Decision:
        """Why it may."""
        return self._permit.decision

    @property
    def args(self) -> dict[str, Any]:
        """The arguments to run with: what was judged, and not what became of the caller's since."""
        return self._envelope.args

    def start(self) -> dict[str, Any]:
        """Says that the tool starts now, and gives the arguments to run it with. From here on the run counts."""
        self._running = self._permit.start()
        self._span.started()
        return self._envelope.args

    def settle(self, result: _Result, *, error: BaseException | str | None = None) -> _Result | Any:
        """Judges the result (or the error), and gives what the agent may see of it.

        Raises ``CallGuardResultWithheld`` where that is nothing, and ``CallGuardToolError`` for an error.
        """
        return now(self._settle(result, error))

    async def settle_async(self, result: _Result, *, error: BaseException | str | None = None) -> _Result | Any:
        """``settle``, where contracts and hooks may be coroutine functions."""
        return await awaiting(self._settle(result, error), self._guard._seconds)

    def _settle(self, result: Any, error: BaseException | str | None) -> Steps[Any]:
        running, learner = self._running, self._guard._learn
        if running is None:
            raise CallGuardError("the call was not started: call `start()` before `settle()`")
        shown = result if error is None else _learn.error_text(error)
        try:
            later = (yield from learner.result(self._envelope, shown, self._facts)) if self._facts else None
            if learner.after_hooks:
                judged = running.judge(shown, is_error=error is not None, facts=later, wait=False)
                if isinstance(judged, Pending):
                    judged = yield judged
                effect, value = judged.release((yield from learner.after(self._envelope, judged)))
            else:
                settled = running.settle(shown, is_error=error is not None, facts=later, wait=False)
                effect, value = (yield settled) if isinstance(settled, Pending) else settled
        except BaseException:
            self.lose()
            raise
        self._span.settled(effect, error is not None)
        if effect == "withhold":
            raise CallGuardResultWithheld(_text(value))
        if error is not None:
            raise CallGuardToolError(shown if effect == "pass" else _text(value))
        return result if effect == "pass" else value

    def give_back(self) -> None:
        """The tool never starts: what was reserved goes back."""
        self._permit.give_back()
        self._span.given_back()

    def lose(self) -> None:
        """The tool was started, and nobody knows how it ended: what it reserved is spent. Nothing, if it is settled."""
        if self._running is not None:
            self._running.lose()
            self._span.lost()


class Denied:
    """The call does not run."""

    def __init__(self, decision: Decision) -> None:
        self.decision = decision

    @property
    def message(self) -> str:
        """What the agent should read."""
        return self.decision.message or "This call is denied."


class NeedsApproval:
    """A person must grant the call: ``grant(by, groups)`` or ``refuse(by, why)`` it, once."""

    def __init__(
        self,
        guard: CallGuard,
        span: _telemetry.CallSpan,
        envelope: ToolEnvelope,
        asked: Asked,
        facts: _learn.Facts,
    ) -> None:
        self._guard = guard
        self._span = span
        self._asked = asked
        self._facts = facts
        self.envelope = envelope

    @property
    def decision(self) -> Decision:
        """What asks, and how."""
        return self._asked.decision

    @property
    def message(self) -> str:
        """What the person and the agent should read."""
        return self._asked.decision.message or "This call needs a person's approval."

    @property
    def timeout(self) -> float:
        """Seconds that there are to answer."""
        return self._asked.timeout

    @property
    def request(self) -> ApprovalRequest:
        """What to show the person."""
        return ApprovalRequest(self._asked, self.envelope)

    def grant(self, by: str, groups: Iterable[str] = ()) -> Allowed | Denied | NeedsApproval:
        """A person who speaks for these groups granted it: the call is judged anew with those asks satisfied.

        Where the policies name ``approvers`` and the person is in none of their groups, it is denied.
        """
        return now(self._grant(by, groups))

    def timed_out(self) -> Allowed | Denied | NeedsApproval:
        """Nobody answered in time: the call becomes what the policies say of that (``on_timeout``)."""
        return now(self._timed_out())

    def _grant(self, by: str, groups: Iterable[str]) -> Steps[Allowed | Denied | NeedsApproval]:
        if isinstance(groups, str):
            raise TypeError("`groups` is a list of names: write [name]")
        self._span.again()
        return (yield from self._became(self._asked.answer(by, list(groups), wait=False)))

    def _timed_out(self) -> Steps[Allowed | Denied | NeedsApproval]:
        self._span.again()
        return (yield from self._became(self._asked.timed_out(wait=False)))

    def _became(self, answered: Permit | Asked | Decision | Pending) -> Steps[Allowed | Denied | NeedsApproval]:
        became: Any = (yield answered) if isinstance(answered, Pending) else answered
        return self._guard._became(self._span, self.envelope, became, self._facts)

    def refuse(self, by: str, why: str = "refused") -> Denied:
        """A person refused it."""
        decision = self._asked.refuse(by, why)
        self._span.refused()
        return Denied(decision)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else str(value)
