"""The OpenAI Agents SDK's ``Runner``."""

from __future__ import annotations

import copy
import dataclasses
import json
from collections.abc import AsyncIterator
from typing import Any

from agents import Agent, Model, ModelResponse, RunConfig, Runner, Usage, function_tool, set_tracing_disabled
from agents.exceptions import ModelBehaviorError
from openai.types.responses import (
    Response,
    ResponseCompletedEvent,
    ResponseFunctionToolCall,
    ResponseOutputMessage,
    ResponseOutputText,
)

from adapters.harness import Call, Driver, Job, Read, Transcript, Who
from callguard.adapters.openai_agents import guard_agent, guard_tool

IMPOSSIBLE: dict[str, str] = {}
NOTES = {"test_calls_with_one_id_keep_apart": "newer versions end a run in which an id stands twice in one turn"}

#: ``overtaken`` is no more than ``hook`` here: what guards a tool is the tool, and nothing can stand behind it.
HOOKED = ("hook", "both", "overtaken")

set_tracing_disabled(True)


class Scripted(Model):
    def __init__(self, script: Any, read: list[Read]) -> None:
        self.script, self.read = list(script), read

    def say(self, given: Any) -> list[Any]:
        items = [item for item in given if isinstance(item, dict) and item.get("type") == "function_call_output"]
        self.read[:] = [Read(item["call_id"], str(item["output"])) for item in items]
        said = self.script.pop(0)
        if isinstance(said, str):
            text = ResponseOutputText(text=said, type="output_text", annotations=[])
            return [ResponseOutputMessage(id="m", role="assistant", type="message", status="completed", content=[text])]
        return [
            ResponseFunctionToolCall(call_id=c.id, name=c.tool, arguments=json.dumps(c.args), type="function_call")
            for c in said
        ]

    async def get_response(self, *args: Any, **kwargs: Any) -> ModelResponse:
        given = kwargs["input"] if "input" in kwargs else args[1]
        return ModelResponse(output=self.say(given), usage=Usage(), response_id=None)

    async def stream_response(self, *args: Any, **kwargs: Any) -> AsyncIterator[Any]:
        output = self.say(kwargs["input"] if "input" in kwargs else args[1])
        response = Response(
            id="r", created_at=0, model="scripted", object="response", output=output, tool_choice="auto", tools=[],
            parallel_tool_calls=True,
        )  # fmt: skip
        yield ResponseCompletedEvent(response=response, type="response.completed", sequence_number=0)


def identity(ctx: Any) -> dict[str, Any]:
    who: Who = ctx.context
    return who.context()


def failed(ctx: Any, error: Exception) -> str:
    return f"failed: {error!r}"


def idle(tool: Any) -> Any:
    """A copy of the tool with a wrapper where the adapter has one: the SDK has no hook that can stop a call."""
    invoke = copy.copy(tool.on_invoke_tool)
    inner = invoke._invoke_tool_impl

    async def passing(ctx: Any, arguments: str) -> Any:
        return await inner(ctx, arguments)

    invoke._invoke_tool_impl = passing
    return dataclasses.replace(tool, on_invoke_tool=invoke)


class OpenAIAgents(Driver):
    name = "openai_agents"
    modes = ("sync", "async", "astream")
    nestings = ("calls", "hands over")
    refuses_twins = (ModelBehaviorError,)

    def agent(self, job: Job) -> Agent[Any]:
        return self._built(job)[0]

    def _built(self, job: Job) -> tuple[Agent[Any], list[Read]]:
        read: list[Read] = []
        whose = None if job.anonymous else (job.identity or identity)
        tools: list[Any] = [function_tool(each, failure_error_function=failed) for each in job.tools]
        if job.protect in ("tool", "both"):
            tools = [guard_tool(each, job.guard, whose) for each in tools]
        elif job.protect == "idle":
            tools = [idle(each) for each in tools]
        agent: Agent[Any] = Agent(name="worker", model=Scripted(job.script, read), tools=tools)
        if job.nested == "calls":
            calls = Scripted([[Call("o1", "worker", {"input": "go"})], "done"], [])
            agent = Agent(name="boss", model=calls, tools=[agent.as_tool("worker", "asks the worker")])
        elif job.nested == "hands over":
            moves = Scripted([[Call("o1", "transfer_to_worker", {})]], [])
            agent = Agent(name="boss", model=moves, handoffs=[agent])
        return (guard_agent(agent, job.guard, whose) if job.protect in HOOKED else agent), read

    def blocking(self, job: Job) -> Transcript:
        agent, read = self._built(job)
        done = Runner.run_sync(agent, "go", context=job.who, run_config=RunConfig(group_id=job.who.session))
        return Transcript(read, final=str(done.final_output))

    async def awaited(self, job: Job) -> Transcript:
        agent, read = self._built(job)
        config = RunConfig(group_id=job.who.session)
        if job.mode == "async":
            done = await Runner.run(agent, "go", context=job.who, run_config=config)
            return Transcript(read, final=str(done.final_output))
        streamed = Runner.run_streamed(agent, "go", context=job.who, run_config=config)
        events = [f"{event} {getattr(event, 'item', None)}" async for event in streamed.stream_events()]
        return Transcript(read, "".join(events), str(streamed.final_output))


DRIVER = OpenAIAgents()


def scripted(script: Any, read: list[Read]) -> dict[str, Any]:
    """What the guide takes as given."""
    return {"model": Scripted(script, read)}
