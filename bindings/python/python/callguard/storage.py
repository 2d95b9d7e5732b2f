"""Where sessions are kept: what a host implements that keeps them itself.

A guard keeps its sessions in memory. Guards that are given one ``MemoryStorageBackend`` share them; a host's own
``StorageBackend`` keeps them wherever it likes, across processes too.
"""

from __future__ import annotations

from typing import Literal, Protocol, TypedDict, runtime_checkable

from callguard._native import MemoryStorageBackend

__all__ = [
    "AttemptAnswer",
    "AttemptCounter",
    "AttemptRequest",
    "CommitRequest",
    "Label",
    "MemoryStorageBackend",
    "ReleaseRequest",
    "ReserveAnswer",
    "ReserveRequest",
    "SessionView",
    "StorageBackend",
    "Want",
]


class Label(TypedDict):
    """A label of a session. The same name may stand with different marks."""

    name: str
    doubtful: bool
    observed: bool


class SessionView(TypedDict):
    """A session as it stands. Runs are those that ended; ``version`` goes up with every change but attempts."""

    version: int
    attempts: int
    calls: int
    calls_of: dict[str, int]
    consecutive_failures: int
    labels: list[Label]


class AttemptCounter(TypedDict):
    """A counter of attempts: with a window, of those within so many milliseconds."""

    key: str
    window_ms: int | None


class AttemptRequest(TypedDict):
    """Counts an attempt of the session and of each counter, each key once; without ``count``, says what it would be."""

    session: str
    count: bool
    counters: list[AttemptCounter]


class AttemptAnswer(TypedDict):
    """The session, and what each counter stands at: this attempt is among both."""

    view: SessionView
    attempts: list[int]


class Want(TypedDict):
    """What one limit wants of its counter.

    ``calls``: one run of at most ``at_most``. ``sum``: an ``amount``, of which at most ``at_most`` in all; both are
    decimals as text. ``failures``: no run once ``at_most`` have failed in a row. Nothing is ever within a limit of any
    other kind. What calls in flight hold counts. A want that is not ``binding`` refuses nothing.
    """

    key: str
    kind: str
    amount: str
    at_most: str
    window_ms: int | None
    binding: bool


class ReserveRequest(TypedDict):
    """Reserves every want, or nothing; the session gains the labels. The same ``call_id`` gets the same answer.

    With ``peek``, nothing is reserved: the answer is what it would be. Where the session is no longer at
    ``expected_version``, nothing is either: the answer is ``stale``. A reservation that is never ended counts as spent
    where ``spent_if_lost`` is true, and is given back where it is not.
    """

    session: str
    call_id: str
    tool: str
    expected_version: int | None
    peek: bool
    wants: list[Want]
    labels: list[Label]
    spent_if_lost: bool


class ReserveAnswer(TypedDict, total=False):
    """``granted`` has a ``lease`` (none of a peek) and ``exceeded``; ``refused`` has that; ``stale`` has a ``view``.

    ``exceeded`` says of each want whether it goes beyond its limit.
    """

    answer: Literal["granted", "refused", "stale"]
    lease: str | None
    exceeded: list[bool]
    view: SessionView


class CommitRequest(TypedDict):
    """Ends a reservation after the run: each want is spent, with what it came to where ``actual`` says so.

    A run that did not succeed is one more failure, one that did clears them.
    """

    session: str
    lease: str
    ending: Literal["succeeded", "failed", "unknown"]
    actual: list[str | None]
    labels: list[Label]


class ReleaseRequest(TypedDict):
    """Gives a reservation back: the tool never ran."""

    session: str
    lease: str


@runtime_checkable
class StorageBackend(Protocol):
    """Keeps sessions. Every operation is atomic, and time is the store's own.

    It is asked by every thread that decides, several at once, and answers before it returns. One that raises, or whose
    answer makes no sense, cannot answer: then limits are unknown, and restrict.
    """

    def attempt(self, request: AttemptRequest, /) -> AttemptAnswer:
        """Counts an attempt, and shows the session."""
        ...

    def reserve(self, request: ReserveRequest, /) -> ReserveAnswer:
        """Reserves what a run would use, or nothing."""
        ...

    def commit(self, request: CommitRequest, /) -> None:
        """Ends a reservation after the run. Raises where it has ended already."""

    def release(self, request: ReleaseRequest, /) -> None:
        """Gives a reservation back. Raises where it has ended already."""

    def health(self) -> None:
        """Raises where it cannot answer."""
