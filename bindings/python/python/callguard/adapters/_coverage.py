"""Which tools of an agent are guarded."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from callguard._guard import CallGuard

__all__ = ["Coverage", "ToolCoverage"]

#: The package that an agent's class comes from, and our module about it.
_MODULES = {
    "agents": "openai_agents",
    "agno": "agno",
    "claude_agent_sdk": "claude_agent_sdk",
    "crewai": "crewai",
    "langchain": "langchain",
    "langgraph": "langchain",
    "semantic_kernel": "semantic_kernel",
}


class ToolCoverage(NamedTuple):
    """One tool of an agent."""

    tool: str
    guarded: bool
    #: What guards it, or why nothing does and what would.
    why: str
    #: The agent that has it.
    agent: str = ""


class Coverage(NamedTuple):
    """Which tools of an agent are guarded. Printed, one line for each."""

    tools: tuple[ToolCoverage, ...]

    @property
    def complete(self) -> bool:
        """Whether every tool is guarded."""
        return all(tool.guarded for tool in self.tools)

    @property
    def unguarded(self) -> tuple[ToolCoverage, ...]:
        """Those that are not."""
        return tuple(tool for tool in self.tools if not tool.guarded)

    def __str__(self) -> str:
        count = sum(tool.guarded for tool in self.tools)
        lines = [f"{count} of {len(self.tools)} tools are guarded"]
        for tool in self.tools:
            name = f"{tool.agent}/{tool.tool}" if tool.agent else tool.tool
            lines.append(f"  {'guarded ' if tool.guarded else 'OPEN    '} {name}: {tool.why}")
        return "\n".join(lines)


def coverage(agent: Any, guard: CallGuard) -> Coverage:
    """Asks the adapter of the framework that the agent's class, or one of its bases, comes from."""
    from importlib import import_module

    for kind in type(agent).__mro__:
        module = _MODULES.get(kind.__module__.partition(".")[0])
        if module is not None:
            found: Iterable[ToolCoverage] = import_module(f"callguard.adapters.{module}").coverage(agent, guard)
            return Coverage(tuple(found))
    raise TypeError(f"{type(agent).__module__}.{type(agent).__qualname__} is of no framework that has an adapter")
