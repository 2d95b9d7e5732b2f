"""Agno: a tool hook on an agent, and what the host passes as dependencies as the identity.

    pip install 'callguard[agno]'
    python examples/demo/with_agno.py

With ``OPENAI_API_KEY`` in the environment the model is a real one
(`pip install openai`); ``--offline`` keeps the script.
"""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any

from agno.agent import Agent
from agno.models.base import Model
from agno.models.response import ModelResponse

from callguard import CallGuard
from callguard.adapters.agno import guard_agent
from session import WHOSE, Step, main
from tools import Desk


def run(desk: Desk, guard: CallGuard, steps: Sequence[Step] | None, prompt: str) -> tuple[list[str], str]:
    """One conversation."""
    agent = Agent(name="support", model=_model(steps), tools=list(desk.tools()), telemetry=False)
    guard_agent(agent, guard, identity=lambda run_context: run_context.dependencies["whose"])
    done = agent.run(prompt, session_id=WHOSE["session_id"], dependencies={"whose": WHOSE})
    print(guard.coverage(agent), end="\n\n")
    read = [str(message.content) for message in done.messages or [] if message.role == "tool"]
    return read, str(done.content)


def _model(steps: Sequence[Step] | None) -> Model:
    if steps is not None:
        return Scripted(steps)
    from agno.models.openai import OpenAIChat

    return OpenAIChat(id=os.environ.get("DEMO_MODEL", "gpt-5-mini"))


class Scripted(Model):
    """Makes one call a turn, whatever it reads."""

    def __init__(self, steps: Sequence[Step]) -> None:
        super().__init__(id="scripted", name="Scripted", provider="None")
        self._steps = list(steps)

    def invoke(self, messages: Any = None, **_: Any) -> ModelResponse:
        turn = sum(message.role == "tool" for message in messages)
        if turn == len(self._steps):
            return ModelResponse(role="assistant", content="I have done what I may.")
        step = self._steps[turn]
        function = {"name": step.tool, "arguments": json.dumps(step.args)}
        call = {"id": f"c{turn}", "type": "function", "function": function}
        return ModelResponse(role="assistant", tool_calls=[call])

    async def ainvoke(self, messages: Any = None, **_: Any) -> ModelResponse:
        return self.invoke(messages)

    def invoke_stream(self, messages: Any = None, **_: Any) -> Iterator[ModelResponse]:
        yield self.invoke(messages)

    async def ainvoke_stream(self, messages: Any = None, **_: Any) -> AsyncIterator[ModelResponse]:
        yield self.invoke(messages)

    def _parse_provider_response(self, response: Any, **_: Any) -> Any:
        return response

    def _parse_provider_response_delta(self, response: Any) -> Any:
        return response


if __name__ == "__main__":
    main(run, "OPENAI_API_KEY")
