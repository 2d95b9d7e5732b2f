"""The Claude Agent SDK: the program that it bundles, against a scripted Messages API."""

from __future__ import annotations

import inspect
import json
import os
import tempfile
import threading
from contextlib import nullcontext
from typing import Any, get_type_hints

from claude_agent_sdk import ClaudeAgentOptions, HookMatcher, create_sdk_mcp_server, query, tool

from adapters.demo import MessagesApi, results, words
from adapters.harness import Driver, Job, Read, Transcript
from callguard.adapters import calling
from callguard.adapters.claude_agent_sdk import guard_options, guard_tool

IMPOSSIBLE = {
    "test_coverage_tells_of_guarded_tools": "a server that has them does not say so: coverage answers for the hooks",
}


class Api(MessagesApi):
    """Says the script, and remembers what it was sent."""

    def __init__(self, script: Any, read: list[Read]) -> None:
        self.script, self.read, self._lock = list(script), read, threading.Lock()
        super().__init__(self.say)

    def say(self, body: dict[str, Any]) -> list[dict[str, Any]]:
        with self._lock:
            self.read[:] = [Read(each["tool_use_id"], words(each.get("content"))) for each in results(body)]
            said = self.script.pop(0) if self.script else "done"
        if isinstance(said, str):
            return [{"type": "text", "text": said}]
        return [{"type": "tool_use", "id": c.id, "name": f"mcp__ops__{c.tool}", "input": c.args} for c in said]


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


async def idle(given: Any, tool_use_id: str | None, context: Any) -> Any:
    return {}


class ClaudeAgentSDK(Driver):
    name = "claude_agent_sdk"
    modes = ("astream",)

    def agent(self, job: Job) -> Any:
        return self._options(job, "")

    def called(self, tool: str) -> str:
        return f"mcp__ops__{tool}"

    def _options(self, job: Job, url: str) -> ClaudeAgentOptions:
        def whose(given: Any) -> dict[str, Any]:
            return job.who.context()

        tools = [_tool(function) for function in job.tools]
        if job.protect not in ("none", "idle"):
            tools = [guard_tool(each, job.guard) for each in tools]
        options = ClaudeAgentOptions(
            mcp_servers={"ops": create_sdk_mcp_server("ops", tools=tools)},
            allowed_tools=[f"mcp__ops__{function.__name__}" for function in job.tools],
            setting_sources=[],
            env=environment(url),
        )
        if job.protect in ("idle", "overtaken"):
            options.hooks = {event: [HookMatcher(hooks=[idle])] for event in ("PreToolUse", "PostToolUse")}
        if job.protect in ("hook", "both", "overtaken"):
            options = guard_options(options, job.guard, None if job.anonymous else (job.identity or whose))
        return options

    async def awaited(self, job: Job) -> Transcript:
        read: list[Read] = []
        api = Api(job.script, read)
        with calling(**job.who.context()) if job.protect == "tool" else nullcontext():
            messages = [message async for message in query(prompt="go", options=self._options(job, api.url))]
        api.close()
        return Transcript(read, "".join(map(str, messages)), str(getattr(messages[-1], "result", "")))


DRIVER = ClaudeAgentSDK()


def scripted(script: Any, read: list[Read]) -> dict[str, Any]:
    """What the guide takes as given."""
    return {"env": environment(Api(script, read).url)}
