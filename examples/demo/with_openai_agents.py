"""OpenAI Agents SDK: every function tool of an agent and of those it reaches, and the run's context as the identity.

    pip install 'callguard[openai-agents]'
    python examples/demo/with_openai_agents.py

With ``OPENAI_API_KEY`` in the environment the model is a real one; ``--offline`` keeps the script.
"""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator, Sequence
from typing import Any

from agents import Agent, Model, ModelResponse, Runner, ToolCallOutputItem, Usage, function_tool, set_tracing_disabled
from openai.types.responses import ResponseFunctionToolCall, ResponseOutputMessage, ResponseOutputText

from callguard import CallGuard
from callguard.adapters.openai_agents import guard_agent
from session import WHOSE, Step, main
from tools import Desk


def run(desk: Desk, guard: CallGuard, steps: Sequence[Step] | None, prompt: str) -> tuple[list[str], str]:
    """One conversation."""
    model: Any = os.environ.get("DEMO_MODEL", "gpt-5-mini") if steps is None else Scripted(steps)
    # Traces go to OpenAI, with arguments as the model wrote them.
    set_tracing_disabled(True)
    agent: Agent[Any] = Agent(name="support", model=model, tools=[function_tool(each) for each in desk.tools()])
    guard_agent(agent, guard, identity=lambda ctx: ctx.context)
    done = Runner.run_sync(agent, prompt, context=WHOSE, max_turns=50)
    print(guard.coverage(agent), end="\n\n")
    read = [str(item.output) for item in done.new_items if isinstance(item, ToolCallOutputItem)]
    return read, str(done.final_output)


class Scripted(Model):
    """Makes one call a turn, whatever it reads."""

    def __init__(self, steps: Sequence[Step]) -> None:
        self._steps = list(steps)

    async def get_response(self, *args: Any, **kwargs: Any) -> ModelResponse:
        given = kwargs["input"] if "input" in kwargs else args[1]
        turn = sum(isinstance(item, dict) and item.get("type") == "function_call_output" for item in given)
        return ModelResponse(output=[self._said(turn)], usage=Usage(), response_id=None)

    def _said(self, turn: int) -> Any:
        if turn < len(self._steps):
            step = self._steps[turn]
            return ResponseFunctionToolCall(
                call_id=f"c{turn}", name=step.tool, arguments=json.dumps(step.args), type="function_call"
            )
        text = ResponseOutputText(text="I have done what I may.", type="output_text", annotations=[])
        return ResponseOutputMessage(id="m", role="assistant", type="message", status="completed", content=[text])

    def stream_response(self, *args: Any, **kwargs: Any) -> AsyncIterator[Any]:
        raise NotImplementedError


if __name__ == "__main__":
    main(run, "OPENAI_API_KEY")
