"""The corpus of `spec/cases`: whole, by its own runner, and call by call through the guard of a program."""

from __future__ import annotations

import itertools
import re
from pathlib import Path
from typing import Any

import yaml

from callguard import Allowed, CallGuard, Decision, Principal
from callguard._native import run_policy_tests

CASES = Path(__file__).parents[3] / "spec" / "cases"
FILES = sorted(path for path in CASES.rglob("*.yaml") if "_files" not in path.parts)
#: Of a case, what a single check shows; whatever else it has needs a disk, a person, facts, or several calls.
CHECKABLE = {"name", "call", "expect", "facts"}
CALL = {"tool", "args", "principal", "environment", "metadata", "session_id", "server", "cwd", "time"}
#: Names of the call in the corpus, and of the keyword here.
KEYWORDS = {"time": "timestamp"}
LEAST_CASES = 1_400
LEAST_CHECKED = 1_100
LEAST_SESSIONS = 55


class Loader(yaml.SafeLoader):
    """Scalars as YAML 1.2's core schema has them, which is how policies are read."""


Loader.yaml_implicit_resolvers = {}


for tag, expression, first in (
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("int", r"[-+]?[0-9]+", list("-+0123456789")),
    ("float", r"[-+]?([0-9]+\.[0-9]*|\.[0-9]+|[0-9]+)([eE][-+]?[0-9]+)?", list("-+.0123456789")),
):
    Loader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(f"^(?:{expression})$"), first)


def test_every_case_comes_out_as_written() -> None:
    cases = [(path, case, failures) for path in FILES for _, case, _, failures in run_policy_tests(str(path))]
    failed = [f"{path.name}: {case}: {failures}" for path, case, failures in cases if failures]
    assert not failed, "\n".join(failed)
    assert len(cases) >= LEAST_CASES


def test_every_case_that_one_check_can_show_comes_out_of_guard_check() -> None:
    checked, failed = 0, []
    for path in FILES:
        text = path.read_text()
        documents = list(yaml.load_all(text, Loader))
        tests = [document for document in documents if document["kind"] == "PolicyTest"]
        plain = [test for test in tests if set(test) == {"apiVersion", "kind", "metadata", "cases"}]
        cases = [case for test in plain for case in test["cases"] if is_checkable(case)]
        guard = of(text, path) if cases else None
        for case in cases:
            checked += 1
            asked = of(text, path, facts=case["facts"]) if "facts" in case else guard
            assert asked is not None
            positional, context = call(case["call"])
            came = shown(asked.check(*positional, **context))
            if not agrees(came, case["expect"]):
                failed.append(f"{path.name}: {case['name']}: {came} where {case['expect']} is expected")
    assert not failed, "\n".join(failed)
    assert checked >= LEAST_CHECKED, f"only {checked} cases were checked"


def test_every_case_of_steps_that_needs_no_clock_comes_out_of_a_session() -> None:
    checked, failed = 0, []
    for path in FILES:
        text = path.read_text()
        tests = [document for document in yaml.load_all(text, Loader) if document["kind"] == "PolicyTest"]
        for case in (case for test in tests if "defaults" not in test for case in test["cases"]):
            steps = case.get("steps", [])
            if not steps or set(case) != {"name", "steps"} or any(not is_step(step) for step in steps):
                continue
            checked += 1
            guard = of(text, path)
            for step in itertools.chain(*([step] * step.get("repeat", 1) for step in steps)):
                positional, context = call(step["call"])
                before = guard.before(*positional, **context)
                if isinstance(before, Allowed):
                    before.start()
                    before.settle(None)
                if not agrees(shown(before.decision), step["expect"]):
                    failed.append(f"{path.name}: {case['name']}: {shown(before.decision)} at {step}")
    assert not failed, "\n".join(failed)
    assert checked >= LEAST_SESSIONS, f"only {checked} sessions were checked"


def is_checkable(case: dict[str, Any]) -> bool:
    return set(case) <= CHECKABLE and is_call(case["call"])


def is_step(step: dict[str, Any]) -> bool:
    return set(step) <= {"call", "expect", "repeat"} and is_call(step["call"]) and "time" not in step["call"]


def is_call(of_case: dict[str, Any]) -> bool:
    return isinstance(of_case.get("args", {}), dict) and set(of_case) <= CALL


def of(text: str, path: Path, **options: Any) -> CallGuard:
    options |= {"workspace": "/workspace", "home": "/home/agent", "follow_links": False}
    return CallGuard.from_yaml_string(text, name=str(path), **options)


def call(of_case: dict[str, Any]) -> tuple[tuple[str, dict[str, Any]], dict[str, Any]]:
    """Tool and arguments, and the context."""
    context = {KEYWORDS.get(key, key): value for key, value in of_case.items() if key not in ("tool", "args")}
    if "principal" in context:
        context["principal"] = Principal(**context["principal"])
    context.setdefault("timestamp", "2026-01-01T12:00:00Z")
    return (of_case["tool"], of_case.get("args", {})), context


def shown(decision: Decision) -> dict[str, Any]:
    shown: dict[str, Any] = {"decision": decision.effect, "contract": decision.contract}
    return shown | {"policy_error": decision.policy_error, "would": decision.would}


def agrees(came: dict[str, Any], expect: str | dict[str, Any]) -> bool:
    wanted = {"decision": expect} if isinstance(expect, str) else expect
    return all(wanted[key] == value for key, value in came.items() if key in wanted)
