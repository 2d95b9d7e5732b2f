"""What a session did so far."""

from __future__ import annotations

from typing import Any

__all__ = ["Session"]


class Session:
    """A session as it stood when it was read.

    The methods may be awaited or not; ``attempt_count()`` and ``await session.attempt_count()`` are the same number.
    """

    def __init__(self, session_id: str | None, view: dict[str, Any]) -> None:
        self._session_id = session_id
        self._view = view

    @property
    def session_id(self) -> str | None:
        """The host's name for it."""
        return self._session_id

    @property
    def labels(self) -> list[str]:
        """What was learned of it."""
        return list(self._view["labels"])

    def attempt_count(self) -> Count:
        """Tries, denied ones among them."""
        return Count(self._view["attempts"])

    def execution_count(self) -> Count:
        """Runs."""
        return Count(self._view["calls"])

    def tool_execution_count(self, tool: str) -> Count:
        """Runs of one tool."""
        return Count(self._view["calls_of"].get(tool, 0))

    def consecutive_failures(self) -> Count:
        """Runs that failed since the last that did not."""
        return Count(self._view["consecutive_failures"])


class Count(int):
    """A number that can be awaited."""

    def __await__(self) -> Any:
        return self
        yield
