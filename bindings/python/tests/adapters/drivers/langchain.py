"""LangChain's ``create_agent``."""

from __future__ import annotations

from typing import Any

from langchain.agents import create_agent
from langchain.agents.middleware import AgentMiddleware
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.tools import tool

from adapters.harness import Call, Driver, Job, Read, Transcript, Who
from callguard.adapters.langchain import CallGuardMiddleware, guard_tool

IMPOSSIBLE: dict[str, str] = {}


class Model(BaseChatModel):
    job: Any
    script: list[Any]
    read: list[Any]

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def bind_tools(self, tools: Any, **_: Any) -> Model:
        return self

    def _generate(self, messages: Any, stop: Any = None, run_manager: Any = None, **_: Any) -> ChatResult:
        self.read[:] = [Read(m.tool_call_id, str(m.content)) for m in messages if isinstance(m, ToolMessage)]
        said = self.script.pop(0)
        if isinstance(said, str):
            message = AIMessage(said)
        else:
            calls = [{"id": c.id, "name": c.tool, "args": dict(c.args), "type": "tool_call"} for c in said]
            message = AIMessage("", tool_calls=calls)
            self.job.live.update({call["id"]: call["args"] for call in message.tool_calls})
        return ChatResult(generations=[ChatGeneration(message=message)])


class Events(BaseCallbackHandler):
    """What callbacks see of tools: more than a middleware can hide, and no more than a guarded tool shows."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def on_tool_end(self, output: Any, **_: Any) -> None:
        self.seen.append(str(output))

    def on_tool_error(self, error: BaseException, **_: Any) -> None:
        self.seen.append(repr(error))


class Errors(AgentMiddleware):
    """Lets the model read what tools raise: LangChain ends the run otherwise."""

    def wrap_tool_call(self, request: Any, handler: Any) -> Any:
        try:
            return handler(request)
        except Exception as error:
            return ToolMessage(f"failed: {error!r}", tool_call_id=request.tool_call["id"], status="error")

    async def awrap_tool_call(self, request: Any, handler: Any) -> Any:
        try:
            return await handler(request)
        except Exception as error:
            return ToolMessage(f"failed: {error!r}", tool_call_id=request.tool_call["id"], status="error")


class Idle(AgentMiddleware):
    def wrap_tool_call(self, request: Any, handler: Any) -> Any:
        return handler(request)

    async def awrap_tool_call(self, request: Any, handler: Any) -> Any:
        return await handler(request)


def identity(request: Any) -> dict[str, Any]:
    who: Who = request.runtime.context
    return who.context()


class LangChain(Driver):
    name = "langchain"

    def agent(self, job: Job) -> Any:
        return self._agent(job, Model(job=job, script=list(job.script), read=[]))

    def _agent(self, job: Job, model: Model) -> Any:
        whose = None if job.anonymous else (job.identity or identity)
        tools = [tool(function) for function in job.tools]
        if job.protect in ("tool", "both"):
            tools = [guard_tool(each, job.guard, whose if job.protect == "tool" else None) for each in tools]
        middleware: list[Any] = [Errors()]
        if job.protect in ("hook", "both", "overtaken"):
            middleware.append(CallGuardMiddleware(job.guard, whose))
        if job.protect in ("idle", "overtaken"):
            middleware.append(Idle())
        return create_agent(model, tools, middleware=middleware, context_schema=Who)

    def _built(self, job: Job) -> tuple[Any, Model]:
        model = Model(job=job, script=list(job.script), read=[])
        agent = self._agent(job, model)
        if not job.nested:
            return agent, model

        given = {"messages": [("user", "go")]}

        def inner(q: str) -> str:
            """Asks the inner agent."""
            return str(agent.invoke(given, context=job.who)["messages"][-1].content)

        async def ainner(q: str) -> str:
            """Asks the inner agent."""
            return str((await agent.ainvoke(given, context=job.who))["messages"][-1].content)

        outer = Job([[Call("o1", "inner", {"q": "go"})], "done"], [], job.guard, job.mode, job.who)
        asks = Model(job=outer, script=list(outer.script), read=[])
        asked = tool("inner")(ainner if job.mode.startswith("a") else inner)
        return create_agent(
            asks, [asked], middleware=[CallGuardMiddleware(job.guard, identity)], context_schema=Who
        ), model

    def blocking(self, job: Job) -> Transcript:
        agent, model = self._built(job)
        given, events = self._given(job)
        if job.mode == "sync":
            final = agent.invoke(*given, context=job.who)["messages"][-1].content
            return Transcript(model.read, str(events.seen), str(final))
        shown = ["updates", "messages", "custom", "values"]
        chunks = [str(chunk) for chunk in agent.stream(*given, context=job.who, stream_mode=shown)]
        return Transcript(model.read, "".join([*chunks, *events.seen]), chunks[-1])

    async def awaited(self, job: Job) -> Transcript:
        agent, model = self._built(job)
        given, events = self._given(job)
        if job.mode == "async":
            done = await agent.ainvoke(*given, context=job.who)
            return Transcript(model.read, str(events.seen), str(done["messages"][-1].content))
        shown = ["updates", "messages", "custom", "values"]
        chunks = [str(chunk) async for chunk in agent.astream(*given, context=job.who, stream_mode=shown)]
        return Transcript(model.read, "".join([*chunks, *events.seen]), chunks[-1])

    def _given(self, job: Job) -> tuple[Any, Events]:
        events = Events()
        callbacks = [events] if job.protect in ("tool", "both") else []
        config = {"configurable": {"thread_id": job.who.session}, "callbacks": callbacks}
        return ({"messages": [("user", "go")]}, config), events


DRIVER = LangChain()


def scripted(script: Any, read: list[Read]) -> dict[str, Any]:
    """What the guide takes as given."""
    model = Model(job=Job(script, [], None), script=list(script), read=[])  # type: ignore[arg-type]
    model.read = read
    return {"model": model}
