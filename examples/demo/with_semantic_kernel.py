"""Semantic Kernel: two filters on a kernel, and the arguments of a run as the identity.

    pip install 'callguard[semantic-kernel]'
    python examples/demo/with_semantic_kernel.py

With ``OPENAI_API_KEY`` in the environment the model is a real one; ``--offline`` keeps the script.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Sequence
from typing import Any

from semantic_kernel import Kernel
from semantic_kernel.agents import ChatCompletionAgent
from semantic_kernel.connectors.ai.chat_completion_client_base import ChatCompletionClientBase
from semantic_kernel.connectors.ai.function_choice_behavior import FunctionChoiceBehavior
from semantic_kernel.connectors.ai.prompt_execution_settings import PromptExecutionSettings
from semantic_kernel.contents import AuthorRole, ChatMessageContent, FunctionCallContent, FunctionResultContent
from semantic_kernel.functions import KernelArguments, KernelFunction, kernel_function

from callguard import CallGuard
from callguard.adapters.semantic_kernel import guard_kernel
from session import WHOSE, Step, main
from tools import Desk


def run(desk: Desk, guard: CallGuard, steps: Sequence[Step] | None, prompt: str) -> tuple[list[str], str]:
    """One conversation."""
    kernel = Kernel()
    kernel.add_service(_model(steps))
    functions: list[Any] = [KernelFunction.from_method(kernel_function(each), "desk") for each in desk.tools()]
    kernel.add_functions(plugin_name="desk", functions=functions)
    guard_kernel(kernel, guard, identity=lambda context: context.arguments["whose"])
    print(guard.coverage(kernel), end="\n\n")
    return asyncio.run(_converse(ChatCompletionAgent(kernel=kernel, name="support"), prompt))


async def _converse(agent: ChatCompletionAgent, prompt: str) -> tuple[list[str], str]:
    read: list[str] = []

    async def note(message: ChatMessageContent) -> None:
        read.extend(str(item.result) for item in message.items if isinstance(item, FunctionResultContent))

    behavior = FunctionChoiceBehavior.Auto(maximum_auto_invoke_attempts=50)
    settings = PromptExecutionSettings(function_choice_behavior=behavior)
    arguments = KernelArguments(settings=settings, whose=WHOSE)
    answers = agent.invoke(messages=prompt, arguments=arguments, on_intermediate_message=note)
    return read, "".join([str(answer.content) async for answer in answers])


def _model(steps: Sequence[Step] | None) -> Any:
    if steps is not None:
        return Scripted(ai_model_id="scripted", steps=list(steps))
    from semantic_kernel.connectors.ai.open_ai import OpenAIChatCompletion

    return OpenAIChatCompletion(ai_model_id=os.environ.get("DEMO_MODEL", "gpt-5-mini"))


class Scripted(ChatCompletionClientBase):
    """Makes one call a turn, whatever it reads."""

    SUPPORTS_FUNCTION_CALLING = True
    steps: Any

    def _update_function_choice_settings_callback(self) -> Any:
        return lambda *_, **__: None

    def _reset_function_choice_settings(self, settings: Any) -> None:
        settings.function_choice_behavior = None

    async def _inner_get_chat_message_contents(self, chat_history: Any, settings: Any) -> list[Any]:
        items = [item for message in chat_history.messages for item in message.items]
        turn = sum(isinstance(item, FunctionResultContent) for item in items)
        if turn == len(self.steps):
            return [ChatMessageContent(role=AuthorRole.ASSISTANT, content="I have done what I may.")]
        step = self.steps[turn]
        call = FunctionCallContent(
            id=f"c{turn}", index=0, plugin_name="desk", function_name=step.tool, arguments=json.dumps(step.args)
        )
        return [ChatMessageContent(role=AuthorRole.ASSISTANT, items=[call])]


if __name__ == "__main__":
    main(run, "OPENAI_API_KEY")
