"""A stand-in for OpenAI's API on this machine, Chat Completions and Responses: one step of a demo a turn."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from adapters.demo import LocalApi


class OpenAIApi(LocalApi):
    """Says the steps, and remembers what it was sent: who asked, for which model, and what that read."""

    def __init__(self, steps: Sequence[Any]) -> None:
        self.steps, self.read = list(steps), list[str]()
        self.keys, self.models = set[str](), set[str]()
        super().__init__(self._answer)

    def _answer(self, path: str, headers: Mapping[str, str], body: dict[str, Any]) -> tuple[str, bytes]:
        if body.get("stream"):
            raise ValueError("nobody streams here")
        self.keys.add(headers["authorization"].removeprefix("Bearer "))
        self.models.add(body["model"])
        said = {"/v1/chat/completions": self._completion, "/v1/responses": self._response}[path](body)
        return "application/json", json.dumps(said).encode()

    def _completion(self, body: dict[str, Any]) -> dict[str, Any]:
        self.read[:] = [_text(message["content"]) for message in body["messages"] if message["role"] == "tool"]
        names = [tool["function"]["name"] for tool in body["tools"]]
        message: dict[str, Any] = {"role": "assistant", "content": "I have done what I may."}
        if step := self._step():
            function = {"name": _named(step.tool, names), "arguments": json.dumps(step.args)}
            calls = [{"id": f"c{len(self.read)}", "type": "function", "function": function}]
            message = {"role": "assistant", "content": None, "tool_calls": calls}
        choice = {"index": 0, "message": message, "finish_reason": "tool_calls" if step else "stop"}
        usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
        made = {"id": "r", "object": "chat.completion", "created": 0, "model": body["model"]}
        return {**made, "choices": [choice], "usage": usage}

    def _response(self, body: dict[str, Any]) -> dict[str, Any]:
        given = body["input"] if isinstance(body["input"], list) else []
        self.read[:] = [_text(item["output"]) for item in given if item.get("type") == "function_call_output"]
        names = [tool["name"] for tool in body["tools"]]
        text = {"type": "output_text", "text": "I have done what I may.", "annotations": []}
        item: dict[str, Any] = {"type": "message", "id": "m", "role": "assistant", "content": [text]}
        if step := self._step():
            call = {"call_id": f"c{len(self.read)}", "name": _named(step.tool, names)}
            item = {"type": "function_call", "id": "f", **call, "arguments": json.dumps(step.args)}
        made = {"id": "r", "object": "response", "created_at": 0, "model": body["model"], "status": "completed"}
        options = {"parallel_tool_calls": True, "tool_choice": "auto", "tools": []}
        return {**made, **options, "output": [{**item, "status": "completed"}]}

    def _step(self) -> Any:
        turn = len(self.read)
        return self.steps[turn] if turn < len(self.steps) else None


def _text(content: Any) -> str:
    return "".join(part["text"] for part in content) if isinstance(content, list) else str(content)


def _named(tool: str, offered: Sequence[str]) -> str:
    """As the framework offers it, which may put a plugin before it."""
    [name] = [name for name in offered if name.endswith(tool)]
    return name
