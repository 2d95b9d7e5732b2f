"""Where audit events go, and what becomes of those that get nowhere."""

from __future__ import annotations

import asyncio
import gc
import json
import threading
from pathlib import Path
from typing import Any

import pytest

from callguard import AuditConfig, CallGuard, CallGuardConfigError, CallGuardDenied, FileAuditSink
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


def records(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text().splitlines()]


def actions(file: Path) -> list[str]:
    return [record["action"] for record in records(file) if "record" not in record]


def test_guards_that_are_given_one_file_sink_write_to_it_together(tmp_path: Path) -> None:
    file = tmp_path / "audit.jsonl"
    sink = FileAuditSink(file)
    first = CallGuard.from_yaml_string(POLICY, audit_sink=sink)
    second = CallGuard.from_yaml_string(POLICY, audit_sink=[sink])
    threads = [
        threading.Thread(target=lambda guard=guard: [guard.run_sync("read", {}, lambda: None) for _ in range(50)])
        for guard in (first, second) * 2
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    del first
    gc.collect()
    second.run_sync("read", {}, lambda: None)
    second.flush()
    assert actions(file).count("call_executed") == 201 and actions(file).count("policy_loaded") == 2
    assert [record["because"] for record in records(file) if record.get("record") == "opened"] == ["a new log"]
    assert [record["seq"] for record in records(file)] == list(range(1, len(records(file)) + 1)), "one chain"
    del second
    gc.collect()
    assert records(file)[-1]["because"] == "close", "the last guard closes it"
    with CallGuard.from_yaml_string(POLICY, audit_sink=sink):
        pass
    assert actions(file).count("policy_loaded") == 3, "and the next opens it again"


def test_one_file_has_one_sink_of_a_process(tmp_path: Path) -> None:
    file = tmp_path / "audit.jsonl"
    guard = CallGuard.from_yaml_string(POLICY, audit_sink=FileAuditSink(file))
    with pytest.raises(
        OSError, match=r"audit\.jsonl`: another writer \(in this process\) has it; give guards the same sink"
    ):
        CallGuard.from_yaml_string(POLICY, audit_sink=FileAuditSink(file))
    assert guard.audit_failures == 0


def test_sinks_come_from_a_configuration_file(tmp_path: Path) -> None:
    file, config = tmp_path / "audit.jsonl", tmp_path / "audit.yaml"
    config.write_text(f"audit:\n  on_failure: deny\n  sinks:\n    - file: {{ path: {file}, sync: flush }}\n")
    more = Sink()
    with CallGuard.from_yaml_string(POLICY, audit=config, audit_sink=more) as guard:
        guard.run_sync("read", {}, lambda: None)
    assert actions(file) == ["policy_loaded", "call_allowed", "call_executed"]
    assert [event["action"] for event in more.events] == actions(file)
    assert AuditConfig(config).on_failure == "deny"
    assert AuditConfig.from_string("audit: { sinks: [stdout] }").on_failure == "continue"


def test_guards_that_are_given_one_configuration_share_its_sinks(tmp_path: Path) -> None:
    file = tmp_path / "audit.jsonl"
    config = AuditConfig.from_string(f"audit: {{ sinks: [file: {{ path: '{file}' }}] }}")
    guards = [CallGuard.from_yaml_string(POLICY, audit=config) for _ in range(2)]
    for guard in guards:
        guard.flush()
    assert actions(file) == ["policy_loaded"] * 2


def test_a_configuration_says_what_failure_means(tmp_path: Path) -> None:
    class Broken:
        def emit(self, event: dict[str, Any], /) -> None:
            raise OSError("the disk is full")

    config = AuditConfig.from_string(f"audit: {{ on_failure: deny, sinks: [file: {{ path: '{tmp_path}/a.jsonl' }}] }}")
    guard = CallGuard.from_yaml_string(POLICY, audit=config, audit_sink=Broken())
    guard.flush()
    assert guard.check("deploy", {"target": "staging"}).contract == "(hook)"


def test_a_configuration_that_cannot_be_used_says_why(tmp_path: Path) -> None:
    with pytest.raises(CallGuardConfigError, match="`fil` is not a key of the sink") as wrong:
        AuditConfig.from_string("audit:\n  sinks:\n    - fil: { path: a }\n", name="my.yaml")
    assert "my.yaml" in str(wrong.value) and "did you mean `file`?" in str(wrong.value)
    with pytest.raises(FileNotFoundError):
        CallGuard.from_yaml_string(POLICY, audit=tmp_path / "none.yaml")
    (tmp_path / "latin.yaml").write_bytes(b"audit: \xff")
    with pytest.raises(CallGuardConfigError, match="not UTF-8"):
        AuditConfig(tmp_path / "latin.yaml")
    nowhere = AuditConfig.from_string(f"audit: {{ sinks: [file: {{ path: '{tmp_path}/none/a.jsonl' }}] }}")
    with pytest.raises(CallGuardConfigError, match="the audit sink `file` cannot be opened"):
        CallGuard.from_yaml_string(POLICY, audit=nowhere)


def test_what_may_change_something_runs_once_it_is_recorded(tmp_path: Path) -> None:
    policy = """
apiVersion: callguard/v1
kind: Policy
metadata: { name: p }
spec:
  default: allow
  tools: [{ name: look, side_effect: read }, { name: change, side_effect: write }]
"""

    class Broken:
        def emit(self, event: dict[str, Any]) -> None:
            raise OSError("the disk is full")

    guard = CallGuard.from_yaml_string(policy, audit_sink=Broken(), on_audit_failure="deny_writes", intent_first=True)
    guard.flush()
    assert guard.check("look", {}).allowed
    refused = guard.check("change", {})
    assert (refused.effect, refused.contract) == ("deny", "(hook)")
    with pytest.raises(ValueError, match="deny_writes"):
        CallGuard.from_yaml_string(policy, on_audit_failure="maybe")
    path = tmp_path / "audit.jsonl"
    config = AuditConfig.from_string(
        f"audit: {{ on_failure: deny_writes, intent_first: true, sinks: [file: {{ path: {path} }}] }}"
    )
    assert (config.on_failure, config.intent_first) == ("deny_writes", True)
    recorded = CallGuard.from_yaml_string(policy, audit=config)
    assert recorded.run_sync("change", {}, lambda: path.read_text().count("call_allowed")) == 1


def test_equal_secrets_are_recognised_by_their_tags(tmp_path: Path) -> None:
    key, file = tmp_path / "key", tmp_path / "audit.jsonl"
    key.write_text("0123456789abcdef" * 2 + "\n")
    config = AuditConfig.from_string(
        f"audit: {{ redaction_key: {{ file: '{key}' }}, sinks: [file: {{ path: '{file}' }}] }}"
    )
    given = Sink()
    for options in ({"audit": config}, {"audit_sink": given, "redaction_key": "0123456789abcdef" * 2}):
        with CallGuard.from_yaml_string(POLICY, **options) as guard:
            guard.run_sync("read", {"password": "hunter2", "command": "mysql -phunter2 db"}, lambda **_: None)
    wanted = "[REDACTED:password:bf5c3ff06243a7fc]"
    recorded = [json.loads(line) for line in file.read_text().splitlines()]
    for events in (recorded, given.events):
        args = next(event["tool_args"] for event in events if event.get("action") == "call_allowed")
        assert args == {"password": wanted, "command": f"mysql -p{wanted} db"}
    with pytest.raises(ValueError, match="at least 32 bytes"):
        CallGuard.from_yaml_string(POLICY, redaction_key=b"short")
    key.unlink()
    with pytest.raises(CallGuardConfigError, match="the redaction key cannot be opened"):
        CallGuard.from_yaml_string(POLICY, audit=config)
