"""Whoever installs a guard where something stands that could rewrite a call is warned."""

from __future__ import annotations

import warnings
from typing import Any

import pytest

from adapters.harness import POLICY, Bench, Driver, Toolbox
from callguard import CallGuard

#: Where hooks may stand between the guard and the tool although the guard comes last.
WARNS = {"agno", "claude_agent_sdk"}


def test_a_hook_that_is_there_is_warned_of(driver: Driver, mode: str) -> None:
    bench = Bench(driver, mode)

    def installed(protect: str) -> list[str]:
        with warnings.catch_warnings(record=True) as found:
            warnings.simplefilter("always")
            driver.agent(bench.job(protect=protect))
        driver.leave(bench.guard)
        return [str(each.message) for each in found if "may rewrite" in str(each.message)]

    assert installed("hook") == []
    assert len(installed("overtaken")) == (driver.name in WARNS)


@pytest.mark.only("agno")
def test_tool_hooks_that_are_overwritten_are_warned_of(adapter: str) -> None:
    from agno.agent import Agent
    from agno.tools import tool

    from callguard.adapters.agno import guard_agent

    def passing(function_call: Any, arguments: dict[str, Any]) -> Any:
        return function_call(**arguments)

    hooked = tool(tool_hooks=[passing])(Toolbox("sync").transfer)
    with pytest.warns(UserWarning, match="the tool_hooks of transfer do not run any more"):
        guard_agent(Agent(tools=[hooked], telemetry=False), CallGuard.from_yaml_string(POLICY))
