"""A stand-in for the Messages API on this machine: the Claude Agent SDK's own program speaks to it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeAlias

#: Given a request's path, headers by their names in lower case, and body: a content type and a body.
Answer: TypeAlias = "Callable[[str, Mapping[str, str], dict[str, Any]], tuple[str, bytes]]"


class LocalApi:
    """Listens until it is closed, and answers what is posted."""

    def __init__(self, answer: Answer) -> None:
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(answer))
        self.url = f"http://127.0.0.1:{self._http.server_port}"
        threading.Thread(target=self._http.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()


class MessagesApi(LocalApi):
    """Says what ``say`` makes of a request that offers tools: blocks of content."""

    def __init__(self, say: Callable[[dict[str, Any]], list[dict[str, Any]]]) -> None:
        def answer(path: str, headers: Mapping[str, str], body: dict[str, Any]) -> tuple[str, bytes]:
            if "count_tokens" in path or not path.startswith("/v1/messages"):
                return "application/json", b'{"input_tokens":1}'
            blocks = say(body) if body.get("tools") else [{"type": "text", "text": "{}"}]
            if body.get("stream"):
                return "text/event-stream", _events(body, blocks)
            return "application/json", json.dumps({**_message(body), "content": blocks}).encode()

        super().__init__(answer)


def results(body: dict[str, Any]) -> list[dict[str, Any]]:
    """What a request tells of calls: their results."""
    contents = [message["content"] for message in body["messages"] if isinstance(message["content"], list)]
    return [block for content in contents for block in content if block.get("type") == "tool_result"]


def words(content: Any) -> str:
    """The text of a result."""
    return "".join(part.get("text", "") for part in content) if isinstance(content, list) else str(content)


def _handler(answer: Answer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: Any) -> None:
            """Says nothing."""

        def do_HEAD(self) -> None:
            self._send("text/plain", b"")

        def do_GET(self) -> None:
            self._send("application/json", b'{"data":[]}')

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])) or b"{}")
            self._send(*answer(self.path, {name.lower(): value for name, value in self.headers.items()}, body))

        def _send(self, kind: str, content: bytes) -> None:
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


def _events(body: dict[str, Any], blocks: list[dict[str, Any]]) -> bytes:
    events: list[dict[str, Any]] = [{"type": "message_start", "message": _message(body)}]
    for place, block in enumerate(blocks):
        is_text = block["type"] == "text"
        empty = {**block, "text": ""} if is_text else {**block, "input": {}}
        said = {"type": "text_delta", "text": block.get("text")}
        called = {"type": "input_json_delta", "partial_json": json.dumps(block.get("input"))}
        events += [
            {"type": "content_block_start", "index": place, "content_block": empty},
            {"type": "content_block_delta", "index": place, "delta": said if is_text else called},
            {"type": "content_block_stop", "index": place},
        ]
    stop = "tool_use" if any(block["type"] == "tool_use" for block in blocks) else "end_turn"
    events += [
        {"type": "message_delta", "delta": {"stop_reason": stop}, "usage": {"output_tokens": 1}},
        {"type": "message_stop"},
    ]
    return "".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events).encode()
