"""What every adapter holds to: one property a function, for each adapter and each way to run an agent."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from typing import Any

import pytest

from adapters.harness import (
    ENOUGH,
    HIDDEN,
    INTERNAL,
    NOT_YOURS,
    SSN,
    TOO_MUCH,
    Bench,
    Call,
    Driver,
    Transcript,
    Who,
    broken_identity,
)
from callguard import (
    Allowed,
    ApprovalRequest,
    HookDecision,
    after_hook,
    before_hook,
    postcondition,
    precondition,
)
from callguard.adapters import calling


def test_a_denied_call_never_runs_and_the_model_reads_why(driver: Driver, mode: str) -> None:
    """A denied call never runs; the model reads why, and the run goes on"""
    bench = Bench(driver, mode)
    seen = bench.run([Call("c1", "transfer", {"amount": 500})], [Call("c2", "transfer", {"amount": 50})])
    assert bench.box.ran == [("transfer", 50)]
    assert TOO_MUCH in seen.of("c1") and "ok 50" in seen.of("c2")
    assert seen.final is not None and "done" in seen.final


def test_an_allowed_call_runs_once(driver: Driver, mode: str) -> None:
    """An allowed call runs exactly once, with its arguments, and its result is the tool's own"""
    bench = Bench(driver, mode)
    seen = bench.run([Call("c1", "transfer", {"amount": 7})])
    assert bench.box.ran == [("transfer", 7)]
    assert seen.of("c1").strip().strip('"') == "ok 7"


def test_a_tool_runs_where_its_framework_runs_it(driver: Driver, mode: str) -> None:
    """A tool runs in the thread that it runs in without a guard: no other is put between"""
    bare, guarded = Bench(driver, mode), Bench(driver, mode)
    bare.run([Call("c1", "transfer", {"amount": 7})], protect="none")
    guarded.run([Call("c1", "transfer", {"amount": 7})])
    here = threading.get_ident()
    assert len(bare.box.threads) == len(guarded.box.threads) == 1
    assert (here in bare.box.threads) == (here in guarded.box.threads)


def test_a_result_is_redacted(driver: Driver, mode: str) -> None:
    """A result is redacted"""
    bench = Bench(driver, mode)
    seen = bench.run([Call("c1", "lookup", {"q": "ann"})])
    assert f"ann has {HIDDEN}" in seen.of("c1") and SSN not in seen.of("c1")


def test_a_structured_result_keeps_its_shape(driver: Driver, mode: str) -> None:
    """A structured result is redacted in every leaf, and keeps its shape"""
    bench = Bench(driver, mode)
    text = bench.run([Call("c1", "record", {"q": "ann"})]).of("c1")
    assert SSN not in text and text.count(HIDDEN) == 2
    assert "41" in text and "past" in text


def test_a_result_is_withheld(driver: Driver, mode: str) -> None:
    """A withheld result does not reach the model, which reads why"""
    bench = Bench(driver, mode)
    seen = bench.run([Call("c1", "page", {"q": "ann"})], [Call("c2", "transfer", {"amount": 1})])
    assert INTERNAL in seen.of("c1") and "INTERNAL words" not in seen.of("c1")
    assert bench.box.ran == [("page", "ann"), ("transfer", 1)]


def test_an_error_is_redacted(driver: Driver, mode: str) -> None:
    """What a tool raises is redacted, and the run goes on"""
    bench = Bench(driver, mode)
    seen = bench.run([Call("c1", "fail", {"q": "ann"})], [Call("c2", "transfer", {"amount": 1})])
    assert "no such person" in seen.of("c1") and HIDDEN in seen.of("c1") and SSN not in seen.of("c1")
    assert bench.box.ran == [("fail", "ann"), ("transfer", 1)]


@pytest.mark.parametrize("answer", ["ann", None, "raises", "nobody asks"])
def test_a_person_is_asked(driver: Driver, mode: str, answer: str | None) -> None:
    """An approval that is granted runs the call; one that is not, fails, or that nobody can give does not"""

    def approver(request: ApprovalRequest) -> str | None:
        if answer == "raises":
            raise RuntimeError(SSN)
        return answer

    bench = Bench(driver, mode, approver=None if answer == "nobody asks" else approver)
    seen = bench.run([Call("c1", "pay", {"amount": 500}), Call("c2", "pay", {"amount": 5})])
    granted = [("pay", 500)] if answer == "ann" else []
    assert sorted(bench.box.ran) == [("pay", 5), *granted]
    assert ("paid 500" in seen.of("c1")) == bool(granted) and SSN not in seen.of("c1")


@pytest.mark.modes("async", "astream")
def test_an_approval_is_waited_for(driver: Driver, mode: str) -> None:
    """An approval that takes time is waited for where the framework awaits"""

    async def approver(request: ApprovalRequest) -> str:
        await asyncio.sleep(0.02)
        return "ann"

    bench = Bench(driver, mode, approver=approver)
    assert "paid 500" in bench.run([Call("c1", "pay", {"amount": 500})]).of("c1")


