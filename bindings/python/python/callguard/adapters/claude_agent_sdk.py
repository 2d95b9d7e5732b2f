"""Claude Agent SDK: hooks before and after every tool call of a session, built-in tools and MCP servers among them.

    tools = [guard_tool(each, guard) for each in (transfer, lookup)]
    server = create_sdk_mcp_server("ops", tools=tools)
    options = guard_options(ClaudeAgentOptions(mcp_servers={"ops": server}), guard, identity=whose)

``identity`` is given the hook's input (``session_id``, ``prompt_id``, ``cwd``, ``agent_id``); options belong to one
session, so it may as well be a closure over whose session it is. Policies know a tool of a server by its own name,
and the server as ``tool.server``.

What it does not reach, and what does: a hook cannot rewrite an error. ``guard_tool`` around a tool of your own closes
that, and guards it where no hook stands. What built-in tools and external servers say of a failure (``stderr`` of a
command) reaches the model as it is: run such servers through ``callguard mcp run``. Of several hooks that rewrite one
call an arbitrary one wins: have no other that does.
"""

from __future__ import annotations

import dataclasses
import json
import threading
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any, Literal
from weakref import WeakKeyDictionary

from claude_agent_sdk import ClaudeAgentOptions, HookMatcher, SdkMcpTool

from callguard._guard import CallGuard
from callguard._permit import Allowed
from callguard.adapters._common import UNDECIDED, UNKNOWN_RESULT, Call, Gate, Identity, Outcome, View, settle_async
from callguard.adapters._coverage import ToolCoverage

__all__ = ["coverage", "guard_options", "guard_tool"]

_MARK = "__callguard__"
#: Stands before the text of an error on its way from a guarded tool to the hook after it.
_ERROR = "callguard-error:"


_EVENTS: tuple[Literal["PreToolUse"], Literal["PostToolUse"]] = ("PreToolUse", "PostToolUse")


class _Expected:
    """Calls that a hook has decided and whose tool has not run yet: how many, by tool and arguments."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: Counter[tuple[str, str]] = Counter()
        #: What tools raised, until the hook after them asks; nobody else can read it.
        self.errors: dict[str, str] = {}

    def add(self, tool: str, args: Any) -> None:
        with self._lock:
            self._calls[_key(tool, args)] += 1

    def take(self, tool: str, args: Any) -> bool:
        with self._lock:
            key = _key(tool, args)
            if not self._calls[key]:
                del self._calls[key]
                return False
            self._calls[key] -= 1
            return True


_EXPECTED: WeakKeyDictionary[CallGuard, _Expected] = WeakKeyDictionary()


def guard_options(
    options: ClaudeAgentOptions, guard: CallGuard, identity: Identity | None = None
) -> ClaudeAgentOptions:
    """A copy of the options with the guard's hooks."""
    if beside := _beside(options, guard):
        warnings.warn(beside, stacklevel=2)
    before, after, failed = _hooks(Gate(guard, identity))
    hooks: dict[Any, list[HookMatcher]] = {event: list(found) for event, found in (options.hooks or {}).items()}
    for event, hook in (("PreToolUse", before), ("PostToolUse", after), ("PostToolUseFailure", failed)):
        # A hook that the program cannot reach, or that takes too long, blocks.
        hooks.setdefault(event, []).append(HookMatcher(hooks=[hook], on_failure="block"))
    return dataclasses.replace(options, hooks=hooks)


def guard_tool(tool: SdkMcpTool[Any], guard: CallGuard, identity: Identity | None = None) -> SdkMcpTool[Any]:
    """A tool of an SDK server, guarded by itself where no hook has decided. What it raises, the hook may then rewrite.

    Without a hook, calls are whose ``calling()`` says; ``identity`` is given ``None``.
    """
    gate, expected = Gate(guard, identity), _expected(guard)

    async def handler(args: Any) -> dict[str, Any]:
        if not expected.take(tool.name, args):
            outcome = await gate.run_async(Call(tool.name, args, {}), tool.handler, _view)
            return _result(outcome)
        try:
            result = await tool.handler(args)
        except Exception as error:
            return _kept(expected, str(error) or type(error).__name__)
        return _kept(expected, _text(result)) if result.get("is_error") else result

    guarded = dataclasses.replace(tool, handler=handler)
    setattr(guarded, _MARK, guard)
    return guarded


