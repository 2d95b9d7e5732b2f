"""OpenAI Agents SDK: every function tool of an agent, of the agents that are its tools, and of those it hands over to.

    agent = guard_agent(Agent(name="ops", tools=[...], handoffs=[...]), guard, identity=whose)

``guard_agent`` changes the agents it finds; an agent or tool that is added later is guarded by calling it again, or
by ``guard_tool``. ``identity`` is given the ``ToolContext``: ``ctx.context`` is whatever the host passed as
``context=``.

What it does not reach, and what does: tools that OpenAI runs (web search, code interpreter, hosted MCP) and handoffs
themselves never run here, and no adapter can stop them: leave them out, or give a function tool instead. The tools of
``mcp_servers`` are listed anew on each turn: start those servers through ``callguard mcp run``. Shell, computer and
patch tools have executors of the host's own: call the guard there (``guard.run``). Traces hold arguments as the model
wrote them: ``RunConfig(trace_include_sensitive_data=False)``.
"""

from __future__ import annotations

import copy
import dataclasses
import json
from collections.abc import Awaitable, Callable, Iterator
from functools import wraps
from typing import Any

from agents import Agent, FunctionTool, Handoff

from callguard._errors import CallGuardToolError
from callguard._guard import CallGuard
from callguard.adapters._common import Call, Gate, Identity, Outcome, like
from callguard.adapters._coverage import ToolCoverage

__all__ = ["coverage", "guard_agent", "guard_tool"]

_MARK = "__callguard__"
#: Made once: `json.dumps` makes an encoder for each call. A `Decimal` is a number that no float says exactly.
_ENCODED = json.JSONEncoder(default=float).encode


def guard_agent(agent: Agent[Any], guard: CallGuard, identity: Identity | None = None) -> Agent[Any]:
    """Guards the function tools of the agent and of every agent that it reaches, once each. Gives the agent."""
    for found in _reached(agent):
        found.tools[:] = [
            guard_tool(tool, guard, identity) if isinstance(tool, FunctionTool) else tool for tool in found.tools
        ]
    return agent


def guard_tool(tool: FunctionTool, guard: CallGuard, identity: Identity | None = None) -> FunctionTool:
    """A copy of the tool that is guarded. One that this guard guards already stays as it is."""
    if getattr(tool, _MARK, None) is guard:
        return tool
    gate = Gate(guard, identity)
    # The SDK turns what a tool raises into a text; inside of that, an error is still one.
    raw = getattr(tool.on_invoke_tool, "_invoke_tool_impl", None)
    if raw is None:
        invoke: Any = _guarded(tool.name, tool.on_invoke_tool, gate)
    else:
        invoke = copy.copy(tool.on_invoke_tool)
        invoke._invoke_tool_impl = _guarded(tool.name, raw, gate)
    guarded = dataclasses.replace(tool, on_invoke_tool=invoke)
    setattr(guarded, _MARK, guard)
    return guarded


def coverage(agent: Agent[Any], guard: CallGuard) -> Iterator[ToolCoverage]:
    """Of the agent and of every agent that it reaches."""
    for found in _reached(agent):
        for tool in found.tools:
            yield ToolCoverage(tool.name, *_covered(tool, guard), agent=found.name)
        for server in found.mcp_servers:
            yield ToolCoverage(f"mcp:{server.name}", False, "start the server through `callguard mcp run`", found.name)


def _guarded(name: str, invoke: Callable[[Any, str], Awaitable[Any]], gate: Gate) -> Callable[[Any, str], Any]:
    @wraps(invoke)
    async def guarded(ctx: Any, arguments: str) -> Any:
        call = Call(name, _parsed(arguments), _known(ctx), ctx)
        return _result(await gate.run_async(call, lambda args: invoke(ctx, _ENCODED(args))))

    return guarded


def _parsed(arguments: str) -> Any:
    """The arguments; what is no JSON stays a text, which the guard refuses as malformed."""
    try:
        return json.loads(arguments) if arguments else {}
    except ValueError:
        return arguments


def _known(ctx: Any) -> dict[str, Any]:
    agent, run = getattr(ctx, "agent", None), getattr(ctx, "run_config", None)
    known = {
        "tool_use_id": getattr(ctx, "tool_call_id", None),
        "caller": getattr(agent, "name", None),
        "session_id": getattr(run, "group_id", None),
    }
    return {name: value for name, value in known.items() if isinstance(value, str)}


def _result(outcome: Outcome) -> Any:
    if outcome.kind == "error":
        raise CallGuardToolError(outcome.value)
    return like(outcome.result, outcome.value) if outcome.kind == "redacted" else outcome.value


def _reached(agent: Agent[Any]) -> list[Agent[Any]]:
    """The agent, those it hands over to, and those that are its tools, once each."""
    found: list[Agent[Any]] = []
    waiting: list[Any] = [agent]
    while waiting:
        current = waiting.pop(0)
        if isinstance(current, Handoff):
            reference = getattr(current, "_agent_ref", None)
            current = reference() if reference is not None else None
        if isinstance(current, Agent) and not any(current is seen for seen in found):
            found.append(current)
            waiting += [getattr(tool, "_agent_instance", None) for tool in current.tools]
            waiting += current.handoffs
    return found


def _covered(tool: Any, guard: CallGuard) -> tuple[bool, str]:
    if getattr(tool, _MARK, None) is guard:
        return True, "by guard_tool"
    if isinstance(tool, FunctionTool):
        return False, "nothing guards it; call guard_agent, or use guard_tool"
    return False, f"a {type(tool).__name__} does not run through the SDK's function tools; give a function tool instead"
