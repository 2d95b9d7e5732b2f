"""A stand-in for the Messages API: the Claude Agent SDK's own program speaks to it, and it makes one call a turn."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from session import Step


class MessagesApi:
    """Listens on this machine until it is closed."""

    def __init__(self, steps: Sequence[Step], server: str) -> None:
        self._steps, self._server = list(steps), server
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self._say))
        self.url = f"http://127.0.0.1:{self._http.server_port}"
        threading.Thread(target=self._http.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()

    def _say(self, body: dict[str, Any]) -> dict[str, Any]:
        """The next block of the model: a call for each result that it has read, then its last words."""
        if not body.get("tools"):
            return {"type": "text", "text": "{}"}
        content = [block for message in body["messages"] for block in message["content"] if isinstance(block, dict)]
        turn = sum(block.get("type") == "tool_result" for block in content)
        if turn >= len(self._steps):
            return {"type": "text", "text": "I have done what I may."}
        step = self._steps[turn]
        return {"type": "tool_use", "id": f"c{turn}", "name": f"mcp__{self._server}__{step.tool}", "input": step.args}


def _handler(say: Any) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: Any) -> None:
            """Says nothing."""

        def do_HEAD(self) -> None:
            self._send(b"", "text/plain")

        def do_GET(self) -> None:
            self._send(b'{"data":[]}', "application/json")

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])) or b"{}")
            if "count_tokens" in self.path or not self.path.startswith("/v1/messages"):
                self._send(b'{"input_tokens":1}', "application/json")
            elif body.get("stream"):
                self._send(_events(body, say(body)), "text/event-stream")
            else:
                self._send(json.dumps({**_message(body), "content": [say(body)]}).encode(), "application/json")

        def _send(self, content: bytes, kind: str) -> None:
            self.send_response(200)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    return Handler


def _message(body: dict[str, Any]) -> dict[str, Any]:
    usage = {"input_tokens": 1, "output_tokens": 1}
    known = {"id": "m", "type": "message", "role": "assistant", "model": body.get("model"), "usage": usage}
    return {**known, "content": [], "stop_reason": None, "stop_sequence": None}


def _events(body: dict[str, Any], block: dict[str, Any]) -> bytes:
    is_text = block["type"] == "text"
    empty = {**block, "text": ""} if is_text else {**block, "input": {}}
    said = {"type": "text_delta", "text": block.get("text")}
    called = {"type": "input_json_delta", "partial_json": json.dumps(block.get("input"))}
    stop = "end_turn" if is_text else "tool_use"
    events: list[dict[str, Any]] = [
        {"type": "message_start", "message": _message(body)},
        {"type": "content_block_start", "index": 0, "content_block": empty},
        {"type": "content_block_delta", "index": 0, "delta": said if is_text else called},
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": stop}, "usage": {"output_tokens": 1}},
        {"type": "message_stop"},
    ]
    return "".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events).encode()
