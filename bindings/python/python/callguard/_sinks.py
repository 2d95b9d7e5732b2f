"""Where audit events go."""

from __future__ import annotations

import os
from typing import Any, Protocol, runtime_checkable

__all__ = ["AuditSink", "FileAuditSink", "StdoutAuditSink"]


@runtime_checkable
class AuditSink(Protocol):
    """Takes redacted events, in order, from a thread of their own. A sink may also have ``flush()``."""

    def emit(self, event: dict[str, Any], /) -> None:
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


def native_sink(sink: AuditSink) -> Any:
    """What the native guard takes for it: our own classes by what they say, others as they are."""
    if type(sink) is FileAuditSink:
        return ("file", sink.path)
    if type(sink) is StdoutAuditSink:
        return "stdout"
    if not isinstance(sink, AuditSink):
        raise TypeError(f"{sink!r} is no audit sink: it has no `emit(event)`")
    return sink
