"""Contracts written in Python.

They run in the same pipeline as those of policies: a predicate is a fact that the engine asks for.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, Literal, NamedTuple, TypeVar

from callguard._errors import CallGuardConfigError

__all__ = ["OperationLimits", "Verdict", "postcondition", "precondition", "session_contract"]

Kind = Literal["precondition", "postcondition", "session"]
_Function = TypeVar("_Function", bound=Callable[..., Any])

_MESSAGE_LENGTH = 500


class Verdict(NamedTuple):
    """What a predicate finds.

    >>> Verdict.fail("Use the staging cluster.").passed
    False
    """

    passed: bool
    message: str | None = None
    metadata: Mapping[str, Any] = MappingProxyType({})

    @classmethod
    def pass_(cls) -> Verdict:
        """The contract holds."""
        return cls(True)

    @classmethod
    def fail(cls, message: str, **metadata: Any) -> Verdict:
        """The contract does not hold, and what the agent should do instead (500 characters at most)."""
        if len(message) > _MESSAGE_LENGTH:
            message = message[: _MESSAGE_LENGTH - 3] + "..."
        return cls(False, message, metadata)


class OperationLimits(NamedTuple):
    """How much a session may do.

    Attempts are counted whatever is decided, calls when they run. ``None`` is no limit.
    """

    max_attempts: int | None = 500
    max_tool_calls: int | None = 200
    max_calls_per_tool: Mapping[str, int] = MappingProxyType({})


Predicate = Callable[..., "Verdict | bool | Awaitable[Verdict | bool]"]


class Contract(NamedTuple):
    """A predicate, and where it stands."""

    name: str
    kind: Kind
    tool: str
    action: str
    function: Predicate
    when: Callable[[Any], Any] | None

    @property
    def fact(self) -> str:
        """The fact that stands for its verdict."""
        return "python_" + self.name.replace("-", "_")


class PolicySource(NamedTuple):
    """A policy that stands among contracts: what its ``spec`` says, beside the mode of the guard."""

    name: str
    spec: Mapping[str, Any]

    def text(self, mode: str) -> str:
        """JSON, which is YAML."""
        import json

        metadata, spec = {"name": self.name}, {"mode": mode, **self.spec}
        return json.dumps({"apiVersion": "callguard/v1", "kind": "Policy", "metadata": metadata, "spec": spec})


def precondition(
    tool: str, when: Callable[[Any], Any] | None = None, *, action: Literal["deny", "ask", "warn"] = "deny"
) -> Callable[[_Function], _Function]:
    """Judges a call before it runs.

    The function gets the ``ToolEnvelope`` and gives a ``Verdict`` (or whether the call may run). ``tool`` is a name or
    a glob. With ``when``, the function is asked only where ``when(envelope)`` is true. One that raises, or that is
    awaitable and takes too long, restricts.
    """
    return _mark("precondition", tool, action, when)


def postcondition(
    tool: str, when: Callable[[Any], Any] | None = None, *, action: Literal["withhold", "warn"] = "withhold"
) -> Callable[[_Function], _Function]:
    """Judges a result before the agent sees it. The function gets the ``ToolEnvelope`` and the result."""
    return _mark("postcondition", tool, action, when)


def session_contract(function: _Function) -> _Function:
    """Judges every call by what its session did before. The function gets a ``Session``.

    Two calls at once may both see what the session was before either. A limit that must hold exactly is a ``limit`` of
    a policy, or ``OperationLimits``.
    """
    return _mark("session", "*", "deny", None)(function)


def _mark(kind: Kind, tool: str, action: str, when: Callable[[Any], Any] | None) -> Callable[[_Function], _Function]:
    def mark(function: _Function) -> _Function:
        name = getattr(function, "__name__", type(function).__name__)
        function.__callguard_contract__ = (kind, tool, action, when, name)  # type: ignore[attr-defined]
        return function

    return mark


def collected(contracts: Iterable[Any]) -> list[Contract]:
    """The contracts that the decorators marked."""
    found: dict[str, Contract] = {}
    for function in contracts:
        mark = getattr(function, "__callguard_contract__", None)
        if mark is None:
            raise CallGuardConfigError(
                f"{function!r} is no contract: decorate it with @precondition, @postcondition or @session_contract"
            )
        kind, tool, action, when, name = mark
        # What decorated functions are called now: a factory may have renamed its own.
        name = _identifier(getattr(function, "__name__", name))
        if name in found:
            raise CallGuardConfigError(f"two contracts are called `{name}`: give one of the functions another name")
        found[name] = Contract(name, kind, tool, action, function, when)
    return list(found.values())


def _identifier(name: str) -> str:
    words = "".join(letter if letter.isascii() and letter.isalnum() else " " for letter in name.lower()).split()
    return "-".join(words) or "contract"


def policy_of(contracts: Iterable[Contract], limits: OperationLimits | None) -> PolicySource:
    """The policy that the contracts and limits are."""
    sections: dict[str, list[dict[str, Any]]] = {"precondition": [], "session": [], "postcondition": []}
    facts: dict[str, str] = {}
    for contract in contracts:
        facts[contract.fact] = "string"
        sections[contract.kind].append(
            {
                "id": contract.name,
                "tools": contract.tool,
                "when": {f"facts.{contract.fact}": {"not_equals": ""}},
                "action": contract.action,
                "message": f"{{facts.{contract.fact}}}",
            }
        )
    sections["session"] += _limits(limits)
    spec: dict[str, Any] = {"default": "allow", "unknown_tools": "allow"}
    if facts:
        spec["facts"] = facts
    for kind, key in (("precondition", "preconditions"), ("session", "session"), ("postcondition", "postconditions")):
        if sections[kind]:
            spec[key] = sections[kind]
    return PolicySource("python", spec)


def _limits(limits: OperationLimits | None) -> list[dict[str, Any]]:
    if limits is None:
        return []
    found: list[dict[str, Any]] = []
    if limits.max_attempts is not None:
        found.append(_limit("max-attempts", "*", {"attempts": limits.max_attempts}, "The session has tried too often."))
    if limits.max_tool_calls is not None:
        found.append(
            _limit("max-tool-calls", "*", {"calls": limits.max_tool_calls}, "The session has made too many calls.")
        )
    for tool, most in limits.max_calls_per_tool.items():
        found.append(
            _limit(
                f"max-calls-of-{_identifier(tool)}", tool, {"calls": most}, f"The session has called {tool} too often."
            )
        )
    return found


def _limit(name: str, tool: str, limit: dict[str, int], message: str) -> dict[str, Any]:
    return {"id": name, "tools": tool, "limit": limit, "action": "deny", "message": message}
