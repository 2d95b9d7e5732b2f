"""Semantic Kernel's ``ChatCompletionAgent``."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncGenerator
from typing import Any

from semantic_kernel import Kernel
from semantic_kernel.agents import ChatCompletionAgent
from semantic_kernel.connectors.ai.chat_completion_client_base import ChatCompletionClientBase
from semantic_kernel.connectors.ai.function_choice_behavior import FunctionChoiceBehavior
from semantic_kernel.connectors.ai.prompt_execution_settings import PromptExecutionSettings
from semantic_kernel.contents import (
    AuthorRole,
    ChatMessageContent,
    FunctionCallContent,
    FunctionResultContent,
    StreamingChatMessageContent,
)
from semantic_kernel.filters import FilterTypes
from semantic_kernel.functions import KernelArguments, KernelFunction, kernel_function

from adapters.harness import Call, Driver, Job, Read, Transcript, Who
from callguard.adapters.semantic_kernel import guard_kernel, guard_tool

logging.disable(logging.CRITICAL)

IMPOSSIBLE: dict[str, str] = {}


class Said:
    """What the model says and read. A kernel that is cloned copies its services in depth."""

    def __init__(self, script: Any, read: list[Read]) -> None:
        self.script, self.read = list(script), read

    def __deepcopy__(self, _: Any) -> Said:
        return self


class Scripted(ChatCompletionClientBase):
    SUPPORTS_FUNCTION_CALLING = True
    said: Any

    def _update_function_choice_settings_callback(self) -> Any:
        return lambda *_, **__: None

    def _reset_function_choice_settings(self, settings: Any) -> None:
        settings.function_choice_behavior = None

    def say(self, history: Any) -> dict[str, Any]:
        items = [item for message in history.messages for item in message.items]
        results = [item for item in items if isinstance(item, FunctionResultContent)]
        self.said.read[:] = [Read(str(item.id), str(item.result)) for item in results]
        said = self.said.script.pop(0)
        if isinstance(said, str):
            return {"role": AuthorRole.ASSISTANT, "content": said}
        calls = [
            FunctionCallContent(
                id=c.id, index=place, plugin_name="ops", function_name=c.tool, arguments=json.dumps(c.args)
            )
            for place, c in enumerate(said)
        ]
        return {"role": AuthorRole.ASSISTANT, "items": calls}

    async def _inner_get_chat_message_contents(self, chat_history: Any, settings: Any) -> list[Any]:
        return [ChatMessageContent(**self.say(chat_history))]

    async def _inner_get_streaming_chat_message_contents(
        self, chat_history: Any, settings: Any, function_invoke_attempt: int = 0
    ) -> AsyncGenerator[list[Any], Any]:
        yield [StreamingChatMessageContent(choice_index=0, **self.say(chat_history))]


def identity(context: Any) -> dict[str, Any]:
    who: Who = context.arguments["who"]
    return who.context()


async def idle(context: Any, next: Any) -> None:
    await next(context)


class SemanticKernel(Driver):
    name = "semantic_kernel"
    modes = ("async", "astream")

    def agent(self, job: Job) -> Any:
        return self._built(job)[0]

    def _built(self, job: Job) -> tuple[Any, list[Read]]:
        read: list[Read] = []
        whose = None if job.anonymous else (job.identity or identity)
        functions: list[Any] = [KernelFunction.from_method(kernel_function(each), "ops") for each in job.tools]
        if job.protect in ("tool", "both"):
            functions = [guard_tool(each, job.guard, whose) for each in functions]
        agent = self._agent(job, whose, functions, job.script, read)
        if not job.nested:
            return agent, read

        @kernel_function
        async def worker(q: str) -> str:
            """Asks the worker."""
            return str(await agent.get_response(messages=q, arguments=self._arguments(job)))

        asks = [[Call("o1", "worker", {"q": "go"})], "done"]
        return self._agent(job, whose, [KernelFunction.from_method(worker, "ops")], asks, []), read

    def _agent(self, job: Job, whose: Any, functions: list[Any], script: Any, read: list[Read]) -> Any:
        kernel = Kernel()
        kernel.add_service(Scripted(ai_model_id="scripted", said=Said(script, read)))
        kernel.add_functions(plugin_name="ops", functions=functions)
        if job.protect in ("hook", "both", "overtaken"):
            guard_kernel(kernel, job.guard, whose)
        if job.protect in ("idle", "overtaken"):
            kernel.add_filter(FilterTypes.AUTO_FUNCTION_INVOCATION, idle)
            kernel.add_filter(FilterTypes.FUNCTION_INVOCATION, idle)
        # Orchestrations clone kernels.
        return ChatCompletionAgent(kernel=kernel.clone(), name="worker")

    def _arguments(self, job: Job) -> KernelArguments:
        settings = PromptExecutionSettings(function_choice_behavior=FunctionChoiceBehavior.Auto())
        return KernelArguments(settings=settings, who=job.who)

    async def awaited(self, job: Job) -> Transcript:
        agent, read = self._built(job)
        if job.mode == "async":
            done = await agent.get_response(messages="go", arguments=self._arguments(job))
            return Transcript(read, final=str(done.content))
        between: list[str] = []

        async def note(message: Any) -> None:
            between.append(str([getattr(item, "result", item) for item in message.items]))

        stream = agent.invoke_stream(messages="go", arguments=self._arguments(job), on_intermediate_message=note)
        chunks = [str(chunk.content) async for chunk in stream]
        return Transcript(read, "".join([*chunks, *between]), "".join(chunks))


DRIVER = SemanticKernel()


def scripted(script: Any, read: list[Read]) -> dict[str, Any]:
    """What the guide takes as given."""
    settings = PromptExecutionSettings(function_choice_behavior=FunctionChoiceBehavior.Auto())
    return {"model": Scripted(ai_model_id="scripted", said=Said(script, read)), "settings": settings}
