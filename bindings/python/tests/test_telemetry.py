"""What a guard tells the OpenTelemetry of its host, read from the SDK's in-memory exporters."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from opentelemetry import metrics, trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from callguard import CallGuard, CallGuardDenied, CallGuardResultWithheld, CallGuardToolError
from callguard._permit import Allowed, NeedsApproval

POLICY = """
apiVersion: callguard/v1
kind: Policy
metadata: { name: traced }
spec:
  default: allow
  unknown_tools: allow
  preconditions:
    - { id: no-drop, tools: query, when: { args.sql: { contains: DROP } }, action: deny, message: "No." }
    - { id: large, tools: pay, action: ask, message: "Large." }
  postconditions:
    - { id: secrets, tools: query, when: { output.text: { contains: hush } }, action: withhold, message: "Hidden." }
"""
SECRET = "AKIAZ7VRSQ5TJN2XMPLQ"

exporter = InMemorySpanExporter()
reader = InMemoryMetricReader()


@pytest.fixture(scope="module", autouse=True)
def providers() -> None:
    """OpenTelemetry takes providers once a process."""
    tracers = TracerProvider()
    tracers.add_span_processor(SimpleSpanProcessor(exporter))
    trace.set_tracer_provider(tracers)
    metrics.set_meter_provider(MeterProvider([reader]))


@pytest.fixture
def guard() -> Iterator[CallGuard]:
    exporter.clear()
    yield CallGuard.from_yaml_string(POLICY)


def only_span() -> ReadableSpan:
    (span,) = exporter.get_finished_spans()
    return span


def said(span: ReadableSpan, key: str) -> Any:
    return (span.attributes or {}).get(key)


def counts() -> dict[str, dict[str, float]]:
    """Each metric's points, by their attributes."""
    data = reader.get_metrics_data()
    assert data is not None
    found: dict[str, dict[str, float]] = {}
    for metric in (m for r in data.resource_metrics for s in r.scope_metrics for m in s.metrics):
        for point in metric.data.data_points:
            value = point.count if hasattr(point, "count") else point.value
            found.setdefault(metric.name, {})[json.dumps(dict(point.attributes or {}), sort_keys=True)] = value
    return found


async def test_a_call_is_one_span_that_the_tool_runs_in(guard: CallGuard) -> None:
    tracer = trace.get_tracer("host")

    async def query(sql: str) -> str:
        with tracer.start_as_current_span("inner"):
            await asyncio.sleep(0)
        return sql

    with tracer.start_as_current_span("agent") as agent:
        await guard.run("query", {"sql": "SELECT 1"}, query, session_id="s1", tool_use_id="toolu_1")
        assert trace.get_current_span() is agent, "what was current is current again"
    inner, call, outer = exporter.get_finished_spans()
    assert (inner.name, call.name, outer.name) == ("inner", "execute_tool query", "agent")
    assert inner.parent is not None and call.context is not None and inner.parent.span_id == call.context.span_id
    assert call.parent is not None and outer.context is not None and call.parent.span_id == outer.context.span_id
    assert {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": "query",
        "gen_ai.tool.call.id": "toolu_1",
        "gen_ai.conversation.id": "s1",
        "callguard.decision": "allow",
        "callguard.contract": "(default)",
        "callguard.mode": "enforce",
        "callguard.policy_error": False,
        "callguard.result": "pass",
        "callguard.policy_version": guard.policy_version,
    } == dict(call.attributes or {})


def test_events_name_the_span_of_their_call() -> None:
    exporter.clear()
    events: list[dict[str, Any]] = []

    class Kept:
        def emit(self, event: dict[str, Any]) -> None:
            events.append(event)

    with CallGuard.from_yaml_string(POLICY, audit_sink=Kept()) as guard:
        guard.run_sync("query", {"sql": "SELECT 1"}, lambda sql: sql)
    context = only_span().context
    assert context is not None
    named = [(event.get("trace_id"), event.get("span_id")) for event in events if "call_id" in event]
    assert named == [(f"{context.trace_id:032x}", f"{context.span_id:016x}")] * 2