def coverage(options: ClaudeAgentOptions, guard: CallGuard) -> Iterator[ToolCoverage]:
    """Of the session that the options make: of every tool of each server, and of what is built in.

    A server that runs elsewhere says its tools when it is asked: here it counts as one, ``mcp__NAME__*``. Tools of
    ``guard_tool`` cannot be told from others once a server has them.
    """
    missing = [event for event in _EVENTS if not _guards(options, event, guard)]
    open_ = f"no hook guards {missing[0]}; call guard_options" if missing else _beside(options, guard)
    servers = options.mcp_servers if isinstance(options.mcp_servers, dict) else {}
    built_in = options.tools if isinstance(options.tools, list) else ["(built in)"]
    of_servers = [f"mcp__{name}__{tool}" for name, server in servers.items() for tool in _listed(server)]
    for name in (*built_in, *of_servers):
        yield ToolCoverage(name, open_ is None, open_ or "by the hooks")


def _listed(server: Any) -> list[str]:
    """The tools of a server within this process, if it says them at once; else ``*``."""
    try:
        instance = server["instance"]
        # A server of mcp 2 is asked by the method's name, one of mcp 1 by the request's class.
        if hasattr(instance, "get_request_handler"):
            asked = instance.get_request_handler("tools/list").handler(None, None)
        else:
            request = import_module("mcp.types").ListToolsRequest
            asked = instance.request_handlers[request](request(method="tools/list"))
        try:
            asked.send(None)
        except StopIteration as said:
            return [tool.name for tool in getattr(said.value, "root", said.value).tools]
        asked.close()
    except Exception:
        return ["*"]
    return ["*"]


def _hooks(gate: Gate) -> tuple[Callable[..., Any], Callable[..., Any], Callable[..., Any]]:
    #: What was allowed and runs, by the session's id and the call's.
    running: dict[tuple[str, str], Allowed] = {}
    expected = _expected(gate.guard)

    async def before(given: Any, tool_use_id: str | None, _: Any) -> dict[str, Any]:
        try:
            call, key = _call(given), _of(given, tool_use_id)
            if key in running:
                return _denied("This call did not run: another of its id is running.")
            decided = await gate.decide_async(call)
            if isinstance(decided, str):
                return _denied(decided)
            args = decided.start()
            running[key] = decided
            expected.add(call.tool, args)
            return {}
        except Exception:
            return _denied(UNDECIDED)

    async def after(given: Any, tool_use_id: str | None, _: Any) -> dict[str, Any]:
        response = given.get("tool_response")
        try:
            allowed = running.pop(_of(given, tool_use_id), None)
            if allowed is None:
                return _shown(_replaced(response, UNKNOWN_RESULT))
            outcome = await settle_async(allowed, response, lambda _: _unkept(expected, response))
            return {} if outcome.kind == "pass" else _shown(_put(response, outcome))
        except Exception:
            return _shown(_replaced(response, UNKNOWN_RESULT))

    async def failed(given: Any, tool_use_id: str | None, _: Any) -> dict[str, Any]:
        allowed = running.pop(_of(given, tool_use_id), None)
        if allowed is not None:
            # For the record and for limits; the model has read the error.
            await settle_async(allowed, None, lambda _: View(None, str(given.get("error"))))
        return {}

    for hook in (before, after, failed):
        setattr(hook, _MARK, gate.guard)
    return before, after, failed


def _expected(guard: CallGuard) -> _Expected:
    return _EXPECTED.setdefault(guard, _Expected())


def _key(tool: str, args: Any) -> tuple[str, str]:
    return tool, json.dumps(args, sort_keys=True, default=str)


def _of(given: Any, tool_use_id: str | None) -> tuple[str, str]:
    return str(given.get("session_id")), str(tool_use_id or given.get("tool_use_id"))


