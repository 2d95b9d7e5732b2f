import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, final, overload

__all__ = [
    "Asked",
    "Decision",
    "Delivery",
    "Guard",
    "Judged",
    "MemoryStorageBackend",
    "NativeSink",
    "Pending",
    "Permit",
    "Principal",
    "RedactionPolicy",
    "Running",
    "ToolEnvelope",
    "__version__",
    "end",
    "forked",
    "run_cli",
    "run_policy_tests",
]

__version__: str

@final
class Principal:
    def __new__(
        cls,
        user_id: str | None = None,
        *,
        service_id: str | None = None,
        org_id: str | None = None,
        role: str | None = None,
        roles: Sequence[str] = ...,
        environment: str | None = None,
        ticket_ref: str | None = None,
        claims: Mapping[str, Any] | None = None,
    ) -> Principal: ...
    @property
    def user_id(self) -> str | None: ...
    @property
    def service_id(self) -> str | None: ...
    @property
    def org_id(self) -> str | None: ...
    @property
    def role(self) -> str | None: ...
    @property
    def roles(self) -> list[str]: ...
    @property
    def environment(self) -> str | None: ...
    @property
    def ticket_ref(self) -> str | None: ...
    @property
    def claims(self) -> dict[str, Any]: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...

@final
class ToolEnvelope:
    def __new__(
        cls,
        tool: str,
        args: Mapping[str, Any] | None = None,
        *,
        principal: Principal | None = None,
        environment: str | None = None,
        session_id: str | None = None,
        run_id: str | None = None,
        call_index: int | None = None,
        parent_call_id: str | None = None,
        tool_use_id: str | None = None,
        caller: str | None = None,
        server: str | None = None,
        cwd: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        timestamp: str | None = None,
    ) -> ToolEnvelope: ...
    @property
    def tool(self) -> str: ...
    @property
    def tool_name(self) -> str: ...
    @property
    def args(self) -> dict[str, Any]: ...
    @property
    def principal(self) -> Principal: ...
    @property
    def environment(self) -> str | None: ...
    @property
    def session_id(self) -> str | None: ...
    @property
    def run_id(self) -> str | None: ...
    @property
    def call_id(self) -> str | None: ...
    @property
    def call_index(self) -> int | None: ...
    @property
    def parent_call_id(self) -> str | None: ...
    @property
    def tool_use_id(self) -> str | None: ...
    @property
    def caller(self) -> str | None: ...
    @property
    def server(self) -> str | None: ...
    @property
    def cwd(self) -> str | None: ...
    @property
    def metadata(self) -> dict[str, Any]: ...
    @property
    def timestamp(self) -> str: ...

@final
class Decision:
    @property
    def effect(self) -> Literal["allow", "deny", "ask"]: ...
    @property
    def allowed(self) -> bool: ...
    @property
    def contract(self) -> str: ...
    @property
    def message(self) -> str | None: ...
    @property
    def policy_error(self) -> bool: ...
    @property
    def policy_version(self) -> str: ...
    @property
    def mode(self) -> Literal["enforce", "observe"]: ...
    @property
    def would(self) -> Literal["allow", "deny", "ask"] | None: ...
    @property
    def applied(self) -> list[str]: ...
    def to_dict(self) -> dict[str, Any]: ...

@final
class Permit:
    @property
    def decision(self) -> Decision: ...
    def start(self) -> Running: ...
    def give_back(self) -> None: ...

@final
class Running:
    @overload
    def judge(
        self, value: Any, *, is_error: bool = False, facts: dict[str, Any] | None = None, wait: Literal[True] = True
    ) -> Judged: ...
    @overload
    def judge(
        self, value: Any, *, is_error: bool = False, facts: dict[str, Any] | None = None, wait: bool
    ) -> Judged | Pending: ...
    @overload
    def settle(
        self, value: Any, *, is_error: bool = False, facts: dict[str, Any] | None = None, wait: Literal[True] = True
    ) -> tuple[Literal["pass", "redact", "withhold"], Any]: ...
    @overload
    def settle(
        self, value: Any, *, is_error: bool = False, facts: dict[str, Any] | None = None, wait: bool
    ) -> tuple[Literal["pass", "redact", "withhold"], Any] | Pending: ...
    def lose(self) -> None: ...

@final
class Judged:
    def settled(self) -> dict[str, Any]: ...
    def release(self, failed_hook: str | None = None) -> tuple[Literal["pass", "redact", "withhold"], Any]: ...

@final
class Asked:
    @property
    def decision(self) -> Decision: ...
    @property
    def shown_args(self) -> str: ...
    @property
    def timeout(self) -> float: ...
    @property
    def approvers(self) -> list[list[str]]: ...
    @overload
    def answer(self, by: str, groups: Sequence[str], *, wait: Literal[True] = True) -> Permit | Asked | Decision: ...
    @overload
    def answer(self, by: str, groups: Sequence[str], *, wait: bool) -> Permit | Asked | Decision | Pending: ...
    @overload
    def timed_out(self, *, wait: Literal[True] = True) -> Permit | Asked | Decision: ...
    @overload
    def timed_out(self, *, wait: bool) -> Permit | Asked | Decision | Pending: ...
    def refuse(self, by: str, why: str) -> Decision: ...

