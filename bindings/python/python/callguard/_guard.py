"""The guard: decides a call, runs the tool if it may run, and judges what comes back."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, cast, overload

from callguard import _learn, _native, _process, _telemetry
from callguard._approval import Approver, granted
from callguard._contracts import OperationLimits, PolicySource, collected, policy_of
from callguard._errors import CallGuardApprovalRequired, CallGuardConfigError, CallGuardDenied
from callguard._hooks import Hook
from callguard._native import Asked, Decision, Pending, Permit, Principal, RedactionPolicy, ToolEnvelope
from callguard._permit import Allowed, Denied, NeedsApproval
from callguard._session import Session
from callguard._sinks import AuditConfig, AuditSink, Emitter, RemoteAuditSink, SinkStatus, native_sink
from callguard._steps import NotAwaited, OutOfTime, Steps, awaiting, is_awaitable, now
from callguard.storage import MemoryStorageBackend, StorageBackend

if TYPE_CHECKING:
    from callguard.adapters._coverage import Coverage

__all__ = ["CallGuard", "create_envelope"]

PathLike: TypeAlias = "str | os.PathLike[str]"


class CallGuard:
    """Guards the tool calls of an agent.

    >>> guard = CallGuard.from_template("file-agent", workspace="/workspace", home="/home/me")
    >>> guard.check("read_file", {"path": "/home/me/.ssh/id_rsa"}).effect
    'deny'
    """

    def __init__(
        self,
        policy: PathLike | Iterable[PathLike] | None = None,
        *,
        contracts: Iterable[Any] = (),
        hooks: Iterable[Hook] = (),
        limits: OperationLimits | None = None,
        mode: Literal["enforce", "observe"] = "enforce",
        environment: str | None = None,
        principal: Principal | None = None,
        session_id: str | None = None,
        audit_sink: AuditSink | RemoteAuditSink | Sequence[AuditSink | RemoteAuditSink] | None = None,
        audit: PathLike | AuditConfig | None = None,
        on_audit_failure: Literal["continue", "deny_writes", "deny"] = "continue",
        intent_first: bool = False,
        redaction: RedactionPolicy | None = None,
        redaction_key: str | bytes | None = None,
        approver: Approver | None = None,
        backend: StorageBackend | MemoryStorageBackend | None = None,
        store: str | None = None,
        facts: Mapping[str, Any] | None = None,
        operators: Mapping[str, Callable[[Any, Any], bool]] | None = None,
        workspace: PathLike | None = None,
        home: PathLike | None = None,
        follow_links: bool = True,
        contract_timeout: float = 5.0,
        _yaml: Sequence[tuple[str, str]] = (),
    ) -> None:
        contracts = list(contracts)
        policies = [contract for contract in contracts if isinstance(contract, PolicySource)]
        found = collected(contract for contract in contracts if not isinstance(contract, PolicySource))
        if found or limits is not None:
            policies.append(policy_of(found, limits))
        sources: list[tuple[str, str | None]] = [(os.fspath(path), None) for path in _paths(policy)]
        sources += [(name, text) for name, text in _yaml]
        sources += [(given.name, given.text(mode)) for given in policies]
        if not sources:
            raise CallGuardConfigError("nothing to guard by: give a policy, contracts or limits")
        if store is not None and backend is not None:
            raise TypeError("sessions are kept in one place: give `store` or `backend`")
        sinks = [native_sink(sink) for sink in _several(audit_sink)]
        self._sinks = [sink for sink in sinks if isinstance(sink, Emitter)]
        config = audit if audit is None or isinstance(audit, AuditConfig) else AuditConfig(audit)
        sinks += [] if config is None else [config._handle]
        self._native = _native.Guard(
            sources,
            sinks=sinks,
            redaction=redaction,
            redaction_key=redaction_key.encode() if isinstance(redaction_key, str) else redaction_key,
            on_audit_failure=_stricter(on_audit_failure, config),
            intent_first=intent_first or (config is not None and config.intent_first),
            workspace=os.fspath(workspace) if workspace is not None else os.getcwd(),
            home=os.fspath(home) if home is not None else os.path.expanduser("~"),
            follow_links=follow_links,
            operators=dict(operators or {}),
            backend=_store(backend),
            store=store,
        )
        self._environment = environment
        self._principal = principal
        self._session_id = session_id
        self._approver = approver
        self._seconds = contract_timeout
        self._learn = _learn.Learner(self._native, found, list(hooks), dict(facts or {}))
        _process.guards.add(self)
        _telemetry.reloaded(True)

    @classmethod
    def from_yaml(cls, *paths: PathLike, **options: Any) -> CallGuard:
        """A guard for policy files that decide together."""
        return cls(paths, **options)

    @classmethod
    def from_yaml_string(cls, text: str, *, name: str = "policy.yaml", **options: Any) -> CallGuard:
        """A guard for policy text."""
        return cls(_yaml=[(name, text)], **options)

    @classmethod
    def from_template(cls, name: str, **options: Any) -> CallGuard:
        """A guard for a shipped policy: ``file-agent``, ``research-agent``, ..."""
        return cls(f"template/{name}", **options)

    @overload
    def check(self, tool: ToolEnvelope, /) -> Decision: ...
    @overload
    def check(self, tool: str, args: Mapping[str, Any] | None = None, /, **context: Any) -> Decision: ...
    def check(self, tool: str | ToolEnvelope, args: Mapping[str, Any] | None = None, /, **context: Any) -> Decision:
        """What would be decided. Nothing is counted, reserved or recorded."""
        return self._look(tool, args, context, False)

    def explain(self, tool: str | ToolEnvelope, args: Mapping[str, Any] | None = None, /, **context: Any) -> Decision:
        """What would be decided, and why: each contract and leaf, in ``decision.to_dict()["explanation"]``."""
        return self._look(tool, args, context, True)

    def _look(
        self, tool: str | ToolEnvelope, args: Mapping[str, Any] | None, context: dict[str, Any], explain: bool
    ) -> Decision:
        try:
            envelope = self._envelope(tool, args, context)
        except _Unreadable as unreadable:
            return self._native.refusal(unreadable.why)
        if not self._learn.needed:
            return self._native.check(envelope, explain=explain)
        facts, refused = now(self._learn.call(envelope))
        return self._native.check(envelope, facts=facts, refused_by=refused, explain=explain)

    def before(
        self, tool: str | ToolEnvelope, args: Mapping[str, Any] | None = None, /, **context: Any
    ) -> Allowed | Denied | NeedsApproval:
        """Decides a call. For hosts that run the tool themselves."""
        return now(self._before(tool, args, context))

    async def before_async(
        self, tool: str | ToolEnvelope, args: Mapping[str, Any] | None = None, /, **context: Any
    ) -> Allowed | Denied | NeedsApproval:
        """``before``, where contracts, facts and hooks may be coroutine functions."""
        return await awaiting(self._before(tool, args, context), self._seconds)

    def _before(
        self, tool: str | ToolEnvelope, args: Mapping[str, Any] | None, context: dict[str, Any]
    ) -> Steps[Allowed | Denied | NeedsApproval]:
        try:
            envelope = self._envelope(tool, args, context)
        except _Unreadable as unreadable:
            span = _telemetry.begin(self._native, unreadable.envelope)
            return self._became(span, unreadable.envelope, self._native.refuse(unreadable.envelope, unreadable.why), {})
        span = _telemetry.begin(self._native, envelope)
        facts, refused = (yield from self._learn.call(envelope)) if self._learn.needed else ({}, None)
        before = self._native.before(
            envelope, facts=facts, refused_by=refused, trace_parent=span.trace_parent, wait=False
        )
        if isinstance(before, Pending):
            before = yield before
        return self._became(span, envelope, before, facts)

    async def run(
        self,
        tool: str | ToolEnvelope,
        args: Mapping[str, Any] | None,
        fn: Callable[..., Any],
        /,
        **context: Any,
    ) -> Any:
        """Decides a call, runs ``fn(**args)`` if it may run, and gives what the agent may see of the result.

        Raises ``CallGuardDenied``, ``CallGuardToolError`` and ``CallGuardResultWithheld``.
        """
        before = await awaiting(self._before(tool, args, context), self._seconds)
        while isinstance(before, NeedsApproval) and self._approver is not None:
            before = await awaiting(_asked(before, self._approver), before.timeout)
        allowed = _allowed(before)
        result, error = await awaiting(_ran(allowed, fn), None)
        return await awaiting(allowed._settle(result, error), self._seconds)

    def run_sync(
        self, tool: str | ToolEnvelope, args: Mapping[str, Any] | None, fn: Callable[..., Any], /, **context: Any
    ) -> Any:
        """``run`` without an event loop: contracts, facts, hooks and the tool are plain functions."""
        before = now(self._before(tool, args, context))
        while isinstance(before, NeedsApproval) and self._approver is not None:
            before = now(_asked(before, self._approver))
        allowed = _allowed(before)
        result, error = now(_ran(allowed, fn))
        return now(allowed._settle(result, error))

    def session(self, **context: Any) -> Session:
        """What a session did so far."""
        envelope = self._envelope("session", None, context)
        return Session(envelope.session_id, self._native.session(envelope))

    def set_fact(self, name: str, value: Any) -> None:
        """Answers a fact that policies declare, from now on: a value, or a function of the ``ToolEnvelope``."""
        self._learn.facts[name] = value
        self._learn.update()

    def reload(self) -> None:
        """Puts the policy files in force as they are now. If they do not load, the old ones stay in force."""
        try:
            self._native.reload()
        except CallGuardConfigError:
            _telemetry.reloaded(False)
            raise
        _telemetry.reloaded(True)

    def could_run(self, tool: str | ToolEnvelope, /, **context: Any) -> bool:
        """Whether some arguments could make a call of the tool run: what a list of tools may leave out."""
        return self._native.could_run(self._envelope(tool, None, context))

    def coverage(self, agent: Any) -> Coverage:
        """Which tools of a framework's agent this guard guards, which not, and why. Printable, and recorded."""
        from callguard.adapters._coverage import coverage

        found = coverage(agent, self)
        self._native.report_coverage([(tool.tool, tool.agent or None, tool.guarded, tool.why) for tool in found.tools])
        return found

    @property
    def policy_version(self) -> str:
        """``sha256:`` of the policies in force."""
        return self._native.policy_version

    @property
    def audit_failures(self) -> int:
        """How many audit events could not be written."""
        return self._native.audit_failures

    def audit_sinks(self) -> list[SinkStatus]:
        """How each sink does whose receiver is elsewhere."""
        return cast("list[SinkStatus]", self._native.audit_sinks())

    def flush(self) -> None:
        """Waits until every audit event so far was written."""
        self._native.flush()

    def _close(self) -> None:
        """No sink is called any more."""
        for sink in self._sinks:
            sink.close()

    def __enter__(self) -> CallGuard:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.flush()

    async def __aenter__(self) -> CallGuard:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.flush()

    def _envelope(
        self, tool: str | ToolEnvelope, args: Mapping[str, Any] | None, context: dict[str, Any]
    ) -> ToolEnvelope:
        if isinstance(tool, ToolEnvelope):
            if args is not None or context:
                raise TypeError("the envelope says all there is to say of the call; pass it alone")
            return tool
        if self._principal is not None:
            context.setdefault("principal", self._principal)
        if self._environment is not None:
            context.setdefault("environment", self._environment)
        if self._session_id is not None:
            context.setdefault("session_id", self._session_id)
        try:
            return ToolEnvelope(tool, args, **context)
        except (TypeError, ValueError) as error:
            why = str(error)
        # Where it is the context that cannot be read, which is the host's own, this raises as it did.
        raise _Unreadable(ToolEnvelope(tool, None, **context), why)

    def _became(
        self, span: _telemetry.CallSpan, envelope: ToolEnvelope, before: Any, facts: _learn.Facts
    ) -> Allowed | Denied | NeedsApproval:
        span.decided(before if isinstance(before, Decision) else before.decision)
        if isinstance(before, Permit):
            return Allowed(self, span, envelope, before, facts)
        if isinstance(before, Asked):
            return NeedsApproval(self, span, envelope, before, facts)
        return Denied(before)