def _raises(*_: Any) -> Any:
    raise RuntimeError(f"it cannot be told, {SSN}")


def _faults_before() -> dict[str, dict[str, Any]]:
    return {
        "hook": {"hooks": [before_hook(_raises)]},
        "hook says nonsense": {"hooks": [before_hook(lambda _: "yes")]},
        "hook refuses": {"hooks": [before_hook(lambda _: HookDecision.deny("not today"))]},
        "predicate": {"contracts": [precondition("transfer")(_raises)]},
    }


@pytest.mark.parametrize("fault", _faults_before())
def test_a_fault_before_denies(driver: Driver, mode: str, fault: str) -> None:
    """A hook or predicate that fails before the call denies it, and says nothing of itself"""
    bench = Bench(driver, mode, **_faults_before()[fault])
    seen = bench.run([Call("c1", "transfer", {"amount": 1})])
    assert bench.box.ran == [] and seen.of("c1") and SSN not in seen.of("c1")
    assert "ok 1" not in seen.of("c1")


def test_a_fault_of_the_guard_denies(driver: Driver, mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault of the guard itself denies"""
    bench = Bench(driver, mode)
    monkeypatch.setattr(bench.guard, "before", _raises)
    monkeypatch.setattr(bench.guard, "before_async", _raises)
    seen = bench.run([Call("c1", "transfer", {"amount": 1})])
    assert bench.box.ran == [] and "did not run" in seen.of("c1") and SSN not in seen.of("c1")


def test_an_identity_that_fails_denies(driver: Driver, mode: str) -> None:
    """Where it cannot be told whose a call is, it is denied, and recorded"""
    bench = Bench(driver, mode)
    seen = bench.run([Call("c1", "transfer", {"amount": 1})], identity=broken_identity)
    assert bench.box.ran == [] and "whose this call is" in seen.of("c1") and SSN not in seen.of("c1")
    assert bench.actions("transfer") == ["call_denied"]


def test_a_sink_that_fails_denies(driver: Driver, mode: str) -> None:
    """Where nothing runs unrecorded, a sink that fails denies"""

    class Broken:
        def emit(self, event: dict[str, Any], /) -> None:
            raise OSError("the disk is full")

    bench = Bench(driver, mode, audit_sink=Broken(), on_audit_failure="deny")
    bench.guard.flush()
    seen = bench.run([Call("c1", "transfer", {"amount": 1})])
    assert bench.box.ran == [] and "ok 1" not in seen.of("c1") and seen.of("c1")


@pytest.mark.parametrize("fault", ["hook", "predicate"])
def test_a_fault_after_withholds(driver: Driver, mode: str, fault: str) -> None:
    """A hook or predicate that fails after the run keeps the result from the model"""
    hook, predicate = {"hooks": [after_hook(_raises)]}, {"contracts": [postcondition("*")(_raises)]}
    bench = Bench(driver, mode, **(hook if fault == "hook" else predicate))
    seen = bench.run([Call("c1", "transfer", {"amount": 1}), Call("c2", "fail", {"q": "x"})])
    assert sorted(bench.box.ran) == [("fail", "x"), ("transfer", 1)]
    for id in ("c1", "c2"):
        assert seen.of(id) and "ok 1" not in seen.of(id) and "no such person" not in seen.of(id)
        assert SSN not in seen.of(id)


def test_a_fault_of_the_guard_withholds(driver: Driver, mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault of the guard itself after the run keeps the result from the model"""
    monkeypatch.setattr(Allowed, "settle", _raises)
    monkeypatch.setattr(Allowed, "settle_async", _raises)
    bench = Bench(driver, mode)
    seen = bench.run([Call("c1", "lookup", {"q": "ann"}), Call("c2", "fail", {"q": "x"})])
    for id in ("c1", "c2"):
        assert "withheld" in seen.of(id) and SSN not in seen.of(id)


@pytest.mark.modes("async", "astream")
def test_a_cancelled_call_counts(driver: Driver, mode: str) -> None:
    """A run that is cancelled ends, and the call that had started counts as run"""
    bench = Bench(driver, mode)

    async def cancel() -> None:
        task = asyncio.create_task(bench.driver.awaited(bench.job([Call("c1", "hang", {"q": "x"})])))
        while not bench.box.started.is_set() and not task.done():
            await asyncio.sleep(0.005)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancel())
    assert bench.guard.session(**Who().context()).execution_count() == 1
    assert bench.actions("hang") == ["call_allowed", "unknown_outcome"]