@pytest.mark.parametrize(
    ("sql", "result", "error", "raised"),
    [
        ("DROP x", "1", "denied", CallGuardDenied),
        ("SELECT 1", "hush", "withheld", CallGuardResultWithheld),
        ("SELECT 1", RuntimeError("boom"), "tool_error", CallGuardToolError),
        ("SELECT 1", "1", None, None),
    ],
)
def test_a_span_says_what_became_of_the_call(
    guard: CallGuard, sql: str, result: Any, error: str | None, raised: type[Exception] | None
) -> None:
    def query(sql: str) -> Any:
        if isinstance(result, Exception):
            raise result
        return result

    if raised is None:
        guard.run_sync("query", {"sql": sql}, query)
    else:
        with pytest.raises(raised):
            guard.run_sync("query", {"sql": sql}, query)
    assert said(only_span(), "error.type") == error
    assert only_span().status.is_ok is (error is None)


def test_calls_that_cannot_be_read_are_denied_in_their_span(guard: CallGuard) -> None:
    with pytest.raises(CallGuardDenied):
        guard.run_sync("query", {"sql": object()}, lambda sql: sql)
    assert said(only_span(), "callguard.contract") == "(schema)"


def test_an_approval_is_within_the_span(guard: CallGuard) -> None:
    asked = guard.before("pay")
    assert isinstance(asked, NeedsApproval)
    allowed = asked.grant("ann")
    assert isinstance(allowed, Allowed) and not exporter.get_finished_spans()
    allowed.start()
    allowed.settle("paid")
    assert [event.name for event in only_span().events] == ["call_asked", "call_allowed"]
    exporter.clear()
    asked = guard.before("pay")
    assert isinstance(asked, NeedsApproval)
    asked.refuse("ann")
    assert said(only_span(), "error.type") == "denied"


def test_a_span_ends_with_whoever_lets_go_of_the_call(guard: CallGuard) -> None:
    for start, error in ((False, None), (True, "unknown_outcome")):
        exporter.clear()
        allowed = guard.before("query", {"sql": "SELECT 1"})
        assert isinstance(allowed, Allowed)
        if start:
            allowed.start()
        del allowed
        assert said(only_span(), "error.type") == error


def test_secrets_stand_in_no_span(guard: CallGuard) -> None:
    with pytest.raises(CallGuardToolError):
        guard.run_sync(
            f"query-{SECRET}", {"sql": SECRET}, _fail, session_id=SECRET, environment=SECRET, tool_use_id=SECRET
        )
    span = only_span().to_json()
    assert "REDACTED" in span and SECRET not in span
    assert SECRET not in json.dumps(counts())


def _fail(**_: Any) -> None:
    raise RuntimeError(f"bad {SECRET}")


def test_calls_are_counted_by_what_decided(guard: CallGuard) -> None:
    before = counts().get("callguard.calls", {})
    guard.run_sync("query", {"sql": "SELECT 1"}, lambda sql: sql)
    with pytest.raises(CallGuardDenied):
        guard.run_sync("query", {"sql": "DROP x"}, lambda sql: sql)
    guard.reload()
    now = counts()
    for decision, contract in (("allow", "(default)"), ("deny", "traced/no-drop")):
        key = json.dumps(
            {
                "callguard.contract": contract,
                "callguard.decision": decision,
                "callguard.mode": "enforce",
                "callguard.policy_error": False,
            }
        )
        assert now["callguard.calls"][key] == before.get(key, 0) + 1
    assert now["callguard.policy.reloads"]['{"callguard.result": "loaded"}'] >= 2
    assert "callguard.decision.duration" in now and "callguard.tool.duration" in now


def test_a_host_without_opentelemetry_imports_none_of_it() -> None:
    program = (
        "import sys, callguard; g = callguard.CallGuard.from_template('file-agent');"
        "g.run_sync('noop', {}, lambda: 1) if g.check('noop').allowed else None; g.before('read_file', {'path': '/x'});"
        "print(any(name.startswith('opentelemetry') for name in sys.modules))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env=dict(os.environ), check=True
    )
    assert ran.stdout.strip() == "False"
