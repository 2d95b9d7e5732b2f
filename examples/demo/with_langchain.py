"""LangChain: a middleware around every tool call of an agent, and the host's context as the identity.

    pip install 'callguard[langchain]'
    python examples/demo/with_langchain.py

With ``OPENAI_API_KEY`` in the environment the model is a real one
(`pip install langchain-openai`); ``--offline`` keeps the script.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from langchain.agents import create_agent
from langchain.chat_models import init_chat_model
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.tools import tool

from callguard import CallGuard
from callguard.adapters.langchain import CallGuardMiddleware
from session import WHOSE, Step, main
from tools import Desk


def run(desk: Desk, guard: CallGuard, steps: Sequence[Step] | None, prompt: str) -> tuple[list[str], str]:
    """One conversation."""
    real = os.environ.get("DEMO_MODEL", "openai:gpt-5-mini")
    model = init_chat_model(real) if steps is None else Scripted(steps=steps)
    # The guard stands last: what is behind it could rewrite what it decided.
    agent: Any = create_agent(
        model,
        [tool(function) for function in desk.tools()],
        middleware=[CallGuardMiddleware(guard, identity=lambda request: request.runtime.context)],
        context_schema=dict,
    )
    done = agent.invoke({"messages": [("user", prompt)]}, context=WHOSE, config={"recursion_limit": 100})
    print(guard.coverage(agent), end="\n\n")
    read = [str(message.content) for message in done["messages"] if isinstance(message, ToolMessage)]
    return read, str(done["messages"][-1].content)


class Scripted(BaseChatModel):
    """Makes one call a turn, whatever it reads."""

    steps: Any

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def bind_tools(self, tools: Any, **_: Any) -> Scripted:
        return self

    def _generate(self, messages: Any, stop: Any = None, run_manager: Any = None, **_: Any) -> ChatResult:
        turn = sum(isinstance(message, ToolMessage) for message in messages)
        message = AIMessage("I have done what I may.")
        if turn < len(self.steps):
            step = self.steps[turn]
            message = AIMessage("", tool_calls=[{"id": f"c{turn}", "name": step.tool, "args": step.args}])
        return ChatResult(generations=[ChatGeneration(message=message)])


if __name__ == "__main__":
    main(run, "OPENAI_API_KEY")
