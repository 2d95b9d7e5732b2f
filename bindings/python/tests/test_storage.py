"""Sessions that a host keeps itself."""

from __future__ import annotations

import copy
import gc
import itertools
import sys
import threading
from collections import defaultdict
from decimal import Decimal
from typing import Any

import pytest

from callguard import (
    Allowed,
    CallGuard,
    CallGuardDenied,
    Denied,
    MemoryStorageBackend,
    OperationLimits,
    Session,
    StorageBackend,
    Verdict,
    session_contract,
)
from callguard.storage import (
    AttemptAnswer,
    AttemptRequest,
    CommitRequest,
    Label,
    ReleaseRequest,
    ReserveAnswer,
    ReserveRequest,
    SessionView,
    Want,
)

POLICY = """
apiVersion: callguard/v1
kind: Policy
metadata: { name: limits }
spec:
  default: allow
  unknown_tools: allow
  preconditions:
    - { id: reads, tools: read, add_labels: [private] }
  session:
    - { id: tries, tools: try, limit: { attempts: 2 } }
    - { id: spend, tools: pay, limit: { sum: args.amount, at_most: 100.5 } }
    - { id: stuck, tools: work, limit: { consecutive_failures: 2 } }
    - { id: leak, tools: send, when: { session.labels: { contains: private } }, action: deny }
"""
LIMIT = OperationLimits(max_attempts=None, max_tool_calls=2)


