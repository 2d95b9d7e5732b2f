"""What the adapters share: whose a call is, one decision, one settlement. In all three a fault restricts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Literal, NamedTuple, TypeAlias

from callguard._errors import CallGuardError, CallGuardToolError
from callguard._guard import CallGuard, _asked
from callguard._learn import error_text
from callguard._native import Decision, Principal, ToolEnvelope
from callguard._permit import Allowed, Denied, NeedsApproval
from callguard._steps import awaiting, now

#: Given the framework's own context of a call: whose it is, as a ``Principal``, or as keyword arguments of
#: ``guard.before`` (``principal``, ``session_id``, ``environment``, ``metadata``, ...). What it does not say is as the
#: adapter found it.
Identity: TypeAlias = "Callable[[Any], Principal | Mapping[str, Any] | None]"

Passing: TypeAlias = "tuple[type[BaseException], ...]"

UNDECIDED = "This call did not run: it could not be decided."
UNKNOWN_RESULT = "The result is withheld: it could not be checked."

_CALLING: ContextVar[Mapping[str, Any] | None] = ContextVar("callguard_calling", default=None)
_RUNNING: ContextVar[tuple[CallGuard, str, Mapping[str, Any]] | None] = ContextVar("callguard_running", default=None)
_HANDED: ContextVar[tuple[Gate, Call] | None] = ContextVar("callguard_handed", default=None)


@contextmanager
def calling(**context: Any) -> Iterator[None]:
    """Whose the calls made inside are, where ``identity`` does not say: keyword arguments of ``guard.before``."""
    token = _CALLING.set(dict(context))
    try:
        yield
    finally:
        _CALLING.reset(token)


class Call(NamedTuple):
    """A call as a framework tells it."""

    tool: str
    args: Any
    #: Of ``guard.before``: what the framework knows of the call.
    context: dict[str, Any]
    #: What the framework hands its hooks; ``identity`` is asked about it.
    source: Any = None


@contextmanager
def handing(gate: Gate, call: Call) -> Iterator[None]:
    """A hook leaves the decision to a tool with a guard of its own, and hands on what it knows of the call."""
    token = _HANDED.set((gate, call))
    try:
        yield
    finally:
        _HANDED.reset(token)


def hand(gate: Gate | None, call: Call | None) -> None:
    """``handing`` for hooks that stand before the call and after it: with nothing to hand on, nothing is."""
    _HANDED.set(None if gate is None or call is None else (gate, call))


def handed(gate: Gate, call: Call) -> tuple[Gate, Call]:
    """The gate and the call of a hook that handed this tool's call on; else these. Once: calls inside are others."""
    given = _HANDED.get()
    if given is None or given[1].tool != call.tool or given[0].guard is not gate.guard:
        return gate, call
    _HANDED.set(None)
    return given[0] if gate.identity is None else gate, call._replace(context=given[1].context, source=given[1].source)


@contextmanager
def running(gate: Gate, tool: str, args: Mapping[str, Any]) -> Iterator[None]:
    """The call was decided, and runs: a guard of the tool itself need not decide it again."""
    token = _RUNNING.set((gate.guard, tool, args))
    try:
        yield
    finally:
        _RUNNING.reset(token)


def is_running(gate: Gate, tool: str, args: Mapping[str, Any]) -> bool:
    """Whether just this was decided, with these arguments. Once: a call made inside of the tool is another."""
    found = _RUNNING.get()
    if found is None or found[0] is not gate.guard or found[1] != tool or found[2] != args:
        return False
    _RUNNING.set(None)
    return True


class Outcome(NamedTuple):
    """What the agent may see of a call."""

    kind: Literal["pass", "redacted", "error", "withheld", "denied"]
    #: What was judged, where it passed; its redacted form; else a text for the agent.
    value: Any
    #: What the tool gave back, for adapters that put what may be seen into its place.
    result: Any = None


class View(NamedTuple):
    """What of a tool's result is judged."""

    value: Any
    #: What it says went wrong, of a result that is an error.
    error: str | None = None


