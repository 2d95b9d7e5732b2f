"""Spans and metrics with OpenTelemetry, into the host's providers.

A host that has not imported ``opentelemetry`` has no providers: then there is nothing, and nothing is imported. Names
and values are those of ``docs/reference/telemetry.md``.
"""

from __future__ import annotations

import sys
import time
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

from callguard import _native, _process

if TYPE_CHECKING:
    from collections.abc import Iterable

    from callguard._native import Decision, ToolEnvelope

_TOOL = "execute_tool"
_DECISION_SECONDS = [1e-6, 2.5e-6, 5e-6, 1e-5, 2.5e-5, 5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3, 5e-3, 2.5e-2, 0.1, 1.0]
_TOOL_SECONDS = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92]


class CallSpan:
    """The span of one call, which is none where the host has no providers. It ends with its call."""

    #: What events name: a W3C ``traceparent``.
    trace_parent: str | None = None

    def again(self) -> None:
        """The call is decided anew."""

    def decided(self, decision: Decision) -> None:
        """So it is decided."""

    def refused(self) -> None:
        """A person refused it."""

    def started(self) -> None:
        """The tool starts."""

    def within(self) -> AbstractContextManager[object]:
        """What is done in here is part of the call."""
        return nullcontext()

    def settled(self, effect: str, is_error: bool) -> None:
        """This became of the result."""

    def lost(self) -> None:
        """Nobody knows how it ended."""

    def given_back(self) -> None:
        """It never starts."""


_NONE = CallSpan()


def begin(guard: _native.Guard, envelope: ToolEnvelope) -> CallSpan:
    """Starts the span of a call, under the one that is current."""
    if "opentelemetry.trace" not in sys.modules:
        return _NONE
    telemetry = _telemetry()
    return _NONE if telemetry is None else _Recorded(telemetry, guard, envelope)


def reloaded(worked: bool) -> None:
    """Policies were loaded, or did not load."""
    if "opentelemetry.trace" in sys.modules and (telemetry := _telemetry()) is not None:
        telemetry.reloads.add(1, {"callguard.result": "loaded" if worked else "rejected"})


class _Recorded(CallSpan):
    """A span that is recorded, and the measures of its call."""

    def __init__(self, telemetry: _Telemetry, guard: _native.Guard, envelope: ToolEnvelope) -> None:
        self._telemetry = telemetry
        self._is_open, self._runs = True, False
        self._begun = time.perf_counter()
        tool = guard.redact_text(envelope.tool)
        said: dict[str, Any] = {
            "gen_ai.operation.name": _TOOL,
            "gen_ai.tool.name": tool,
            "callguard.policy_version": guard.policy_version,
        }
        named = {
            "gen_ai.tool.call.id": envelope.tool_use_id,
            "gen_ai.conversation.id": envelope.session_id,
            "callguard.environment": envelope.environment,
            "callguard.principal.role": envelope.principal.role,
        }
        said |= {key: guard.redact_text(value) for key, value in named.items() if value is not None}
        self._span = telemetry.tracer.start_span(f"{_TOOL} {tool}", attributes=said)
        context = self._span.get_span_context()
        if context.is_valid:
            self.trace_parent = f"00-{context.trace_id:032x}-{context.span_id:016x}-{int(context.trace_flags):02x}"

    def again(self) -> None:
        self._begun = time.perf_counter()

    def decided(self, decision: Decision) -> None:
        word = "would_deny" if decision.effect == "allow" and decision.would not in (None, "allow") else decision.effect
        said: dict[str, str | bool] = {
            "callguard.decision": word,
            "callguard.contract": decision.contract,
            "callguard.mode": decision.mode,
            "callguard.policy_error": decision.policy_error,
        }
        self._telemetry.calls.add(1, said)
        self._telemetry.decisions.record(time.perf_counter() - self._begun, {"callguard.decision": word})
        self._span.set_attributes(said)
        self._span.add_event(f"call_{ {'allow': 'allowed', 'deny': 'denied', 'ask': 'asked'}.get(word, word) }")
        if decision.effect == "deny":
            self._end("denied")

    def refused(self) -> None:
        self._end("denied")

    def started(self) -> None:
        self._runs, self._begun = True, time.perf_counter()

    def within(self) -> AbstractContextManager[object]:
        from opentelemetry import trace

        within: AbstractContextManager[object] = trace.use_span(
            self._span, end_on_exit=False, record_exception=False, set_status_on_exception=False
        )
        return within

    def settled(self, effect: str, is_error: bool) -> None:
        said = {"callguard.result": effect}
        self._telemetry.tools.record(time.perf_counter() - self._begun, said)
        self._span.set_attributes(said)
        self._end("withheld" if effect == "withhold" else "tool_error" if is_error else None)

    def lost(self) -> None:
        if self._is_open:
            self._telemetry.lost.add(1)
        self._end("unknown_outcome")

    def given_back(self) -> None:
        self._end(None)

    def _end(self, error: str | None) -> None:
        if not self._is_open:
            return
        self._is_open = False
        if error is not None:
            from opentelemetry.trace import Status, StatusCode

            self._span.set_attribute("error.type", error)
            self._span.set_status(Status(StatusCode.ERROR, error))
        self._span.end()

    def __del__(self) -> None:
        if self._runs:
            self.lost()
        else:
            self._end(None)


class _Telemetry:
    """A tracer and instruments of the host's."""

    def __init__(self, version: str) -> None:
        from opentelemetry import metrics, trace

        self.tracer = trace.get_tracer("callguard", version)
        meter = metrics.get_meter("callguard", version)
        self.calls = meter.create_counter("callguard.calls", "{call}", "Calls that were decided.")
        self.decisions = meter.create_histogram(
            "callguard.decision.duration",
            "s",
            "How long deciding a call took.",
            explicit_bucket_boundaries_advisory=_DECISION_SECONDS,
        )
        self.tools = meter.create_histogram(
            "callguard.tool.duration",
            "s",
            "How long the tool ran and its result was judged.",
            explicit_bucket_boundaries_advisory=_TOOL_SECONDS,
        )
        self.lost = meter.create_counter(
            "callguard.unknown_outcomes", "{call}", "Tools that were started and never reported back."
        )
        self.reloads = meter.create_counter("callguard.policy.reloads", "{load}", "Loads of the policies.")
        for name in ("delivered", "dropped", "dead", "retried"):
            shown = "retries" if name == "retried" else name
            meter.create_observable_counter(f"callguard.audit.{shown}", [_by_sink(name)], "{event}")
        meter.create_observable_gauge("callguard.audit.buffered", [_by_sink("queued")], "{event}")


def _by_sink(name: str) -> Any:
    """What the sinks of all guards show under a name."""

    def observe(_: object) -> Iterable[Any]:
        from opentelemetry.metrics import Observation

        sums: dict[str, int] = {}
        for status in (status for guard in list(_process.guards) for status in guard.audit_sinks()):
            sums[status["name"]] = sums.get(status["name"], 0) + int(status[name])  # type: ignore[literal-required]
        return [Observation(count, {"callguard.sink": sink}) for sink, count in sums.items()]

    return observe


_made: _Telemetry | None = None


def _telemetry() -> _Telemetry | None:
    """The host's, once it has set a provider of traces or of metrics."""
    global _made
    if _made is None and _has_providers():
        from callguard import __version__

        _made = _Telemetry(__version__)
    return _made


def _has_providers() -> bool:
    from opentelemetry import metrics, trace

    proxies = (type(trace.get_tracer_provider()).__name__, type(metrics.get_meter_provider()).__name__)
    return proxies != ("ProxyTracerProvider", "_ProxyMeterProvider")