def _call(given: Any) -> Call:
    _, separator, rest = str(given["tool_name"]).partition("mcp__")
    server, _, tool = rest.partition("__") if separator and not _ else ("", "", given["tool_name"])
    known = {
        "session_id": given.get("session_id"),
        "run_id": given.get("prompt_id"),
        "tool_use_id": given.get("tool_use_id"),
        "caller": given.get("agent_type"),
        "server": server or None,
        "cwd": given.get("cwd"),
    }
    return Call(tool, given["tool_input"], {name: value for name, value in known.items() if value is not None}, given)


def _denied(why: str) -> dict[str, Any]:
    decision = {"hookEventName": "PreToolUse", "permissionDecision": "deny", "permissionDecisionReason": why}
    return {"hookSpecificOutput": decision}


def _shown(response: Any) -> dict[str, Any]:
    return {"hookSpecificOutput": {"hookEventName": "PostToolUse", "updatedToolOutput": response}}


def _put(response: Any, outcome: Outcome) -> Any:
    as_judged = outcome.kind == "redacted" and _only_text(response) is None
    return outcome.value if as_judged else _replaced(response, outcome.value)


def _replaced(response: Any, text: str) -> Any:
    """The response with nothing but the text in it: another shape would not be taken, and the response would stand."""
    return _Replacing(text).of(response, "")


class _Replacing:
    def __init__(self, text: str) -> None:
        self.text: str | None = text

    def of(self, value: Any, key: str) -> Any:
        if isinstance(value, dict):
            return {name: self.of(item, name) for name, item in value.items()}
        if isinstance(value, list):
            return [self.of(item, key) for item in value]
        if not isinstance(value, str) or key in ("type", "mimeType"):
            return value
        text, self.text = self.text or "", None
        return text


def _kept(expected: _Expected, text: str) -> dict[str, Any]:
    """An error, kept for the hook: it can rewrite a result, and no error. What it does not fetch nobody reads."""
    place = f"{_ERROR}{id(object())}-{len(expected.errors)}-{threading.get_ident()}"
    expected.errors[place] = text
    return {"content": [{"type": "text", "text": place}]}


def _unkept(expected: _Expected, response: Any) -> View:
    found = [text for text in _leaves(response) if text.startswith(_ERROR)]
    return View(None, expected.errors.pop(found[0], UNKNOWN_RESULT)) if found else _seen(response)


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _leaves(item)


def _view(result: Any) -> View:
    return View(None, _text(result)) if result.get("is_error") else _seen(result)


def _seen(response: Any) -> View:
    """What is judged of a result: where one block of text is all there is, that text, as policies know it elsewhere."""
    text = _only_text(response)
    return View(response if text is None else text)


def _only_text(response: Any) -> str | None:
    blocks = response["content"] if isinstance(response, dict) and response.keys() == {"content"} else response
    if isinstance(blocks, list) and len(blocks) == 1 and isinstance(blocks[0], dict):
        text = blocks[0].get("text")
        return text if blocks[0].keys() == {"type", "text"} and isinstance(text, str) else None
    return None


def _text(result: Any) -> str:
    texts = [str(block.get("text", "")) for block in result.get("content", []) if isinstance(block, dict)]
    return "\n".join(texts)


def _result(outcome: Outcome) -> dict[str, Any]:
    if outcome.kind in ("pass", "redacted"):
        shown: dict[str, Any] = outcome.result if outcome.kind == "pass" else _put(outcome.result, outcome)
        return shown
    return {"content": [{"type": "text", "text": outcome.value}], "is_error": True}


def _beside(options: ClaudeAgentOptions, guard: CallGuard) -> str | None:
    """A hook of somebody else's at the guard's events: all hooks of one event run at once."""
    hooks = [hook for event in _EVENTS for each in (options.hooks or {}).get(event, []) for hook in each.hooks]
    others = [
        getattr(hook, "__name__", type(hook).__name__) for hook in hooks if getattr(hook, _MARK, None) is not guard
    ]
    return f"the hook {others[0]} stands beside the guard and may rewrite a call; have no other" if others else None


def _guards(options: ClaudeAgentOptions, event: Any, guard: CallGuard) -> bool:
    matchers = (options.hooks or {}).get(event, [])
    return any(m.matcher is None and any(getattr(h, _MARK, None) is guard for h in m.hooks) for m in matchers)
