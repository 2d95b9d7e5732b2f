"""Assertions about policies, for tests.

>>> from callguard import create_envelope
>>> envelope = create_envelope("read_file", {"path": "/home/me/.ssh/id_rsa"})
>>> assert_policy_denies("template/file-agent", envelope).contract
'deny-sensitive-reads/credential-files'
"""

from __future__ import annotations

import json
import os
from typing import Any, TypeAlias

from callguard._guard import CallGuard
from callguard._native import Decision, ToolEnvelope

__all__ = [
    "assert_policy_allows",
    "assert_policy_asks",
    "assert_policy_denies",
    "assert_redacts",
    "assert_withholds",
]

Policy: TypeAlias = "str | os.PathLike[str] | CallGuard"


def assert_policy_denies(policy: Policy, envelope: ToolEnvelope, *, contract: str | None = None) -> Decision:
    """The policy (a path, ``template/NAME``, text, or a guard) denies the call; by this contract, if one is named."""
    return _assert_decides(policy, envelope, "deny", contract)


def assert_policy_allows(policy: Policy, envelope: ToolEnvelope, *, contract: str | None = None) -> Decision:
    """The policy allows the call."""
    return _assert_decides(policy, envelope, "allow", contract)


def assert_policy_asks(policy: Policy, envelope: ToolEnvelope, *, contract: str | None = None) -> Decision:
    """The policy wants a person to grant the call."""
    return _assert_decides(policy, envelope, "ask", contract)


def assert_redacts(policy: Policy, envelope: ToolEnvelope, result: Any, *, hides: str | None = None) -> Any:
    """The policy hides something in the result; ``hides``, if it is given. Gives what the agent would see."""
    settled = _settled(policy, envelope, result)
    if settled["effect"] != "redact":
        raise AssertionError(f"the result of {envelope.tool} should be redacted, and is: {settled['effect']}")
    if hides is not None and hides in json.dumps(settled["value"], ensure_ascii=False):
        raise AssertionError(f"the agent would still see what should be hidden in the result of {envelope.tool}")
    return settled["value"]


def assert_withholds(policy: Policy, envelope: ToolEnvelope, result: Any) -> None:
    """The policy keeps the whole result from the agent."""
    settled = _settled(policy, envelope, result)
    if settled["effect"] != "withhold":
        raise AssertionError(f"the result of {envelope.tool} should be withheld, and is: {settled['effect']}")


def _settled(policy: Policy, envelope: ToolEnvelope, result: Any) -> dict[str, Any]:
    return _guard(policy)._native.check_result(envelope, result)


def _assert_decides(policy: Policy, envelope: ToolEnvelope, effect: str, contract: str | None) -> Decision:
    decision = _guard(policy).explain(envelope)
    if decision.effect == effect and contract in (None, decision.contract):
        return decision
    wanted = effect if contract is None else f"{effect} by {contract}"
    raise AssertionError(f"{envelope.tool} should be decided: {wanted}\n{_described(decision)}")


def _guard(policy: Any) -> CallGuard:
    if isinstance(policy, CallGuard):
        return policy
    # The tests of a policy see no disk but the one that they write down.
    options: dict[str, Any] = {"workspace": "/workspace", "home": "/home/agent", "follow_links": False}
    if isinstance(policy, str) and "\n" in policy:
        return CallGuard.from_yaml_string(policy, **options)
    return CallGuard(policy, **options)


def _described(decision: Decision) -> str:
    """The decision, and of each contract that was considered every part with its truth."""
    lines = [f"  decided: {decision.effect} by {decision.contract}"]
    if decision.message is not None:
        lines.append(f"  message: {decision.message}")
    for contract in decision.to_dict().get("explanation", []):
        lines.append(f"  {contract['id']} ({contract['action']}): applies {contract['applies']}")
        lines += _parts(contract["when"], 4)
    return "\n".join(lines)


def _parts(condition: dict[str, Any], indent: int) -> list[str]:
    found = f", found {condition['found']}" if condition.get("found") is not None else ""
    why = f" ({condition['why']})" if condition.get("why") else ""
    lines = [f"{' ' * indent}{condition['text']}: {condition['truth']}{found}{why}"]
    for part in condition.get("parts", []):
        lines += _parts(part, indent + 2)
    return lines
