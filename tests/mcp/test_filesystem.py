"""The official filesystem server, driven by the official Python client."""

from __future__ import annotations

from pathlib import Path

import mcp_types
import pytest
from conftest import Audit, Programs
from mcp import Client, StdioServerParameters

pytestmark = pytest.mark.anyio


def connect(command: list[str], **options: object) -> Client:
    parameters = StdioServerParameters(command=command[0], args=command[1:])
    return Client(parameters, mode="legacy", **options)  # type: ignore[arg-type]


def text(result: mcp_types.CallToolResult) -> str:
    [block] = result.content
    assert isinstance(block, mcp_types.TextContent)
    return block.text


async def test_an_allowed_call_runs(programs: Programs, workspace: Path, audit: Audit) -> None:
    command = programs.guarded("files", *programs.filesystem(workspace), audit=audit.path)
    async with connect(command) as client:
        result = await client.call_tool("read_text_file", {"path": str(workspace / "notes.txt")})
    assert not result.is_error
    assert text(result) == "Call the dentist.\n"
    assert result.structured_content == {"content": "Call the dentist.\n"}
    assert audit.of("read_text_file") == ["call_allowed", "call_executed"]


async def test_a_denied_call_never_runs_and_says_why(programs: Programs, workspace: Path, audit: Audit) -> None:
    command = programs.guarded("files", *programs.filesystem(workspace), audit=audit.path)
    async with connect(command) as client:
        result = await client.call_tool("read_text_file", {"path": str(workspace / "server.pem")})
        after = await client.call_tool("read_text_file", {"path": str(workspace / "notes.txt")})
    assert result.is_error
    assert "Private keys are not for agents" in text(result)
    assert "PRIVATE" not in result.model_dump_json()
    assert result.meta is not None
    decision = result.meta["callguard/decision"]
    assert decision["decision"] == "deny"
    assert decision["contract"] == "files/no-keys"
    assert not after.is_error
    assert audit.of("read_text_file") == ["call_denied", "call_allowed", "call_executed"]


async def test_a_denied_write_leaves_no_trace(programs: Programs, workspace: Path) -> None:
    target = workspace / "new.txt"
    arguments = {"path": str(target), "content": "x"}
    intern = programs.guarded("files", *programs.filesystem(workspace), principal={"role": "intern"})
    async with connect(intern) as client:
        result = await client.call_tool("write_file", arguments)
    assert result.is_error and 'you are "intern"' in text(result)
    assert not target.exists()
    editor = programs.guarded("files", *programs.filesystem(workspace), principal={"role": "editor"})
    async with connect(editor) as client:
        assert not (await client.call_tool("write_file", arguments)).is_error
    assert target.read_text() == "x"


async def test_a_result_is_redacted_in_every_part(programs: Programs, workspace: Path, audit: Audit) -> None:
    command = programs.guarded("files", *programs.filesystem(workspace), audit=audit.path)
    async with connect(command) as client:
        await client.list_tools()
        result = await client.call_tool("read_text_file", {"path": str(workspace / "people.txt")})
    assert not result.is_error
    assert text(result) == "Ada Lovelace, SSN [us_ssn removed]\n"
    assert result.structured_content == {"content": "Ada Lovelace, SSN [us_ssn removed]\n"}
    assert "078-05-1120" not in audit.path.read_text()
    assert "result_redacted" in audit.of("read_text_file")


async def test_an_ask_without_an_approver_is_denied(programs: Programs, workspace: Path) -> None:
    command = programs.guarded("files", *programs.filesystem(workspace))
    async with connect(command) as client:
        result = await client.call_tool("create_directory", {"path": str(workspace / "new")})
    assert result.is_error
    assert "A person approves new directories." in text(result)
    assert "approv" in text(result).removeprefix("A person approves new directories.")
    assert not (workspace / "new").exists()


async def test_tools_that_may_never_be_called_are_not_listed(programs: Programs, workspace: Path) -> None:
    async with connect(programs.filesystem(workspace)) as client:
        direct = {tool.name: tool for tool in (await client.list_tools()).tools}
    async with connect(programs.guarded("files", *programs.filesystem(workspace))) as client:
        guarded = {tool.name: tool for tool in (await client.list_tools()).tools}
    assert set(direct) - set(guarded) == {"move_file"}
    assert all(guarded[name] == direct[name] for name in guarded)


async def test_a_hidden_tool_answers_like_one_that_does_not_exist(programs: Programs, workspace: Path) -> None:
    async with connect(programs.filesystem(workspace)) as client:
        direct = await client.call_tool("no_such_tool", {})
    async with connect(programs.guarded("files", *programs.filesystem(workspace))) as client:
        for _ in range(2):
            guarded = await client.call_tool("move_file", {"source": "a", "destination": "b"})
            expected = direct.model_dump_json().replace("no_such_tool", "move_file")
            assert guarded.model_dump_json() == expected


async def test_the_server_may_ask_for_roots(programs: Programs, workspace: Path) -> None:
    asked = []

    async def roots(context: object) -> mcp_types.ListRootsResult:
        asked.append(context)
        return mcp_types.ListRootsResult(roots=[mcp_types.Root(uri=workspace.as_uri())])  # type: ignore[arg-type]

    elsewhere = workspace.parent / "elsewhere"
    elsewhere.mkdir()
    command = programs.guarded("files", *programs.filesystem(elsewhere))
    async with connect(command, list_roots_callback=roots) as client:
        for _ in range(100):
            result = await client.call_tool("list_allowed_directories", {})
            if str(workspace) in text(result):
                break
        assert str(workspace) in text(result)
        assert str(elsewhere) not in text(result)
    assert asked


async def test_an_error_of_the_server_is_seen(programs: Programs, workspace: Path, audit: Audit) -> None:
    command = programs.guarded("files", *programs.filesystem(workspace), audit=audit.path)
    async with connect(command) as client:
        result = await client.call_tool("read_text_file", {"path": str(workspace / "missing.txt")})
    assert result.is_error
    assert "ENOENT" in text(result)
    assert audit.of("read_text_file") == ["call_allowed", "call_failed"]
