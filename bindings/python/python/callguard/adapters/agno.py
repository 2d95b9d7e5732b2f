"""Agno: a tool hook on an agent, on the members of a team, and on theirs.

    agent = guard_agent(Agent(model=model, tools=[...]), guard, identity=whose)

It is the first hook, the outermost: what another hook does to a result is judged too. A hook behind it can still
rewrite arguments, which ``guard.coverage(agent)`` tells. ``identity`` is given the ``RunContext``: ``user_id``,
``session_id``, ``dependencies``, ``metadata``.

What it does not reach, and what does: pre- and post-hooks of a tool run outside of tool hooks, tools called by other
code than the agent's loop pass no hook, and members of a team that are made while it runs have no guard.
``guard_tool(tool, guard)`` goes around the function itself and closes these. A tool that yields is drained before
anybody sees a part of it. Tools of the model's provider and external execution are out of reach.
"""

from __future__ import annotations

import inspect
import warnings
from collections.abc import AsyncIterator, Callable, Iterator
from copy import deepcopy
from functools import wraps
from typing import Any, NamedTuple

from agno.exceptions import AgentRunException
from agno.tools import Function, Toolkit

from callguard._errors import CallGuardToolError
from callguard._guard import CallGuard
from callguard._native import Principal
from callguard.adapters._common import Call, Gate, Identity, Outcome, View, is_running, like, plain, running
from callguard.adapters._coverage import ToolCoverage

try:
    from agno.exceptions import RunCancelledException

    _PASSING: tuple[type[BaseException], ...] = (RunCancelledException,)
except ImportError:
    _PASSING = ()

__all__ = ["coverage", "guard_agent", "guard_tool", "tool_hook"]

_MARK = "__callguard__"
_GATE = "__callguard_gate__"


def guard_agent(agent: Any, guard: CallGuard, identity: Identity | None = None) -> Any:
    """Puts the guard before the hooks of an agent, or of a team and its members. Gives the agent."""
    for found in _reached(agent):
        if not _ours(found, guard):
            found.tool_hooks = [tool_hook(guard, identity), *(found.tool_hooks or [])]
            _warn(found)
    return agent


def tool_hook(guard: CallGuard, identity: Identity | None = None) -> Callable[..., Any]:
    """The hook itself: the first of ``tool_hooks``."""
    gate = Gate(guard, identity)

    # One plain function for both ways to run: an ``async def`` hook is left out where an agent runs synchronously.
    def callguard(
        function_name: str, function_call: Any, arguments: dict[str, Any], run_context: Any = None, agent: Any = None
    ) -> Any:
        call = Call(function_name, arguments, _known(run_context, agent), run_context)
        awaited = inspect.iscoroutinefunction(function_call)

        def run(args: dict[str, Any]) -> Any:
            # The tool is run with this very dictionary, and not with what a hook passes on.
            arguments.clear()
            arguments.update(args)
            return function_call(**arguments)

        return _run(gate, call, run, awaited)

    # Agno asks for it a dozen times a call.
    setattr(callguard, "__signature__", inspect.signature(callguard))  # noqa: B010
    setattr(callguard, _GATE, gate)
    return callguard


def guard_tool(tool: Any, guard: CallGuard, identity: Identity | None = None) -> Any:
    """A function or ``Function`` that is guarded wherever it is called. The hook of the same guard leaves it to it."""
    if isinstance(tool, Function):
        if tool.entrypoint is None:
            raise TypeError(f"{tool.name} has no entrypoint: it runs elsewhere, and nothing here can guard it")
        copy = tool.model_copy()
        copy.entrypoint = _wrapped(tool.name, tool.entrypoint, _filled(tool), Gate(guard, identity))
        return copy
    if isinstance(tool, Toolkit) or not callable(tool):
        raise TypeError("guard_tool takes a function or a Function; for a Toolkit guard its functions, or the agent")
    shape = Function.from_callable(tool)
    return _wrapped(shape.name, tool, _filled(shape), Gate(guard, identity))


