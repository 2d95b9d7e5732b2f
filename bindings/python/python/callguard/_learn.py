"""What host code says of a call: contracts, facts and hooks, asked before the engine decides."""

from __future__ import annotations

from collections.abc import Awaitable
from types import CoroutineType
from typing import Any, TypeGuard

from callguard import _native
from callguard._contracts import Contract, Verdict
from callguard._hooks import Hook, HookDecision, HookResult
from callguard._session import Session

#: A fact's name to ``(value,)``, or to a text that says why there is none.
Facts = dict[str, Any]
#: A before-hook that refused, and why.
Refusal = tuple[str, str]

_MISSING: tuple[None] = (None,)


class Learner:
    """Asks host code for everything that a decision needs of it."""

    def __init__(
        self,
        guard: _native.Guard,
        contracts: list[Contract],
        hooks: list[Hook],
        facts: dict[str, Any],
        timeout: float,
    ) -> None:
        self._guard = guard
        self._contracts = {contract.fact: contract for contract in contracts}
        self._before = [hook for hook in hooks if hook.phase == "before"]
        self.after_hooks = [hook for hook in hooks if hook.phase == "after"]
        self.facts = facts
        self._timeout = timeout
        self.needed = False
        self.update()

    def update(self) -> None:
        """Whether there is anything to ask."""
        self._asks = bool(self._contracts or self.facts)
        self.needed = bool(self._asks or self._before)

    def call(self, envelope: _native.ToolEnvelope) -> tuple[Facts, Refusal | None]:
        """What is known of a call before it is decided."""
        facts: Facts = {}
        for name, asked in self._questions(envelope):
            try:
                answer = asked()
                if is_awaitable(answer):
                    discard(answer)
                    facts[name] = "it is a coroutine function, and this call is synchronous"
                else:
                    facts[name] = _answer(self._contracts.get(name), answer)
            except Exception as error:
                facts[name] = _failed(error)
        return facts, self._refusal(envelope)

    async def call_async(self, envelope: _native.ToolEnvelope) -> tuple[Facts, Refusal | None]:
        """The same, where host code may have to be waited for."""
        facts: Facts = {}
        for name, asked in self._questions(envelope):
            try:
                answer = asked()
                if is_awaitable(answer):
                    answer = await within(answer, self._timeout)
                facts[name] = _answer(self._contracts.get(name), answer)
            except Exception as error:
                facts[name] = _failed(error)
        return facts, await self._refusal_async(envelope)

    def _questions(self, envelope: _native.ToolEnvelope) -> list[tuple[str, Any]]:
        if not self._asks:
            return []
        return [
            (name, question) for name in self._guard.wanted_facts(envelope) if (question := self._of(name, envelope))
        ]

    def _of(self, name: str, envelope: _native.ToolEnvelope) -> Any:
        contract = self._contracts.get(name)
        if contract is None:
            if name not in self.facts:
                return None
            fact = self.facts[name]
            return (lambda: fact(envelope)) if callable(fact) else (lambda: fact)
        if contract.kind == "postcondition":
            return lambda: True
        if contract.kind == "session":
            return lambda: contract.function(Session(envelope.session_id, self._guard.session(envelope)))
        return lambda: _asked(contract, envelope)

    def result(self, envelope: _native.ToolEnvelope, result: Any, facts: Facts) -> Facts:
        """What contracts of results say of one."""
        later: Facts = {}
        for contract in self._of_results(facts):
            try:
                answer = _asked(contract, envelope, result)
                if is_awaitable(answer):
                    discard(answer)
                    later[contract.fact] = "it is a coroutine function, and this call is synchronous"
                else:
                    later[contract.fact] = _answer(contract, answer)
            except Exception as error:
                later[contract.fact] = _failed(error)
        return later

    async def result_async(self, envelope: _native.ToolEnvelope, result: Any, facts: Facts) -> Facts:
        """The same, where they may have to be waited for."""
        later: Facts = {}
        for contract in self._of_results(facts):
            try:
                answer = _asked(contract, envelope, result)
                if is_awaitable(answer):
                    answer = await within(answer, self._timeout)
                later[contract.fact] = _answer(contract, answer)
            except Exception as error:
                later[contract.fact] = _failed(error)
        return later

    def _of_results(self, facts: Facts) -> list[Contract]:
        found = [contract for name in facts if (contract := self._contracts.get(name))]
        return [contract for contract in found if contract.kind == "postcondition"]

    def _refusal(self, envelope: _native.ToolEnvelope) -> Refusal | None:
        for hook in self._before:
            try:
                said = hook.function(envelope)
                if is_awaitable(said):
                    discard(said)
                    return hook.name, f"the hook {hook.name} is a coroutine function, and this call is synchronous"
            except Exception:
                return hook.name, f"the hook {hook.name} failed"
            if refused := _refused(hook, said):
                return refused
        return None

    async def _refusal_async(self, envelope: _native.ToolEnvelope) -> Refusal | None:
        for hook in self._before:
            try:
                said = hook.function(envelope)
                if is_awaitable(said):
                    said = await within(said, self._timeout)
            except Exception:
                return hook.name, f"the hook {hook.name} failed"
            if refused := _refused(hook, said):
                return refused
        return None

    async def after_async(self, envelope: _native.ToolEnvelope, judged: _native.Judged) -> str | None:
        """The name of the first after-hook that failed."""
        for hook in self.after_hooks:
            try:
                said = hook.function(envelope, judged.settled())
                if is_awaitable(said):
                    await within(said, self._timeout)
            except Exception:
                return hook.name
        return None