class Ledger:
    """Keeps sessions as a host would that has a lock and no clock."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sessions: dict[str, SessionView] = {}
        self._counters: defaultdict[str, Decimal] = defaultdict(Decimal)
        self._leases: dict[str, ReserveRequest] = {}
        self._names = itertools.count()
        self.asked: list[str] = []

    def attempt(self, request: AttemptRequest, /) -> AttemptAnswer:
        with self._lock:
            self.asked.append("attempt")
            view = self._session(request["session"])
            one = 1 if request["count"] else 0
            view["attempts"] += one
            keys = [counter["key"] for counter in request["counters"]]
            for key in set(keys):
                self._counters[key] += one
            shown = copy.deepcopy(view)
            shown["attempts"] += 1 - one
            return {"view": shown, "attempts": [int(self._counters[key]) + 1 - one for key in keys]}

    def reserve(self, request: ReserveRequest, /) -> ReserveAnswer:
        with self._lock:
            self.asked.append("reserve")
            view = self._session(request["session"])
            if request["expected_version"] not in (None, view["version"]):
                return {"answer": "stale", "view": copy.deepcopy(view)}
            exceeded = [self._is_beyond(want) for want in request["wants"]]
            if any(want["binding"] and beyond for want, beyond in zip(request["wants"], exceeded, strict=True)):
                return {"answer": "refused", "exceeded": exceeded}
            if request["peek"]:
                return {"answer": "granted", "lease": None, "exceeded": exceeded}
            lease = str(next(self._names))
            self._leases[lease] = request
            self._gain(view, request["labels"])
            return {"answer": "granted", "lease": lease, "exceeded": exceeded}

    def commit(self, request: CommitRequest, /) -> None:
        with self._lock:
            self.asked.append("commit")
            held = self._leases.pop(request["lease"])
            succeeded = request["ending"] == "succeeded"
            for want, actual in itertools.zip_longest(held["wants"], request["actual"]):
                if want["kind"] == "failures":
                    self._counters[want["key"]] = Decimal(0) if succeeded else self._counters[want["key"]] + 1
                else:
                    self._counters[want["key"]] += Decimal(actual or want["amount"])
            view = self._session(request["session"])
            view["version"] += 1
            view["calls"] += 1
            view["calls_of"][held["tool"]] = view["calls_of"].get(held["tool"], 0) + 1
            view["consecutive_failures"] = 0 if succeeded else view["consecutive_failures"] + 1
            self._gain(view, request["labels"])

    def release(self, request: ReleaseRequest, /) -> None:
        with self._lock:
            self.asked.append("release")
            del self._leases[request["lease"]]

    def health(self) -> None:
        pass

    def _session(self, session: str) -> SessionView:
        empty: SessionView = {
            "version": 0,
            "attempts": 0,
            "calls": 0,
            "calls_of": {},
            "consecutive_failures": 0,
            "labels": [],
        }
        return self._sessions.setdefault(session, empty)

    def _is_beyond(self, want: Want) -> bool:
        ran = self._counters[want["key"]]
        if want["kind"] == "failures":
            return ran >= Decimal(want["at_most"])
        wanted = [held for lease in self._leases.values() for held in lease["wants"] if held["key"] == want["key"]]
        total = ran + sum((Decimal(held["amount"]) for held in [*wanted, want]), Decimal(0))
        return want["kind"] not in ("calls", "sum") or total > Decimal(want["at_most"])

    def _gain(self, view: SessionView, labels: list[Label]) -> None:
        for label in labels:
            if label not in view["labels"]:
                view["labels"].append(label)
                view["version"] += 1


def nothing(**_: Any) -> None:
    pass


def fails(**_: Any) -> None:
    raise OSError("it fails")


def outcomes(guard: CallGuard, calls: list[tuple[str, dict[str, Any], Any]]) -> list[str]:
    found = []
    for tool, args, function in calls:
        try:
            guard.run_sync(tool, args, function)
            found.append("ran")
        except CallGuardDenied as denied:
            found.append(denied.decision.contract if denied.decision else "?")
        except Exception:
            found.append("failed")
    return found


@pytest.mark.parametrize("backend", [None, MemoryStorageBackend(), Ledger()])
def test_a_store_of_the_hosts_counts_as_the_built_in_one(backend: Any) -> None:
    guard = CallGuard.from_yaml_string(POLICY, backend=backend)
    calls: list[tuple[str, dict[str, Any], Any]] = [
        ("try", {}, nothing),
        ("try", {}, nothing),
        ("try", {}, nothing),
        ("pay", {"amount": 100}, nothing),
        ("pay", {"amount": 0.5}, nothing),
        ("pay", {"amount": 0.01}, nothing),
        ("work", {}, fails),
        ("work", {}, nothing),
        ("work", {}, fails),
        ("work", {}, fails),
        ("work", {}, nothing),
        ("send", {}, nothing),
        ("read", {}, nothing),
        ("send", {}, nothing),
    ]
    assert outcomes(guard, calls) == [
        *("ran", "ran", "limits/tries"),
        *("ran", "ran", "limits/spend"),
        *("failed", "ran", "failed", "failed", "limits/stuck"),
        *("ran", "ran", "limits/leak"),
    ]
    session = guard.session()
    assert (session.attempt_count(), session.execution_count(), session.labels) == (14, 10, ["private"])
    assert session.tool_execution_count("work") == 4


def test_a_limit_holds_under_threads_in_a_store_of_the_hosts() -> None:
    guard = CallGuard(limits=OperationLimits(max_attempts=None, max_tool_calls=50), backend=Ledger())
    ran: list[int] = []

    def work() -> None:
        for _ in range(10):
            outcomes(guard, [("tool", {}, lambda: ran.append(1))])

    threads = [threading.Thread(target=work) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ran) == 50


def test_a_permit_that_is_given_back_or_lost_is_ended_in_the_store() -> None:
    ledger = Ledger()
    guard = CallGuard(limits=LIMIT, backend=ledger)
    given_back, dropped, lost = (guard.before("tool", {}, session_id=session) for session in "abc")
    assert isinstance(given_back, Allowed) and isinstance(dropped, Allowed) and isinstance(lost, Allowed)
    given_back.give_back()
    del dropped
    lost.start()
    lost.lose()
    gc.collect()
    assert sorted(ledger.asked[-3:]) == ["commit", "release", "release"]
    assert [guard.session(session_id=session).execution_count() for session in "abc"] == [0, 0, 1]


def test_a_session_contract_sees_the_hosts_session() -> None:
    @session_contract
    def once(session: Session) -> Verdict:
        return Verdict.fail("Once.") if session.execution_count() else Verdict.pass_()

    guard = CallGuard(contracts=[once], backend=Ledger())
    assert outcomes(guard, [("tool", {}, nothing)] * 2) == ["ran", "python/once"]


def test_guards_share_the_sessions_of_one_store() -> None:
    for backend in (MemoryStorageBackend(), Ledger()):
        first, second = (CallGuard(limits=LIMIT, backend=backend) for _ in range(2))
        assert outcomes(first, [("tool", {}, nothing)] * 2) == ["ran", "ran"]
        assert outcomes(second, [("tool", {}, nothing)]) == ["python/max-tool-calls"]
    apart = CallGuard(limits=LIMIT, backend=MemoryStorageBackend())
    assert outcomes(apart, [("tool", {}, nothing)]) == ["ran"]


async def later() -> None:
    pass


VIEW = {"version": 0, "attempts": 1, "calls": 0, "calls_of": {}, "consecutive_failures": 0, "labels": []}
NONSENSE: dict[str, list[Any]] = {
    "attempt": [
        None,
        {},
        "1",
        {"view": VIEW},
        {"view": {}, "attempts": [1]},
        {"view": VIEW, "attempts": []},
        {"view": VIEW, "attempts": [0]},
        {"view": VIEW, "attempts": [-1]},
        {"view": VIEW, "attempts": ["1"]},
        {"view": VIEW, "attempts": [1, 1]},
        {"view": {**VIEW, "attempts": 0}, "attempts": [1]},
        {"view": {**VIEW, "labels": ["private"]}, "attempts": [1]},
        ValueError("the password is hunter2"),
        later,
    ],
    "reserve": [
        None,
        {},
        "granted",
        True,
        {"answer": "granted"},
        {"answer": "granted", "lease": "a"},
        {"answer": "granted", "lease": "a", "exceeded": []},
        {"answer": "granted", "lease": "a", "exceeded": [True]},
        {"answer": "granted", "lease": "a", "exceeded": [0]},
        {"answer": "granted", "lease": 5, "exceeded": [False]},
        {"answer": "granted", "lease": None, "exceeded": [False]},
        {"answer": "refused", "exceeded": [False]},
        {"answer": "stale"},
        {"answer": "stale", "view": VIEW},
        {"answer": "yes", "lease": "a", "exceeded": [False]},
        ValueError("the password is hunter2"),
        later,
    ],
}


def says(operation: str, answer: Any) -> StorageBackend:
    class Says(Ledger):
        pass

    def say(_: Ledger, *request: Any) -> Any:
        if isinstance(answer, Exception):
            raise answer
        return answer() if callable(answer) else answer

    setattr(Says, operation, say)
    return Says()


@pytest.mark.filterwarnings("ignore:coroutine")
@pytest.mark.parametrize(
    ("operation", "answer"), [(operation, answer) for operation, answers in NONSENSE.items() for answer in answers]
)
async def test_a_store_that_cannot_answer_restricts(operation: str, answer: Any) -> None:
    limits = OperationLimits(max_attempts=2 if operation == "attempt" else None, max_tool_calls=None)
    if operation == "reserve":
        limits = LIMIT
    guard = CallGuard(limits=limits, backend=says(operation, answer))
    with pytest.raises(CallGuardDenied) as denied:
        guard.run_sync("tool", {}, lambda: pytest.fail("it ran"))
    assert denied.value.decision is not None and denied.value.decision.policy_error
    assert "hunter2" not in denied.value.message
    with pytest.raises(CallGuardDenied):
        await guard.run("tool", {}, lambda: pytest.fail("it ran"))
    assert isinstance(guard.before("tool"), Denied)
    # Without a lease it is a good answer to a look.
    assert guard.check("tool").allowed == (answer == {"answer": "granted", "lease": None, "exceeded": [False]})


@pytest.mark.filterwarnings("ignore:coroutine")
@pytest.mark.parametrize("answer", [OSError("down"), "done", later])
def test_a_run_that_cannot_be_written_keeps_its_result(answer: Any) -> None:
    guard = CallGuard.from_yaml_string(POLICY, limits=LIMIT, backend=says("commit", answer))
    assert guard.run_sync("tool", {}, lambda: "result") == "result"
    assert outcomes(guard, [("tool", {}, nothing)] * 2) == ["ran", "python/max-tool-calls"], "what is held still counts"


def test_what_cannot_be_given_back_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda unraisable: told.append(str(unraisable.exc_value)))
    guard = CallGuard(limits=LIMIT, backend=says("release", OSError("hunter2")))
    before = guard.before("tool")
    assert isinstance(before, Allowed)
    before.give_back()
    [said] = told
    assert "OSError" in said and "hunter2" not in said


def test_what_is_no_store_is_refused() -> None:
    nothing: Any = object()
    with pytest.raises(TypeError, match="no storage backend"):
        CallGuard(limits=LIMIT, backend=nothing)