@final
class Pending:
    def poll(self, wake: Callable[[], None]) -> bool: ...
    def result(self) -> Any: ...
    def wait(self) -> Any: ...
    def give_up(self) -> None: ...

@final
class Delivery:
    def __new__(
        cls,
        *,
        buffer: str | os.PathLike[str],
        buffer_size: int = ...,
        when_full: str = "drop_newest",
        durable: bool = False,
        timeout: float = 30.0,
        backoff: tuple[float, float] = ...,
        shutdown: float = 5.0,
        ca_file: str | os.PathLike[str] | None = None,
        allow_http: bool = False,
        format: str = "callguard",
    ) -> Delivery: ...

@final
class NativeSink:
    @staticmethod
    def file(path: str) -> NativeSink: ...
    @staticmethod
    def webhook(url: str, secrets: Sequence[str], headers: dict[str, str], delivery: Delivery) -> NativeSink: ...
    @staticmethod
    def splunk_hec(
        url: str,
        token: str,
        index: str | None,
        source: str,
        sourcetype: str,
        host: str | None,
        acknowledge: bool,
        delivery: Delivery,
    ) -> NativeSink: ...
    @staticmethod
    def datadog(
        api_key: str,
        site: str,
        url: str | None,
        service: str,
        host: str | None,
        tags: Sequence[str],
        delivery: Delivery,
    ) -> NativeSink: ...
    @staticmethod
    def otlp(
        endpoint: str, headers: dict[str, str], service: str, attributes: dict[str, str], delivery: Delivery
    ) -> NativeSink: ...
    @staticmethod
    def syslog(
        url: str,
        facility: str,
        app_name: str,
        host: str | None,
        max_message: int,
        cert_file: str | os.PathLike[str] | None,
        key_file: str | os.PathLike[str] | None,
        delivery: Delivery,
    ) -> NativeSink: ...
    @staticmethod
    def config(name: str, text: str) -> NativeSink: ...
    @property
    def on_failure(self) -> Literal["continue", "deny_writes", "deny"]: ...
    @property
    def intent_first(self) -> bool: ...

@final
class MemoryStorageBackend:
    def __new__(cls) -> MemoryStorageBackend: ...

@final
class RedactionPolicy:
    def __new__(
        cls,
        sensitive_keys: Sequence[str] = ...,
        patterns: Sequence[str] = ...,
        *,
        keep_keys: Sequence[str] = ...,
        max_length: int | None = None,
    ) -> RedactionPolicy: ...
    def redact(self, text: str) -> str: ...

@final
class Guard:
    def __new__(
        cls,
        sources: Sequence[tuple[str, str | None]],
        *,
        sinks: Sequence[Any] = ...,
        redaction: RedactionPolicy | None = None,
        redaction_key: bytes | None = None,
        on_audit_failure: Literal["continue", "deny_writes", "deny"] = "continue",
        intent_first: bool = False,
        workspace: str | None = None,
        home: str | None = None,
        follow_links: bool = True,
        operators: dict[str, Callable[[Any, Any], bool]] | None = None,
        backend: Any = None,
        store: str | None = None,
    ) -> Guard: ...
    def wanted_facts(self, call: ToolEnvelope) -> list[str]: ...
    def check(
        self,
        call: ToolEnvelope,
        *,
        facts: dict[str, Any] | None = None,
        refused_by: tuple[str, str] | None = None,
        explain: bool = False,
    ) -> Decision: ...
    @overload
    def before(
        self,
        call: ToolEnvelope,
        *,
        facts: dict[str, Any] | None = None,
        refused_by: tuple[str, str] | None = None,
        trace_parent: str | None = None,
        wait: Literal[True] = True,
    ) -> Permit | Asked | Decision: ...
    @overload
    def before(
        self,
        call: ToolEnvelope,
        *,
        facts: dict[str, Any] | None = None,
        refused_by: tuple[str, str] | None = None,
        trace_parent: str | None = None,
        wait: bool,
    ) -> Permit | Asked | Decision | Pending: ...
    def redact_text(self, text: str) -> str: ...
    def refusal(self, why: str) -> Decision: ...
    def refuse(self, call: ToolEnvelope, why: str) -> Decision: ...
    def check_result(self, call: ToolEnvelope, value: Any, *, is_error: bool = False) -> dict[str, Any]: ...
    @overload
    def session(self, call: ToolEnvelope, *, wait: Literal[True] = True) -> dict[str, Any]: ...
    @overload
    def session(self, call: ToolEnvelope, *, wait: bool) -> dict[str, Any] | Pending: ...
    def could_run(self, call: ToolEnvelope) -> bool: ...
    def report_coverage(self, tools: Sequence[tuple[str, str | None, bool, str]]) -> None: ...
    def reload(self) -> None: ...
    @property
    def policy_version(self) -> str: ...
    def flush(self) -> None: ...
    @property
    def audit_failures(self) -> int: ...
    def audit_sinks(self) -> list[dict[str, Any]]: ...

def end() -> None: ...
def forked() -> None: ...
def run_cli(program: Sequence[str], args: Sequence[str]) -> int: ...
def run_policy_tests(path: str) -> list[tuple[str, str, int, list[str]]]: ...