def coverage(agent: Any, guard: CallGuard) -> Iterator[ToolCoverage]:
    """Of the agent, or of a team and its members."""
    for found in _reached(agent):
        tools = found.tools if isinstance(found.tools, (list, tuple)) else []
        for tool in tools:
            for name, function in _functions(tool):
                yield ToolCoverage(name, *_covered(found, function, guard), agent=str(found.name or ""))
        if callable(found.tools):
            why = "by the tool hook" if _ours(found, guard) else "nothing guards what it makes; call guard_agent"
            yield ToolCoverage("(made for each run)", bool(_ours(found, guard)), why, str(found.name or ""))


class _Flow(NamedTuple):
    """A tool's word to the run: to stop, or to try again. What it says is for the model too."""

    error: AgentRunException

    @property
    def text(self) -> str:
        said = [self.error, self.error.user_message, self.error.agent_message, *(self.error.messages or [])]
        return "\n".join(str(part) for part in said if part is not None)


class _Drained(NamedTuple):
    """What a tool yielded: texts, and events of the agents it ran."""

    items: list[Any]

    @property
    def text(self) -> str:
        return "".join(item for item in self.items if isinstance(item, str))

    @property
    def plain(self) -> bool:
        return all(isinstance(item, str) for item in self.items)


def _known(run_context: Any, agent: Any) -> dict[str, Any]:
    user = getattr(run_context, "user_id", None)
    known = {
        "principal": None if user is None else Principal(user),
        "session_id": getattr(run_context, "session_id", None),
        "run_id": getattr(run_context, "run_id", None),
        "caller": getattr(agent, "name", None),
    }
    return {name: value for name, value in known.items() if value is not None}


def _run(gate: Gate, call: Call, run: Callable[[dict[str, Any]], Any], awaited: bool) -> Any:
    """Decides, runs and judges; gives an awaitable where the agent awaits."""
    if not awaited:
        return _result(gate.run(call, lambda args: _blocking(gate, call, run, args), _view, _PASSING))

    async def later() -> Any:
        outcome = await gate.run_async(call, lambda args: _awaiting(gate, call, run, args), _view, _PASSING)
        return _result(outcome, awaited=True)

    return later()


def _blocking(gate: Gate, call: Call, run: Callable[[dict[str, Any]], Any], args: dict[str, Any]) -> Any:
    with running(gate, call.tool, args):
        try:
            result = run(args)
            return _Drained(list(result)) if inspect.isgenerator(result) else result
        except AgentRunException as error:
            return _Flow(error)


async def _awaiting(gate: Gate, call: Call, run: Callable[[dict[str, Any]], Any], args: dict[str, Any]) -> Any:
    with running(gate, call.tool, args):
        try:
            result = run(args)
            if inspect.isawaitable(result):
                result = await result
            if inspect.isasyncgen(result):
                return _Drained([item async for item in result])
            return _Drained(list(result)) if inspect.isgenerator(result) else result
        except AgentRunException as error:
            return _Flow(error)


def _view(result: Any) -> View:
    if isinstance(result, _Flow):
        return View(None, result.text)
    if isinstance(result, _Drained):
        return View(result.text if result.plain else [_said(item) for item in result.items])
    return View(result)


def _said(item: Any) -> Any:
    return item.to_dict() if hasattr(item, "to_dict") else item


def _result(outcome: Outcome, awaited: bool = False) -> Any:
    result = outcome.result
    if isinstance(result, _Flow):
        raise result.error if outcome.value == result.text else type(result.error)(outcome.value)
    if outcome.kind == "error":
        raise CallGuardToolError(outcome.value)
    if outcome.kind == "redacted" and isinstance(result, _Drained):
        # The texts; of the events nothing is left where something in them must not be seen.
        texts = [outcome.value] if result.plain else outcome.value
        return "".join(text for text in texts if isinstance(text, str))
    if outcome.kind == "redacted":
        return like(result, outcome.value)
    if outcome.kind == "pass" and isinstance(result, _Drained):
        return result.text if result.plain else _again(result.items, awaited)
    return outcome.value


def _again(items: list[Any], awaited: bool) -> Any:
    async def later() -> AsyncIterator[Any]:
        for item in items:
            yield item

    return later() if awaited else (item for item in items)


