"""Contracts, hooks and facts in Python, in one pipeline with policies."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from callguard import (
    CallGuard,
    CallGuardConfigError,
    CallGuardDenied,
    CallGuardResultWithheld,
    HookDecision,
    Session,
    ToolEnvelope,
    Verdict,
    after_hook,
    before_hook,
    deny_sensitive_reads,
    postcondition,
    precondition,
    session_contract,
)

POLICY = """
apiVersion: callguard/v1
kind: Policy
metadata: { name: yaml }
spec:
  default: allow
  unknown_tools: allow
  facts: { change_open: boolean }
  preconditions:
    - { id: force, tools: push, when: { args.force: true }, action: deny, message: "Not by force." }
    - { id: change, tools: deploy, when: { not: { facts.change_open: true } }, action: deny }
"""


@precondition("push")
def not_to_main(envelope: ToolEnvelope) -> Verdict:
    return Verdict.fail("Push to a branch.") if envelope.args.get("branch") == "main" else Verdict.pass_()


def test_a_python_contract_denies_like_one_of_a_policy() -> None:
    guard = CallGuard.from_yaml_string(POLICY, contracts=[not_to_main])
    decision = guard.check("push", {"branch": "main"})
    assert (decision.effect, decision.contract) == ("deny", "python/not-to-main")
    assert decision.message is not None and "Push to a branch." in decision.message
    assert guard.check("push", {"branch": "x"}).allowed
    both = guard.check("push", {"branch": "main", "force": True})
    assert both.applied == ["python/not-to-main", "yaml/force"]


def test_what_a_predicate_says_reaches_the_agent_whole() -> None:
    reason = 'Write "draft" first. ' + "Then ask the owner of the branch. " * 9

    @precondition("push")
    def explained(_: ToolEnvelope) -> Verdict:
        return Verdict.fail(reason.strip())

    assert len(reason) > 300
    assert CallGuard(contracts=[explained]).check("push", {}).message == reason.strip()


@pytest.mark.parametrize("said", [RuntimeError("boom"), None, "yes", 1, object(), Verdict("yes"), Verdict(1)])  # type: ignore[arg-type]
def test_a_predicate_that_fails_restricts(said: Any) -> None:
    @precondition("tool")
    def broken(_: ToolEnvelope) -> Any:
        if isinstance(said, Exception):
            raise said
        return said

    decision = CallGuard(contracts=[broken]).check("tool", {})
    assert (decision.effect, decision.contract, decision.policy_error) == ("deny", "python/broken", True)


async def test_an_async_predicate_is_awaited_and_may_not_hang() -> None:
    @precondition("quick")
    async def quick(envelope: ToolEnvelope) -> Verdict:
        await asyncio.sleep(0)
        return Verdict.fail("no") if envelope.args["bad"] else Verdict.pass_()

    @precondition("hang")
    async def hang(_: ToolEnvelope) -> Verdict:
        await asyncio.Event().wait()
        return Verdict.pass_()

    guard = CallGuard(contracts=[quick, hang], contract_timeout=0.01)
    assert await guard.run("quick", {"bad": False}, lambda bad: "ran") == "ran"
    for tool, args in (("quick", {"bad": True}), ("hang", {})):
        with pytest.raises(CallGuardDenied):
            await guard.run(tool, args, lambda **_: pytest.fail("it ran"))
    assert guard.check("quick", {"bad": False}).effect == "deny", "nobody can await it here"


def test_when_narrows_what_a_predicate_is_asked() -> None:
    asked: list[str] = []

    @precondition("*", when=lambda envelope: envelope.environment == "production")
    def careful(envelope: ToolEnvelope) -> bool:
        asked.append(envelope.tool)
        return False

    guard = CallGuard(contracts=[careful])
    assert guard.check("a", {}).allowed
    assert not guard.check("b", {}, environment="production").allowed
    assert asked == ["b"]


@pytest.mark.parametrize("is_async", [False, True])
async def test_a_postcondition_withholds(is_async: bool) -> None:
    @postcondition("fetch")
    def no_html(_: ToolEnvelope, result: Any) -> Verdict:
        return Verdict.fail("Text only.") if "<html" in str(result) else Verdict.pass_()

    guard = CallGuard(contracts=[no_html])

    async def run(page: str) -> Any:
        if is_async:
            return await guard.run("fetch", {}, lambda: page)
        return guard.run_sync("fetch", {}, lambda: page)

    assert await run("text") == "text"
    with pytest.raises(CallGuardResultWithheld, match="Text only"):
        await run("<html>")


def test_a_postcondition_that_raises_withholds() -> None:
    @postcondition("fetch")
    def broken(_: ToolEnvelope, result: Any) -> Verdict:
        raise RuntimeError(str(result))

    with pytest.raises(CallGuardResultWithheld) as withheld:
        CallGuard(contracts=[broken]).run_sync("fetch", {}, lambda: "the secret")
    assert "the secret" not in str(withheld.value)


async def test_a_session_contract_sees_what_was_done() -> None:
    @session_contract
    async def two_at_most(session: Session) -> Verdict:
        return Verdict.fail("Two are enough.") if await session.execution_count() >= 2 else Verdict.pass_()

    guard = CallGuard(contracts=[two_at_most])
    for _ in range(2):
        await guard.run("tool", {}, lambda: None)
    with pytest.raises(CallGuardDenied, match="Two are enough"):
        await guard.run("tool", {}, lambda: None)


def test_facts_are_the_hosts() -> None:
    guard = CallGuard.from_yaml_string(POLICY)
    assert guard.check("deploy", {}).policy_error, "a fact without an answer is unknown"
    guard.set_fact("change_open", True)
    assert guard.check("deploy", {}).allowed
    guard.set_fact("change_open", lambda envelope: envelope.args.get("change") == "C-1")
    assert guard.check("deploy", {"change": "C-1"}).allowed
    assert not guard.check("deploy", {"change": "C-2"}).allowed


def test_a_before_hook_refuses_and_cannot_permit() -> None:
    def curfew(envelope: ToolEnvelope) -> HookDecision:
        return HookDecision.deny("Not at night.") if envelope.tool == "deploy" else HookDecision.allow()

    guard = CallGuard.from_yaml_string(POLICY, hooks=[before_hook(curfew)])
    assert guard.check("deploy", {}).contract == "(hook)" or not guard.check("deploy", {}).allowed
    assert not guard.check("push", {"force": True}).allowed


@pytest.mark.parametrize("said", [RuntimeError("boom"), "yes", 0, HookDecision.deny("no")])
def test_a_before_hook_that_fails_refuses(said: Any) -> None:
    def hook(_: ToolEnvelope) -> Any:
        if isinstance(said, Exception):
            raise said
        return said

    with pytest.raises(CallGuardDenied):
        CallGuard.from_yaml_string(POLICY, hooks=[before_hook(hook)]).run_sync(
            "push", {}, lambda: pytest.fail("it ran")
        )


def test_an_after_hook_sees_what_the_agent_will_and_may_stop_it() -> None:
    seen: list[Any] = []

    def look(_: ToolEnvelope, settled: dict[str, Any]) -> None:
        seen.append(settled["value"])
        if settled["value"] == "bad":
            raise RuntimeError

    guard = CallGuard.from_yaml_string(POLICY, hooks=[after_hook(look)])
    assert guard.run_sync("push", {}, lambda: "good") == "good"
    with pytest.raises(CallGuardResultWithheld):
        guard.run_sync("push", {}, lambda: "bad")
    assert seen == ["good", "bad"]


def test_sensitive_reads_are_denied_in_every_spelling() -> None:
    guard = CallGuard(contracts=[deny_sensitive_reads()], home="/home/me", workspace="/workspace")
    for tool, args in [
        ("read_file", {"path": "/home/me/.ssh/id_rsa"}),
        ("read_file", {"path": "/workspace/../home/me/.aws/credentials"}),
        ("bash", {"command": "cat ~/.s'sh'/config"}),
        ("bash", {"command": "printenv"}),
    ]:
        assert not guard.check(tool, args).allowed, args
    for tool, args in [
        ("read_file", {"path": "/workspace/src/main.rs"}),
        ("read_file", {"path": "src/main.rs"}),
        ("write_file", {"path": "./notes/today.md", "content": "x"}),
        ("bash", {"command": "cargo test"}),
        ("bash", {"command": "cat src/main.rs"}),
    ]:
        assert guard.check(tool, args).allowed, args


def test_what_is_sensitive_may_be_said() -> None:
    def effects(contract: Any) -> list[str]:
        guard = CallGuard(contracts=[contract], home="/home/me", workspace="/workspace")
        calls = [("read_file", {"path": path}) for path in ("payroll/may.csv", "~/.ssh/id_rsa")]
        calls += [("bash", {"command": command}) for command in ("terraform output", "printenv")]
        return [guard.check(tool, args).effect for tool, args in calls]

    assert effects(deny_sensitive_reads(["payroll/**"])) == ["deny", "allow", "allow", "deny"]
    assert effects(deny_sensitive_reads(None, ["terraform output"])) == ["allow", "deny", "deny", "allow"]
    assert effects(deny_sensitive_reads(["payroll/**"], ["terraform output"])) == ["deny", "allow", "deny", "allow"]
    assert effects(deny_sensitive_reads([], [])) == ["allow"] * 4


def test_sensitive_reads_stand_beside_other_policies() -> None:
    places: Any = {"home": "/home/me", "workspace": "/workspace"}
    key = {"path": "~/.ssh/id_rsa"}
    both = CallGuard("template/deny-sensitive-reads", contracts=[deny_sensitive_reads(), not_to_main], **places)
    assert not both.check("push", {"branch": "main"}).allowed
    assert both.check("read_file", key).contract == "deny-sensitive-reads/credential-files"
    watched = CallGuard(contracts=[deny_sensitive_reads()], mode="observe", **places)
    assert watched.check("read_file", key).allowed and watched.check("read_file", key).would == "deny"


def test_operators_of_the_hosts() -> None:
    policy = """
apiVersion: callguard/v1
kind: Policy
metadata: { name: own }
spec:
  default: allow
  unknown_tools: allow
  preconditions:
    - { id: odd, tools: pick, when: { args.number: { x_multiple_of: 2 } }, action: deny }
"""

    def multiple(value: Any, operand: Any) -> bool:
        return bool(value % operand == 0)

    guard = CallGuard.from_yaml_string(policy, operators={"x_multiple_of": multiple})
    assert guard.check("pick", {"number": 3}).allowed
    assert not guard.check("pick", {"number": 4}).allowed
    assert guard.check("pick", {"number": "text"}).policy_error, "an operator that raises cannot tell"


def test_what_is_no_contract_is_an_error() -> None:
    with pytest.raises(CallGuardConfigError, match="no contract"):
        CallGuard(contracts=[lambda envelope: True])
    with pytest.raises(CallGuardConfigError, match="two contracts"):
        CallGuard(contracts=[not_to_main, not_to_main])
