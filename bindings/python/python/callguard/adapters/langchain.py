"""LangChain and LangGraph: a middleware that guards every tool call of ``create_agent`` or of a ``ToolNode``.

    agent = create_agent(model, tools, middleware=[..., CallGuardMiddleware(guard, identity=whose)])

Put it last: the last is the innermost, and what stands behind it could rewrite what it decided. ``identity`` is given
the ``ToolCallRequest``: ``request.runtime.context`` is whatever the host passed as ``context=``.

What it does not reach, and what does: tool events of streams (``stream_mode="tools"``, ``astream_events``), callbacks
such as ``on_tool_end`` and tracing see a result before the middleware does, and tools called by other tools or by a
graph's own nodes never pass it. ``guard_tool(tool, guard)`` closes all of these. Tools that the model's provider runs
itself are out of reach.
"""

from __future__ import annotations

import copy
import inspect
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from functools import wraps
from typing import Any

from langchain.agents.middleware import AgentMiddleware
from langchain_core.messages import BaseMessage, ToolCall, ToolMessage
from langchain_core.runnables import ensure_config
from langchain_core.tools import BaseTool, ToolException
from langgraph.errors import GraphBubbleUp
from langgraph.prebuilt import ToolNode
from langgraph.prebuilt.tool_node import ToolCallRequest
from langgraph.runtime import get_runtime
from langgraph.types import Command

from callguard._errors import CallGuardToolError
from callguard._guard import CallGuard
from callguard.adapters._common import UNKNOWN_RESULT, Call, Gate, Identity, Outcome, View, handed, handing, plain
from callguard.adapters._coverage import ToolCoverage

__all__ = ["CallGuardMiddleware", "coverage", "guard_tool"]

_MARK = "__callguard__"


class CallGuardMiddleware(AgentMiddleware):
    """Guards every tool call: the last of ``middleware``, or both wrappers of a ``ToolNode``."""

    def __init__(self, guard: CallGuard, identity: Identity | None = None) -> None:
        super().__init__()
        self.gate = Gate(guard, identity)

    def wrap_tool_call(self, request: Any, handler: Callable[[Any], Any]) -> Any:
        """Of an agent that is invoked."""
        call = _call(request)
        if getattr(request.tool, _MARK, None) is self.gate.guard:
            with handing(self.gate, call):
                return handler(request)
        return _reply(request, self.gate.run(call, lambda args: handler(_with(request, args)), _view, _PASSING))

    async def awrap_tool_call(self, request: Any, handler: Callable[[Any], Awaitable[Any]]) -> Any:
        """Of an agent that is awaited."""
        call = _call(request)
        if getattr(request.tool, _MARK, None) is self.gate.guard:
            with handing(self.gate, call):
                return await handler(request)
        outcome = await self.gate.run_async(call, lambda args: handler(_with(request, args)), _view, _PASSING)
        return _reply(request, outcome)


def guard_tool(tool: BaseTool, guard: CallGuard, identity: Identity | None = None) -> BaseTool:
    """A copy of the tool that is guarded wherever it is called. The middleware of the same guard leaves it to it.

    ``identity`` is given a ``ToolCallRequest``; its ``runtime`` is ``None`` outside of a graph.
    """
    gate = Gate(guard, identity)
    hidden = _injected(tool)

    @wraps(tool._run)
    def run(*args: Any, **kwargs: Any) -> Any:
        judged, rest = _divided(tool, hidden, args, kwargs)
        gate_, call = handed(gate, _bare(tool, judged))
        return _value(gate_.run(call, lambda _: tool._run(**judged, **rest), _returned, _PASSING))

    @wraps(tool._arun)
    async def arun(*args: Any, **kwargs: Any) -> Any:
        judged, rest = _divided(tool, hidden, args, kwargs)
        gate_, call = handed(gate, _bare(tool, judged))
        return _value(await gate_.run_async(call, lambda _: tool._arun(**judged, **rest), _returned, _PASSING))

    guarded = tool.model_copy(update={"handle_tool_error": _handler(tool.handle_tool_error)})
    # The instance's own, before those of its class; the original stays as it is and is what they call.
    guarded.__dict__.update({"_run": run, "_arun": arun, _MARK: guard})
    return guarded


def coverage(agent: Any, guard: CallGuard) -> Iterator[ToolCoverage]:
    """Of every ``ToolNode`` of a compiled graph and of the graphs in it."""
    graphs = [("", agent), *agent.get_subgraphs(recurse=True)]
    for name, graph in graphs:
        for node in graph.nodes.values():
            if isinstance(bound := node.bound, ToolNode):
                for tool in bound.tools_by_name.values():
                    yield ToolCoverage(tool.name, *_covered(tool, bound, guard), agent=name or graph.name)


class _Refused(ToolException):
    """A denial or a withheld result on its way through a tool."""


_PASSING = (GraphBubbleUp,)


def _call(request: Any) -> Call:
    call, runtime = request.tool_call, request.runtime
    context = {"tool_use_id": call.get("id"), **_session(getattr(runtime, "config", None) or {})}
    return Call(call["name"], call["args"], context, request)


def _session(config: Any) -> dict[str, Any]:
    """What a ``RunnableConfig`` knows of a run."""
    configurable = config.get("configurable") or {}
    known = {"session_id": configurable.get("thread_id"), "run_id": config.get("run_id")}
    return {name: str(value) for name, value in known.items() if value is not None}


def _with(request: Any, args: dict[str, Any]) -> Any:
    return request.override(tool_call={**request.tool_call, "args": args})


