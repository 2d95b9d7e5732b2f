"""Values of every kind as arguments and results."""

from __future__ import annotations

import itertools
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest

from callguard import CallGuard, CallGuardResultWithheld, CallGuardToolError, OperationLimits

#: Looks at the results of `read`, and at those of no other tool.
POLICY = """
apiVersion: callguard/v1
kind: Policy
metadata: { name: values }
spec:
  default: allow
  unknown_tools: allow
  preconditions:
    - { id: big, tools: "*", when: { args.amount: { greater_than: 100 } }, action: deny }
  postconditions:
    - { id: hide, tools: read, redact: { detect: [email] } }
"""
MAIL = "ann@example.com"


class Hostile:
    """Answers to every name by raising."""

    def __getattribute__(self, name: str) -> Any:
        raise RuntimeError(MAIL)

    def __repr__(self) -> str:
        raise RuntimeError(MAIL)


class Model:
    def __init__(self, dumped: Any) -> None:
        self.dumped = dumped

    def model_dump(self, *, mode: str) -> Any:
        assert mode == "json"
        if isinstance(self.dumped, BaseException):
            raise self.dumped
        return self.dumped


@dataclass
class Point:
    x: int
    of: Any


class Broken(Mapping[str, Any]):
    def __getitem__(self, key: str) -> Any:
        raise RuntimeError(MAIL)

    def __iter__(self) -> Iterator[str]:
        return iter("ab")

    def __len__(self) -> int:
        return 2


class Endless(Mapping[str, Any]):
    def __getitem__(self, key: str) -> Any:
        return key * 1000

    def __iter__(self) -> Iterator[str]:
        return map(str, itertools.count())

    def __len__(self) -> int:
        return 1


class BrokenDecimal(Decimal):
    def is_finite(self) -> bool:
        raise RuntimeError(MAIL)


class BrokenField(Point):
    def __getattribute__(self, name: str) -> Any:
        if name == "x":
            raise RuntimeError(MAIL)
        return super().__getattribute__(name)


class Mutates:
    """Changes what it lies in while that is read."""

    def __init__(self, around: dict[str, Any]) -> None:
        self.around = around

    def model_dump(self, *, mode: str) -> str:
        self.around.clear()
        return "itself"


def nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


def cycle() -> dict[str, Any]:
    itself: dict[str, Any] = {}
    itself["itself"] = [itself]
    return itself


#: By index in the tests: pytest looks at values that it is given.
UNREADABLE: list[Any] = [
    object(),
    b"bytes",
    {"key": float("nan")},
    {1: "key"},
    cycle(),
    nested(100_000),
    Hostile(),
    [Hostile()],
    Model(RuntimeError(MAIL)),
    Model(Model(cycle())),
    Point(1, Hostile()),
    Point,
    BrokenField(1, 2),
    Broken(),
    Endless(),
    BrokenDecimal(1),
    "\ud800",
    int,
]


@pytest.mark.parametrize("index", range(len(UNREADABLE)))
@pytest.mark.parametrize("is_async", [False, True])
async def test_a_result_without_a_json_form_is_unknown(index: int, is_async: bool) -> None:
    value = UNREADABLE[index]
    guard = CallGuard.from_yaml_string(POLICY, limits=OperationLimits(max_tool_calls=2))
    with pytest.raises(CallGuardResultWithheld) as withheld:
        if is_async:
            await guard.run("read", {}, lambda: value)
        guard.run_sync("read", {}, lambda: value)
    assert MAIL not in str(withheld.value) and withheld.value.__context__ is None
    same = await guard.run("other", {}, lambda: value) if is_async else guard.run_sync("other", {}, lambda: value)
    assert same is value, "nothing looks at it"
    assert guard.session().execution_count() == 2, "both runs are settled"


@pytest.mark.parametrize("index", range(len(UNREADABLE)))
def test_an_argument_without_a_json_form_is_refused(index: int) -> None:
    decision = CallGuard.from_yaml_string(POLICY).check("tool", {"value": UNREADABLE[index]})
    assert (decision.effect, decision.contract) == ("deny", "(schema)")
    assert MAIL not in (decision.message or "")


@pytest.mark.parametrize(
    "value",
    [
        {"to": MAIL},
        [[MAIL]],
        (MAIL, 1),
        {MAIL},
        frozenset({MAIL}),
        Point(1, MAIL),
        Model({"to": MAIL}),
        Model(Point(1, {MAIL})),
        OrderedDict(to=MAIL),
        type("Text", (str,), {})(MAIL),
    ],
)
def test_contracts_read_what_has_a_json_form(value: Any) -> None:
    shown = CallGuard.from_yaml_string(POLICY).run_sync("read", {}, lambda: value)
    assert MAIL not in repr(shown) and "email" in repr(shown).lower()


def test_a_result_that_changes_while_it_is_read_is_read_as_it_was() -> None:
    result: dict[str, Any] = {"to": MAIL}
    result |= {"first": Mutates(result), "last": 1}
    shown = CallGuard.from_yaml_string(POLICY).run_sync("read", {}, lambda: result)
    assert list(shown) == ["to", "first", "last"] and MAIL not in repr(shown)


def test_an_interrupt_is_no_property_of_a_result() -> None:
    guard = CallGuard.from_yaml_string(POLICY, limits=OperationLimits(max_tool_calls=1))
    with pytest.raises(KeyboardInterrupt):
        guard.run_sync("read", {}, lambda: Model(KeyboardInterrupt()))
    assert guard.session().execution_count() == 1, "it ran, and counts"


class Unspeakable(Exception):
    def __str__(self) -> str:
        raise RuntimeError(MAIL)


@pytest.mark.parametrize(
    ("error", "text"),
    [(Unspeakable(), "Unspeakable"), (ValueError(), "ValueError"), (OSError("a \ud800 b"), "a ? b")],
)
@pytest.mark.parametrize("tool", ["read", "other"])
def test_an_error_says_what_can_be_said(error: Exception, text: str, tool: str) -> None:
    def fails() -> None:
        raise error

    guard = CallGuard.from_yaml_string(POLICY)
    with pytest.raises(CallGuardToolError) as failed:
        guard.run_sync(tool, {}, fails)
    assert str(failed.value) == text and failed.value.__context__ is None
    assert guard.session().consecutive_failures() == 1


@pytest.mark.parametrize(
    ("number", "type_"),
    [
        (1, int),
        (10**30, int),
        (-0.1, float),
        (1e308, float),
        (Decimal("19.99"), float),
        (Decimal("0.1000000000000000000001"), Decimal),
        (Decimal("-1E+400"), Decimal),
        (Decimal("-" + "9" * 5000), Decimal),
        (2**53 + 1.0, float),
        (True, bool),
    ],
)
def test_a_tool_gets_the_very_number_that_was_judged(number: Any, type_: type) -> None:
    got = CallGuard.from_yaml_string(POLICY).run_sync("tool", {"number": number}, lambda number: number)
    assert type(got) is type_ and got == (number if type_ is not float else float(number))
