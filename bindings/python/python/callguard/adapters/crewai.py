"""CrewAI: hooks around every tool call of the process, and the tools of a crew themselves.

    crew = guard_crew(Crew(agents=[...], tasks=[...]), guard, identity=whose)

CrewAI's hooks are the process's, and so is what ``install(guard)`` guards: every call of every crew. ``guard_crew``
installs them and puts ``guard_tool`` around the tools of the crew's agents and tasks. ``identity`` is given the
``ToolCallHookContext``: ``ctx.crew``, ``ctx.agent``, ``ctx.task``. CrewAI hands nothing of a run to its tools; where
the crew does not say whose the run is, put ``callguard.adapters.calling(principal=...)`` around ``kickoff``.

What it does not reach, and what does: of tools that CrewAI makes while it runs (delegation, MCP, platform apps) the
hooks see a text, after ``ToolUsageErrorEvent`` has shown what they raised to whoever listens; ``guard_tool`` around a
tool closes that. Tools that other code calls pass no hook; ``guard_tool`` again. Hooks are synchronous: coroutine
functions among contracts and approvers refuse. A guarded tool is not cached: what one caller may see is not for the
next.
"""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any

from crewai.hooks.tool_hooks import (
    get_after_tool_call_hooks,
    get_before_tool_call_hooks,
    register_after_tool_call_hook,
    register_before_tool_call_hook,
    unregister_after_tool_call_hook,
    unregister_before_tool_call_hook,
)
from crewai.tools import BaseTool
from crewai.tools.base_tool import Tool
from crewai.utilities.string_utils import sanitize_tool_name

from callguard._errors import CallGuardToolError
from callguard._guard import CallGuard
from callguard._permit import Allowed
from callguard.adapters._common import (
    UNDECIDED,
    UNKNOWN_RESULT,
    Call,
    Gate,
    Identity,
    Outcome,
    hand,
    handed,
    like,
    plain,
    settle,
)
from callguard.adapters._coverage import ToolCoverage

__all__ = ["coverage", "guard_crew", "guard_tool", "install", "uninstall"]

_MARK = "__callguard__"


def guard_crew(crew: Any, guard: CallGuard, identity: Identity | None = None) -> Any:
    """Installs the hooks, and guards the tools of a crew (or of an agent) themselves. Gives the crew."""
    install(guard, identity)
    for owner in _owners(crew):
        if owner.tools:
            owner.tools = [guard_tool(tool, guard) if isinstance(tool, BaseTool) else tool for tool in owner.tools]
    return crew


def install(guard: CallGuard, identity: Identity | None = None) -> None:
    """Guards every tool call of the process from now on. Once for each guard."""
    for hook in get_before_tool_call_hooks():
        if getattr(hook, _MARK, None) is guard:
            if identity is not None and getattr(hook, "__callguard_gate__").identity is not identity:  # noqa: B009
                raise ValueError("this guard is installed with another identity; uninstall it first")
            return
    before, after = _hooks(Gate(guard, identity))
    register_before_tool_call_hook(before)
    register_after_tool_call_hook(after)


def uninstall(guard: CallGuard) -> None:
    """Takes the guard's hooks away. Tools in ``guard_tool`` stay guarded."""
    for before in get_before_tool_call_hooks():
        if getattr(before, _MARK, None) is guard:
            unregister_before_tool_call_hook(before)
    for after in get_after_tool_call_hooks():
        if getattr(after, _MARK, None) is guard:
            unregister_after_tool_call_hook(after)


def guard_tool(tool: BaseTool, guard: CallGuard, identity: Identity | None = None) -> BaseTool:
    """A copy of the tool that is guarded wherever it is called. The hooks of the same guard leave it to it.

    ``identity`` is given the hook's context where the hooks are installed, else ``None``.
    """
    if getattr(tool, _MARK, None) is guard:
        return tool
    name, gate = sanitize_tool_name(tool.name), Gate(guard, identity)
    update: dict[str, Any] = {"cache_function": lambda *_: False}
    if isinstance(tool, Tool):
        update["func"] = _wrapped(name, tool.func, gate)
    guarded = tool.model_copy(update=update)
    if not isinstance(tool, Tool):
        # The instance's own, before those of its class.
        guarded.__dict__.update(_run=_wrapped(name, tool._run, gate), _arun=_wrapped(name, tool._arun, gate))
    guarded.__dict__[_MARK] = guard
    return guarded


