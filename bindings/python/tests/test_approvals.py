"""What a person grants, and who may."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from callguard import (
    Allowed,
    Approval,
    ApprovalRequest,
    CallGuard,
    CallGuardApprovalRequired,
    CallGuardDenied,
    Denied,
    NeedsApproval,
)

POLICY = """
apiVersion: callguard/v1
kind: Policy
metadata: { name: ops }
spec:
  default: allow
  unknown_tools: allow
  preconditions:
    - { id: pay, tools: pay, when: { args.amount: { greater_than: 100 } }, action: ask }
    - id: big
      tools: pay
      when: { args.amount: { greater_than: 1000 } }
      action: ask
      ask: { approvers: [finance, board] }
    - { id: now, tools: now, action: ask, ask: { timeout: 1s, on_timeout: deny } }
    - { id: later, tools: later, action: ask, ask: { timeout: 1s, on_timeout: allow } }
"""


@pytest.fixture
def guard() -> CallGuard:
    return CallGuard.from_yaml_string(POLICY)


def asked(guard: CallGuard, tool: str, args: dict[str, Any]) -> NeedsApproval:
    before = guard.before(tool, args)
    assert isinstance(before, NeedsApproval)
    return before


def test_an_ask_without_an_approver_needs_one(guard: CallGuard) -> None:
    with pytest.raises(CallGuardApprovalRequired):
        guard.run_sync("pay", {"amount": 500}, lambda amount: amount)


def test_an_approver_grants_this_very_call() -> None:
    asked: list[ApprovalRequest] = []

    def approve(request: ApprovalRequest) -> str | None:
        asked.append(request)
        return "ann" if "500" in request.shown_args else None

    guard = CallGuard.from_yaml_string(POLICY, approver=approve)
    assert guard.run_sync("pay", {"amount": 500}, lambda amount: amount) == 500
    with pytest.raises(CallGuardDenied):
        guard.run_sync("pay", {"amount": 900}, lambda amount: amount)
    assert [request.envelope.args["amount"] for request in asked] == [500, 900]


@pytest.mark.parametrize("answer", [RuntimeError("no"), 1, True, object(), ""])
def test_an_approver_that_is_no_use_grants_nothing(answer: Any) -> None:
    def approve(_: ApprovalRequest) -> Any:
        if isinstance(answer, Exception):
            raise answer
        return answer

    guard = CallGuard.from_yaml_string(POLICY, approver=approve)
    with pytest.raises(CallGuardDenied):
        guard.run_sync("pay", {"amount": 500}, lambda amount: amount)


@pytest.mark.parametrize("groups", [["finance"], ["hr", "board"], ("finance",), {"board"}, frozenset({"board"})])
def test_who_speaks_for_a_group_that_may_approve_grants(guard: CallGuard, groups: Any) -> None:
    assert isinstance(asked(guard, "pay", {"amount": 5000}).grant("ann", groups), Allowed)


@pytest.mark.parametrize("groups", [(), ["hr"], ["Finance"]])
def test_who_speaks_for_none_of_them_grants_nothing(guard: CallGuard, groups: Any) -> None:
    denied = asked(guard, "pay", {"amount": 5000}).grant("ann", groups)
    assert isinstance(denied, Denied) and "none of the groups" in denied.message


def test_a_name_is_no_list_of_groups(guard: CallGuard) -> None:
    needs = asked(guard, "pay", {"amount": 5000})
    with pytest.raises(TypeError):
        needs.grant("ann", "finance")
    assert isinstance(needs.grant("ann", ["finance"]), Allowed), "what was no answer does not use it up"


@pytest.mark.parametrize(
    "answer",
    ["ann", Approval("ann"), Approval("ann", ["hr"]), Approval("ann", "finance"), Approval("", ["finance"]),
     Approval("ann", [5]), Approval(None, ["finance"])],  # type: ignore[list-item, arg-type]
)  # fmt: skip
@pytest.mark.parametrize("is_async", [False, True])
async def test_an_approver_is_held_to_the_groups(answer: Any, is_async: bool) -> None:
    guard = CallGuard.from_yaml_string(POLICY, approver=lambda request: answer)
    with pytest.raises(CallGuardDenied):
        await run(guard, is_async, "pay", amount=5000)
    await run(CallGuard.from_yaml_string(POLICY, approver=in_finance), is_async, "pay", amount=5000)


def in_finance(request: ApprovalRequest) -> Approval:
    assert request.approvers == [["finance", "board"]]
    return Approval("ann", ["finance"])


async def run(guard: CallGuard, is_async: bool, tool: str, **args: Any) -> Any:
    if is_async:
        return await guard.run(tool, args, lambda **_: "ran")
    return guard.run_sync(tool, args, lambda **_: "ran")


async def test_what_an_ask_becomes_that_nobody_answers_is_the_policys() -> None:
    cancelled: list[str] = []

    async def nobody(request: ApprovalRequest) -> str:
        assert request.timeout == 1
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.append(request.envelope.tool)
        return "too late"

    guard = CallGuard.from_yaml_string(POLICY, approver=nobody)
    assert await guard.run("later", {}, lambda: "ran") == "ran"
    with pytest.raises(CallGuardDenied, match="in time"):
        await guard.run("now", {}, lambda: pytest.fail("it ran"))
    for _ in range(3):
        await asyncio.sleep(0)
    assert cancelled == ["later", "now"]
    assert isinstance(asked(guard, "later", {}).timed_out(), Allowed)
    assert isinstance(asked(guard, "now", {}).timed_out(), Denied)


def test_what_a_plain_function_answers_too_late_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(answer: str | None) -> CallGuard:
        def approve(_: ApprovalRequest) -> str | None:
            now = time.monotonic
            monkeypatch.setattr(time, "monotonic", lambda: now() + 2)
            return answer

        return CallGuard.from_yaml_string(POLICY, approver=approve)

    assert slow("ann").run_sync("later", {}, lambda: "ran") == "ran", "as the policy says, and not because of ann"
    for tool, answer in (("now", "ann"), ("now", None), ("later", None)):
        with pytest.raises(CallGuardDenied):
            slow(answer).run_sync(tool, {}, lambda: pytest.fail("it ran"))


async def test_a_timeout_of_the_approvers_own_is_not_the_policys() -> None:
    async def unreachable(_: ApprovalRequest) -> str:
        raise TimeoutError("nobody reached the chat")

    with pytest.raises(CallGuardDenied, match="failed"):
        await CallGuard.from_yaml_string(POLICY, approver=unreachable).run("later", {}, lambda: pytest.fail("it ran"))
