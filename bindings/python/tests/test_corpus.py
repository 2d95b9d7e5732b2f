"""The corpus of `spec/cases`: whole, by its own runner, and call by call through `guard.check`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from callguard import CallGuard, Principal
from callguard._native import run_policy_tests

CASES = Path(__file__).parents[3] / "spec" / "cases"
FILES = sorted(path for path in CASES.rglob("*.yaml") if "_files" not in path.parts)
#: Of a case, what a single check shows; whatever else it has needs a disk, a person, facts, or several calls.
CHECKABLE = {"name", "call", "expect"}
CALL = {"tool", "args", "principal", "environment", "metadata", "session_id", "server", "cwd", "time"}
#: Names of the call in the corpus, and of the keyword here.
KEYWORDS = {"time": "timestamp"}
LEAST_CASES = 900
LEAST_CHECKED = 500


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
        if not cases:
            continue
        options = {"workspace": "/workspace", "home": "/home/agent", "follow_links": False}
        guard = CallGuard.from_yaml_string(text, name=str(path), **options)
        for case in cases:
            checked += 1
            came = check(guard, dict(case["call"]))
            wanted = {key: case["expect"][key] for key in came if key in case["expect"]}
            if wanted != {key: came[key] for key in wanted}:
                failed.append(f"{path.name}: {case['name']}: {came} where {wanted} is expected")
    assert not failed, "\n".join(failed)
    assert checked >= LEAST_CHECKED, f"only {checked} cases were checked"


def is_checkable(case: dict[str, Any]) -> bool:
    return set(case) <= CHECKABLE and isinstance(case["call"].get("args", {}), dict) and set(case["call"]) <= CALL


def check(guard: CallGuard, call: dict[str, Any]) -> dict[str, Any]:
    tool, args = call.pop("tool"), call.pop("args", {})
    if "principal" in call:
        call["principal"] = Principal(**call["principal"])
    call.setdefault("time", "2026-01-01T12:00:00Z")
    decision = guard.check(tool, args, **{KEYWORDS.get(key, key): value for key, value in call.items()})
    return {"decision": decision.effect, "contract": decision.contract, "policy_error": decision.policy_error}