def coverage(crew: Any, guard: CallGuard) -> Iterator[ToolCoverage]:
    """Of the agents and tasks of a crew, or of an agent."""
    for owner in _owners(crew):
        name = str(getattr(owner, "role", None) or getattr(owner, "name", None) or "task")
        for tool in owner.tools or []:
            yield ToolCoverage(sanitize_tool_name(tool.name), *_covered(tool, guard), agent=name)


def _hooks(gate: Gate) -> tuple[Callable[[Any], bool | None], Callable[[Any], str | None]]:
    #: What was decided of a call, by the identity of its arguments, which are kept so that it stays theirs.
    pending: dict[int, tuple[Any, Allowed | str]] = {}

    def before(context: Any) -> bool | None:
        # Anything but `False` lets the call run, an exception too.
        try:
            call = Call(context.tool_name, context.tool_input, _known(context), context)
            if _guarded(context.tool) is gate.guard:
                hand(gate, call)
                return None
            decided = gate.decide(call)
            pending[id(context.tool_input)] = (context.tool_input, decided)
            if isinstance(decided, str):
                return False
            args = decided.start()
            context.tool_input.clear()
            context.tool_input.update(args)
            return None
        except Exception:
            pending[id(context.tool_input)] = (context.tool_input, UNDECIDED)
            return False

    def after(context: Any) -> str | None:
        try:
            _, decided = pending.pop(id(context.tool_input), (None, None))
            if isinstance(decided, Allowed):
                outcome = settle(decided, context.tool_result)
                return outcome.value if isinstance(outcome.value, str) else UNKNOWN_RESULT
            if isinstance(decided, str):
                return decided
            if _guarded(context.tool) is gate.guard:
                hand(None, None)
                return None
            return UNKNOWN_RESULT
        except Exception:
            return UNKNOWN_RESULT

    for hook in (before, after):
        setattr(hook, _MARK, gate.guard)
        setattr(hook, "__callguard_gate__", gate)  # noqa: B010
    return before, after


def _known(context: Any) -> dict[str, Any]:
    role = getattr(context.agent, "role", None)
    return {} if role is None else {"caller": str(role)}


def _guarded(tool: Any) -> Any:
    """The guard of the tool itself, if it has one."""
    return getattr(getattr(tool, "_original_tool", None) or tool, _MARK, None)


def _wrapped(name: str, function: Callable[..., Any], gate: Gate) -> Callable[..., Any]:
    names = [each for each in inspect.signature(function).parameters if each not in ("args", "kwargs")]

    def call(args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Gate, Call, dict[str, Any]]:
        # Copied, for what was parsed may be models: what was judged is what runs.
        given = copy.deepcopy({**dict(zip(names, args, strict=False)), **kwargs})
        return *handed(gate, Call(name, plain(given), {})), given

    @wraps(function)
    def run(*args: Any, **kwargs: Any) -> Any:
        by, made, given = call(args, kwargs)
        return _value(by.run(made, lambda _: function(**given)))

    @wraps(function)
    async def arun(*args: Any, **kwargs: Any) -> Any:
        by, made, given = call(args, kwargs)
        return _value(await by.run_async(made, lambda _: function(**given)))

    return arun if inspect.iscoroutinefunction(function) else run


def _value(outcome: Outcome) -> Any:
    if outcome.kind == "error":
        raise CallGuardToolError(outcome.value)
    return like(outcome.result, outcome.value) if outcome.kind == "redacted" else outcome.value


def _owners(crew: Any) -> list[Any]:
    """What has tools: agents and tasks."""
    agents = getattr(crew, "agents", None)
    if agents is None:
        return [crew]
    manager = getattr(crew, "manager_agent", None)
    return [*agents, *([manager] if manager is not None else []), *crew.tasks]


def _covered(tool: Any, guard: CallGuard) -> tuple[bool, str]:
    if _guarded(tool) is guard:
        return True, "by guard_tool"
    for hooks in (get_before_tool_call_hooks(), get_after_tool_call_hooks()):
        ours = [getattr(hook, _MARK, None) is guard for hook in hooks]
        if not any(ours):
            return False, "nothing guards it; call guard_crew, or use guard_tool"
        if not ours[-1]:
            name = getattr(hooks[-1], "__name__", type(hooks[-1]).__name__)
            return False, f"the hook {name} stands behind the guard and may rewrite a call; install the guard last"
    return True, "by the hooks"
