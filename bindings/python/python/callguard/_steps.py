"""Work that may have to wait for host code, written once for callers with an event loop and for those without.

Such work is a generator: it yields what must be awaited, and is sent the value or thrown the exception of it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Generator
from types import CoroutineType
from typing import Any, TypeAlias, TypeGuard, TypeVar

T = TypeVar("T")

Steps: TypeAlias = Generator[Awaitable[Any], Any, T]


class NotAwaited(Exception):
    """What would have to be awaited, where nobody can."""


class OutOfTime(Exception):
    """What was waited for is not there yet."""


def now(steps: Steps[T]) -> T:
    """The outcome without an event loop: whatever must be awaited fails."""
    try:
        awaitable = next(steps)
        while True:
            discard(awaitable)
            awaitable = steps.throw(NotAwaited())
    except StopIteration as done:
        outcome: T = done.value
        return outcome


async def awaiting(steps: Steps[T], seconds: float | None) -> T:
    """The outcome. Whatever must be awaited has so many seconds; with ``None``, all the time it takes."""
    try:
        awaitable = next(steps)
        while True:
            value, failure = None, None
            try:
                value = await (awaitable if seconds is None else within(awaitable, seconds))
            except Exception as error:
                failure = error
            # Outside of the handler: what the steps raise does not hang on what failed.
            awaitable = steps.send(value) if failure is None else steps.throw(failure)
    except StopIteration as done:
        outcome: T = done.value
        return outcome
    finally:
        # Where this was cancelled, the steps hear of it at once.
        steps.close()


async def within(awaitable: Awaitable[Any], seconds: float) -> Any:
    """The value. ``OutOfTime`` after so many seconds, however long what is cancelled then takes to end."""
    import asyncio

    task = asyncio.ensure_future(awaitable)
    # Looked at, whenever it comes: nobody will ask for what is given up.
    task.add_done_callback(lambda done: done.cancelled() or done.exception())
    try:
        done, _ = await asyncio.wait({task}, timeout=seconds)
    except asyncio.CancelledError:
        task.cancel()
        raise
    if not done:
        task.cancel()
        raise OutOfTime
    if task.cancelled():
        raise RuntimeError("it was cancelled")
    return task.result()


def is_awaitable(value: object) -> TypeGuard[Awaitable[Any]]:
    """Whether it must be awaited. A ``Count`` may be, and need not."""
    # Of the class: an instance may answer to any name.
    return hasattr(type(value), "__await__") and not isinstance(value, int)


def discard(awaitable: Any) -> None:
    """Lets go of what nobody will wait for."""
    if isinstance(awaitable, CoroutineType):
        awaitable.close()
