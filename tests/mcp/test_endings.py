"""Either side can go at any time: nothing hangs, and nothing is left running."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import Audit, Programs
from raw import SECONDS, Raw
from test_typescript import drive

SERVER_ENDED = -31001


def test_server_death_answers_what_is_in_flight(programs: Programs, audit: Audit) -> None:
    with Raw(programs.guarded("fixture", *programs.fixture("--die"), audit=audit.path)) as client:
        assert client.ask(1, "tools/list")["result"]["tools"] == []
        answer = client.call(2, "a")
        assert answer["error"]["code"] == SERVER_ENDED
        assert "the server ended" in answer["error"]["message"]
        assert client.hear() == b""
        assert client.ended() != 0
    assert audit.of("a")[0] == "call_allowed"


def test_a_typescript_client_learns_of_server_death(programs: Programs, tmp_path: Path) -> None:
    seen = drive(programs, "death", tmp_path, programs.guarded("fixture", *programs.fixture("--die")))
    assert seen["code"] == SERVER_ENDED


def test_a_server_that_does_not_start_is_an_error(programs: Programs) -> None:
    with Raw(programs.guarded("fixture", "/nonexistent/server")) as client:
        assert client.hear() == b""
        assert client.ended() != 0
        errors = b"".join(client.errors)
        assert b"/nonexistent/server" in errors and b"CG1051" in errors and b"help:" in errors


def test_client_death_ends_the_server(programs: Programs, tmp_path: Path) -> None:
    """The client is killed, as a crash would; guard and server, even a stubborn one, go with it."""
    pid = tmp_path / "pid"
    command = programs.guarded("fixture", *programs.fixture("--stubborn", pid))
    script = "import subprocess, sys, time; subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE, stdout=subprocess.PIPE); time.sleep(600)"
    client = subprocess.Popen([sys.executable, "-c", script, *command])
    server = wait_for(lambda: pid.exists() and pid.read_text())
    client.kill()
    client.wait()
    wait_for(lambda: not is_running(int(server)))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_server(programs: Programs, tmp_path: Path, number: signal.Signals) -> None:
    pid = tmp_path / "pid"
    with Raw(programs.guarded("fixture", *programs.fixture("--stubborn", pid))) as client:
        server = wait_for(lambda: pid.exists() and pid.read_text())
        client.process.send_signal(number)
        assert client.ended() == 0
        assert not is_running(int(server))


def test_a_client_that_closes_its_side_gets_its_answers(programs: Programs, repository: Path) -> None:
    with Raw(programs.guarded("repository", *programs.git())) as client:
        client.handshake()
        params = {"name": "git_log", "arguments": {"repo_path": str(repository)}}
        client.send(id=1, method="tools/call", params=params)
        answer = client.answer(1)
        client.hang_up()
        assert "Start" in str(answer)
        assert client.hear() == b""
        assert client.ended() == 0


def test_standard_output_is_the_protocol_alone(programs: Programs, workspace: Path) -> None:
    with Raw(programs.guarded("files", *programs.filesystem(workspace))) as client:
        client.handshake()
        client.call(1, "read_text_file", path=str(workspace / "server.pem"))
        client.say(b"nonsense\n")
        assert json.loads(client.hear())["error"]["code"] == -32600
        client.hang_up()
        while line := client.hear():
            assert json.loads(line)["jsonrpc"] == "2.0"
        assert client.ended() == 0
    assert b"Secure MCP Filesystem Server running on stdio\n" in client.errors


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_for(condition):  # type: ignore[no-untyped-def]
    """What the condition gives once it gives something."""
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        if found := condition():
            return found
        time.sleep(0.05)
    raise TimeoutError("it did not come to pass")