def _wrapped(name: str, function: Callable[..., Any], filled: frozenset[str], gate: Gate) -> Callable[..., Any]:
    """The function, guarded; with a ``run_context`` more, if it has none, to learn whose a call is."""
    signature = inspect.signature(function)
    own = "run_context" in signature.parameters
    hidden = frozenset(signature.parameters) - filled
    awaited = inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function)

    def run(kwargs: dict[str, Any]) -> Any:
        context = kwargs.get("run_context")
        given = kwargs if own else {key: value for key, value in kwargs.items() if key != "run_context"}
        judged = {key: value for key, value in given.items() if key not in hidden}
        rest = {key: value for key, value in given.items() if key in hidden}
        call = Call(name, plain(judged), _known(context, None), context)
        if is_running(gate, name, call.args):
            return function(**given)
        # Copied, for what was parsed may be models: what was judged is what runs.
        copied = deepcopy(judged)
        return _run(gate, call, lambda _: function(**copied, **rest), awaited)

    @wraps(function)
    def guarded(**kwargs: Any) -> Any:
        return run(kwargs)

    @wraps(function)
    async def waited(**kwargs: Any) -> Any:
        return await run(kwargs)

    made: Any = waited if awaited else guarded
    if not own:
        keyword = inspect.Parameter("run_context", inspect.Parameter.KEYWORD_ONLY, default=None)
        made.__signature__ = signature.replace(parameters=_with(signature, keyword))
    setattr(made, _MARK, gate.guard)
    return made


def _with(signature: inspect.Signature, keyword: inspect.Parameter) -> list[inspect.Parameter]:
    parameters = list(signature.parameters.values())
    last = parameters[-1:] if parameters and parameters[-1].kind is inspect.Parameter.VAR_KEYWORD else []
    return [*parameters[: len(parameters) - len(last)], keyword, *last]


def _filled(function: Function) -> frozenset[str]:
    """The parameters that the model fills."""
    shape = function.model_copy()
    shape.process_entrypoint()
    return frozenset((shape.parameters or {}).get("properties") or {})


def _reached(agent: Any) -> list[Any]:
    """The agent, or the team with its members and theirs, once each."""
    found: list[Any] = []
    waiting = [agent]
    while waiting:
        current = waiting.pop(0)
        if not any(current is seen for seen in found):
            found.append(current)
            members = getattr(current, "members", None)
            waiting += members if isinstance(members, (list, tuple)) else []
    return found


def _ours(agent: Any, guard: CallGuard) -> list[int]:
    """Where among the hooks this guard stands."""
    gates = [getattr(hook, _GATE, None) for hook in agent.tool_hooks or []]
    return [place for place, gate in enumerate(gates) if gate is not None and gate.guard is guard]


def _functions(tool: Any) -> list[tuple[str, Any]]:
    if isinstance(tool, Toolkit):
        return [*tool.functions.items(), *getattr(tool, "async_functions", {}).items()]
    if isinstance(tool, Function):
        return [(tool.name, tool)]
    return [(str(getattr(tool, "__name__", tool)), tool)]


def _covered(agent: Any, function: Any, guard: CallGuard) -> tuple[bool, str]:
    if getattr(getattr(function, "entrypoint", None) or function, _MARK, None) is guard:
        return True, "by guard_tool"
    if isinstance(function, dict):
        return False, "the model's provider runs it; leave it out"
    places = _ours(agent, guard)
    if not places:
        return False, "nothing guards it; call guard_agent, or use guard_tool"
    if behind := _behind(agent, places[0]):
        return False, f"{behind}; use guard_tool"
    return True, "by the tool hook"


def _behind(agent: Any, place: int) -> str | None:
    """What stands between the guard and the tool."""
    behind = (agent.tool_hooks or [])[place + 1 :]
    if not behind:
        return None
    name = getattr(behind[0], "__name__", type(behind[0]).__name__)
    return f"the hook {name} stands behind the guard and may rewrite arguments"


def _warn(agent: Any) -> None:
    if behind := _behind(agent, 0):
        warnings.warn(f"{behind}; use guard_tool", stacklevel=3)
    for tool in agent.tools if isinstance(agent.tools, (list, tuple)) else []:
        for name, function in _functions(tool):
            if getattr(function, "tool_hooks", None):
                # Agno puts an agent's hooks in the place of a tool's own.
                warnings.warn(
                    f"the tool_hooks of {name} do not run any more: the agent's take their place", stacklevel=3
                )
