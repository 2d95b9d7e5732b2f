"""What the package offers."""

from __future__ import annotations

import subprocess
import sys

import callguard


def test_all_names_are_there_and_sorted() -> None:
    assert [name for name in callguard.__all__ if not hasattr(callguard, name)] == []
    assert callguard.__all__ == sorted(callguard.__all__)
    public = {
        name for name, value in vars(callguard).items() if getattr(value, "__module__", "").startswith("callguard")
    }
    assert {name for name in public if not name.startswith("_")} <= set(callguard.__all__)


def test_the_command_is_installed() -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "callguard._cli", "--version"], capture_output=True, text=True, check=True
    )
    assert shown.stdout == f"callguard {callguard.__version__}\n"
    wrong = subprocess.run(
        [sys.executable, "-m", "callguard._cli", "nothing"], capture_output=True, text=True, check=False
    )
    assert wrong.returncode == 2 and "nothing" in wrong.stderr


def test_importing_loads_nothing_heavy() -> None:
    heavy = ["asyncio", "dataclasses", "inspect", "json", "pytest"]
    loaded = f"import sys, callguard; print([name for name in {heavy} if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True).stdout == "[]\n"
