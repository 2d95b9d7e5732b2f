"""Where audit events go."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypedDict, runtime_checkable

from callguard import _native
from callguard._errors import CallGuardConfigError
from callguard._steps import is_awaitable, within

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop

    from typing_extensions import Required, Unpack

__all__ = [
    "AuditConfig",
    "AuditSink",
    "DatadogSink",
    "Delivery",
    "FileAuditSink",
    "OTLPSink",
    "RemoteAuditSink",
    "SinkStatus",
    "SplunkHECSink",
    "StdoutAuditSink",
    "SyslogSink",
    "WebhookAuditSink",
]


#: What an awaited sink may take for one event: its thread writes nothing else meanwhile.
_SECONDS = 10.0


@runtime_checkable
class AuditSink(Protocol):
    """Takes redacted events, in order, from a thread of their own. A sink may also have ``flush()``.

    Both may be coroutine functions: they are awaited, ten seconds at most, on an event loop of that thread's.
    """

    def emit(self, event: dict[str, Any], /) -> Any:
        """Takes one event; what it raises counts as an event that could not be written."""


class FileAuditSink:
    """One line of JSON for each event, appended to a file that only its owner can read. Written without Python.

    Guards that are given the same object write to it together; a file has one writer at a time.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = os.fspath(path)
        self._handle = _native.NativeSink.file(self.path)

    def emit(self, event: dict[str, Any], /) -> None:
        """Appends one event, for those who use the sink by itself."""
        import json

        with open(os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "a", encoding="utf-8") as file:
            file.write(json.dumps(event, separators=(",", ":")) + "\n")


class StdoutAuditSink:
    """One line of JSON for each event on standard output. Written without Python."""

    def emit(self, event: dict[str, Any], /) -> None:
        """Prints one event, for those who use the sink by itself."""
        import json

        print(json.dumps(event, separators=(",", ":")), flush=True)


class Delivery(TypedDict, total=False):
    """How events are delivered elsewhere: the names and defaults of a configuration file, times in seconds.

    ``buffer`` is the folder of a buffer on the disk, ``buffer_size`` its bytes at most (1 GiB), ``when_full`` what
    becomes of the next event, ``durable`` whether a loss of power costs none. A request may take ``timeout`` (30);
    between attempts there are ``backoff`` (0.5, at most 60); at the end there are ``shutdown`` (5) for the rest.
    """

    buffer: Required[str | os.PathLike[str]]
    buffer_size: int
    when_full: Literal["drop_newest", "block"]
    durable: bool
    timeout: float
    backoff: tuple[float, float]
    shutdown: float
    ca_file: str | os.PathLike[str] | None
    allow_http: bool
    format: Literal["callguard", "ocsf"]


class SinkStatus(TypedDict):
    """How a sink does whose receiver is elsewhere, and what became of its events."""

    name: str
    state: Literal["healthy", "retrying", "open", "halted", "gone"]
    error: str | None
    delivered: int
    dropped: int
    retried: int
    dead: int
    queued: int
    queued_bytes: int


class RemoteAuditSink:
    """A sink whose receiver is elsewhere. Opened by the first guard that is given it, closed with the last."""

    _handle: _native.NativeSink


class WebhookAuditSink(RemoteAuditSink):
    """Signed webhooks (Standard Webhooks), one for each event. Several ``secrets`` while one takes another's place."""

    def __init__(
        self,
        url: str,
        *,
        secrets: Sequence[str] = (),
        headers: Mapping[str, str] | None = None,
        **delivery: Unpack[Delivery],
    ) -> None:
        if isinstance(secrets, str):
            raise TypeError("`secrets` is a list: write [secret]")
        self._handle = _native.NativeSink.webhook(url, list(secrets), dict(headers or {}), _native.Delivery(**delivery))


class SplunkHECSink(RemoteAuditSink):
    """Splunk's HTTP Event Collector. With ``acknowledge`` an event is delivered only once it is indexed."""

    def __init__(
        self,
        url: str,
        token: str,
        *,
        index: str | None = None,
        source: str = "callguard",
        sourcetype: str = "callguard:audit",
        host: str | None = None,
        acknowledge: bool = False,
        **delivery: Unpack[Delivery],
    ) -> None:
        self._handle = _native.NativeSink.splunk_hec(
            url, token, index, source, sourcetype, host, acknowledge, _native.Delivery(**delivery)
        )


