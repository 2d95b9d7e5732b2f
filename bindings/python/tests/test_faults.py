"""Host code that fails in every way: no call runs and no result is seen that should not, and limits stay true."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from callguard import (
    ApprovalRequest,
    CallGuard,
    CallGuardDenied,
    CallGuardError,
    CallGuardResultWithheld,
    HookDecision,
    HookResult,
    OperationLimits,
    Session,
    ToolEnvelope,
    Verdict,
    after_hook,
    before_hook,
    postcondition,
    precondition,
    session_contract,
)

POLICY = """
apiVersion: callguard/v1
kind: Policy
metadata: { name: faults }
spec:
  default: allow
  unknown_tools: allow
  facts: { calm: boolean }
  preconditions:
    - { id: calm, tools: fact, when: { not: { facts.calm: true } }, action: deny }
    - { id: ask, tools: ask, action: ask }
    - { id: own, tools: operator, when: { args.value: { x_own: 1 } }, action: deny }
"""
SECRET = "hunter2"


class Exit(BaseException):
    """What ends a program, and no error of a call."""


class BrokenAwaitable:
    def __await__(self) -> Any:
        raise RuntimeError(SECRET)


class NoIterator:
    def __await__(self) -> Any:
        return 5


def raises(error: type[BaseException]) -> Callable[..., Any]:
    def fault(*_: Any) -> Any:
        raise error(SECRET)

    return fault


def gives(value: Any) -> Callable[..., Any]:
    return lambda *_: value() if isinstance(value, type) else value


async def hangs(*_: Any) -> Any:
    await asyncio.Event().wait()


async def ignores_being_cancelled(*_: Any) -> Any:
    for _turn in range(2):
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            pass
    return True


async def is_cancelled(*_: Any) -> Any:
    raise asyncio.CancelledError


async def raises_later(*_: Any) -> Any:
    await asyncio.sleep(0)
    raise OSError(SECRET)


async def gives_nonsense_later(*_: Any) -> Any:
    return object()


def no_generator(*_: Any) -> Any:
    yield True


FAULTS: dict[str, Callable[..., Any]] = {
    "raises": raises(RuntimeError),
    "raises a timeout": raises(TimeoutError),
    "raises StopIteration": raises(StopIteration),
    "raises GeneratorExit": raises(GeneratorExit),
    "raises CancelledError": raises(asyncio.CancelledError),
    "ends the program": raises(Exit),
    "raises what is ours": raises(CallGuardError),
    "gives an object": gives(object()),
    "gives a text": gives("yes"),
    "gives a number": gives(float("nan")),
    "gives a class": gives(object),
    "gives a nonsensical verdict": gives(Verdict("yes")),  # type: ignore[arg-type]
    "gives a nonsensical hook's decision": gives(HookDecision("allow")),  # type: ignore[arg-type]
    "gives a result of a hook": gives(HookResult.ALLOW),
    "gives what cannot be awaited": gives(BrokenAwaitable),
    "gives what awaits nothing": gives(NoIterator),
    "gives a generator": no_generator,
    "hangs": hangs,
    "ignores being cancelled": ignores_being_cancelled,
    "is cancelled": is_cancelled,
    "raises later": raises_later,
    "gives nonsense later": gives_nonsense_later,
}


#: What a hook that looks at results may give: nobody asks.
HARMLESS = {
    "gives an object",
    "gives a text",
    "gives a number",
    "gives a class",
    "gives a nonsensical verdict",
    "gives a nonsensical hook's decision",
    "gives a result of a hook",
    "gives a generator",
    "gives nonsense later",
}


def before_the_run(place: str, fault: Callable[..., Any]) -> dict[str, Any]:
    """A guard's options: host code at one place that decides about a call."""

    def no_name(request: ApprovalRequest) -> Any:
        answer = fault(request)
        return None if isinstance(answer, str) else answer

    named: dict[str, Callable[[], dict[str, Any]]] = {
        "precondition": lambda: {"contracts": [precondition("precondition")(lambda envelope: fault(envelope))]},
        "when": lambda: {"contracts": [precondition("when", when=fault)(lambda envelope: False)]},
        "session": lambda: {"contracts": [session_contract(lambda session: fault(session))]},
        "hook": lambda: {"hooks": [before_hook(lambda envelope: fault(envelope))]},
        "fact": lambda: {"facts": {"calm": lambda envelope: fault(envelope)}},
        "ask": lambda: {"approver": no_name},
        "operator": dict,
    }
    operator = {"x_own": (lambda value, operand: fault(value, operand)) if place == "operator" else lambda *_: False}
    return {"operators": operator, "contract_timeout": 0.01, **named[place]()}


