"""The demos in ``examples/demo``: what runs, what the model reads and what is recorded is what their policy says."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import closing
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from adapters.demo import MessagesApi, results, words
from adapters.harness import Sink
from adapters.openai_api import OpenAIApi

session: Any = import_module("session")


def test_a_demo_does_what_its_policy_says(adapter: str) -> None:
    demo: Any = import_module(f"with_{adapter}")
    desk, sink = session.Desk(), Sink()
    guard = session.a_guard(audit_sink=sink)

    read, last = demo.run(desk, guard, session.STEPS, session.PROMPT)

    assert session.differences(desk, read) == []
    assert last
    guard.flush()
    refused = [event["tool"] for event in sink.events if event["action"] == "call_denied"]
    assert refused == [step.tool for step in session.STEPS if not step.runs]


def test_a_demo_without_its_guard_would_be_noticed(adapter: str) -> None:
    demo: Any = import_module(f"with_{adapter}")
    desk = session.Desk()
    lenient = session.CallGuard.from_yaml_string(
        "apiVersion: callguard/v1\nkind: Policy\nmetadata: { name: lenient }\nspec: { default: allow }"
    )

    read, _ = demo.run(desk, lenient, session.STEPS, session.PROMPT)

    assert len(session.differences(desk, read)) > len([step for step in session.STEPS if not step.runs])


class Anthropic(MessagesApi):
    """Says the steps, and remembers what it was sent."""

    def __init__(self, say: Any) -> None:
        self.read = list[str]()
        self._say = say
        super().__init__(self.say)

    def say(self, body: dict[str, Any]) -> list[dict[str, Any]]:
        self.read[:] = [words(each["content"]) for each in results(body)]
        said: list[dict[str, Any]] = self._say(body)
        return said


def test_a_demo_with_a_key_asks_a_real_model(
    adapter: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    demo: Any = import_module(f"with_{adapter}")
    desk = session.Desk()
    monkeypatch.setattr(session, "Desk", lambda: desk)
    monkeypatch.setattr(sys, "argv", ["demo"])
    monkeypatch.delenv("DEMO_MODEL", raising=False)
    key, api = _provider(adapter, demo, session.STEPS)
    for name, value in _environment(key, api.url, tmp_path).items():
        monkeypatch.setenv(name, value)

    with closing(api):
        session.main(demo.run, key)

    said = capsys.readouterr().out
    assert "With a real model" in said and "I have done what I may." in said
    assert session.differences(desk, api.read) == []
    assert all(step.reads in said for step in session.STEPS)
    if isinstance(api, OpenAIApi):
        assert (api.keys, api.models) == ({"sk-of-a-test"}, {"gpt-5-mini"})


def _provider(adapter: str, demo: Any, steps: Sequence[Any]) -> tuple[str, Any]:
    if adapter == "claude_agent_sdk":
        return "ANTHROPIC_API_KEY", Anthropic(demo._scripted(steps))
    return "OPENAI_API_KEY", OpenAIApi(steps)


def _environment(key: str, url: str, home: Path) -> dict[str, str]:
    claude = {"HOME": str(home), "CLAUDE_CONFIG_DIR": str(home), "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1"}
    known = {"OPENAI_BASE_URL": f"{url}/v1", "ANTHROPIC_BASE_URL": url, key: "sk-of-a-test"}
    return {**known, **(claude if key.startswith("ANTHROPIC") else {})}
