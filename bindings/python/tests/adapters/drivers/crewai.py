"""CrewAI's ``Crew``."""

from __future__ import annotations

import json
import os
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

_HOME = tempfile.mkdtemp(prefix="callguard-crewai-")
os.environ.update(
    OTEL_SDK_DISABLED="true",
    CREWAI_DISABLE_TELEMETRY="true",
    CREWAI_DISABLE_TRACKING="true",
    CREWAI_TRACING_ENABLED="false",
    CREWAI_STORAGE_DIR=_HOME,
    HOME=_HOME,
)

from crewai import Agent, Crew, Task
from crewai.events import ToolUsageErrorEvent, ToolUsageFinishedEvent, crewai_event_bus
from crewai.hooks.tool_hooks import (
    register_after_tool_call_hook,
    register_before_tool_call_hook,
    unregister_after_tool_call_hook,
    unregister_before_tool_call_hook,
)
from crewai.llms.base_llm import BaseLLM
from crewai.tools import tool

from adapters.harness import Call, Driver, Job, Read, Transcript, Who
from callguard import CallGuard
from callguard.adapters import calling
from callguard.adapters.crewai import guard_crew, guard_tool, install, uninstall

IMPOSSIBLE: dict[str, str] = {
    "test_a_cancelled_call_counts": "a tool runs in a thread that a cancelled run does not stop: it runs to its end",
}


class Scripted(BaseLLM):
    script: list[Any]
    said: Any = None

    def supports_function_calling(self) -> bool:
        return True

    def call(self, messages: Any, *_: Any, **__: Any) -> Any:
        found = [message for message in messages if message.get("role") == "tool"]
        self.said[:] = [Read(message["tool_call_id"], str(message["content"])) for message in found]
        said = self.script.pop(0)
        if isinstance(said, str):
            return said
        return [
            {"id": c.id, "type": "function", "function": {"name": c.tool, "arguments": json.dumps(c.args)}}
            for c in said
        ]

    async def acall(self, *args: Any, **kwargs: Any) -> Any:
        return self.call(*args, **kwargs)


def identity(context: Any) -> dict[str, Any]:
    who = Who(**context.crew.fingerprint.metadata)
    return who.context()


def hook(context: Any) -> None:
    """Does nothing."""


def _forget() -> None:
    unregister_before_tool_call_hook(hook)
    unregister_after_tool_call_hook(hook)


@contextmanager
def idle() -> Iterator[None]:
    register_before_tool_call_hook(hook)
    register_after_tool_call_hook(hook)
    try:
        yield
    finally:
        _forget()


class CrewAI(Driver):
    name = "crewai"
    modes = ("sync", "async", "stream", "hooks alone")
    nestings = ("calls", "hands over")

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._runs: dict[int, int] = {}

    def agent(self, job: Job) -> Any:
        self.leave(job.guard)
        crew, _ = self._built(job)
        if job.protect == "overtaken":
            register_before_tool_call_hook(hook)
            register_after_tool_call_hook(hook)
        return crew

    def leave(self, guard: CallGuard) -> None:
        uninstall(guard)
        _forget()

    def _built(self, job: Job) -> tuple[Crew, list[Read]]:
        read: list[Read] = []
        tools: list[Any] = [tool(each.__name__)(each) for each in job.tools]
        if job.protect in ("tool", "both"):
            tools = [guard_tool(each, job.guard) for each in tools]
        return self._crew(job, "worker", tools, job.script, read), read

    def _crew(self, job: Job, name: str, tools: list[Any], script: Any, read: list[Read]) -> Crew:
        whose = None if job.anonymous or job.protect == "tool" else (job.identity or identity)
        worker = self._agent("worker", tools, script, read)
        agents: list[Any] = [worker]
        if job.nested == "hands over":
            asks = Call("o1", "delegate_work_to_coworker", {"task": "go", "context": "go", "coworker": "worker"})
            agents = [self._agent("boss", [], [[asks], "done"], [], allow_delegation=True), worker]
        elif job.nested == "calls" and name == "worker":
            return self._boss(job, tools, script, read)
        task = Task(description="go", expected_output="done", agent=agents[0])
        crew = Crew(agents=agents, tasks=[task], verbose=False, stream=job.mode == "stream")
        crew.fingerprint.metadata = job.who._asdict()
        if job.protect in ("hook", "both", "overtaken"):
            if job.mode == "hooks alone":
                install(job.guard, whose)
            else:
                guard_crew(crew, job.guard, whose)
        return crew

    def _agent(self, role: str, tools: list[Any], script: Any, read: list[Read], **options: Any) -> Agent:
        llm = Scripted(model="scripted", script=list(script))
        llm.said = read
        return Agent(role=role, goal="g", backstory="b", llm=llm, tools=tools, verbose=False, max_iter=9, **options)

    def _boss(self, job: Job, tools: list[Any], script: Any, read: list[Read]) -> Crew:
        inside = Job(script, job.tools, job.guard, "sync", job.who, job.identity, protect=job.protect)
        crew = self._crew(inside, "inner", tools, script, read)

        @tool("inner")
        def inner(q: str) -> str:
            """Asks the worker."""
            return str(crew.kickoff())

        return self._crew(job, "boss", [inner], [[Call("o1", "inner", {"q": "go"})], "done"], [])

    @contextmanager
    def _running(self, job: Job) -> Any:
        """Hooks are the process's: the last run of a guard takes them away."""
        with self._lock:
            self._runs[id(job.guard)] = self._runs.get(id(job.guard), 0) + 1
        # Nothing but `calling` says whose a tool's call is, where no hook stands before it.
        whose = calling(**job.who.context()) if job.protect == "tool" else nullcontext()
        try:
            with whose, idle() if job.protect == "idle" else nullcontext():
                yield
        finally:
            with self._lock:
                self._runs[id(job.guard)] -= 1
                if not self._runs[id(job.guard)]:
                    uninstall(job.guard)

    def blocking(self, job: Job) -> Transcript:
        with self._running(job), crewai_event_bus.scoped_handlers():
            seen: list[str] = []

            @crewai_event_bus.on(ToolUsageFinishedEvent)
            def finished(source: Any, event: Any) -> None:
                seen.append(str(event.output))

            @crewai_event_bus.on(ToolUsageErrorEvent)
            def failed(source: Any, event: Any) -> None:
                seen.append(repr(event.error))

            crew, read = self._built(job)
            done: Any = crew.kickoff()
            if job.mode != "stream":
                return Transcript(read, final=str(done))
            seen += [str(chunk) for chunk in done]
            crewai_event_bus.flush()
            return Transcript(read, "".join(seen), str(done.result))

    async def awaited(self, job: Job) -> Transcript:
        with self._running(job):
            crew, read = self._built(job)
            return Transcript(read, final=str(await crew.akickoff()))


DRIVER = CrewAI()


def scripted(script: Any, read: list[Read]) -> dict[str, Any]:
    """What the guide takes as given."""
    model = Scripted(model="scripted", script=list(script))
    model.said = read
    return {"model": model}
