"""A client that says and hears bytes, for what no honest client would send."""

from __future__ import annotations

import json
import queue
import subprocess
import threading
from types import TracebackType
from typing import Any

SECONDS = 30


class Raw:
    """A server process spoken to in bytes."""

    def __init__(self, command: list[str]) -> None:
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self._lines: queue.Queue[bytes] = queue.Queue()
        self.errors: list[bytes] = []
        threading.Thread(target=self._read, daemon=True).start()
        self._error_reader = threading.Thread(target=self._read_errors, daemon=True)
        self._error_reader.start()

    def __enter__(self) -> Raw:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.process.kill()
        self.process.wait()

    def say(self, text: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(text)
        self.process.stdin.flush()

    def send(self, **message: Any) -> None:
        self.say(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")

    def hear(self) -> bytes:
        """The next line; empty at the end."""
        return self._lines.get(timeout=SECONDS)

    def answer(self, identity: Any) -> dict[str, Any]:
        """The answer to a request; whatever comes before it is passed over."""
        while line := self.hear():
            message = json.loads(line)
            if message.get("id") == identity and "method" not in message:
                return message
        raise EOFError(f"no answer to {identity}")

    def ask(self, identity: Any, method: str, **params: Any) -> dict[str, Any]:
        self.send(id=identity, method=method, params=params)
        return self.answer(identity)

    def call(self, identity: Any, tool: str, **arguments: Any) -> dict[str, Any]:
        return self.ask(identity, "tools/call", name=tool, arguments=arguments)

    def handshake(self, version: str = "2025-06-18", **capabilities: Any) -> dict[str, Any]:
        client = {"name": "raw", "version": "0"}
        answer = self.ask("hello", "initialize", protocolVersion=version, capabilities=capabilities, clientInfo=client)
        self.send(method="notifications/initialized")
        return answer

    def hang_up(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()

    def ended(self) -> int:
        """The exit code, once it has ended and all its errors are read."""
        code = self.process.wait(timeout=SECONDS)
        self._error_reader.join(timeout=SECONDS)
        return code

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line)
        self._lines.put(b"")

    def _read_errors(self) -> None:
        assert self.process.stderr is not None
        self.errors.extend(self.process.stderr)
