"""Semantic Kernel: two filters on a kernel, for functions that a model calls and for those that a host invokes.

    guard_kernel(agent.kernel, guard, identity=whose)

Call it last: the filter that is added last is the innermost, and what stands behind it could rewrite what it decided.
A kernel that is cloned (orchestrations do) keeps its filters. ``identity`` is given the context of the filter:
``context.arguments`` has whatever the host passed as ``KernelArguments``. A function is known to policies by its own
name, and its plugin as ``tool.server``.

What it does not reach, and what does: an agent that is a plugin of another has a kernel of its own, which needs the
guard as well. A plugin's Python methods called by other code pass no filter, nor do functions that are added to
another kernel: ``guard_tool(function, guard)`` goes with the function. Prompts that the host renders are no tool
calls and pass. Agents that run their tools elsewhere (Azure AI, OpenAI Assistants' code interpreter, Bedrock) are out
of reach.
"""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from copy import copy
from typing import Any, NamedTuple

from semantic_kernel import Kernel
from semantic_kernel.filters import FilterTypes
from semantic_kernel.functions import FunctionResult, KernelFunction

from callguard._errors import CallGuardToolError
from callguard._guard import CallGuard
from callguard.adapters._common import (
    Call,
    Gate,
    Identity,
    Outcome,
    View,
    handed,
    handing,
    is_running,
    like,
    running,
)
from callguard.adapters._coverage import ToolCoverage

__all__ = ["coverage", "guard_kernel", "guard_tool"]

_MARK = "__callguard__"
#: What the kernel fills in by itself.
_FILLED = frozenset({"kernel", "service", "execution_settings", "arguments"})


def guard_kernel(kernel: Kernel, guard: CallGuard, identity: Identity | None = None) -> Kernel:
    """Adds the filters, once. Gives the kernel."""
    if any(getattr(each, _MARK, None) is guard for _, each in kernel.function_invocation_filters):
        return kernel
    gate = Gate(guard, identity)

    # Functions, and not methods: a kernel that is cloned copies its filters in depth, and a guard cannot be copied.
    async def called(context: Any, next: Callable[[Any], Awaitable[None]]) -> None:
        """Tells the filter of the function what the model's call is."""
        content = getattr(context, "function_call_content", None)
        known = {} if content is None or content.id is None else {"tool_use_id": content.id}
        with handing(gate, Call(context.function.name, None, {**known, **_plugin(context)}, context)):
            await next(context)

    async def invoked(context: Any, next: Callable[[Any], Awaitable[None]]) -> None:
        """Decides, runs and judges: errors are still errors here."""
        call = Call(context.function.name, _arguments(context), _plugin(context))
        by, call = handed(gate, call)
        if call.source is None and context.function.is_prompt:
            return await next(context)
        await _guarded(by, call._replace(source=call.source or context), context, next)

    setattr(invoked, _MARK, guard)
    kernel.add_filter(FilterTypes.AUTO_FUNCTION_INVOCATION, called)
    kernel.add_filter(FilterTypes.FUNCTION_INVOCATION, invoked)
    return kernel


def guard_tool(function: Any, guard: CallGuard, identity: Identity | None = None) -> KernelFunction:
    """A function that is guarded in every kernel. The filters of the same guard leave it one decision."""
    if not isinstance(function, KernelFunction):
        function = KernelFunction.from_method(function)
    gate, inner = Gate(guard, identity), function

    async def invoke(context: Any) -> None:
        call = Call(inner.name, _arguments(context), _plugin(context), context)
        if is_running(gate, call.tool, call.args):
            return await inner._invoke_internal(context)
        await _guarded(gate, call, context, inner._invoke_internal)

    async def stream(context: Any) -> None:
        call = Call(inner.name, _arguments(context), _plugin(context), context)
        if is_running(gate, call.tool, call.args):
            return await inner._invoke_internal_stream(context)
        await _guarded(gate, call, context, inner._invoke_internal_stream)

    guarded: KernelFunction = copy(function)
    # The instance's own, before those of its class. Kernels copy functions, and these with them.
    guarded.__dict__ = {**guarded.__dict__, "_invoke_internal": invoke, "_invoke_internal_stream": stream}
    # On the function, and not beside it: what a kernel copies in depth must hold no guard.
    setattr(invoke, _MARK, guard)
    return guarded


def coverage(agent: Any, guard: CallGuard) -> Iterator[ToolCoverage]:
    """Of an agent's kernel, or of a kernel."""
    kernel = getattr(agent, "kernel", agent)
    filters = [each for _, each in kernel.function_invocation_filters]
    for plugin in kernel.plugins.values():
        where = f"{getattr(agent, 'name', '')}/{plugin.name}".lstrip("/")
        for name, function in plugin.functions.items():
            yield ToolCoverage(name, *_covered(function, filters, guard), agent=where)


class _Drained(NamedTuple):
    """A function's result that came in parts."""

    result: FunctionResult
    parts: list[Any]


async def _guarded(gate: Gate, call: Call, context: Any, next: Callable[[Any], Awaitable[None]]) -> None:
    async def run(args: dict[str, Any]) -> Any:
        context.arguments.update(args)
        with running(gate, call.tool, args):
            await next(context)
        return await _drained(context.result)

    _put(context, await gate.run_async(call, run, _view))


def _arguments(context: Any) -> dict[str, Any]:
    """What the function is given, of the model and of the host alike, but for the host's objects."""
    names = [each.name for each in context.function.parameters if each.name not in _FILLED]
    found = {name: context.arguments[name] for name in names if name in context.arguments}
    return {name: value for name, value in found.items() if _plain(value)}


def _plain(value: Any) -> bool:
    return value is None or isinstance(value, (str, int, float, bool, list, tuple, dict))


def _plugin(context: Any) -> dict[str, Any]:
    plugin = context.function.plugin_name
    return {"server": plugin} if plugin else {}


async def _drained(result: Any) -> Any:
    value = getattr(result, "value", None)
    if inspect.isasyncgen(value):
        return _Drained(result, [part async for part in value])
    if inspect.isgenerator(value):
        return _Drained(result, list(value))
    return result


def _view(result: Any) -> View:
    return View(result.parts if isinstance(result, _Drained) else getattr(result, "value", None))


def _put(context: Any, outcome: Outcome) -> None:
    if outcome.kind == "error":
        raise CallGuardToolError(outcome.value)
    result = outcome.result
    if outcome.kind in ("denied", "withheld"):
        context.result = FunctionResult(function=context.function.metadata, value=outcome.value)
    elif isinstance(result, _Drained):
        parts = result.parts if outcome.kind == "pass" else like(result.parts, outcome.value)
        context.result = result.result.model_copy(update={"value": _again(parts)})
    elif outcome.kind == "redacted":
        context.result = FunctionResult(function=context.function.metadata, value=like(result.value, outcome.value))


async def _again(parts: list[Any]) -> AsyncIterator[Any]:
    for part in parts:
        yield part


def _covered(function: Any, filters: list[Any], guard: CallGuard) -> tuple[bool, str]:
    if getattr(function._invoke_internal, _MARK, None) is guard:
        return True, "by guard_tool"
    # The first of the list was added last, and is the innermost.
    places = [place for place, each in enumerate(filters) if getattr(each, _MARK, None) is guard]
    if not places:
        return False, "nothing guards it; call guard_kernel, or use guard_tool"
    if places[0] > 0:
        name = getattr(filters[0], "__name__", type(filters[0]).__name__)
        return False, f"the filter {name} stands behind the guard and may rewrite a call; call guard_kernel last"
    return True, "by the filters"