class _Unreadable(Exception):
    """Arguments that are not JSON: of what call, and why."""

    def __init__(self, envelope: ToolEnvelope, why: str) -> None:
        super().__init__(why)
        self.envelope = envelope
        self.why = why


def create_envelope(tool: str, args: Mapping[str, Any] | None = None, **context: Any) -> ToolEnvelope:
    """A call with a copy of its arguments.

    >>> create_envelope("bash", {"command": "ls"}).args
    {'command': 'ls'}
    """
    return ToolEnvelope(tool, args, **context)


def _asked(asked: NeedsApproval, approver: Approver) -> Steps[Allowed | Denied | NeedsApproval]:
    """What the approver makes of it."""
    begun, is_late = time.monotonic(), False
    try:
        answer = approver(asked.request)
        if is_awaitable(answer):
            answer = yield answer
    except OutOfTime:
        answer, is_late = None, True
    except NotAwaited:
        return asked.refuse("nobody", "the approver is a coroutine function, and this call is synchronous")
    except Exception:
        return asked.refuse("nobody", "the approver failed")
    approval = granted(answer)
    # A plain function cannot be interrupted: what it grants too late is granted by nobody.
    if is_late or (approval is not None and time.monotonic() - begun > asked.timeout):
        return (yield from asked._timed_out())
    if approval is None:
        return asked.refuse("nobody", "nobody granted it")
    return (yield from asked._grant(*approval))