class Gate:
    """A guard, and how it learns whose a call is. Nothing of a call is kept here."""

    def __init__(self, guard: CallGuard, identity: Identity | None = None) -> None:
        self.guard = guard
        self.identity = identity

    def decide(self, call: Call) -> Allowed | str:
        """The right to run it, or what the model should read."""
        try:
            context = self._context(call)
            if isinstance(context, Denied):
                return context.message
            before = self.guard.before(call.tool, call.args, **context)
            while isinstance(before, NeedsApproval) and self.guard._approver is not None:
                before = now(_asked(before, self.guard._approver))
        except Exception:
            return UNDECIDED
        return before if isinstance(before, Allowed) else before.message

    async def decide_async(self, call: Call) -> Allowed | str:
        """``decide``, where host code may have to be waited for."""
        try:
            context = self._context(call)
            if isinstance(context, Denied):
                return context.message
            before = await self.guard.before_async(call.tool, call.args, **context)
            while isinstance(before, NeedsApproval) and self.guard._approver is not None:
                before = await awaiting(_asked(before, self.guard._approver), before.timeout)
        except Exception:
            return UNDECIDED
        return before if isinstance(before, Allowed) else before.message

    def _context(self, call: Call) -> dict[str, Any] | Denied:
        """Of the call, of ``calling``, of ``identity``: the later says more. An identity that fails refuses."""
        context = {**call.context, **(_CALLING.get() or {})}
        if self.identity is None:
            return context
        try:
            said = self.identity(call.source)
            context.update({"principal": said} if isinstance(said, Principal) else said or {})
        except Exception:
            envelope = ToolEnvelope(call.tool, call.args, **context)
            refused_by = ("identity", "it cannot be told whose this call is")
            decision = self.guard._native.before(envelope, refused_by=refused_by)
            return Denied(decision) if isinstance(decision, Decision) else Denied(decision.decision)
        # Whoever is asked and names nobody means nobody, and not the guard's own principal.
        context.setdefault("principal", Principal())
        return context

    def run(
        self,
        call: Call,
        tool: Callable[[dict[str, Any]], Any],
        view: Callable[[Any], View] = View,
        passing: Passing = (),
    ) -> Outcome:
        """Decides a call, runs ``tool(args)`` if it may run, and judges what comes back.

        Of what the tool raises only ``passing`` gets through: how a framework interrupts a run.
        """
        allowed = self.decide(call)
        if isinstance(allowed, str):
            return Outcome("denied", allowed)
        try:
            result = tool(allowed.start())
        except passing:
            allowed.lose()
            raise
        except Exception as error:
            raised: Exception = error
        except BaseException:
            allowed.lose()
            raise
        else:
            return settle(allowed, result, view)
        return settle(allowed, raised, failed)

    async def run_async(
        self,
        call: Call,
        tool: Callable[[dict[str, Any]], Awaitable[Any]],
        view: Callable[[Any], View] = View,
        passing: Passing = (),
    ) -> Outcome:
        """``run``, where the tool and host code may have to be waited for."""
        allowed = await self.decide_async(call)
        if isinstance(allowed, str):
            return Outcome("denied", allowed)
        try:
            result = await tool(allowed.start())
        except passing:
            allowed.lose()
            raise
        except Exception as error:
            raised: Exception = error
        except BaseException:
            allowed.lose()
            raise
        else:
            return await settle_async(allowed, result, view)
        return await settle_async(allowed, raised, failed)


def failed(error: BaseException) -> View:
    """What is judged of an exception."""
    return View(None, error_text(error))


def settle(allowed: Allowed, result: Any, view: Callable[[Any], View] = View) -> Outcome:
    """What the agent may see of a run that has ended."""
    try:
        seen = view(result)
        return _outcome(result, seen, allowed.settle(seen.value, error=seen.error))
    except CallGuardError as said:
        return _said(said, result)
    except Exception:
        return _unknown(allowed, result)
    except BaseException:
        allowed.lose()
        raise


async def settle_async(allowed: Allowed, result: Any, view: Callable[[Any], View] = View) -> Outcome:
    """``settle``, where contracts and hooks may have to be waited for."""
    try:
        seen = view(result)
        return _outcome(result, seen, await allowed.settle_async(seen.value, error=seen.error))
    except CallGuardError as said:
        return _said(said, result)
    except Exception:
        return _unknown(allowed, result)
    except BaseException:
        allowed.lose()
        raise


def _outcome(result: Any, seen: View, shown: Any) -> Outcome:
    return Outcome("pass" if shown is seen.value else "redacted", shown, result)


def _said(said: CallGuardError, result: Any) -> Outcome:
    return Outcome("error" if isinstance(said, CallGuardToolError) else "withheld", str(said), result)


def _unknown(allowed: Allowed, result: Any) -> Outcome:
    """A fault of the host's code or of ours after the run: nobody knows what the result holds."""
    allowed.lose()
    return Outcome("withheld", UNKNOWN_RESULT, result)


def like(result: Any, value: Any) -> Any:
    """The redacted form of a result as what it was: models, dataclasses and lists of them again, where they can be."""
    kind = type(result)
    try:
        if hasattr(kind, "model_validate"):
            return kind.model_validate(value)
        if hasattr(kind, "__dataclass_fields__"):
            return kind(**value)
        if isinstance(result, (list, tuple)) and len(result) == len(value):
            return kind(like(item, shown) for item, shown in zip(result, value, strict=True))
    except Exception:
        return value
    return value


def plain(value: Any) -> Any:
    """Arguments as JSON, where a framework has parsed them into models."""
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    dump = getattr(type(value), "model_dump", None)
    if callable(dump):
        return dump(value, mode="json")
    fields = getattr(type(value), "__dataclass_fields__", None)
    return value if fields is None else {name: plain(getattr(value, name)) for name in fields}