@pytest.mark.filterwarnings("ignore:coroutine")
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("place", ["precondition", "when", "session", "hook", "fact", "ask", "operator"])
@pytest.mark.parametrize("is_async", [False, True])
async def test_no_call_runs_where_what_decides_fails(place: str, fault: str, is_async: bool) -> None:
    guard = CallGuard.from_yaml_string(
        POLICY.replace("action: ask }", "action: ask, ask: { timeout: 1s } }"),
        limits=OperationLimits(max_attempts=None, max_tool_calls=1),
        **before_the_run(place, FAULTS[fault]),
    )
    ran: list[int] = []

    def tool(**_: Any) -> None:
        ran.append(1)

    with pytest.raises((CallGuardDenied, Exit, asyncio.CancelledError, GeneratorExit)) as denied:
        if is_async:
            await asyncio.wait_for(guard.run(place, {"value": 1}, tool), 30)
        else:
            guard.run_sync(place, {"value": 1}, tool)
    assert not ran
    if isinstance(denied.value, CallGuardDenied):
        assert SECRET not in str(denied.value)
    assert guard.session().execution_count() == 0
    if place not in ("session", "hook"):
        guard.run_sync("other", {}, tool)
        assert ran == [1], "nothing of it is held"


@pytest.mark.filterwarnings("ignore:coroutine")
@pytest.mark.parametrize("fault", [name for name in FAULTS if "hook" not in name])
@pytest.mark.parametrize("is_async", [False, True])
async def test_no_result_is_seen_where_what_judges_it_fails(fault: str, is_async: bool) -> None:
    fails = FAULTS[fault]
    guard = CallGuard(
        contracts=[postcondition("read")(lambda envelope, result: fails(result))],
        limits=OperationLimits(max_attempts=None, max_tool_calls=2),
        contract_timeout=0.01,
    )
    await sees_nothing(guard, is_async)


@pytest.mark.filterwarnings("ignore:coroutine")
@pytest.mark.parametrize("fault", [name for name in FAULTS if name not in HARMLESS])
@pytest.mark.parametrize("is_async", [False, True])
async def test_no_result_is_seen_where_a_hook_after_it_fails(fault: str, is_async: bool) -> None:
    fails = FAULTS[fault]
    guard = CallGuard(
        hooks=[after_hook(lambda envelope, settled: fails(settled))],
        limits=OperationLimits(max_attempts=None, max_tool_calls=2),
        contract_timeout=0.01,
    )
    await sees_nothing(guard, is_async)


async def sees_nothing(guard: CallGuard, is_async: bool) -> None:
    """The run counts, once, and its result reaches nobody."""
    with pytest.raises((CallGuardResultWithheld, Exit, asyncio.CancelledError, GeneratorExit)) as withheld:
        if is_async:
            await asyncio.wait_for(guard.run("read", {}, lambda: SECRET), 30)
        else:
            guard.run_sync("read", {}, lambda: SECRET)
    if isinstance(withheld.value, CallGuardResultWithheld):
        assert SECRET not in str(withheld.value) and withheld.value.__context__ is None
    assert guard.session().execution_count() == 1


async def slowly(value: Any) -> Any:
    await asyncio.sleep(0)
    return value


async def test_limits_stay_true_wherever_a_run_is_cancelled() -> None:
    """A run that waits everywhere is cancelled at each turn of the loop that it takes, until it is done before that."""

    @precondition("*")
    async def before(_: ToolEnvelope) -> Verdict:
        return Verdict(await slowly(True))

    @session_contract
    async def of_session(session: Session) -> bool:
        return bool(await slowly(await session.attempt_count() >= 0))

    @postcondition("*")
    async def after(_: ToolEnvelope, __: Any) -> bool:
        return bool(await slowly(True))

    async def approve(_: ApprovalRequest) -> str:
        return str(await slowly("ann"))

    outcomes: list[tuple[bool, int]] = []
    for turns in range(1000):
        started: list[int] = []

        async def tool(started: list[int] = started) -> str:
            started.append(1)
            return str(await slowly("result"))

        guard = CallGuard.from_yaml_string(
            POLICY,
            contracts=[before, of_session, after],
            hooks=[before_hook(lambda _: slowly(None)), after_hook(lambda _, __: slowly(None))],
            facts={"calm": lambda _: slowly(True)},
            approver=approve,
            operators={"x_own": lambda value, operand: False},
            limits=OperationLimits(max_attempts=None, max_tool_calls=3),
        )
        task = asyncio.create_task(guard.run("ask", {}, tool))
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        came: Any = (await asyncio.gather(task, return_exceptions=True))[0]
        assert came == "result" or isinstance(came, asyncio.CancelledError), came
        assert guard.session().execution_count() == len(started), f"cancelled after {turns} turns"
        more = [await slowly(await ran(guard)) for _ in range(4)]
        assert sum(more) == 3 - len(started), "what was cancelled holds nothing"
        outcomes.append((came == "result", len(started)))
        if came == "result":
            break
    assert outcomes[-1] == (True, 1)
    assert {(False, 0), (False, 1)} <= set(outcomes) and len(outcomes) > 10


async def ran(guard: CallGuard) -> bool:
    try:
        await guard.run("fact", {}, lambda: None)
    except CallGuardDenied:
        return False
    return True
