"""Work that may have to wait for host code, written once for callers with an event loop and for those without.

Such work is a generator: it yields what must be awaited, and is sent the value or thrown the exception of it. What a
store answers later (a ``Pending``) is awaited on an event loop, and waited for without one.
"""

from __future__ import annotations

from collections.abc import Awaitable, Generator
from functools import partial
from types import CoroutineType
from typing import TYPE_CHECKING, Any, TypeAlias, TypeGuard, TypeVar

from callguard._native import Pending

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop, Future

T = TypeVar("T")

Steps: TypeAlias = Generator[Awaitable[Any] | Pending, Any, T]


class NotAwaited(Exception):
    """What would have to be awaited, where nobody can."""


class OutOfTime(Exception):
    """What was waited for is not there yet."""


def now(steps: Steps[T]) -> T:
    """The outcome without an event loop: whatever must be awaited fails."""
    try:
        awaitable = next(steps)
        while True:
            value, failure = None, None
            if isinstance(awaitable, Pending):
                try:
                    value = awaitable.wait()
                except BaseException as error:
                    failure = error
            else:
                discard(awaitable)
                failure = NotAwaited()
            awaitable = steps.send(value) if failure is None else steps.throw(failure)
    except StopIteration as done:
        outcome: T = done.value
        return outcome


async def awaiting(steps: Steps[T], seconds: float | None) -> T:
    """The outcome. Whatever must be awaited has so many seconds; with ``None``, all the time it takes.

    A store has a time limit of its own.
    """
    try:
        awaitable = next(steps)
        while True:
            value, failure = None, None
            try:
                if isinstance(awaitable, Pending):
                    value = await told(awaitable)
                else:
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


async def told(pending: Pending) -> Any:
    """What a store's answer comes to. Cancelled, nothing stays reserved."""
    import asyncio

    loop = asyncio.get_running_loop()
    try:
        while True:
            woken = loop.create_future()
            if pending.poll(partial(_wake, loop, woken)):
                return pending.result()
            await woken
    finally:
        pending.give_up()


def _wake(loop: AbstractEventLoop, woken: Future[None]) -> None:
    try:
        loop.call_soon_threadsafe(_woken, woken)
    except RuntimeError:
        # A loop that is closed wakes nobody, and nobody waits on it.
        if not loop.is_closed():
            raise


def _woken(woken: Future[None]) -> None:
    if not woken.done():
        woken.set_result(None)


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
