"""The demos in ``examples/demo``: what runs, what the model reads and what is recorded is what their policy says."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

DEMO = Path(__file__).parents[4] / "examples" / "demo"


class Sink:
    """Keeps events."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []

    def emit(self, event: dict[str, Any], /) -> None:
        self.events.append(event)


def test_a_demo_does_what_its_policy_says(adapter: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(DEMO))
    session: Any = import_module("session")
    demo: Any = import_module(f"with_{adapter}")
    desk, sink = session.Desk(), Sink()
    guard = session.a_guard(audit_sink=sink)

    read, last = demo.run(desk, guard, session.STEPS, session.PROMPT)

    assert session.differences(desk, read) == []
    assert last
    guard.flush()
    refused = [event["tool"] for event in sink.events if event["action"] == "call_denied"]
    assert refused == [step.tool for step in session.STEPS if not step.runs]


def test_a_demo_without_its_guard_would_be_noticed(adapter: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(DEMO))
    session: Any = import_module("session")
    demo: Any = import_module(f"with_{adapter}")
    desk = session.Desk()
    lenient = session.CallGuard.from_yaml_string(
        "apiVersion: callguard/v1\nkind: Policy\nmetadata: { name: lenient }\nspec: { default: allow }"
    )

    read, _ = demo.run(desk, lenient, session.STEPS, session.PROMPT)

    assert len(session.differences(desk, read)) > len([step for step in session.STEPS if not step.runs])
