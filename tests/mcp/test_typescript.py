"""The official TypeScript client through the guard."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from conftest import HERE, Programs


def drive(programs: Programs, scenario: str, workspace: Path, command: list[str]) -> Any:
    environment = {**os.environ, "NODE_MODULES": str(programs.node_modules)}
    run = subprocess.run(
        ["node", str(HERE / "client.mjs"), scenario, str(workspace), *command],
        env=environment, capture_output=True, text=True, timeout=60,
    )
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def test_calls_and_lists(programs: Programs, workspace: Path) -> None:
    server = programs.filesystem(workspace)
    direct = drive(programs, "tools", workspace, server)
    seen = drive(programs, "tools", workspace, programs.guarded("files", *server))
    assert set(direct["tools"]) - set(seen["tools"]) == {"move_file"}
    assert seen["allowed"] == direct["allowed"]
    assert seen["denied"]["isError"]
    assert "Private keys are not for agents" in seen["denied"]["content"][0]["text"]
    assert seen["denied"]["_meta"]["callguard/decision"]["contract"] == "files/no-keys"
    assert seen["redacted"]["content"] == [{"type": "text", "text": "Ada Lovelace, SSN [us_ssn removed]\n"}]
    assert seen["redacted"]["structuredContent"] == {"content": "Ada Lovelace, SSN [us_ssn removed]\n"}
    assert seen["unknown"] == direct["unknown"]
    assert seen["hidden"] == json.loads(json.dumps(direct["unknown"]).replace("no_such_tool", "move_file"))


def test_roots(programs: Programs, workspace: Path) -> None:
    elsewhere = workspace.parent / "elsewhere"
    elsewhere.mkdir()
    seen = drive(programs, "roots", workspace, programs.guarded("files", *programs.filesystem(elsewhere)))
    assert str(workspace) in seen["content"][0]["text"]


def test_progress(programs: Programs, workspace: Path) -> None:
    seen = drive(programs, "progress", workspace, programs.guarded("everything", *programs.everything()))
    # The client may drop the last one, which comes together with the result: test_everything.py counts them all.
    assert seen["steps"][:3] == [[1, 4], [2, 4], [3, 4]]
    assert "completed" in seen["result"]["content"][0]["text"]


def test_cancellation(programs: Programs, workspace: Path) -> None:
    seen = drive(programs, "cancellation", workspace, programs.guarded("everything", *programs.everything()))
    assert "enough" in seen["refused"]
    assert seen["after"]["content"][0]["text"] == "Echo: still here"
