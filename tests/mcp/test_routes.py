"""Resources and prompts of a real server, asked for by a real client, where they are governed and where they are not."""

from __future__ import annotations

import pytest
from conftest import Audit, Programs
from mcp import Client, StdioServerParameters
from mcp.shared.exceptions import MCPError

pytestmark = pytest.mark.anyio

TEXT = "demo://resource/dynamic/text/1"
BLOB = "demo://resource/dynamic/blob/1"


def connect(programs: Programs, **options: str) -> Client:
    command = programs.guarded("routes", *programs.everything(), **options)
    return Client(StdioServerParameters(command=command[0], args=command[1:]), mode="legacy")


async def read(client: Client, uri: str) -> str:
    [content] = (await client.read_resource(uri)).contents
    return content.model_dump_json()


async def test_a_resource_is_judged_and_what_it_holds(programs: Programs, audit: Audit) -> None:
    async with connect(programs, govern="resources,prompts", audit=str(audit.path)) as client:
        text = await read(client, TEXT)
        assert "This is a hidden resource" in text and TEXT in text
        with pytest.raises(MCPError, match="Blobs are not for agents") as refused:
            await read(client, BLOB)
    assert refused.value.error.code == -31002
    assert audit.of("mcp:resources/read")[0] == "call_allowed"
    assert "call_denied" in audit.of("mcp:resources/read")


async def test_a_prompt_is_judged_and_what_it_embeds(programs: Programs) -> None:
    async with connect(programs, govern="prompts") as client:
        simple = await client.get_prompt("simple-prompt")
        assert simple.messages[0].role == "user"
        weather = await client.get_prompt("args-prompt", {"city": "Oslo"})
        assert "Oslo" in weather.model_dump_json()
        with pytest.raises(MCPError, match="Not that city"):
            await client.get_prompt("args-prompt", {"city": "Paris"})
        embedded = await client.get_prompt("resource-prompt", {"resourceType": "Text", "resourceId": "1"})
        assert "This is a hidden resource" in embedded.model_dump_json()
        # Resources were not asked for.
        assert "plaintext" in await read(client, TEXT)


async def test_without_being_asked_for_they_are_left_alone(programs: Programs) -> None:
    async with connect(programs) as client:
        assert "plaintext" in await read(client, TEXT)
        assert "blob" in await read(client, BLOB)
        assert "Paris" in (await client.get_prompt("args-prompt", {"city": "Paris"})).model_dump_json()
