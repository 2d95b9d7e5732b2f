"""Where audit events go, and what becomes of those that get nowhere."""

from __future__ import annotations

import asyncio
import json
import threading
from pathlib import Path
from typing import Any

import pytest

from callguard import CallGuard, CallGuardDenied, FileAuditSink
from callguard._sinks import Emitter

POLICY = """
apiVersion: callguard/v1
kind: Policy
metadata: { name: ops }
spec:
  default: allow
  unknown_tools: allow
  preconditions:
    - { id: no-prod, tools: deploy, when: { args.target: production }, action: deny }
"""


class Sink:
    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []

    def emit(self, event: dict[str, Any], /) -> None:
        self.events.append(event)


def test_the_audit_has_a_pair_of_events_for_a_call(tmp_path: Path) -> None:
    file = tmp_path / "audit.jsonl"
    with CallGuard.from_yaml_string(POLICY, audit_sink=FileAuditSink(file)) as guard:
        guard.run_sync("deploy", {"target": "staging", "service": "api", "password": "hunter2!"}, lambda **_: "done")
    events = [json.loads(line) for line in file.read_text().splitlines()]
    actions = [event["action"] for event in events if "record" not in event]
    assert actions == ["policy_loaded", "call_allowed", "call_executed"]
    assert "hunter2!" not in file.read_text()
    assert file.stat().st_mode & 0o077 == 0


def test_a_sink_in_python_gets_every_event() -> None:
    sink = Sink()
    guard = CallGuard.from_yaml_string(POLICY, audit_sink=sink)
    with pytest.raises(CallGuardDenied):
        guard.run_sync("deploy", {"target": "production", "service": "api"}, lambda **_: None)
    guard.flush()
    assert [event["action"] for event in sink.events] == ["policy_loaded", "call_denied"]


def test_a_sink_that_fails_is_counted_and_may_stop_calls() -> None:
    class Broken:
        def emit(self, event: dict[str, Any], /) -> None:
            raise OSError("the disk is full")

    guard = CallGuard.from_yaml_string(POLICY, audit_sink=Broken(), on_audit_failure="deny")
    guard.flush()
    assert guard.audit_failures == 1
    assert guard.check("deploy", {"target": "staging"}).contract == "(hook)"


class AsyncSink:
    """Writes as a client of a server does, on the one loop that it was begun on."""

    def __init__(self) -> None:
        self.events: list[str] = []
        self.loops: list[asyncio.AbstractEventLoop] = []
        self.threads: set[int] = set()
        self.flushed = 0

    async def emit(self, event: dict[str, Any], /) -> None:
        await asyncio.sleep(0)
        if event.get("tool") == "refused":
            raise ConnectionError("nobody listens")
        self.events.append(event["action"])
        self.loops.append(asyncio.get_running_loop())
        self.threads.add(threading.get_ident())

    async def flush(self) -> None:
        await asyncio.sleep(0)
        self.flushed += 1


async def test_a_sink_that_is_awaited_gets_every_event_on_a_loop_of_the_audits() -> None:
    sink = AsyncSink()
    guard = CallGuard.from_yaml_string(POLICY, audit_sink=sink)
    await guard.run("read", {}, lambda: None)
    guard.flush()
    assert sink.events == ["policy_loaded", "call_allowed", "call_executed"]
    assert len(set(sink.loops)) == 1 and sink.loops[0] is not asyncio.get_running_loop()
    assert threading.get_ident() not in sink.threads and sink.flushed > 0
    assert guard.audit_failures == 0
    del guard
    assert sink.loops[0].is_closed(), "it ends with the guard"


def test_what_an_awaited_sink_raises_is_a_failure_of_the_audit() -> None:
    sink = AsyncSink()
    guard = CallGuard.from_yaml_string(POLICY, audit_sink=sink, on_audit_failure="deny")
    guard.run_sync("read", {}, lambda: None)
    guard.flush()
    assert guard.audit_failures == 0
    guard.run_sync("refused", {}, lambda: None)
    guard.flush()
    assert guard.audit_failures == 2
    with pytest.raises(CallGuardDenied):
        guard.run_sync("read", {}, lambda: pytest.fail("it ran unrecorded"))
    guard.flush()
    guard.run_sync("read", {}, lambda: None)


def test_an_awaited_sink_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    class Hangs:
        async def emit(self, event: dict[str, Any], /) -> None:
            await asyncio.Event().wait()

    monkeypatch.setattr("callguard._sinks._SECONDS", 0.01)
    guard = CallGuard.from_yaml_string(POLICY, audit_sink=Hangs())
    guard.flush()
    assert guard.audit_failures == 1


def test_what_is_no_sink_is_refused() -> None:
    nothing: Any = object()
    with pytest.raises(TypeError, match="no audit sink"):
        CallGuard.from_yaml_string(POLICY, audit_sink=nothing)


def test_a_loop_is_made_for_what_is_awaited_alone() -> None:
    emitter = Emitter(Sink())
    emitter.emit({})
    emitter.flush()
    assert emitter._loop is None
    emitter.close()
