"""Contracts that many hosts want."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from callguard._contracts import PolicySource

__all__ = ["deny_sensitive_reads"]

_BASE = "deny-sensitive-reads"
_OF_PATHS = (
    "credential-files",
    "environment-files",
    "key-files",
    "system-secrets",
    "credential-stores-stay-as-they-are",
)
_OF_COMMANDS = ("environment-dumps",)


def deny_sensitive_reads(
    sensitive_paths: Sequence[str] | None = None, sensitive_commands: Sequence[str] | None = None
) -> PolicySource:
    """The shipped policy ``template/deny-sensitive-reads``, to stand among ``contracts=``.

    It denies calls of any tool that touch what usually holds secrets, wherever a tool takes a path and in commands, in
    every spelling. ``sensitive_paths`` (globs as in ``path_like``) takes the place of its files, ``sensitive_commands``
    (as in ``runs``) that of the commands which print the environment.

    >>> from callguard import CallGuard
    >>> guard = CallGuard(contracts=[deny_sensitive_reads(sensitive_paths=["payroll/**"])], workspace="/workspace")
    >>> [guard.check("read_file", {"path": path}).effect for path in ("payroll/may.csv", "src/main.rs")]
    ['deny', 'allow']
    """
    own: list[dict[str, Any]] = []
    replaced: list[str] = []
    for given, ids, name, selector, operator in (
        (sensitive_paths, _OF_PATHS, "sensitive-paths", "call.paths", "path_like"),
        (sensitive_commands, _OF_COMMANDS, "sensitive-commands", "call.commands", "runs"),
    ):
        if given is None:
            continue
        replaced += ids
        if given:
            message = "This may read secrets or credentials, which no tool needs here."
            own.append({"id": name, "when": {selector: {operator: list(given)}}, "action": "deny", "message": message})
    spec: dict[str, Any] = {"extends": [f"template/{_BASE}"]}
    if replaced:
        spec["overrides"] = [{"id": f"{_BASE}/{contract}", "enabled": False} for contract in replaced]
    if own:
        spec["preconditions"] = own
    return PolicySource("sensitive-reads", spec)
