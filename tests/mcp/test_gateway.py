"""`callguard gateway run`: official clients and servers over streamable HTTP, and programs behind it."""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import json
import os
import signal
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from conftest import HERE, Audit, Programs
from mcp import Client
from raw import SECONDS
from test_git import text

anyio = pytest.mark.anyio
modes = pytest.mark.parametrize("mode", ["legacy", "2026-07-28", "auto"])


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def started(command: list[str], port: int, **env: str) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(command, env={**os.environ, **env})
    try:
        end = time.monotonic() + SECONDS
        while True:
            assert process.poll() is None, "it ended"
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            assert time.monotonic() < end, "it does not listen"
            time.sleep(0.05)
        yield process
    finally:
        process.terminate()
        assert process.wait(SECONDS) is not None


@contextmanager
def gateway(
    programs: Programs, folder: Path, policy: str, upstream: dict[str, Any], **spec: Any
) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A gateway before one server, and where it is."""
    port = free_port()
    document = {
        "apiVersion": "callguard/v1",
        "kind": "Gateway",
        "metadata": {"name": "tests"},
        "spec": {
            "listen": f"127.0.0.1:{port}",
            "policies": [str(HERE / "policies" / f"{policy}.yaml")],
            "upstreams": {"server": upstream},
            **spec,
        },
    }
    file = folder / "gateway.yaml"
    file.write_text(json.dumps(document))
    with started([str(programs.callguard), "gateway", "run", str(file)], port) as process:
        yield f"http://127.0.0.1:{port}/mcp", process


@contextmanager
def people(programs: Programs) -> Iterator[str]:
    port = free_port()
    python = str(programs.python_env / "bin" / "python")
    with started([python, str(HERE / "http_server.py"), str(port)], port):
        yield f"http://127.0.0.1:{port}"


@anyio
@modes
@pytest.mark.parametrize("kind", ["mcp", "json", "stateless"])
async def test_every_kind_of_server_is_guarded(
    programs: Programs, tmp_path: Path, audit: Audit, mode: str, kind: str
) -> None:
    sinks = {"sinks": [{"file": {"path": str(audit.path)}}]}
    seen: list[float] = []

    async def progress(done: float, total: float | None, message: str | None) -> None:
        seen.append(done)

    with people(programs) as server:
        async with Client(f"{server}/{kind}/", mode=mode) as direct:
            expected = (await direct.list_tools()).tools
            version = direct.protocol_version
        with gateway(programs, tmp_path, "fixture", {"url": f"{server}/{kind}/"}, audit=sinks) as (url, _):
            async with Client(url, mode=mode) as client:
                assert client.protocol_version == version
                assert (await client.list_tools()).tools == expected
                result = await client.call_tool("person", {"name": "Ada"}, progress_callback=progress)
                refused = await client.call_tool("denied", {})
                allowed = await client.call_tool("denied", {"why": "tests"})
    assert text(result) == "Ada, SSN [us_ssn removed]"
    assert refused.is_error and text(refused) == "Say why."
    assert text(allowed) == "done: tests"
    assert seen == ([] if kind == "json" else [1])
    assert audit.of("denied") == ["call_denied", "call_allowed", "call_executed"]


@anyio
@modes
async def test_a_program_is_served_over_http(
    programs: Programs, repository: Path, tmp_path: Path, mode: str
) -> None:
    with gateway(programs, tmp_path, "repository", {"command": programs.git()}) as (url, _):
        async with Client(url, mode=mode) as client, Client(url, mode=mode) as other:
            result = await client.call_tool("git_diff_unstaged", {"repo_path": str(repository)})
            tools = {tool.name for tool in (await other.list_tools()).tools}
    assert "+SSN [us_ssn removed]" in text(result)
    assert "git_reset" not in tools and "git_status" in tools


@anyio
async def test_the_reference_server_over_http(programs: Programs, tmp_path: Path) -> None:
    port = free_port()
    command = [*programs.everything()[:-1], "streamableHttp"]
    with (
        started(command, port, PORT=str(port)),
        gateway(programs, tmp_path, "everything", {"url": f"http://127.0.0.1:{port}/mcp"}) as (url, _),
    ):
        async with Client(url, mode="legacy") as client:
            names = {tool.name for tool in (await client.list_tools()).tools}
            result = await client.call_tool("echo", {"message": "hello"})
            resources = await client.list_resources()
    assert "echo" in names and "get-env" not in names
    assert "hello" in text(result)
    assert resources.resources


def post(url: str, key: str, body: dict[str, Any], **headers: str) -> tuple[int, str, str | None]:
    request = urllib.request.Request(url, json.dumps({"jsonrpc": "2.0", **body}).encode(), method="POST")
    for name, value in {
        "Content-Type": "application/json",
        "Accept": "application/json, text/event-stream",
        "Authorization": f"Bearer {key}",
        **headers,
    }.items():
        request.add_header(name, value)
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as response:
            return response.status, response.read().decode(), response.headers["mcp-session-id"]
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode(), None


HELLO = {
    "id": 0,
    "method": "initialize",
    "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "raw", "version": "0"}},
}


def test_keys_tell_callers_apart_and_a_signal_reads_them_again(programs: Programs, tmp_path: Path) -> None:
    keys = [{"name": name, "sha256": hashlib.sha256(name.encode()).hexdigest()} for name in ("ada", "eve")]
    with gateway(programs, tmp_path, "fixture", {"command": programs.git()}, identity={"api_keys": keys}) as (
        url,
        process,
    ):
        status, _, session = post(url, "ada", HELLO)
        assert status == 200 and session
        ping = {"id": 1, "method": "ping"}
        assert post(url, "ada", ping, **{"Mcp-Session-Id": session})[0] == 200
        assert post(url, "eve", ping, **{"Mcp-Session-Id": session})[0] == 404
        assert post(url, "mallory", ping, **{"Mcp-Session-Id": session})[0] == 401
        file = tmp_path / "gateway.yaml"
        document = json.loads(file.read_text())
        document["spec"]["identity"]["api_keys"] = keys[1:]
        file.write_text(json.dumps(document))
        process.send_signal(signal.SIGHUP)
        end = time.monotonic() + SECONDS
        while post(url, "ada", ping, **{"Mcp-Session-Id": session})[0] != 401:
            assert time.monotonic() < end
            time.sleep(0.05)
        assert post(url, "eve", HELLO)[0] == 200
        process.terminate()
        assert process.wait(SECONDS) == 0


def cut_off(url: str) -> None:
    """Shakes hands with a server that does not answer, until the gateway ends."""
    with contextlib.suppress(OSError, http.client.HTTPException):
        post(url, "nobody", HELLO)


def test_no_process_of_a_server_is_left(programs: Programs, tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    with gateway(programs, tmp_path, "fixture", {"command": programs.fixture("--stubborn", pid)}) as (url, process):
        threading.Thread(target=cut_off, args=(url,), daemon=True).start()
        end = time.monotonic() + SECONDS
        while not (pid.exists() and pid.read_text()):
            assert time.monotonic() < end
            time.sleep(0.05)
        process.terminate()
        assert process.wait(SECONDS) == 0
        assert not Path(f"/proc/{pid.read_text()}").exists()
