"""Guards at the end of their process, and in its children."""

from __future__ import annotations

import atexit
import os
from typing import TYPE_CHECKING
from weakref import WeakSet

from callguard import _native

if TYPE_CHECKING:
    from callguard._guard import CallGuard

#: The guards of this process that are still there.
guards: WeakSet[CallGuard] = WeakSet()


def _flush() -> None:
    for guard in list(guards):
        guard.flush()


def _end() -> None:
    _flush()
    _native.end()
    # Once the audit's threads have answered this, they are done with what they began before.
    _flush()
    for guard in list(guards):
        guard._close()


def _forked() -> None:
    # Their audit has no thread here, and whoever held their locks is not there to let go.
    guards.clear()
    _native.forked()


atexit.register(_end)
if hasattr(os, "register_at_fork"):
    # What a thread of the audit is in the middle of would stay so in the child, tables for all guards among it.
    os.register_at_fork(before=_flush, after_in_child=_forked)
