"""Contracts that many hosts want."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from callguard._contracts import Verdict, precondition
from callguard._native import Guard, ToolEnvelope

__all__ = ["deny_sensitive_reads"]

_PATHS = (
    "**/.ssh/**",
    "**/.aws/**",
    "**/.gnupg/**",
    "**/.kube/**",
    "**/.docker/config.json",
    "**/.netrc",
    "**/.npmrc",
    "**/.pypirc",
    "**/.git-credentials",
    "**/.env",
    "**/.env.*",
    "**/id_rsa",
    "**/id_ed25519",
    "**/*.pem",
    "/var/run/secrets/**",
    "/run/secrets/**",
    "/etc/shadow",
)
_COMMANDS = ("printenv", "env", "export", "set")


def deny_sensitive_reads(
    sensitive_paths: Sequence[str] | None = None, sensitive_commands: Sequence[str] | None = None
) -> Callable[[ToolEnvelope], Verdict]:
    """Denies calls of any tool that touch files which usually hold secrets, or that print the environment.

    Paths are globs as in ``path_like``, and are seen wherever a tool takes a path and in commands, in every spelling.
    """
    import json

    paths = list(_PATHS if sensitive_paths is None else sensitive_paths)
    commands = list(_COMMANDS if sensitive_commands is None else sensitive_commands)
    alternatives: list[dict[str, object]] = []
    if paths:
        alternatives.append({"call.paths": {"path_like": paths}})
    if commands:
        alternatives.append({"call.commands": {"runs": commands}})
    contract = {"id": "sensitive", "tools": "*", "when": {"any": alternatives}, "action": "deny", "message": "secret"}
    policy = {
        "apiVersion": "callguard/v1",
        "kind": "Policy",
        "metadata": {"name": "sensitive-reads"},
        "spec": {"default": "allow", "unknown_tools": "allow", "preconditions": [contract]},
    }
    guard = Guard([("sensitive-reads", json.dumps(policy))])

    @precondition("*")
    def deny_sensitive_reads(envelope: ToolEnvelope) -> Verdict:
        if guard.check(envelope).allowed:
            return Verdict.pass_()
        return Verdict.fail("This may read secrets or credentials, which no tool needs here.")

    return deny_sensitive_reads