def _ran(allowed: Allowed, tool: Callable[..., Any]) -> Steps[tuple[Any, Exception | None]]:
    """What the tool gives, or raises. Where it is interrupted, nobody knows how it ended."""
    args = allowed.start()
    try:
        with allowed._span.within():
            result = tool(**args)
            if is_awaitable(result):
                result = yield result
    except NotAwaited:
        return None, TypeError("the tool is a coroutine function: use `await guard.run(...)`")
    except Exception as error:
        return None, error
    except BaseException:
        allowed.lose()
        raise
    return result, None


def _allowed(before: Allowed | Denied | NeedsApproval) -> Allowed:
    if isinstance(before, Allowed):
        return before
    if isinstance(before, NeedsApproval):
        raise CallGuardApprovalRequired(before.message, before.decision)
    raise CallGuardDenied(before.message, before.decision)


def _stricter(
    said: Literal["continue", "deny_writes", "deny"], config: AuditConfig | None
) -> Literal["continue", "deny_writes", "deny"]:
    """What is said here and in the configuration: the one that denies more."""
    words = ("continue", "deny_writes", "deny")
    if said not in words:
        raise ValueError(f"on_audit_failure={said!r}: it is 'continue', 'deny_writes' or 'deny'")
    if config is None or words.index(said) > words.index(config.on_failure):
        return said
    return config.on_failure


def _paths(policy: Any) -> list[Any]:
    if policy is None:
        return []
    if isinstance(policy, (str, os.PathLike)):
        return [policy]
    return list(policy)


def _store(backend: Any) -> Any:
    if backend is None or isinstance(backend, (MemoryStorageBackend, StorageBackend)):
        return backend
    raise TypeError(f"{backend!r} is no storage backend: it must have attempt, reserve, commit, release and health")


def _several(sink: Any) -> list[Any]:
    if sink is None:
        return []
    return list(cast("Sequence[Any]", sink)) if isinstance(sink, (list, tuple)) else [sink]