def run_after_hooks(hooks: list[Hook], envelope: _native.ToolEnvelope, judged: _native.Judged) -> str | None:
    """The name of the first after-hook that failed."""
    for hook in hooks:
        try:
            said = hook.function(envelope, judged.settled())
            if is_awaitable(said):
                discard(said)
                return hook.name
        except Exception:
            return hook.name
    return None


def _asked(contract: Contract, *arguments: Any) -> Any:
    if contract.when is not None and not contract.when(arguments[0]):
        return True
    return contract.function(*arguments)


def _answer(contract: Contract | None, answer: Any) -> Any:
    """A fact: of a contract, what it objects to; nothing, where it holds."""
    if contract is None:
        return (answer,)
    if isinstance(answer, Verdict):
        return _MISSING if answer.passed else (answer.message or f"{contract.name} does not hold.",)
    if answer is True:
        return _MISSING
    if answer is False:
        return (f"{contract.name} does not hold.",)
    return f"the contract gave {type(answer).__name__} where a Verdict or a bool is expected"


def _failed(error: Exception) -> str:
    """No more than its kind: what an exception says may hold what must stay hidden."""
    if isinstance(error, OutOfTime):
        return "it took too long"
    return f"it raised {type(error).__name__}"


def _refused(hook: Hook, said: Any) -> Refusal | None:
    if said is None or said is True:
        return None
    if isinstance(said, HookDecision):
        if said.result is HookResult.ALLOW:
            return None
        return hook.name, said.reason or f"the hook {hook.name} refuses"
    return hook.name, f"the hook {hook.name} gave {type(said).__name__} where a HookDecision is expected"


def is_awaitable(value: Any) -> TypeGuard[Awaitable[Any]]:
    # Of the class: an instance may answer to any name.
    return hasattr(type(value), "__await__") and not isinstance(value, int)


def discard(awaitable: Any) -> None:
    """Lets go of what nobody will wait for."""
    if isinstance(awaitable, CoroutineType):
        awaitable.close()


class OutOfTime(Exception):
    """What was waited for is not there yet."""


async def within(awaitable: Awaitable[Any], seconds: float) -> Any:
    """The value. ``OutOfTime`` after so many seconds, however long what is cancelled then takes to end."""
    import asyncio

    task = asyncio.ensure_future(awaitable)
    # Looked at, whenever it comes: nobody will ask for what is given up.
    task.add_done_callback(lambda done: done.cancelled() or done.exception())
    try:
        done, _ = await asyncio.wait({task}, timeout=seconds)
    except asyncio.CancelledError:
        task.cancel()
        raise
    if not done:
        task.cancel()
        raise OutOfTime
    if task.cancelled():
        raise RuntimeError("it was cancelled")
    return task.result()


def error_text(error: BaseException | str) -> str:
    """What a tool's error says, as text that everybody can read; its kind, where it says nothing or fails to."""
    text = error
    if not isinstance(text, str):
        try:
            text = str(text)
        except Exception:
            text = ""
    return text.encode(errors="replace").decode() or type(error).__name__