def test_eight_calls_at_once_keep_apart(driver: Driver, mode: str) -> None:
    """Eight calls in one turn: each is decided by its own arguments, and each result is its own"""
    bench = Bench(driver, mode)
    waits = [Call(f"w{n}", "wait", {"n": n}) for n in range(4)]
    moves = [Call(f"t{n}", "transfer", {"amount": 99 + n}) for n in range(4)]
    seen = bench.run([*waits, *moves])
    assert sorted(bench.box.ran) == [("transfer", 99), ("transfer", 100), *(("wait", n) for n in range(4))]
    for n in range(4):
        assert f"waited {n}" in seen.of(f"w{n}")
        assert (f"ok {99 + n}" in seen.of(f"t{n}")) == (n < 2) and (TOO_MUCH in seen.of(f"t{n}")) == (n >= 2)


def test_calls_with_one_id_keep_apart(driver: Driver, mode: str) -> None:
    """Two calls of one id are two calls: neither decision stands in for the other"""
    bench = Bench(driver, mode)
    twins = [Call("c1", "transfer", {"amount": 1}), Call("c1", "transfer", {"amount": 500})]
    seen = Transcript()
    with suppress(*driver.refuses_twins):
        seen = bench.run(twins, [Call("c1", "lookup", {"q": "ann"})])
        assert ("transfer", 1) in bench.box.ran and seen.read
    assert ("transfer", 500) not in bench.box.ran and bench.box.ran.count(("transfer", 1)) <= 1
    assert SSN not in str(seen.read) and SSN not in seen.streamed


@pytest.mark.modes("stream", "astream")
def test_a_stream_leaks_nothing(driver: Driver, mode: str) -> None:
    """What the host sees while the run goes on holds nothing that the model must not read"""
    bench = Bench(driver, mode)
    calls = [("lookup", {"q": "x"}), ("record", {"q": "x"}), ("page", {"q": "x"}), ("fail", {"q": "x"})]
    seen = bench.run([Call(f"c{n}", tool, args) for n, (tool, args) in enumerate(calls)])
    assert seen.streamed and SSN not in seen.streamed and "INTERNAL words" not in seen.streamed


def test_tenants_keep_apart(driver: Driver, mode: str) -> None:
    """Two tenants at once through one guard and one policy: each call is its caller's"""
    bench = Bench(driver, mode)
    tenants = [Who("ann", "acme", "s1"), Who("bob", "bits", "s2")] * 3
    jobs = [bench.job([Call("c1", "wait", {"n": 1})], [Call("c2", "report", {"q": w.org})], who=w) for w in tenants]
    for who, seen in zip(tenants, bench.at_once(jobs), strict=True):
        assert ("report on acme" in seen.of("c2")) == (who.org == "acme")
        assert (NOT_YOURS in seen.of("c2")) == (who.org == "bits")
    assert [ran for ran in bench.box.ran if ran[0] == "report"] == [("report", "acme")] * 3


def test_calling_says_whose_a_call_is(driver: Driver, mode: str) -> None:
    """Where the framework's context does not say whose a call is, ``calling()`` around the run does"""
    bench = Bench(driver, mode)
    for who, text in ((Who("ann", "acme"), "report on x"), (Who("bob", "bits"), NOT_YOURS)):
        with calling(**who.context()):
            assert text in bench.run([Call("c1", "report", {"q": "x"})], who=who, anonymous=True).of("c1")
    assert len(bench.box.ran) == 1


def test_a_nested_agent_is_guarded(driver: Driver, mode: str) -> None:
    """The tools of an agent that another agent calls or hands over to are guarded as its own"""
    for nesting in driver.nestings:
        bench = Bench(driver, mode)
        seen = bench.run(
            [Call("c1", "transfer", {"amount": 500}), Call("c2", "lookup", {"q": "ann"})],
            [Call("c3", "transfer", {"amount": 5})],
            nested=nesting,
        )
        assert sorted(bench.box.ran) == [("lookup", "ann"), ("transfer", 5)], nesting
        assert TOO_MUCH in seen.of("c1") and HIDDEN in seen.of("c2") and SSN not in seen.of("c2") + seen.streamed
        assert "ok 5" in seen.of("c3")


def test_limits_hold(driver: Driver, mode: str) -> None:
    """A limit of three holds under eight calls at once, and in the turn after"""
    bench = Bench(driver, mode)
    seen = bench.run([Call(f"c{n}", "ticket", {"n": n}) for n in range(8)], [Call("c8", "ticket", {"n": 8})])
    assert len(bench.box.ran) == 3 and sum(ENOUGH in read.text for read in seen.read) == 6


def test_what_was_judged_runs(driver: Driver, mode: str) -> None:
    """Arguments that change after the decision change nothing: what was judged is what runs"""
    live: dict[str, Any] = {}

    def approver(request: ApprovalRequest) -> str:
        if isinstance(live.get("c1"), dict):
            live["c1"]["amount"] = 1_000_000
        return "ann"

    bench = Bench(driver, mode, approver=approver)
    seen = bench.run([Call("c1", "pay", {"amount": 500})], live=live)
    assert bench.box.ran == [("pay", 500)] and "paid 500" in seen.of("c1")


