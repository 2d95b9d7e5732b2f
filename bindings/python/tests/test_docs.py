"""The examples of the README and of the reference run."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parents[1]
REFERENCE = HERE.parents[1] / "docs" / "reference" / "python.md"
POLICY = (
    "apiVersion: callguard/v1\nkind: Policy\nmetadata: { name: ops }\nspec: { default: allow, unknown_tools: allow }\n"
)


def blocks(page: Path) -> list[str]:
    return re.findall(r"^```python\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL)


def run(source: str, folder: Path) -> str:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [sys.executable, "-c", source], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_readme_shows_an_allowed_and_a_denied_call(tmp_path: Path) -> None:
    [script] = blocks(HERE / "README.md")
    allowed, denied = run(script, tmp_path).splitlines()
    assert allowed == "the text of /workspace/notes.txt"
    assert "credential" in denied or "secret" in denied or "workspace" in denied
    assert (tmp_path / "audit.jsonl").read_text().count('"event_id"') == 4


@pytest.mark.parametrize("source", blocks(REFERENCE))
def test_the_reference_runs(source: str, tmp_path: Path) -> None:
    (tmp_path / "ops.yaml").write_text(POLICY)
    run(source, tmp_path)


@pytest.mark.parametrize("name", ["github.yml", "gitlab.yml"])
def test_the_ci_examples_run(name: str, tmp_path: Path) -> None:
    lines = (HERE.parents[1] / "examples" / "ci" / name).read_text().splitlines()
    commands = [line.partition("callguard ")[2] for line in lines if re.match(r"\s*- (run: )?callguard ", line)]
    assert [command.split()[0] for command in commands] == ["validate", "test"]
    (tmp_path / "policies" / "tests").mkdir(parents=True)
    (tmp_path / "policies" / "ops.yaml").write_text(POLICY)
    (tmp_path / "policies" / "tests" / "ops.yaml").write_text(
        "apiVersion: callguard/v1\nkind: PolicyTest\nmetadata: { name: ops }\npolicies: [../ops.yaml]\n"
        "cases:\n  - { name: it runs, call: { tool: any }, expect: { decision: allow } }\n"
    )
    for command in commands:
        subprocess.run(f"{sys.executable} -m callguard._cli {command}", shell=True, cwd=tmp_path, check=True)
    assert "it runs" in (tmp_path / "policy-tests.xml").read_text()
