"""The example of each guide runs in its framework: the denied call is read, and the whole agent is guarded."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import pytest

from adapters.harness import TOO_MUCH, Call, Read

GUIDES = Path(__file__).parents[4] / "docs" / "guides"


def test_the_guide_runs(adapter: str, capsys: pytest.CaptureFixture[str]) -> None:
    [source] = re.findall(
        r"^```python\n(.*?)^```", (GUIDES / f"{adapter.replace('_', '-')}.md").read_text(), re.MULTILINE | re.DOTALL
    )
    read: list[Read] = []
    scripted = import_module(f"adapters.drivers.{adapter}").scripted
    exec(source, scripted([[Call("c1", "transfer", {"amount": 500})], "done"], read))
    assert [TOO_MUCH in text for _, text in read] == [True]
    assert "OPEN" not in capsys.readouterr().out
