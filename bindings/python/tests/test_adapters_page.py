"""What the reference says of adapters is what the suite shows."""

from __future__ import annotations

import subprocess
import sys

from adapters import matrix

FRAMEWORKS = ["agents", "agno", "claude_agent_sdk", "crewai", "langchain", "langgraph", "semantic_kernel"]


def test_the_matrix_is_generated() -> None:
    assert matrix.PAGE.read_text() == matrix.page(), "run `python -m adapters.matrix` in bindings/python/tests"


def test_every_reason_is_of_a_property() -> None:
    names = {name for name, _, _ in matrix.properties()}
    for driver in matrix.drivers().values():
        for key in [*driver.get("IMPOSSIBLE", {}), *driver.get("NOTES", {})]:
            assert key.partition("[")[0] in names, key


def test_importing_callguard_imports_no_framework() -> None:
    loaded = f"import sys, callguard, callguard.adapters; print([name for name in {FRAMEWORKS} if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True).stdout == "[]\n"
