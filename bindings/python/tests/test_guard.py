"""The guard as a program uses it."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from callguard import (
    Allowed,
    CallGuard,
    CallGuardConfigError,
    CallGuardDenied,
    CallGuardResultWithheld,
    CallGuardToolError,
    Denied,
    NeedsApproval,
    OperationLimits,
    Principal,
    RedactionPolicy,
    ToolEnvelope,
    create_envelope,
)

POLICY = """
apiVersion: callguard/v1
kind: Policy
metadata: { name: ops }
spec:
  default: allow
  unknown_tools: allow
  preconditions:
    - id: no-prod
      tools: deploy
      when: { args.target: production, principal.role: { not_equals: sre } }
      action: deny
      message: "Ask an SRE to deploy {args.service}."
    - id: pay
      tools: pay
      when: { args.amount: { greater_than: 100 } }
      action: ask
  postconditions:
    - id: secrets
      tools: read
      redact: { detect: [secret] }
    - id: internal
      tools: fetch
      when: { output.text: { contains: INTERNAL } }
      action: withhold
      message: "That page is internal."
"""


class Sink:
    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []

    def emit(self, event: dict[str, Any], /) -> None:
        self.events.append(event)


@pytest.fixture
def guard() -> CallGuard:
    return CallGuard.from_yaml_string(POLICY)


def test_a_decision_says_what_decided(guard: CallGuard) -> None:
    decision = guard.check("deploy", {"target": "production", "service": "api"})
    assert (decision.effect, decision.contract, decision.allowed) == ("deny", "ops/no-prod", False)
    assert decision.message == 'Ask an SRE to deploy "api".'
    assert decision.to_dict()["decision"] == "deny"
    assert decision.policy_version == guard.policy_version


def test_a_principal_excuses(guard: CallGuard) -> None:
    args = {"target": "production", "service": "api"}
    assert guard.check("deploy", args, principal=Principal("ann", role="sre")).allowed
    assert not guard.check("deploy", args, principal=Principal("bob", role="dev")).allowed


def test_an_explanation_names_each_contract(guard: CallGuard) -> None:
    explained = guard.explain("deploy", {"target": "production"}).to_dict()["explanation"]
    assert [contract["id"] for contract in explained] == ["ops/no-prod"]


def test_an_allowed_call_runs_once_with_what_was_judged(guard: CallGuard) -> None:
    calls: list[dict[str, Any]] = []
    args = {"target": "staging", "service": "api"}

    def deploy(**given: Any) -> str:
        calls.append(given)
        return "done"

    assert guard.run_sync("deploy", args, deploy) == "done"
    assert calls == [args]


def test_a_denied_call_never_runs(guard: CallGuard) -> None:
    def deploy(**_: Any) -> str:
        raise AssertionError("it ran")

    with pytest.raises(CallGuardDenied) as denied:
        guard.run_sync("deploy", {"target": "production", "service": "api"}, deploy)
    assert str(denied.value) == denied.value.reason == 'Ask an SRE to deploy "api".'
    assert denied.value.decision is not None and denied.value.decision.contract == "ops/no-prod"


async def test_run_awaits_the_tool(guard: CallGuard) -> None:
    async def deploy(target: str, service: str) -> dict[str, str]:
        await asyncio.sleep(0)
        return {"target": target, "service": service}

    result = await guard.run("deploy", {"target": "staging", "service": "api"}, deploy)
    assert result == {"target": "staging", "service": "api"}


def test_a_result_that_passes_is_the_tools_own_object(guard: CallGuard) -> None:
    class Report:
        pass

    report = Report()
    assert guard.run_sync("report", {}, lambda: report) is report


def test_a_secret_in_a_result_is_hidden(guard: CallGuard) -> None:
    secret = "sk_live_" + "a1B2c3D4" * 4
    shown = guard.run_sync("read", {}, lambda: {"lines": [f"token {secret}"]})
    assert secret not in json.dumps(shown)
    assert "token " in shown["lines"][0]


def test_a_secret_in_an_error_is_hidden(guard: CallGuard) -> None:
    secret = "sk_live_" + "a1B2c3D4" * 4

    def read() -> str:
        raise RuntimeError(f"cannot use {secret}")

    with pytest.raises(CallGuardToolError) as failed:
        guard.run_sync("read", {}, read)
    assert secret not in str(failed.value)
    assert failed.value.__cause__ is None and failed.value.__context__ is None


def test_a_result_that_contracts_cannot_read_is_withheld(guard: CallGuard) -> None:
    with pytest.raises(CallGuardResultWithheld):
        guard.run_sync("read", {}, object)


def test_a_withheld_result_is_not_seen(guard: CallGuard) -> None:
    with pytest.raises(CallGuardResultWithheld, match=r"That page is internal\."):
        guard.run_sync("fetch", {}, lambda: "INTERNAL only")


def test_before_and_settle_for_hosts_that_run_tools_themselves(guard: CallGuard) -> None:
    before = guard.before("deploy", {"target": "staging", "service": "api"})
    assert isinstance(before, Allowed)
    assert before.start() == {"target": "staging", "service": "api"}
    assert before.settle("done") == "done"
    with pytest.raises(RuntimeError, match="used up"):
        before.settle("done")
    assert isinstance(guard.before("deploy", {"target": "production", "service": "api"}), Denied)
    asked = guard.before("pay", {"amount": 500})
    assert isinstance(asked, NeedsApproval)
    assert isinstance(asked.grant("ann"), Allowed)


def cycle() -> list[Any]:
    itself: list[Any] = []
    itself.append(itself)
    return itself


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (float("nan"), "finite"),
        (float("inf"), "finite"),
        (Decimal("NaN"), "finite"),
        (b"bytes", "bytes"),
        (object(), "object"),
        ({1: "x"}, "key"),
        ("\ud800", "surrogate"),
        (cycle(), "deep"),
    ],
)
async def test_arguments_that_are_not_json_are_refused(value: Any, problem: str) -> None:
    sink = Sink()
    guard = CallGuard.from_yaml_string(POLICY, audit_sink=sink)
    for decision in (guard.check("deploy", {"target": value}), guard.explain("deploy", {"target": value})):
        assert (decision.effect, decision.contract) == ("deny", "(schema)")
        assert problem in (decision.message or "")
    guard.flush()
    assert [event["action"] for event in sink.events] == ["policy_loaded"], "what was only looked at is not recorded"
    for denied in (guard.before("deploy", {"x": [value]}), await guard.before_async("deploy", {"x": value})):
        assert isinstance(denied, Denied) and denied.decision.contract == "(schema)" and problem in denied.message
    with pytest.raises(CallGuardDenied, match=problem) as refused:
        guard.run_sync("deploy", {"target": value}, lambda **_: pytest.fail("it ran"))
    assert refused.value.decision is not None and refused.value.decision.contract == "(schema)"
    with pytest.raises(CallGuardDenied, match=problem) as refused:
        await guard.run("deploy", {"target": value}, lambda **_: pytest.fail("it ran"))
    assert refused.value.__context__ is None
    guard.flush()
    assert [event["action"] for event in sink.events[1:]] == ["call_denied"] * 4


def test_arguments_that_are_no_dict_are_refused(guard: CallGuard) -> None:
    arguments: Any = ["production"]
    assert guard.check("deploy", arguments).contract == "(schema)"


def test_a_context_that_is_not_json_is_the_hosts_error(guard: CallGuard) -> None:
    for look in (guard.check, guard.before):
        with pytest.raises(TypeError, match="bytes"):
            look("deploy", {"target": b"bytes"}, metadata={"of": b"bytes"})


@pytest.mark.parametrize("amount", [101, 100.5, Decimal("100.01"), 10**30, Decimal("1E+3")])
def test_numbers_are_compared_exactly(guard: CallGuard, amount: Any) -> None:
    assert guard.check("pay", {"amount": amount}).effect == "ask"


@pytest.mark.parametrize("amount", [100, 100.0, Decimal("100.00"), -(10**30), True])
def test_numbers_at_the_bound_do_not_go_beyond(guard: CallGuard, amount: Any) -> None:
    expected = "ask" if amount is True else "allow"
    assert guard.check("pay", {"amount": amount}).effect == expected


def test_the_callers_arguments_may_change_after_the_decision(guard: CallGuard) -> None:
    args = {"target": "staging", "service": "api"}
    before = guard.before("deploy", args)
    args["target"] = "production"
    assert isinstance(before, Allowed) and before.start()["target"] == "staging"


def test_more_can_be_hidden_than_policies_say() -> None:
    rules = RedactionPolicy(["nickname"], [r"emp-\d+"])
    assert rules.redact("emp-123") == "[REDACTED]" or "emp-123" not in rules.redact("emp-123")


def test_a_policy_that_does_not_load_says_where() -> None:
    with pytest.raises(CallGuardConfigError) as error:
        CallGuard.from_yaml_string(POLICY.replace("action: ask", "action: axe"))
    assert "policy.yaml" in str(error.value) and "axe" in str(error.value)
    with pytest.raises(CallGuardConfigError):
        CallGuard()
    with pytest.raises(CallGuardConfigError, match="no template"):
        CallGuard.from_template("nothing")


def test_a_reload_that_fails_keeps_the_old_policies(tmp_path: Path) -> None:
    file = tmp_path / "ops.yaml"
    file.write_text(POLICY)
    guard = CallGuard(file)
    version = guard.policy_version
    file.write_text("kind: Policy")
    with pytest.raises(CallGuardConfigError):
        guard.reload()
    assert guard.policy_version == version
    file.write_text(POLICY.replace("greater_than: 100", "greater_than: 1000"))
    guard.reload()
    assert guard.check("pay", {"amount": 500}).allowed


def test_limits_hold_under_threads() -> None:
    guard = CallGuard(limits=OperationLimits(max_attempts=None, max_tool_calls=100))
    ran: list[int] = []

    def work() -> None:
        for _ in range(10):
            try:
                guard.run_sync("tool", {}, lambda: ran.append(1))
            except CallGuardDenied:
                pass

    threads = [threading.Thread(target=work) for _ in range(64)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ran) == 100


async def test_limits_hold_under_tasks() -> None:
    guard = CallGuard(limits=OperationLimits(max_attempts=None, max_tool_calls=100))
    ran: list[int] = []

    async def tool() -> None:
        await asyncio.sleep(0)
        ran.append(1)

    async def one() -> bool:
        try:
            await guard.run("tool", {}, tool)
        except CallGuardDenied:
            return False
        return True

    done = await asyncio.gather(*(one() for _ in range(1000)))
    assert sum(done) == len(ran) == 100


async def test_a_cancelled_run_counts_exactly_if_it_was_started() -> None:
    guard = CallGuard(limits=OperationLimits(max_attempts=None, max_tool_calls=2))
    started = asyncio.Event()

    async def hangs() -> None:
        started.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(guard.run("tool", {}, hangs))
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await guard.session().execution_count() == 1
    never = asyncio.create_task(guard.run("tool", {}, hangs))
    never.cancel()
    with pytest.raises(asyncio.CancelledError):
        await never
    assert guard.session().execution_count() == 1


def test_a_permit_that_is_dropped_gives_back_what_it_reserved() -> None:
    guard = CallGuard(limits=OperationLimits(max_attempts=None, max_tool_calls=1))
    for _ in range(3):
        before = guard.before("tool", {})
        assert isinstance(before, Allowed)
        before.give_back()
    assert isinstance(guard.before("tool", {}), Allowed)


def test_other_threads_run_while_a_call_is_decided() -> None:
    guard = CallGuard.from_yaml_string("""