def _view(response: Any) -> View:
    if isinstance(response, ToolMessage) and response.status == "error":
        return View(None, response.text if isinstance(response.text, str) else response.text())
    return View(_seen(response))


def _seen(response: Any) -> Any:
    """What is judged of a response: of each message its content, and its artifact if it has one."""
    if isinstance(response, BaseMessage):
        artifact = getattr(response, "artifact", None)
        return response.content if artifact is None else {"content": response.content, "artifact": artifact}
    if isinstance(response, Command):
        return _seen(response.update)
    if isinstance(response, dict):
        return {key: _seen(value) for key, value in response.items()}
    if isinstance(response, (list, tuple)):
        return [_seen(value) for value in response]
    return response


def _put(response: Any, value: Any) -> Any:
    """The response with ``value``, a redacted form of what was judged of it, in its place."""
    if isinstance(response, BaseMessage):
        if getattr(response, "artifact", None) is None:
            return response.model_copy(update={"content": value})
        return response.model_copy(update={"content": value["content"], "artifact": value["artifact"]})
    if isinstance(response, Command):
        return replace(response, update=_put(response.update, value))
    if isinstance(response, dict) and isinstance(value, dict):
        return {key: _put(item, value[key]) for key, item in response.items()}
    if isinstance(response, (list, tuple)) and isinstance(value, list):
        return [_put(item, shown) for item, shown in zip(response, value, strict=True)]
    return value


def _reply(request: Any, outcome: Outcome) -> Any:
    if outcome.kind == "pass":
        return outcome.result
    if outcome.kind == "error" and not isinstance(outcome.result, ToolMessage):
        # As the tool did: what becomes of an error is said elsewhere.
        raise CallGuardToolError(outcome.value)
    if outcome.kind == "redacted":
        try:
            return _put(outcome.result, outcome.value)
        except Exception:
            outcome = outcome._replace(value=UNKNOWN_RESULT)
    call = request.tool_call
    return ToolMessage(outcome.value, tool_call_id=call["id"], name=call["name"], status="error")


def _injected(tool: BaseTool) -> frozenset[str]:
    """Parameters that the model does not fill."""
    schema, called = tool.get_input_schema(), tool.tool_call_schema
    fields = getattr(schema, "model_fields", {}).keys() - getattr(called, "model_fields", {}).keys()
    own = {name for name in inspect.signature(tool._run).parameters if name in ("config", "run_manager")}
    return frozenset(fields | own)


def _divided(tool: BaseTool, hidden: frozenset[str], args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, Any]:
    """What the model filled, copied: what is judged is what runs. And the rest."""
    named = {**dict(zip(tool.args, args, strict=False)), **kwargs}
    judged = {name: value for name, value in named.items() if name not in hidden}
    return copy.deepcopy(judged), {name: value for name, value in named.items() if name in hidden}


def _bare(tool: BaseTool, judged: dict[str, Any]) -> Call:
    args = plain(judged)
    try:
        runtime: Any = get_runtime()
    except RuntimeError:
        runtime = None
    called = ToolCall(name=tool.name, args=args, id=None, type="tool_call")
    request = ToolCallRequest(tool_call=called, tool=tool, state=None, runtime=runtime)
    return Call(tool.name, args, _session(ensure_config()), request)


def _returned(result: Any) -> View:
    return _view(result) if isinstance(result, (BaseMessage, Command)) else View(_seen(result))


def _value(outcome: Outcome) -> Any:
    if outcome.kind == "pass":
        return outcome.result
    if outcome.kind == "redacted":
        shown = _put(outcome.result, outcome.value)
        return tuple(shown) if isinstance(outcome.result, tuple) else shown
    if outcome.kind == "error":
        raise (ToolException if isinstance(outcome.result, ToolException) else CallGuardToolError)(outcome.value)
    raise _Refused(outcome.value)


def _handler(handler: Any) -> Callable[[ToolException], str]:
    """The tool's own handling of its errors, and of ours that the model reads them."""

    def handle(error: ToolException) -> str:
        if isinstance(error, _Refused):
            return str(error)
        if not handler:
            raise error
        if callable(handler):
            return handler(error)
        return handler if isinstance(handler, str) else str(error)

    return handle


def _covered(tool: BaseTool, node: ToolNode, guard: CallGuard) -> tuple[bool, str]:
    if getattr(tool, _MARK, None) is guard:
        return True, "by guard_tool"
    layers = [_owner(wrapper) for wrapper in _layers(node._wrap_tool_call)]
    waited = [_owner(wrapper) for wrapper in _layers(node._awrap_tool_call)]
    for mode, found in (("invoked", layers), ("awaited", waited)):
        ours = [isinstance(layer, CallGuardMiddleware) and layer.gate.guard is guard for layer in found]
        if not any(ours):
            return False, f"nothing guards it when it is {mode}; add CallGuardMiddleware, or use guard_tool"
        if not ours[-1]:
            return (
                False,
                f"{type(found[-1]).__name__} stands behind the guard and may rewrite a call; put the guard last",
            )
    return True, "by CallGuardMiddleware"


def _layers(wrapper: Any) -> list[Any]:
    """Outermost first. ``create_agent`` composes wrappers in pairs of an outer and an inner one."""
    if wrapper is None:
        return []
    inside = inspect.getclosurevars(wrapper).nonlocals if inspect.isfunction(wrapper) else {}
    if "outer" in inside and "inner" in inside:
        return [*_layers(inside["outer"]), *_layers(inside["inner"])]
    return [wrapper]


def _owner(wrapper: Any) -> Any:
    method = inspect.unwrap(wrapper)
    return getattr(method, "__self__", method)
