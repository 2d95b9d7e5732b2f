"""Sessions in Redis and PostgreSQL, where variables say where the servers' programs are (`cargo xtask test`)."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from callguard import CallGuard, CallGuardConfigError, CallGuardDenied

NOBODY = 65_534
LIMIT = 100
POLICY = f"""
apiVersion: callguard/v1
kind: Policy
metadata: {{ name: limits }}
spec:
  default: allow
  unknown_tools: allow
  session:
    - {{ id: spend, tools: pay, limit: {{ calls: {LIMIT} }} }}
"""


class Server:
    """A server of one test, in a folder of its own."""

    def __init__(self, kind: str, folder: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        start = {"redis": redis, "postgres": postgres}[kind]
        self.address, command, environment, owner = start(folder, self.port)
        self.process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            user=owner,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        limit = time.monotonic() + 60
        while not self.is_up():
            assert self.process.poll() is None and time.monotonic() < limit, f"{kind} does not listen"
            time.sleep(0.05)

    def is_up(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        except OSError:
            return False
        return True

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()


Start = tuple[str, list[str], dict[str, str], "int | None"]


def with_libraries(variable: str) -> dict[str, str]:
    libraries = os.environ.get(variable)
    return {**os.environ, "LD_LIBRARY_PATH": libraries} if libraries else dict(os.environ)


def redis(folder: Path, port: int) -> Start:
    program = os.environ["CALLGUARD_REDIS_SERVER"]
    command = [program, "--bind", "127.0.0.1", "--port", str(port), "--save", "", "--dir", str(folder)]
    return f"redis://127.0.0.1:{port}/1", command, with_libraries("CALLGUARD_REDIS_LIBRARIES"), None


def postgres(folder: Path, port: int) -> Start:
    programs = Path(os.environ["CALLGUARD_POSTGRES_PROGRAMS"])
    environment = with_libraries("CALLGUARD_POSTGRES_LIBRARIES")
    # It refuses to run as root.
    owner = NOBODY if os.geteuid() == 0 else None
    if owner is not None:
        os.chown(folder, owner, owner)
    init = [str(programs / "initdb"), "--no-sync", "--auth=trust", "--username=callguard", "--pgdata", f"{folder}/data"]
    subprocess.run(init, cwd=folder, env=environment, user=owner, check=True, stdout=subprocess.DEVNULL)
    command = [str(programs / "postgres"), "-D", f"{folder}/data", "-k", str(folder), "-p", str(port)]
    command += ["-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"]
    return f"postgres://callguard@127.0.0.1:{port}/postgres", command, environment, owner


@pytest.fixture(params=["redis", "postgres"])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    # Not beneath pytest's folder, which only its owner may enter.
    folder = Path(tempfile.mkdtemp(prefix="callguard-"))
    server = Server(request.param, folder)
    yield server
    server.stop()
    shutil.rmtree(folder)


def guard(server: Server, settings: str = "timeout=30s") -> CallGuard:
    return CallGuard.from_yaml_string(POLICY, store=f"{server.address}?{settings}", session_id="s")


async def test_of_a_thousand_tasks_of_two_guards_exactly_the_limit_runs(server: Server) -> None:
    guards, ran = [guard(server), guard(server)], []

    async def call(number: int) -> None:
        try:
            await guards[number % 2].run("pay", {}, lambda: ran.append(number))
        except CallGuardDenied:
            pass

    await asyncio.gather(*(call(number) for number in range(1_000)))
    assert len(ran) == LIMIT
    assert guards[0].session().execution_count() == LIMIT
    with pytest.raises(CallGuardDenied):
        guard(server).run_sync("pay", {}, lambda: pytest.fail("beyond the limit"))


async def test_a_server_that_goes_away_restricts(server: Server) -> None:
    one = guard(server, "timeout=300ms")
    assert await one.run("pay", {}, lambda: "paid") == "paid"
    server.stop()
    with pytest.raises(CallGuardDenied) as denied:
        await one.run("pay", {}, lambda: pytest.fail("its limit is unknown"))
    assert denied.value.decision is not None and denied.value.decision.policy_error
    assert one.run_sync("read", {}, lambda: "read") == "read", "nothing of this concerns it"
    with pytest.raises(CallGuardConfigError) as refused:
        guard(server, "timeout=300ms")
    place = server.address.replace("callguard@", "")
    assert str(refused.value).startswith(f"the store `{place}` cannot be used: ")
