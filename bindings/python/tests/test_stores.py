"""Sessions in a store that an address names, and an event loop that does not wait for it."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from callguard import (
    Allowed,
    Approval,
    CallGuard,
    CallGuardConfigError,
    CallGuardDenied,
    MemoryStorageBackend,
    NeedsApproval,
    OperationLimits,
    Session,
    Verdict,
    session_contract,
)
from callguard._native import Pending

POLICY = """
apiVersion: callguard/v1
kind: Policy
metadata: { name: limits }
spec:
  default: allow
  unknown_tools: allow
  preconditions:
    - { id: ask, tools: ask, action: ask }
  session:
    - { id: spend, tools: [pay, ask], limit: { calls: LIMIT } }
"""


def guard(store: str, limit: int = 1, **options: Any) -> CallGuard:
    return CallGuard.from_yaml_string(POLICY.replace("LIMIT", str(limit)), store=store, session_id="s", **options)


@pytest.fixture
def store(tmp_path: Path) -> str:
    return f"sqlite:{tmp_path}/sessions.db?timeout=20s"


#: Holds the file until it is told to stop: a process of its own, since locks are between processes.
HOLD = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN EXCLUSIVE")
print("held", flush=True)
sys.stdin.read()
"""


@contextmanager
def held(store: str) -> Iterator[None]:
    """Nobody else can write meanwhile."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, file(store)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        assert process.stdout.readline() == "held\n"
        try:
            yield
        finally:
            process.stdin.close()


def file(store: str) -> str:
    return store.removeprefix("sqlite:").partition("?")[0]


def test_a_store_outlives_its_guard(store: str) -> None:
    assert guard(store).run_sync("pay", {}, lambda: "paid") == "paid"
    with pytest.raises(CallGuardDenied):
        guard(store).run_sync("pay", {}, lambda: pytest.fail("it ran twice"))
    again = f"from callguard import CallGuard; print(CallGuard('p.yaml', store={store!r}, session_id='s')"
    again += ".check('pay').effect)"
    folder = Path(file(store)).parent
    (folder / "p.yaml").write_text(POLICY.replace("LIMIT", "1"))
    shown = subprocess.run([sys.executable, "-c", again], cwd=folder, capture_output=True, text=True, check=True)
    assert shown.stdout == "deny\n", "in another process too"
    assert guard(store).session(session_id="s").execution_count() == 1


def test_memory_is_a_store() -> None:
    one = guard("memory", 2)
    assert one.run_sync("pay", {}, lambda: "paid") == "paid"
    assert guard("memory").session(session_id="s").execution_count() == 0


async def test_of_a_thousand_tasks_exactly_the_limit_runs(store: str) -> None:
    guards, ran = [guard(store, 100), guard(store, 100)], []

    async def call(number: int) -> None:
        try:
            await guards[number % 2].run("pay", {}, lambda: ran.append(number))
        except CallGuardDenied:
            pass

    await asyncio.gather(*(call(number) for number in range(1_000)))
    assert len(ran) == 100


def test_of_sixty_four_threads_exactly_the_limit_runs(store: str) -> None:
    one, ran = guard(store, 100), []

    def call() -> None:
        for _ in range(4):
            before = one.before("pay")
            if isinstance(before, Allowed):
                before.start()
                ran.append(before.settle("done"))

    threads = [threading.Thread(target=call) for _ in range(64)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ran) == 100


async def test_the_event_loop_goes_on_while_the_store_is_asked(store: str) -> None:
    one, ticks = guard(store), 0
    with held(store):
        task = asyncio.create_task(one.run("pay", {}, lambda: "paid"))
        while ticks < 20:
            await asyncio.sleep(0.005)
            ticks += 1
        assert not task.done()
    assert await task == "paid"


async def test_a_call_that_is_cancelled_while_the_store_is_asked_leaves_nothing(store: str) -> None:
    one = guard(store)
    with held(store):
        task = asyncio.create_task(one.run("pay", {}, lambda: pytest.fail("it was cancelled")))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert await one.run("pay", {}, lambda: "paid") == "paid"
    with pytest.raises(CallGuardDenied):
        await one.run("pay", {}, lambda: pytest.fail("beyond the limit"))


def test_a_call_that_is_interrupted_while_the_store_is_asked_leaves_nothing(store: str) -> None:
    one = guard(store)
    # What is started in the background of a shell has it ignored.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with held(store):
            threading.Timer(0.1, signal.raise_signal, [signal.SIGINT]).start()
            with pytest.raises(KeyboardInterrupt):
                one.run_sync("pay", {}, lambda: pytest.fail("it was interrupted"))
    finally:
        signal.signal(signal.SIGINT, before)
    assert one.run_sync("pay", {}, lambda: "paid") == "paid"


async def test_a_run_that_is_cancelled_while_it_is_settled_counts(store: str) -> None:
    one = guard(store)
    before = await one.before_async("pay")
    assert isinstance(before, Allowed)
    before.start()
    with held(store):
        task = asyncio.create_task(before.settle_async("done"))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    with pytest.raises(CallGuardDenied):
        await one.run("pay", {}, lambda: pytest.fail("beyond the limit"))


async def test_a_store_that_answers_too_late_restricts(store: str) -> None:
    slow = guard(store.replace("20s", "50ms"))
    with held(store):
        with pytest.raises(CallGuardDenied) as denied:
            await slow.run("pay", {}, lambda: pytest.fail("its limit is unknown"))
        assert denied.value.decision is not None and denied.value.decision.policy_error
        assert not slow.check("pay").allowed
        assert await slow.run("read", {}, lambda: "read") == "read", "nothing of this concerns it"


@pytest.mark.parametrize("is_async", [False, True])
async def test_an_approver_and_a_store_that_answers_later(is_async: bool, store: str) -> None:
    one = guard(store, approver=lambda request: Approval(by="ann"))
    if is_async:
        assert await one.run("ask", {}, lambda: "ran") == "ran"
    else:
        assert one.run_sync("ask", {}, lambda: "ran") == "ran"
    asked = guard(store, 2).before("ask")
    assert isinstance(asked, NeedsApproval) and isinstance(asked.grant("ann"), Allowed)
    asked = guard(store, 2).before("ask")
    assert isinstance(asked, NeedsApproval) and not isinstance(asked.timed_out(), Allowed)


@pytest.mark.parametrize("is_async", [False, True])
async def test_contracts_of_a_session_see_it(is_async: bool, store: str) -> None:
    @session_contract
    async def one_at_most(session: Session) -> Verdict:
        return Verdict.fail("One is enough.") if await session.execution_count() >= 1 else Verdict.pass_()

    @session_contract
    def one_at_most_now(session: Session) -> Verdict:
        return Verdict.fail("One is enough.") if session.execution_count() >= 1 else Verdict.pass_()

    one = CallGuard(contracts=[one_at_most if is_async else one_at_most_now], store=store, session_id="s")
    assert (await one.run("read", {}, lambda: 1) if is_async else one.run_sync("read", {}, lambda: 1)) == 1
    with pytest.raises(CallGuardDenied, match="One is enough"):
        await one.run("read", {}, lambda: 1) if is_async else one.run_sync("read", {}, lambda: 1)


async def test_what_is_pending_is_told_once(store: str) -> None:
    native = guard(store)._native
    from callguard import create_envelope

    pending = native.session(create_envelope("pay"), wait=False)
    assert isinstance(pending, Pending)
    assert pending.wait()["calls"] == 0
    for ask in (pending.wait, pending.result, lambda: pending.poll(lambda: None)):
        with pytest.raises(RuntimeError, match="given up"):
            ask()
    pending.give_up()
    assert native.session(create_envelope("pay"))["calls"] == 0


def test_after_hooks_and_a_store_that_answers_later(store: str) -> None:
    from callguard import after_hook

    seen: list[Any] = []
    one = guard(store, hooks=[after_hook(lambda envelope, result: seen.append(result["value"]))])
    assert one.run_sync("pay", {}, lambda: "paid") == "paid"
    assert seen == ["paid"]


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("mysql://me:hunter2@h/d", "the store `mysql://h/d`: this names no store (CG1061)\nhelp: write `memory`"),
        (
            "redis://:${env:CALLGUARD_NONE}@h",
            "the store `redis://h`: the variable `CALLGUARD_NONE` is not set (CG1061)",
        ),
        ("sqlite:/none/s.db", "the store `sqlite:/none/s.db` cannot be used: "),
        (
            "redis://me:hunter2@127.0.0.1:1/3?timeout=200ms",
            "the store `redis://127.0.0.1:1/3` cannot be used: it cannot be reached: connection refused (CG1062)",
        ),
        (
            "postgres://me:hunter2@127.0.0.1:1/agents?timeout=200ms",
            "the store `postgres://127.0.0.1:1/agents` cannot be used: it cannot be reached",
        ),
    ],
)
def test_a_store_that_cannot_be_used_is_named_without_its_secrets(address: str, said: str) -> None:
    with pytest.raises(CallGuardConfigError) as refused:
        guard(address)
    assert str(refused.value).startswith(said) and "hunter2" not in str(refused.value)


def test_sessions_are_kept_in_one_place() -> None:
    with pytest.raises(TypeError, match="one place"):
        CallGuard(limits=OperationLimits(max_tool_calls=1), store="memory", backend=MemoryStorageBackend())
