"""The pytest plugin: ``*.policytest.yaml`` files, and any that ``--policy-tests`` names, are collected as tests."""

# pytest types what it hands on with less than that.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from _pytest._code.code import ExceptionInfo

_SUFFIXES = (".policytest.yaml", ".policytest.yml")


def pytest_addoption(parser: pytest.Parser) -> None:
    """The patterns of further test files."""
    parser.getgroup("callguard").addoption(
        "--policy-tests",
        action="append",
        default=[],
        metavar="GLOB",
        help="collect the PolicyTest documents of these YAML files too (repeat it for several)",
    )


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """A file of PolicyTest documents."""
    patterns: list[str] = parent.config.getoption("--policy-tests") or []
    named = any(file_path.match(pattern) for pattern in patterns)
    if not named and not file_path.name.endswith(_SUFFIXES):
        return None
    return PolicyTestFile.from_parent(parent, path=file_path)


class PolicyTestFile(pytest.File):
    """Every case of a file."""

    def collect(self) -> Iterator[PolicyTestCase]:
        """Runs them all: a case is quick, and the policies load once."""
        from callguard._native import run_policy_tests

        for test, case, line, failures in run_policy_tests(str(self.path)):
            yield PolicyTestCase.from_parent(self, name=f"{test}: {case}", line=line, failures=failures)


class PolicyTestCase(pytest.Item):
    """One case."""

    def __init__(self, *, line: int, failures: list[str], **options: Any) -> None:
        super().__init__(**options)
        self._line = line
        self._failures = failures

    def runtest(self) -> None:
        """Fails with what came out otherwise than expected, and why."""
        if self._failures:
            raise PolicyTestFailure("\n".join(self._failures))

    def repr_failure(self, excinfo: ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The differences and the explanation, and no Python traceback."""
        if isinstance(excinfo.value, PolicyTestFailure):
            return f"{self.path}:{self._line}\n{excinfo.value}"
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Where the case stands."""
        return self.path, self._line - 1, self.name


class PolicyTestFailure(Exception):
    """What came out otherwise than expected."""