def test_the_audit_has_one_pair_for_each_call(driver: Driver, mode: str) -> None:
    """The audit has one pair of events for each call that ran, one event for each that did not, and no secret"""
    bench = Bench(driver, mode)
    bench.run(
        [Call("c1", "transfer", {"amount": 500}), Call("c2", "lookup", {"q": "ann"}), Call("c3", "page", {"q": "x"})],
        [Call("c4", "transfer", {"amount": 5}), Call("c5", "fail", {"q": "x"})],
    )
    assert sorted(bench.actions("transfer")) == ["call_allowed", "call_denied", "call_executed"]
    assert bench.actions("lookup") == ["call_allowed", "result_redacted"]
    assert bench.actions("page") == ["call_allowed", "result_withheld"]
    assert bench.actions("fail") == ["call_allowed", "result_redacted"]
    assert SSN not in str(bench.sink.events)
    calls = [event for event in bench.sink.events if "tool" in event]
    assert {event["principal"]["user_id"] for event in calls} == {"ann"}
    assert {event["session_id"] for event in calls} == {"s1"}


def test_a_guarded_tool_holds_by_itself(driver: Driver, mode: str) -> None:
    """``guard_tool`` around a tool guards it without the hook, and streams nothing either"""
    bench = Bench(driver, mode)
    seen = bench.run(
        [Call("c1", "transfer", {"amount": 500}), Call("c2", "record", {"q": "ann"}), Call("c3", "fail", {"q": "x"})],
        [Call("c4", "transfer", {"amount": 5}), Call("c5", "page", {"q": "x"})],
        protect="tool",
    )
    assert sorted(bench.box.ran, key=str) == sorted(
        [("record", "ann"), ("fail", "x"), ("transfer", 5), ("page", "x")], key=str
    )
    assert TOO_MUCH in seen.of("c1") and "ok 5" in seen.of("c4") and INTERNAL in seen.of("c5")
    assert SSN not in str(seen.read) + seen.streamed and HIDDEN in seen.of("c2") and HIDDEN in seen.of("c3")


def test_a_guarded_tool_behind_the_hook_is_decided_once(driver: Driver, mode: str) -> None:
    """A tool in ``guard_tool`` behind the hook is decided once, for whom the hook says"""
    bench = Bench(driver, mode)
    seen = bench.run(
        [Call("c1", "transfer", {"amount": 500}), Call("c2", "report", {"q": "x"})],
        protect="both",
        who=Who("bob", "bits"),
    )
    assert bench.box.ran == [] and TOO_MUCH in seen.of("c1") and NOT_YOURS in seen.of("c2")
    assert bench.actions("transfer") == ["call_denied"] and bench.actions("report") == ["call_denied"]


def test_coverage_tells(driver: Driver, mode: str) -> None:
    """``guard.coverage`` tells which tools are guarded, and by what; of others, what would; and records it"""
    bench = Bench(driver, mode)
    _told(bench, "hook")
    _told(bench, "none")


def test_coverage_tells_of_guarded_tools(driver: Driver, mode: str) -> None:
    """``guard.coverage`` tells of tools that are guarded by themselves, with no hook around them"""
    _told(Bench(driver, mode), "tool")


def _told(bench: Bench, protect: str) -> None:
    found = bench.guard.coverage(bench.driver.agent(bench.job(protect=protect)))
    named = {tool.tool for tool in found.tools}
    assert {bench.driver.called("transfer"), bench.driver.called("lookup")} <= named
    assert found.complete == (protect != "none") == ("OPEN" not in str(found))
    assert "transfer" in str(found) and all(tool.why for tool in found.tools)
    bench.guard.flush()
    event = bench.sink.events[-1]
    assert event["action"] == "coverage_reported" and event["reason"] in str(found)
    recorded = [(each["tool"], each.get("agent", ""), each["guarded"], each["why"]) for each in event["coverage"]]
    assert recorded == [(each.tool, each.agent, each.guarded, each.why) for each in found.tools]


@pytest.mark.filterwarnings("ignore:.*may rewrite")
def test_a_hook_behind_the_guard_is_told(driver: Driver, mode: str) -> None:
    """A hook that stands where it could rewrite a call behind the guard's back makes a tool count as open"""
    bench = Bench(driver, mode)
    found = bench.guard.coverage(driver.agent(bench.job(protect="overtaken")))
    driver.leave(bench.guard)
    assert found.tools
    for tool in found.tools:
        assert tool.guarded == (tool.why == "by guard_tool") and (tool.guarded or "may rewrite" in tool.why)
