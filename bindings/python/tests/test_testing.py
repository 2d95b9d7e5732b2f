"""Assertions and the pytest plugin."""

from __future__ import annotations

from pathlib import Path

import pytest

from callguard import create_envelope
from callguard.testing import (
    assert_policy_allows,
    assert_policy_asks,
    assert_policy_denies,
    assert_redacts,
    assert_withholds,
)

pytest_plugins = ["pytester"]

POLICY = """
apiVersion: callguard/v1
kind: Policy
metadata: { name: tested }
spec:
  default: allow
  unknown_tools: allow
  preconditions:
    - { id: prod, tools: deploy, when: { args.target: production }, action: deny, message: "Not there." }
    - { id: big, tools: pay, when: { args.amount: { greater_than: 100 } }, action: ask }
  postconditions:
    - { id: hide, tools: read, redact: { detect: [email] } }
    - { id: keep, tools: fetch, when: { output.text: { contains: INTERNAL } }, action: withhold }
"""


def test_what_holds_passes() -> None:
    assert_policy_denies(POLICY, create_envelope("deploy", {"target": "production"}), contract="tested/prod")
    assert_policy_allows(POLICY, create_envelope("deploy", {"target": "staging"}))
    assert_policy_asks(POLICY, create_envelope("pay", {"amount": 101}))
    shown = assert_redacts(POLICY, create_envelope("read"), "mail ann@example.com", hides="ann@example.com")
    assert shown != "mail ann@example.com"
    assert_withholds(POLICY, create_envelope("fetch"), "INTERNAL")


def test_what_does_not_hold_says_why() -> None:
    with pytest.raises(AssertionError) as failed:
        assert_policy_denies(POLICY, create_envelope("deploy", {"target": "staging"}))
    said = str(failed.value)
    assert "deploy should be decided: deny" in said
    assert "tested/prod (deny): applies false" in said
    assert 'found "staging"' in said or "staging" in said
    with pytest.raises(AssertionError):
        assert_policy_denies(POLICY, create_envelope("deploy", {"target": "production"}), contract="tested/other")
    with pytest.raises(AssertionError):
        assert_redacts(POLICY, create_envelope("read"), "nothing to hide")
    with pytest.raises(AssertionError):
        assert_withholds(POLICY, create_envelope("fetch"), "public")


def test_the_plugin_collects_cases(pytester: pytest.Pytester) -> None:
    pytester.makefile(
        ".policytest.yaml",
        ops=POLICY
        + """
---
apiVersion: callguard/v1
kind: PolicyTest
metadata: { name: ops }
cases:
  - { name: production is denied, call: { tool: deploy, args: { target: production } }, expect: { decision: deny } }
  - { name: staging is denied, call: { tool: deploy, args: { target: staging } }, expect: { decision: deny } }
""",
    )
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*ops: staging is denied*", "*ops.policytest.yaml:*", "*tested/prod*"])


def test_the_plugin_says_what_does_not_load(pytester: pytest.Pytester) -> None:
    pytester.makefile(".policytest.yaml", broken="apiVersion: callguard/v1\nkind: PolicyTest\nmetadata: { nam: x }\n")
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*error*CG0*"])


def test_the_plugin_leaves_other_yaml_alone(pytester: pytest.Pytester, tmp_path: Path) -> None:
    pytester.makefile(".yaml", other="a: 1")
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider")
    result.assert_outcomes()
