"""Real MCP clients and servers through `callguard mcp run`.

`cargo xtask test --stage mcp` prepares what is needed and names it in the environment: `CALLGUARD_BIN` (the program),
`CALLGUARD_PYTHON_ENV` (a Python environment of `requirements.lock`), `NODE_MODULES` (of `package-lock.json`).
"""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Programs:
    """Where the programs under test are."""

    callguard: Path
    python_env: Path
    node_modules: Path

    def guarded(self, policy: str, *server: str | Path, **options: str | Path | dict[str, Any]) -> list[str]:
        """The command line that runs `server` behind a policy of this directory."""
        command = [str(self.callguard), "mcp", "run", "--policy", str(HERE / "policies" / f"{policy}.yaml")]
        for name, value in options.items():
            command += [f"--{name}", json.dumps(value) if isinstance(value, dict) else str(value)]
        return [*command, "--", *(str(part) for part in server)]

    def filesystem(self, *directories: Path) -> list[str]:
        return ["node", self._node("server-filesystem"), *(str(directory) for directory in directories)]

    def everything(self) -> list[str]:
        return ["node", self._node("server-everything"), "stdio"]

    def git(self) -> list[str]:
        return [str(self.python_env / "bin" / "mcp-server-git")]

    def fixture(self, *arguments: str | Path) -> list[str]:
        python = str(self.python_env / "bin" / "python")
        return [python, str(HERE / "fixture_server.py"), *(str(argument) for argument in arguments)]

    def _node(self, package: str) -> str:
        return str(self.node_modules / "@modelcontextprotocol" / package / "dist" / "index.js")


@pytest.fixture(scope="session")
def programs() -> Programs:
    """A missing program is a failure: a suite that skips shows nothing."""
    found = {name: os.environ.get(name) for name in ("CALLGUARD_BIN", "CALLGUARD_PYTHON_ENV", "NODE_MODULES")}
    for name, path in found.items():
        if not path or not Path(path).exists():
            pytest.fail(f"{name} must name something that exists; see {Path(__file__).name}", pytrace=False)
    callguard, python_env, node_modules = (Path(str(path)).absolute() for path in found.values())
    return Programs(callguard, python_env, node_modules)


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A directory with a plain file, a private key and a file with personal data."""
    directory = tmp_path / "workspace"
    directory.mkdir()
    (directory / "notes.txt").write_text("Call the dentist.\n")
    (directory / "server.pem").write_text("PRIVATE\n")
    (directory / "people.txt").write_text("Ada Lovelace, SSN 078-05-1120\n")
    return directory


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with one commit and one change that is not staged."""
    directory = tmp_path / "repository"
    directory.mkdir()

    def git(*arguments: str) -> None:
        identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com", "-c", "init.defaultBranch=main"]
        subprocess.run(["git", *identity, *arguments], cwd=directory, check=True, capture_output=True)

    git("init")
    (directory / "people.txt").write_text("nobody\n")
    git("add", ".")
    git("commit", "--message", "Start")
    (directory / "people.txt").write_text("SSN 078-05-1120\n")
    return directory


@pytest.fixture
def audit(tmp_path: Path) -> Audit:
    return Audit(tmp_path / "audit.jsonl")


@dataclass(frozen=True)
class Audit:
    """An audit file."""

    path: Path

    def events(self) -> list[dict[str, Any]]:
        records = [json.loads(line) for line in self.path.read_text().splitlines()]
        # The others are the log's own.
        return [record for record in records if "action" in record]

    def of(self, tool: str) -> list[str]:
        """The actions recorded for a tool, in order."""
        return [event["action"] for event in self.events() if event.get("tool") == tool]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
