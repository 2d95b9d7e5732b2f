"""The Claude Agent SDK: the program that it bundles, against a scripted Messages API."""

from __future__ import annotations

import inspect
import json
import os
import tempfile
import threading
from contextlib import nullcontext
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, get_type_hints

from claude_agent_sdk import ClaudeAgentOptions, create_sdk_mcp_server, query, tool

from adapters.harness import Driver, Job, Read, Transcript
from callguard.adapters import calling
from callguard.adapters.claude_agent_sdk import guard_options, guard_tool

IMPOSSIBLE = {
    "test_coverage_tells": "options name servers and not their tools: coverage answers for the hooks of the session",
}


class Api:
    """Says the script, and remembers what it was sent."""

    def __init__(self, script: Any, read: list[Read]) -> None:
        self.script, self.read, self._lock = list(script), read, threading.Lock()
        api = self

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
                if not self.path.startswith("/v1/messages") or "count_tokens" in self.path:
                    return self._send(b'{"input_tokens":1}', "application/json")
                blocks = api.say(body) if body.get("tools") else [{"type": "text", "text": "{}"}]
                if body.get("stream"):
                    self._send(_events(body, blocks), "text/event-stream")
                else:
                    self._send(json.dumps({**_message(body), "content": blocks}).encode(), "application/json")

            def _send(self, content: bytes, kind: str) -> None:
                self.send_response(200)
                self.send_header("content-type", kind)
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def say(self, body: Any) -> list[dict[str, Any]]:
        with self._lock:
            blocks = [b for m in body["messages"] if isinstance(m["content"], list) for b in m["content"]]
            results = [block for block in blocks if block.get("type") == "tool_result"]
            self.read[:] = [Read(block["tool_use_id"], _words(block.get("content"))) for block in results]
            said = self.script.pop(0) if self.script else "done"
        if isinstance(said, str):
            return [{"type": "text", "text": said}]
        return [{"type": "tool_use", "id": c.id, "name": f"mcp__ops__{c.tool}", "input": c.args} for c in said]


def _words(content: Any) -> str:
    if isinstance(content, list):
        return "".join(block.get("text", "") for block in content)
    return str(content)


def _message(body: Any) -> dict[str, Any]:
    usage = {"input_tokens": 1, "output_tokens": 1}
    return {"id": "m", "type": "message", "role": "assistant", "model": body.get("model"), "content": [],
            "stop_reason": None, "stop_sequence": None, "usage": usage}  # fmt: skip


def _events(body: Any, blocks: list[dict[str, Any]]) -> bytes:
    events: list[dict[str, Any]] = [{"type": "message_start", "message": _message(body)}]
    for place, block in enumerate(blocks):
        empty = {**block, "text": ""} if block["type"] == "text" else {**block, "input": {}}
        delta = (
            {"type": "text_delta", "text": block["text"]}
            if block["type"] == "text"
            else {"type": "input_json_delta", "partial_json": json.dumps(block["input"])}
        )
        events += [
            {"type": "content_block_start", "index": place, "content_block": empty},
            {"type": "content_block_delta", "index": place, "delta": delta},
            {"type": "content_block_stop", "index": place},
        ]
    stop = "tool_use" if any(block["type"] == "tool_use" for block in blocks) else "end_turn"
    events += [
        {"type": "message_delta", "delta": {"stop_reason": stop}, "usage": {"output_tokens": 1}},
        {"type": "message_stop"},
    ]
    return "".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events).encode()


def _tool(function: Any) -> Any:
    """A function as a tool of a server: its arguments are one object, and its result is content."""
    hints = {name: kind for name, kind in get_type_hints(function).items() if name != "return"}

    @tool(function.__name__, inspect.getdoc(function) or "", hints)
    async def handler(args: dict[str, Any]) -> dict[str, Any]:
        result = await function(**args)
        return {"content": [{"type": "text", "text": result if isinstance(result, str) else json.dumps(result)}]}

    return handler


def environment(url: str) -> dict[str, str]:
    home = tempfile.mkdtemp(prefix="callguard-claude-")
    return {
        "ANTHROPIC_BASE_URL": url,
        "ANTHROPIC_API_KEY": "none",
        "HOME": home,
        "CLAUDE_CONFIG_DIR": home,
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        "DISABLE_TELEMETRY": "1",
        "DISABLE_AUTOUPDATER": "1",
        "PATH": os.environ["PATH"],
    }


class ClaudeAgentSDK(Driver):
    name = "claude_agent_sdk"
    modes = ("astream",)

    def agent(self, job: Job) -> Any:
        return self._options(job, "")

    def _options(self, job: Job, url: str) -> ClaudeAgentOptions:
        def whose(given: Any) -> dict[str, Any]:
            return job.who.context()

        tools = [_tool(function) for function in job.tools]
        if job.protect != "none":
            tools = [guard_tool(each, job.guard) for each in tools]
        options = ClaudeAgentOptions(
            mcp_servers={"ops": create_sdk_mcp_server("ops", tools=tools)},
            allowed_tools=[f"mcp__ops__{function.__name__}" for function in job.tools],
            setting_sources=[],
            env=environment(url),
        )
        if job.protect in ("hook", "both"):
            options = guard_options(options, job.guard, None if job.anonymous else (job.identity or whose))
        return options

    async def awaited(self, job: Job) -> Transcript:
        read: list[Read] = []
        api = Api(job.script, read)
        with calling(**job.who.context()) if job.protect == "tool" else nullcontext():
            messages = [message async for message in query(prompt="go", options=self._options(job, api.url))]
        api.server.shutdown()
        return Transcript(read, "".join(map(str, messages)), str(getattr(messages[-1], "result", "")))


DRIVER = ClaudeAgentSDK()


def scripted(script: Any, read: list[Read]) -> dict[str, Any]:
    """What the guide takes as given."""
    return {"env": environment(Api(script, read).url)}
