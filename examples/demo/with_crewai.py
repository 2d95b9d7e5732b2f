"""CrewAI: hooks of the process and the tools of a crew, and ``calling`` around a kickoff as the identity.

    pip install 'callguard[crewai]'
    python examples/demo/with_crewai.py

With ``OPENAI_API_KEY`` in the environment the model is a real one; ``--offline`` keeps the script.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from typing import Any

for name in ("OTEL_SDK_DISABLED", "CREWAI_DISABLE_TELEMETRY", "CREWAI_DISABLE_TRACKING"):
    os.environ.setdefault(name, "true")
os.environ.setdefault("CREWAI_TRACING_ENABLED", "false")

from crewai import LLM, Agent, Crew, Task
from crewai.events import ToolUsageFinishedEvent, crewai_event_bus
from crewai.llms.base_llm import BaseLLM
from crewai.tools import tool

from callguard import CallGuard
from callguard.adapters import calling
from callguard.adapters.crewai import guard_crew, uninstall
from session import WHOSE, Step, main
from tools import Desk


def run(desk: Desk, guard: CallGuard, steps: Sequence[Step] | None, prompt: str) -> tuple[list[str], str]:
    """One conversation."""
    read: list[str] = []
    tools = [tool(function.__name__)(function) for function in desk.tools()]
    worker = Agent(role="support", goal="help", backstory="kind", llm=_model(steps), tools=tools, max_iter=50)
    task = Task(description=prompt, expected_output="what was done", agent=worker)
    crew = guard_crew(Crew(agents=[worker], tasks=[task]), guard)
    print(guard.coverage(crew), end="\n\n")
    try:
        # CrewAI hands nothing of a run to its tools: whose it is, is said around it.
        with calling(**WHOSE), crewai_event_bus.scoped_handlers():

            @crewai_event_bus.on(ToolUsageFinishedEvent)
            def finished(source: Any, event: Any) -> None:
                read.append(str(event.output))

            last = str(crew.kickoff())
            crewai_event_bus.flush()
            return read, last
    finally:
        uninstall(guard)


def _model(steps: Sequence[Step] | None) -> Any:
    if steps is None:
        return LLM(model=os.environ.get("DEMO_MODEL", "openai/gpt-5-mini"))
    return Scripted(model="scripted", steps=list(steps))


class Scripted(BaseLLM):
    """Makes one call a turn, whatever it reads."""

    steps: Any = None

    def supports_function_calling(self) -> bool:
        return True

    def call(self, messages: Any, *_: Any, **__: Any) -> Any:
        turn = sum(message.get("role") == "tool" for message in messages)
        if turn == len(self.steps):
            return "I have done what I may."
        step = self.steps[turn]
        function = {"name": step.tool, "arguments": json.dumps(step.args)}
        return [{"id": f"c{turn}", "type": "function", "function": function}]

    async def acall(self, *args: Any, **kwargs: Any) -> Any:
        return self.call(*args, **kwargs)


if __name__ == "__main__":
    main(run, "OPENAI_API_KEY")
