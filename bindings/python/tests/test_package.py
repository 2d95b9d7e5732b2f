"""What the package offers."""

from __future__ import annotations

import json
import subprocess
import sys
from types import ModuleType

import pytest

import callguard
import callguard.storage
import callguard.testing


@pytest.mark.parametrize("module", [callguard, callguard.storage, callguard.testing])
def test_all_names_are_there_and_sorted(module: ModuleType) -> None:
    names: list[str] = module.__all__
    assert [name for name in names if not hasattr(module, name)] == []
    assert names == sorted(names)
    own = {name for name, value in vars(module).items() if is_of(value, module) and not name.startswith("_")}
    assert own <= set(names)


def is_of(value: object, module: ModuleType) -> bool:
    """Whether it is defined there, or anywhere in the package where it is the package itself."""
    home = getattr(value, "__module__", None) or ""
    return home.startswith("callguard") if module is callguard else home == module.__name__


def test_the_command_is_installed() -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "callguard._cli", "--version"], capture_output=True, text=True, check=True
    )
    assert shown.stdout == f"callguard {callguard.__version__}\n"
    wrong = subprocess.run(
        [sys.executable, "-m", "callguard._cli", "nothing"], capture_output=True, text=True, check=False
    )
    assert wrong.returncode == 2 and "nothing" in wrong.stderr


def test_the_demo_runs_from_the_package() -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "callguard._cli", "demo", "--json"], capture_output=True, text=True, check=True
    )
    decided = {json.loads(line)["decision"] for line in shown.stdout.splitlines()}
    assert {"allow", "deny", "ask", "redact"} <= decided


def test_importing_loads_nothing_heavy() -> None:
    heavy = ["asyncio", "dataclasses", "inspect", "json", "pytest"]
    loaded = f"import sys, callguard; print([name for name in {heavy} if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True).stdout == "[]\n"
