"""The reference server that uses every feature: progress, cancellation, requests of the server's own."""

from __future__ import annotations

import json
import re

import anyio
import mcp_types
import pytest
from conftest import Audit, Programs
from mcp import Client, StdioServerParameters
from raw import Raw

pytestmark = pytest.mark.anyio

LONG = "trigger-long-running-operation"


def connect(command: list[str], **options: object) -> Client:
    parameters = StdioServerParameters(command=command[0], args=command[1:])
    return Client(parameters, mode="legacy", **options)  # type: ignore[arg-type]


async def test_progress_arrives(programs: Programs) -> None:
    seen: list[tuple[float, float | None]] = []

    async def progress(done: float, total: float | None, message: str | None) -> None:
        seen.append((done, total))

    async with connect(programs.guarded("everything", *programs.everything())) as client:
        arguments = {"duration": 0.4, "steps": 4}
        result = await client.call_tool(LONG, arguments, progress_callback=progress)
    assert not result.is_error
    # A client may drop the last one, which comes together with the result.
    assert seen[:3] == [(1, 4), (2, 4), (3, 4)]


def test_every_step_of_progress_arrives_in_order(programs: Programs) -> None:
    with Raw(programs.guarded("everything", *programs.everything())) as client:
        client.handshake()
        params = {"name": LONG, "arguments": {"duration": 0.4, "steps": 4}, "_meta": {"progressToken": "t"}}
        client.send(id=7, method="tools/call", params=params)
        steps = []
        while b'"id":7' not in (line := client.hear()):
            message = json.loads(line)
            if message["method"] == "notifications/progress":
                steps.append(message["params"])
        assert steps == [{"progress": step, "total": 4, "progressToken": "t"} for step in (1, 2, 3, 4)]


async def test_a_call_can_be_cancelled(programs: Programs, audit: Audit) -> None:
    async with connect(programs.guarded("everything", *programs.everything(), audit=audit.path)) as client:
        started = anyio.current_time()
        with anyio.move_on_after(0.5) as scope:
            await client.call_tool(LONG, {"duration": 60, "steps": 60})
        assert scope.cancelled_caught
        result = await client.call_tool("echo", {"message": "still here"})
        assert not result.is_error
        assert anyio.current_time() - started < 20
    assert audit.of(LONG)[0] == "call_allowed"


def test_a_cancellation_reaches_the_server_as_it_was_sent(programs: Programs) -> None:
    """The server stops reporting progress, which it does only when it is told."""
    with Raw(programs.guarded("everything", *programs.everything())) as client:
        client.handshake()
        params = {"name": LONG, "arguments": {"duration": 4, "steps": 40}, "_meta": {"progressToken": "t"}}
        client.send(id=7, method="tools/call", params=params)
        while b"notifications/progress" not in client.hear():
            pass
        client.send(method="notifications/cancelled", params={"requestId": 7, "reason": "enough"})
        heard = []
        client.send(id=8, method="ping")
        while b'"id":8' not in (line := client.hear()):
            heard.append(line)
        assert not any(b'"id":7' in line for line in heard)
        assert client.call(9, "echo", message="x")["result"]["content"][0]["text"] == "Echo: x"


async def test_the_server_may_ask_the_client(programs: Programs) -> None:
    async def sample(
        context: object, params: mcp_types.CreateMessageRequestParams
    ) -> mcp_types.CreateMessageResult:
        return mcp_types.CreateMessageResult(
            role="assistant", model="m", content=mcp_types.TextContent(type="text", text="forty-two")
        )

    async with connect(programs.guarded("everything", *programs.everything()), sampling_callback=sample) as client:
        with anyio.fail_after(30):
            while "trigger-sampling-request" not in {tool.name for tool in (await client.list_tools()).tools}:
                await anyio.sleep(0.05)
        result = await client.call_tool("trigger-sampling-request", {"prompt": "meaning of life", "maxTokens": 10})
    assert "forty-two" in result.model_dump_json()


async def test_what_no_contract_governs_is_as_without_a_guard(programs: Programs) -> None:
    async def visit(command: list[str]) -> list[object]:
        async with connect(command) as client:
            resource = (await client.list_resources()).resources[0]
            prompt = (await client.list_prompts()).prompts[0]
            return [
                client.server_info,
                client.server_capabilities,
                client.instructions,
                await client.list_resource_templates(),
                await client.read_resource(str(resource.uri)),
                await client.get_prompt(prompt.name),
                await client.call_tool("get-tiny-image", {}),
                await client.call_tool("get-structured-content", {"location": "Chicago"}),
                await client.call_tool("get-resource-reference", {"resourceType": "Text", "resourceId": 1}),
                await client.call_tool("no-such-tool", {}),
            ]

    direct = await visit(programs.everything())
    guarded = await visit(programs.guarded("everything", *programs.everything()))
    for expected, seen in zip(direct, guarded, strict=True):
        assert without_times(seen) == without_times(expected)


def without_times(value: object) -> str:
    return re.sub(r"\d{1,2}:\d{2}:\d{2}( [AP]M)?", "TIME", str(value))


async def test_a_hidden_tool_is_not_there(programs: Programs) -> None:
    async with connect(programs.guarded("everything", *programs.everything())) as client:
        assert "get-env" not in {tool.name for tool in (await client.list_tools()).tools}
        unknown = await client.call_tool("no-such-tool", {})
        hidden = await client.call_tool("get-env", {})
    assert hidden.model_dump_json() == unknown.model_dump_json().replace("no-such-tool", "get-env")
