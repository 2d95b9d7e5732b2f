"""Claude Agent SDK: hooks around every tool call of a session, and a closure over whose session it is.

    pip install 'callguard[claude-agent-sdk]'
    python examples/demo/with_claude_agent_sdk.py

With ``ANTHROPIC_API_KEY`` in the environment the model is a real one; ``--offline`` keeps the script.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import os
import tempfile
from collections.abc import Callable, Sequence
from contextlib import closing, nullcontext
from typing import Any, get_type_hints

from claude_agent_sdk import ClaudeAgentOptions, ToolResultBlock, UserMessage, create_sdk_mcp_server, query, tool

from callguard import CallGuard
from callguard.adapters.claude_agent_sdk import guard_options, guard_tool
from messages_api import MessagesApi, results, words
from session import WHOSE, Step, main
from tools import Desk


def run(desk: Desk, guard: CallGuard, steps: Sequence[Step] | None, prompt: str) -> tuple[list[str], str]:
    """One conversation."""
    tools = [guard_tool(_tool(function), guard) for function in desk.tools()]
    api = None if steps is None else MessagesApi(_scripted(steps))
    options = ClaudeAgentOptions(
        model=os.environ.get("DEMO_MODEL"),
        mcp_servers={"desk": create_sdk_mcp_server("desk", tools=tools)},
        allowed_tools=[f"mcp__desk__{each.name}" for each in tools],
        setting_sources=[],
        cwd=tempfile.mkdtemp(),
        env={} if api is None else _offline(api.url),
    )
    options = guard_options(options, guard, identity=lambda _: WHOSE)
    print(guard.coverage(options), end="\n\n")
    with nullcontext() if api is None else closing(api):
        return asyncio.run(_converse(options, prompt))


async def _converse(options: ClaudeAgentOptions, prompt: str) -> tuple[list[str], str]:
    messages = [message async for message in query(prompt=prompt, options=options)]
    said = [message.content for message in messages if isinstance(message, UserMessage)]
    content = [block for blocks in said if isinstance(blocks, list) for block in blocks]
    read = [words(block.content) for block in content if isinstance(block, ToolResultBlock)]
    return read, str(getattr(messages[-1], "result", ""))


def _scripted(steps: Sequence[Step]) -> Callable[[dict[str, Any]], list[dict[str, Any]]]:
    """Makes one call a turn, whatever it reads."""

    def say(body: dict[str, Any]) -> list[dict[str, Any]]:
        turn = len(results(body))
        if turn == len(steps):
            return [{"type": "text", "text": "I have done what I may."}]
        name = f"mcp__desk__{steps[turn].tool}"
        return [{"type": "tool_use", "id": f"c{turn}", "name": name, "input": steps[turn].args}]

    return say


def _tool(function: Any) -> Any:
    """A function as a tool of a server: its arguments are one object, its result is content."""
    types = {name: kind for name, kind in get_type_hints(function).items() if name != "return"}

    @tool(function.__name__, inspect.getdoc(function) or "", types)
    async def handler(args: dict[str, Any]) -> dict[str, Any]:
        result = function(**args)
        return {"content": [{"type": "text", "text": result if isinstance(result, str) else json.dumps(result)}]}

    return handler


def _offline(url: str) -> dict[str, str]:
    home = tempfile.mkdtemp()
    quiet = ("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "DISABLE_TELEMETRY", "DISABLE_AUTOUPDATER")
    known = {"ANTHROPIC_BASE_URL": url, "ANTHROPIC_API_KEY": "none", "HOME": home, "CLAUDE_CONFIG_DIR": home}
    return {**known, **dict.fromkeys(quiet, "1")}


if __name__ == "__main__":
    main(run, "ANTHROPIC_API_KEY")