apiVersion: callguard/v1
kind: Policy
metadata: { name: p }
spec:
  default: allow
  unknown_tools: allow
  preconditions:
    - { id: word, tools: write, when: { args.text: { matches: 'secret[0-9]+plan' } }, action: deny }
""")
    envelope = create_envelope("write", {"text": "a quiet word " * 400_000})
    steps: list[float] = []
    is_done = threading.Event()

    def walk() -> None:
        while not is_done.wait(0.001):
            steps.append(time.perf_counter())

    walker = threading.Thread(target=walk)
    walker.start()
    spans = []
    for _ in range(3):
        begun = time.perf_counter()
        assert guard.check(envelope).allowed
        spans.append((begun, time.perf_counter() - begun))
    is_done.set()
    walker.join()
    # At both ends the interpreter may change threads by itself.
    inside = [[step for step in steps if span / 4 < step - begun < span * 3 / 4] for begun, span in spans]
    assert all(inside), spans


def test_sessions_are_the_hosts(guard: CallGuard) -> None:
    limited = CallGuard(limits=OperationLimits(max_attempts=None, max_tool_calls=1))
    for session in ("a", "b"):
        limited.run_sync("tool", {}, lambda: None, session_id=session)
        with pytest.raises(CallGuardDenied):
            limited.run_sync("tool", {}, lambda: None, session_id=session)
    assert limited.session(session_id="a").tool_execution_count("tool") == 1


def test_an_envelope_shows_no_argument() -> None:
    envelope = create_envelope("bash", {"command": "echo hunter2"}, principal=Principal("ann"))
    assert "hunter2" not in repr(envelope) and "ann" not in repr(envelope.principal)
    assert isinstance(envelope, ToolEnvelope) and envelope.args == {"command": "echo hunter2"}
    envelope.args["command"] = "rm"
    assert envelope.args == {"command": "echo hunter2"}
