"""What host code says of a call: contracts, facts and hooks, asked before the engine decides."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from callguard import _native
from callguard._contracts import Contract, Verdict
from callguard._hooks import Hook, HookDecision, HookResult
from callguard._session import Session
from callguard._steps import NotAwaited, OutOfTime, Steps, is_awaitable

#: A fact's name to ``(value,)``, or to a text that says why there is none.
Facts = dict[str, Any]
#: A before-hook that refused, and why.
Refusal = tuple[str, str]

#: The verdict of a contract that objects to nothing.
_HOLDS = ("",)
_SYNCHRONOUS = "is a coroutine function, and this call is synchronous"


class Learner:
    """Asks host code for everything that a decision needs of it."""

    def __init__(
        self, guard: _native.Guard, contracts: list[Contract], hooks: list[Hook], facts: dict[str, Any]
    ) -> None:
        self._guard = guard
        self._contracts = {contract.fact: contract for contract in contracts}
        self._before = [hook for hook in hooks if hook.phase == "before"]
        self.after_hooks = [hook for hook in hooks if hook.phase == "after"]
        self.facts = facts
        self.update()

    def update(self) -> None:
        """Whether there is anything to ask before a call."""
        self._asks = bool(self._contracts or self.facts)
        self.needed = bool(self._asks or self._before)

    def call(self, envelope: _native.ToolEnvelope) -> Steps[tuple[Facts, Refusal | None]]:
        """What is known of a call before it is decided."""
        facts: Facts = {}
        for name in self._guard.wanted_facts(envelope) if self._asks else ():
            contract = self._contracts.get(name)
            if contract is not None and contract.kind == "session":
                facts[name] = yield from self._of_session(contract, envelope)
            elif contract is not None or name in self.facts:
                facts[name] = yield from _answered(contract, self._question(name, contract, envelope))
        return facts, (yield from self._refusal(envelope))

    def result(self, envelope: _native.ToolEnvelope, result: Any, facts: Facts) -> Steps[Facts]:
        """What contracts of results say of one."""
        later: Facts = {}
        for name in facts:
            contract = self._contracts.get(name)
            if contract is not None and contract.kind == "postcondition":
                later[name] = yield from _answered(contract, _asked(contract, envelope, result))
        return later

    def after(self, envelope: _native.ToolEnvelope, judged: _native.Judged) -> Steps[str | None]:
        """Shows the after-hooks what the agent will see: the name of the first that failed."""
        for hook in self.after_hooks:
            try:
                said = hook.function(envelope, judged.settled())
                if is_awaitable(said):
                    yield said
            except Exception:
                return hook.name
        return None

    def _question(self, name: str, contract: Contract | None, envelope: _native.ToolEnvelope) -> Callable[[], Any]:
        if contract is None:
            fact = self.facts[name]
            return (lambda: fact(envelope)) if callable(fact) else (lambda: fact)
        if contract.kind == "postcondition":
            return lambda: True
        return _asked(contract, envelope)

    def _of_session(self, contract: Contract, envelope: _native.ToolEnvelope) -> Steps[Any]:
        try:
            view = self._guard.session(envelope, wait=False)
            if isinstance(view, _native.Pending):
                view = yield view
        except Exception as error:
            return f"it raised {type(error).__name__}"
        session = Session(envelope.session_id, view)
        return (yield from _answered(contract, lambda: contract.function(session)))

    def _refusal(self, envelope: _native.ToolEnvelope) -> Steps[Refusal | None]:
        for hook in self._before:
            try:
                said = hook.function(envelope)
                if is_awaitable(said):
                    said = yield said
            except NotAwaited:
                return hook.name, f"the hook {hook.name} {_SYNCHRONOUS}"
            except Exception:
                return hook.name, f"the hook {hook.name} failed"
            if refused := _refused(hook, said):
                return refused
        return None


def _asked(contract: Contract, *arguments: Any) -> Callable[[], Any]:
    def ask() -> Any:
        if contract.when is not None and not contract.when(arguments[0]):
            return True
        return contract.function(*arguments)

    return ask


def _answered(contract: Contract | None, question: Callable[[], Any]) -> Steps[Any]:
    """A fact: what a question comes to."""
    try:
        answer = question()
        if is_awaitable(answer):
            answer = yield answer
    except NotAwaited:
        return f"it {_SYNCHRONOUS}"
    except OutOfTime:
        return "it took too long"
    except Exception as error:
        # No more than its kind: what an exception says may hold what must stay hidden.
        return f"it raised {type(error).__name__}"
    return (answer,) if contract is None else _verdict(contract, answer)


def _verdict(contract: Contract, answer: Any) -> Any:
    """What a contract objects to; nothing, where it holds."""
    passed, message = (answer.passed, answer.message) if isinstance(answer, Verdict) else (answer, None)
    if passed is True:
        return _HOLDS
    if passed is False:
        return (message or f"{contract.name} does not hold.",)
    return f"the contract gave {type(passed).__name__} where a Verdict or a bool is expected"


def _refused(hook: Hook, said: Any) -> Refusal | None:
    if said is None or said is True:
        return None
    if isinstance(said, HookDecision):
        if said.result is HookResult.ALLOW:
            return None
        reason = said.reason if isinstance(said.reason, str) else None
        return hook.name, reason or f"the hook {hook.name} refuses"
    return hook.name, f"the hook {hook.name} gave {type(said).__name__} where a HookDecision is expected"


def error_text(error: BaseException | str) -> str:
    """What a tool's error says, as text that everybody can read; its kind, where it says nothing or fails to."""
    text = error
    if not isinstance(text, str):
        try:
            text = str(text)
        except Exception:
            text = ""
    return text.encode(errors="replace").decode() or type(error).__name__
