"""Where audit events go."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from callguard._steps import is_awaitable, within

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop

__all__ = ["AuditSink", "FileAuditSink", "StdoutAuditSink"]


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
    """One line of JSON for each event, appended to a file that only its owner can read. Written without Python."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = os.fspath(path)

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
    if type(sink) is FileAuditSink:
        return ("file", sink.path)
    if type(sink) is StdoutAuditSink:
        return "stdout"
    if not isinstance(sink, AuditSink):
        raise TypeError(f"{sink!r} is no audit sink: it has no `emit(event)`")
    return Emitter(sink)
