"""Agno's ``Agent`` and ``Team``."""

from __future__ import annotations

import inspect
import json
import logging
import os
from collections.abc import AsyncIterator, Iterator
from typing import Any

os.environ["AGNO_TELEMETRY"] = "false"

from agno.agent import Agent
from agno.models.base import Model
from agno.models.response import ModelResponse
from agno.team import Team

from adapters.harness import Call, Driver, Job, Read, Transcript, Who
from callguard.adapters.agno import guard_agent, guard_tool

logging.disable(logging.CRITICAL)

IMPOSSIBLE: dict[str, str] = {}


class Scripted(Model):
    def __init__(self, script: Any, read: list[Read]) -> None:
        super().__init__(id="scripted", name="Scripted", provider="None")
        self.script, self.read = list(script), read

    def say(self, messages: Any) -> ModelResponse:
        self.read[:] = [Read(str(m.tool_call_id), str(m.content)) for m in messages if m.role == "tool"]
        said = self.script.pop(0)
        if isinstance(said, str):
            return ModelResponse(role="assistant", content=said)
        calls = [
            {"id": c.id, "type": "function", "function": {"name": c.tool, "arguments": json.dumps(c.args)}}
            for c in said
        ]
        return ModelResponse(role="assistant", tool_calls=calls)

    def invoke(self, messages: Any = None, **_: Any) -> ModelResponse:
        return self.say(messages)

    async def ainvoke(self, messages: Any = None, **_: Any) -> ModelResponse:
        return self.say(messages)

    def invoke_stream(self, messages: Any = None, **_: Any) -> Iterator[ModelResponse]:
        yield self.say(messages)

    async def ainvoke_stream(self, messages: Any = None, **_: Any) -> AsyncIterator[ModelResponse]:
        yield self.say(messages)

    def _parse_provider_response(self, response: Any, **_: Any) -> Any:
        return response

    def _parse_provider_response_delta(self, response: Any) -> Any:
        return response


def identity(run_context: Any) -> dict[str, Any]:
    who: Who = run_context.dependencies["who"]
    return who.context()


def idle(function_name: str, function_call: Any, arguments: dict[str, Any]) -> Any:
    return function_call(**arguments)


# Agno asks for it a dozen times a call; the guard's hook brings its own along too.
setattr(idle, "__signature__", inspect.signature(idle))  # noqa: B010


class Agno(Driver):
    name = "agno"
    nestings = ("calls", "hands over")

    def agent(self, job: Job) -> Any:
        return self._built(job)[0]

    def _built(self, job: Job) -> tuple[Any, list[Read]]:
        read: list[Read] = []
        whose = None if job.anonymous else (job.identity or identity)
        tools: list[Any] = list(job.tools)
        if job.protect in ("tool", "both"):
            tools = [guard_tool(each, job.guard, whose) for each in tools]
        agent: Any = Agent(name="worker", model=Scripted(job.script, read), tools=tools, telemetry=False)
        if job.nested == "calls":
            guard_agent(agent, job.guard, whose)
            agent = self._boss(job, agent)
        elif job.nested == "hands over":
            asks = [Call("o1", "delegate_task_to_member", {"member_id": "worker", "task": "go"})]
            agent = Team(name="boss", model=Scripted([asks, "done"], []), members=[agent], telemetry=False)
        if job.protect in ("idle", "overtaken"):
            agent.tool_hooks = [idle]
        guarded = job.protect in ("hook", "both", "overtaken")
        return (guard_agent(agent, job.guard, whose) if guarded else agent), read

    def _boss(self, job: Job, worker: Any) -> Any:
        def inner(q: str) -> str:
            """Asks the worker."""
            return str(worker.run(q, **self._given(job)).content)

        async def ainner(q: str) -> str:
            """Asks the worker."""
            return str((await worker.arun(q, **self._given(job))).content)

        tool = ainner if job.mode.startswith("a") else inner
        asks = Scripted([[Call("o1", tool.__name__, {"q": "go"})], "done"], [])
        return Agent(name="boss", model=asks, tools=[tool], telemetry=False)

    def _given(self, job: Job) -> dict[str, Any]:
        return {"session_id": job.who.session, "dependencies": {"who": job.who}}

    def blocking(self, job: Job) -> Transcript:
        agent, read = self._built(job)
        if job.mode == "sync":
            return Transcript(read, final=str(agent.run("go", **self._given(job)).content))
        events = [str(event) for event in agent.run("go", stream=True, stream_events=True, **self._given(job))]
        return Transcript(read, "".join(events), events[-1])

    async def awaited(self, job: Job) -> Transcript:
        agent, read = self._built(job)
        if job.mode == "async":
            return Transcript(read, final=str((await agent.arun("go", **self._given(job))).content))
        events = [str(event) async for event in agent.arun("go", stream=True, stream_events=True, **self._given(job))]
        return Transcript(read, "".join(events), events[-1])


DRIVER = Agno()


def scripted(script: Any, read: list[Read]) -> dict[str, Any]:
    """What the guide takes as given."""
    return {"model": Scripted(script, read)}
