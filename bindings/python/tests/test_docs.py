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
    assert len((tmp_path / "audit.jsonl").read_text().splitlines()) == 4


@pytest.mark.parametrize("source", blocks(REFERENCE))
def test_the_reference_runs(source: str, tmp_path: Path) -> None:
    (tmp_path / "ops.yaml").write_text(POLICY)
    run(source, tmp_path)
