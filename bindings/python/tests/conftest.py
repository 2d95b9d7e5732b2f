"""Asynchronous tests run in an event loop of their own."""

from __future__ import annotations

import asyncio
import inspect
import os
from typing import Any

import pytest

#: Tests that need the programs of servers, which `cargo xtask test` finds or fetches.
collect_ignore = [] if "CALLGUARD_REDIS_SERVER" in os.environ else ["test_servers.py"]


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    names = inspect.signature(pyfuncitem.obj).parameters
    arguments: dict[str, Any] = {name: pyfuncitem.funcargs[name] for name in names}
    asyncio.run(pyfuncitem.obj(**arguments))
    return True
