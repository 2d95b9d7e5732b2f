"""Contracts in Python and in YAML, mixed: the same order, the same audit."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from callguard import (
    CallGuard,
    CallGuardError,
    Session,
    ToolEnvelope,
    Verdict,
    postcondition,
    precondition,
    session_contract,
)

#: Three contracts, in YAML and in Python.
YAML = {
    "ticket": """
  preconditions:
    - id: ticket
      tools: deploy
      when: { args.ticket: { exists: false } }
      action: deny
      message: Name a ticket.""",
    "markup": """
  postconditions:
    - id: markup
      tools: fetch
      when: { output: { contains: "<html" } }
      action: withhold
      message: Fetch the text.""",
    "few": """
  session:
    - id: few
      tools: "*"
      when: { session.calls: { at_least: 3 } }
      action: deny
      message: Enough.""",
}
POLICY = """
apiVersion: callguard/v1
kind: Policy
metadata: { name: NAME }
spec:
  default: allow
  unknown_tools: allow"""


@precondition("deploy")
def ticket(envelope: ToolEnvelope) -> Verdict:
    return Verdict("ticket" in envelope.args, "Name a ticket.")


@postcondition("fetch")
def markup(envelope: ToolEnvelope, result: str) -> Verdict:
    return Verdict("<html" not in result, "Fetch the text.")


@session_contract
async def few(session: Session) -> Verdict:
    return Verdict(await session.execution_count() < 3, "Enough.")


PYTHON: dict[str, Any] = {"ticket": ticket, "markup": markup, "few": few}


CALLS: tuple[tuple[str, dict[str, Any], str], ...] = (
    ("deploy", {}, "never"),
    ("deploy", {"ticket": "T-1"}, "done"),
    ("fetch", {}, "<html>"),
    ("fetch", {}, "text"),
    ("deploy", {}, "never, for two reasons"),
    ("fetch", {}, "never"),
)
#: What is of one run alone.
OWN = {"event_id", "timestamp", "call_id", "duration_us", "policy_version"}


class Sink:
    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []

    def emit(self, event: dict[str, Any], /) -> None:
        self.events.append(event)


async def came(in_python: tuple[str, ...], *, for_real: bool = True) -> tuple[list[str], list[dict[str, Any]]]:
    """What the agent reads, and the audit.

    Without ``for_real``, what would be in Python is a second policy in YAML: of two policies the one whose name comes
    first decides.
    """
    policy = POLICY.replace("NAME", "ops") + "".join(YAML[name] for name in YAML if name not in in_python)
    contracts = [PYTHON[name] for name in in_python] if for_real else []
    if in_python and not for_real:
        policy += "\n---" + POLICY.replace("NAME", "python") + "".join(YAML[name] for name in in_python)
    sink = Sink()
    guard = CallGuard.from_yaml_string(policy, contracts=contracts, audit_sink=sink, session_id="s")
    said: list[str] = []
    for tool, args, result in CALLS:
        try:
            said.append(await guard.run(tool, args, lambda result=result, **_: result))
        except CallGuardError as error:
            said.append(f"{type(error).__name__}: {error}")
    guard.flush()
    assert guard.audit_failures == 0
    return said, [{key: value for key, value in event.items() if key not in OWN} for event in sink.events]


async def test_three_contracts_decide_six_calls() -> None:
    said, events = await came(())
    assert said[:4] == ["CallGuardDenied: Name a ticket.", "done", "CallGuardResultWithheld: Fetch the text.", "text"]
    assert said[5] == "CallGuardDenied: Enough."
    assert [event["action"] for event in events] == [
        "policy_loaded",
        "call_denied",
        *("call_allowed", "call_executed"),
        *("call_allowed", "result_withheld"),
        *("call_allowed", "call_executed"),
        "call_denied",
        "call_denied",
    ]


MIXES = [mix for size in range(1, len(YAML) + 1) for mix in itertools.combinations(YAML, size)]


@pytest.mark.parametrize("in_python", MIXES, ids="-".join)
async def test_it_is_the_same_however_contracts_are_mixed(in_python: tuple[str, ...]) -> None:
    assert await came(in_python) == await came(in_python, for_real=False)