class DatadogSink(RemoteAuditSink):
    """Datadog's log intake, at a ``site`` or another ``url``."""

    def __init__(
        self,
        api_key: str,
        *,
        site: str = "datadoghq.com",
        url: str | None = None,
        service: str = "callguard",
        host: str | None = None,
        tags: Sequence[str] = (),
        **delivery: Unpack[Delivery],
    ) -> None:
        if isinstance(tags, str):
            raise TypeError("`tags` is a list: write [tag]")
        self._handle = _native.NativeSink.datadog(
            api_key, site, url, service, host, list(tags), _native.Delivery(**delivery)
        )


class OTLPSink(RemoteAuditSink):
    """Logs by OTLP/HTTP; ``attributes`` are the resource's."""

    def __init__(
        self,
        endpoint: str,
        *,
        headers: Mapping[str, str] | None = None,
        service: str = "callguard",
        attributes: Mapping[str, str] | None = None,
        **delivery: Unpack[Delivery],
    ) -> None:
        self._handle = _native.NativeSink.otlp(
            endpoint, dict(headers or {}), service, dict(attributes or {}), _native.Delivery(**delivery)
        )


class SyslogSink(RemoteAuditSink):
    """RFC 5424 over TLS (``tls://siem.example:6514``); over TCP on this machine (``tcp://127.0.0.1:601``)."""

    def __init__(
        self,
        url: str,
        *,
        facility: str = "local0",
        app_name: str = "callguard",
        host: str | None = None,
        max_message: int = 65536,
        cert_file: str | os.PathLike[str] | None = None,
        key_file: str | os.PathLike[str] | None = None,
        **delivery: Unpack[Delivery],
    ) -> None:
        self._handle = _native.NativeSink.syslog(
            url, facility, app_name, host, max_message, cert_file, key_file, _native.Delivery(**delivery)
        )


class AuditConfig:
    """Sinks, and what their failure means, as the file of ``callguard mcp run --audit-config`` says."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        name = os.fspath(path)
        try:
            with open(name, encoding="utf-8") as file:
                text = file.read()
        except UnicodeDecodeError:
            raise CallGuardConfigError(f"`{name}` is not UTF-8") from None
        self._handle = _native.NativeSink.config(name, text)

    @classmethod
    def from_string(cls, text: str, *, name: str = "audit.yaml") -> AuditConfig:
        """The same of a text."""
        config = cls.__new__(cls)
        config._handle = _native.NativeSink.config(name, text)
        return config

    @property
    def on_failure(self) -> Literal["continue", "deny_writes", "deny"]:
        """What happens to calls while events cannot be written."""
        return self._handle.on_failure

    @property
    def intent_first(self) -> bool:
        """Whether what may change something runs only once its decision is recorded."""
        return self._handle.intent_first


class Emitter:
    """A sink as the audit's thread calls it, with an event loop for what has to be awaited."""

    def __init__(self, sink: AuditSink) -> None:
        self._sink = sink
        self._loop: AbstractEventLoop | None = None

    def emit(self, event: dict[str, Any]) -> None:
        """Takes one event."""
        self._finish(self._sink.emit(event))

    def flush(self) -> None:
        """Brings what was taken where it belongs, if the sink has a word for that."""
        flush = getattr(self._sink, "flush", None)
        if flush is not None:
            self._finish(flush())

    def close(self) -> None:
        """Nothing will be awaited any more."""
        if self._loop is not None:
            # What was cancelled gets a turn to end.
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
            self._loop.close()

    def _finish(self, given: Any) -> None:
        if not is_awaitable(given):
            return
        if self._loop is None:
            import asyncio

            self._loop = asyncio.new_event_loop()
        self._loop.run_until_complete(within(given, _SECONDS))


def native_sink(sink: Any) -> Any:
    """What the native guard takes for it: our own classes by what they say, others as their thread calls them."""
    if type(sink) is FileAuditSink or isinstance(sink, RemoteAuditSink):
        return sink._handle
    if type(sink) is StdoutAuditSink:
        return "stdout"
    if not isinstance(sink, AuditSink):
        raise TypeError(f"{sink!r} is no audit sink: it has no `emit(event)`")
    return Emitter(sink)
