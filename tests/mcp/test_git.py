"""The official git server, driven by the official Python client, in both eras of the protocol."""

from __future__ import annotations

from pathlib import Path

import mcp_types
import pytest
from conftest import Audit, Programs
from mcp import Client, MCPError, StdioServerParameters

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("mode", ["legacy", "2026-07-28", "auto"])]


def connect(command: list[str], mode: str) -> Client:
    return Client(StdioServerParameters(command=command[0], args=command[1:]), mode=mode)


def text(result: mcp_types.CallToolResult) -> str:
    [block] = result.content
    assert isinstance(block, mcp_types.TextContent)
    return block.text


async def test_an_allowed_call_runs(programs: Programs, repository: Path, mode: str) -> None:
    async with connect(programs.guarded("repository", *programs.git()), mode) as client:
        assert client.protocol_version == ("2025-11-25" if mode == "legacy" else "2026-07-28")
        result = await client.call_tool("git_status", {"repo_path": str(repository)})
    assert not result.is_error
    assert "people.txt" in text(result)


async def test_a_denied_call_never_runs_and_says_why(
    programs: Programs, repository: Path, audit: Audit, mode: str
) -> None:
    command = programs.guarded("repository", *programs.git(), environment="production", audit=audit.path)
    async with connect(command, mode) as client:
        await client.call_tool("git_add", {"repo_path": str(repository), "files": ["people.txt"]})
        result = await client.call_tool("git_commit", {"repo_path": str(repository), "message": "Leak"})
        await client.call_tool("git_commit", {"repo_path": str(repository), "message": "Fix OPS-7"})
        log = await client.call_tool("git_log", {"repo_path": str(repository)})
    assert result.is_error
    assert "names its ticket" in text(result)
    assert result.meta is not None
    assert result.meta["callguard/decision"]["contract"] == "repository/commits-name-a-ticket"
    assert "Leak" not in text(log) and "Fix OPS-7" in text(log)
    assert audit.of("git_commit") == ["call_denied", "call_allowed", "call_executed"]


async def test_a_result_is_redacted(programs: Programs, repository: Path, mode: str) -> None:
    async with connect(programs.guarded("repository", *programs.git()), mode) as client:
        result = await client.call_tool("git_diff_unstaged", {"repo_path": str(repository)})
    assert not result.is_error
    assert "+SSN [us_ssn removed]" in text(result)
    assert "078-05-1120" not in result.model_dump_json()


async def test_a_tool_that_may_never_be_called_does_not_exist(programs: Programs, mode: str) -> None:
    async with connect(programs.git(), mode) as client:
        direct = [tool for tool in (await client.list_tools()).tools if tool.name != "git_reset"]
        with pytest.raises(MCPError) as unknown:
            await client.call_tool("no_such_tool", {})
    async with connect(programs.guarded("repository", *programs.git()), mode) as client:
        assert (await client.list_tools()).tools == direct
        with pytest.raises(MCPError) as hidden:
            await client.call_tool("git_reset", {"repo_path": "x"})
    assert hidden.value.error.code == unknown.value.error.code
    assert hidden.value.error.message == unknown.value.error.message.replace("no_such_tool", "git_reset")
