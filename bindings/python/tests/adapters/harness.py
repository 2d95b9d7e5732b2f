"""What the properties are told in: calls of a scripted model, tools that remember what ran, and what the model read."""

from __future__ import annotations

import asyncio
import functools
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from callguard import CallGuard, Principal

SSN = "123-45-6789"
HIDDEN = "[us_ssn removed]"
TOO_MUCH = "Transfer 100 at most."
INTERNAL = "That page is internal."
NOT_YOURS = "Only Acme reads reports."
ENOUGH = "Three tickets are enough."

POLICY = f"""
apiVersion: callguard/v1
kind: Policy
metadata: {{ name: ops }}
spec:
  default: allow
  unknown_tools: allow
  preconditions:
    - id: much
      tools: transfer
      when: {{ args.amount: {{ greater_than: 100 }} }}
      action: deny
      message: "{TOO_MUCH}"
    - {{ id: pay, tools: pay, when: {{ args.amount: {{ greater_than: 100 }} }}, action: ask, message: "Ask a person." }}
    - id: tenant
      tools: report
      when: {{ principal.org_id: {{ not_equals: acme }} }}
      action: deny
      message: "{NOT_YOURS}"
  postconditions:
    - {{ id: ssn, tools: "*", redact: {{ detect: [us_ssn], with: "[{{kind}} removed]" }} }}
    - id: internal
      tools: page
      when: {{ output.text: {{ contains: INTERNAL }} }}
      action: withhold
      message: "{INTERNAL}"
  session:
    - {{ id: tickets, tools: ticket, limit: {{ calls: 3 }}, message: "{ENOUGH}" }}
"""


class Call(NamedTuple):
    """A call that the model makes."""

    id: str
    tool: str
    args: dict[str, Any]


#: What the model says, turn by turn: calls, or its last words.
Script = Sequence["Sequence[Call] | str"]


class Who(NamedTuple):
    """Whose a run is, as the host tells the framework."""

    user: str = "ann"
    org: str = "acme"
    session: str = "s1"

    def context(self) -> dict[str, Any]:
        return {"principal": Principal(self.user, org_id=self.org), "session_id": self.session}


def broken_identity(source: Any) -> Mapping[str, Any]:
    raise RuntimeError(f"no directory knows {SSN}")


@dataclass
class Job:
    """One run of an agent."""

    script: Script
    tools: Sequence[Callable[..., Any]]
    guard: CallGuard
    mode: str = "sync"
    who: Who = field(default_factory=Who)
    #: Instead of the driver's own, which reads ``who`` from the framework's context.
    identity: Callable[[Any], Any] | None = None
    #: Without an identity calls are whose ``calling()`` says.
    anonymous: bool = False
    #: How another agent comes to the agent with the tools: one of the driver's ``nestings``.
    nested: str = ""
    #: ``hook``: what guards a whole agent. ``tool``: ``guard_tool`` around each tool. ``both``; ``none``.
    #: ``idle``: hooks as the adapter's that do nothing. ``overtaken``: ``hook``, and such a hook behind it.
    protect: str = "hook"
    #: The arguments of calls as the framework holds them while it runs, by call id.
    live: dict[str, Any] = field(default_factory=dict)


class Read(NamedTuple):
    """A result as the model read it."""

    id: str
    text: str


@dataclass
class Transcript:
    """What became of a run."""

    read: list[Read] = field(default_factory=list)
    #: What the host saw of it while it ran.
    streamed: str = ""
    final: str | None = None

    def of(self, id: str) -> str:
        [text] = [read.text for read in self.read if read.id == id]
        return text


class Driver(ABC):
    """Runs jobs in one framework. ``sync`` and ``stream`` block, ``async`` and ``astream`` are awaited."""

    name: str
    modes: tuple[str, ...] = ("sync", "async", "stream", "astream")
    #: ``calls``: as a tool. ``hands over``.
    nestings: tuple[str, ...] = ("calls",)
    #: What the framework itself may raise where two calls of a turn have one id.
    refuses_twins: tuple[type[Exception], ...] = ()

    def run(self, job: Job) -> Transcript:
        return asyncio.run(self.awaited(job)) if job.mode.startswith("a") else self.blocking(job)

    def blocking(self, job: Job) -> Transcript:
        """``sync`` and ``stream``."""
        raise NotImplementedError

    @abstractmethod
    async def awaited(self, job: Job) -> Transcript:
        """``async`` and ``astream``."""

    @abstractmethod
    def agent(self, job: Job) -> Any:
        """What ``guard.coverage`` is asked about."""

    def called(self, tool: str) -> str:
        """What the framework calls one of the job's tools."""
        return tool

    def leave(self, guard: CallGuard) -> None:
        """Takes back what ``agent`` put into the process."""
        return None


class Sink:
    """Keeps events."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []

    def emit(self, event: dict[str, Any], /) -> None:
        self.events.append(event)

    def of_calls(self) -> list[tuple[str, str]]:
        return [(event["tool"], event["action"]) for event in self.events if "tool" in event]


class Toolbox:
    """The tools, and what ran of them."""

    def __init__(self, mode: str) -> None:
        self.ran: list[tuple[str, Any]] = []
        self.threads: set[int] = set()
        self.started = threading.Event()
        self._lock = threading.Lock()
        self._awaited = mode.startswith("a")

    def note(self, tool: str, given: Any) -> None:
        with self._lock:
            self.ran.append((tool, given))
            self.threads.add(threading.get_ident())

    def tools(self) -> list[Callable[..., Any]]:
        plain: list[Callable[..., Any]] = [self.transfer, self.lookup, self.record, self.page, self.fail]
        plain += [self.wait, self.pay, self.report, self.ticket]
        made = [_function(tool, self._awaited) for tool in plain]
        return [*made, self._hang()] if self._awaited else made

    def transfer(self, amount: int) -> str:
        """Transfers money."""
        self.note("transfer", amount)
        return f"ok {amount}"

    def lookup(self, q: str) -> str:
        """Looks somebody up."""
        self.note("lookup", q)
        return f"{q} has {SSN}"

    def record(self, q: str) -> dict[str, Any]:
        """Gives a record."""
        self.note("record", q)
        return {"name": q, "ssn": SSN, "past": [{"ssn": SSN}], "age": 41}

    def page(self, q: str) -> str:
        """Gives a page."""
        self.note("page", q)
        return f"INTERNAL words about {q}"

    def fail(self, q: str) -> str:
        """Fails."""
        self.note("fail", q)
        raise ValueError(f"no such person: {SSN}")

    def wait(self, n: int) -> str:
        """Takes a while, less for a greater number."""
        time.sleep(0.03 - n * 0.003)
        self.note("wait", n)
        return f"waited {n}"

    def pay(self, amount: int) -> str:
        """Pays."""
        self.note("pay", amount)
        return f"paid {amount}"

    def report(self, q: str) -> str:
        """Gives a report."""
        self.note("report", q)
        return f"report on {q}"

    def ticket(self, n: int) -> str:
        """Opens a ticket."""
        self.note("ticket", n)
        return f"ticket {n}"

    def _hang(self) -> Callable[..., Any]:
        async def hang(q: str) -> str:
            """Takes long."""
            self.note("hang", q)
            self.started.set()
            await asyncio.sleep(2)
            return q

        return hang


class Bench:
    """A guard, tools, and a run of them in one framework."""

    def __init__(self, driver: Driver, mode: str, **options: Any) -> None:
        self.driver, self.mode = driver, mode
        self.box, self.sink = Toolbox(mode), Sink()
        self.guard = CallGuard.from_yaml_string(POLICY, **{"audit_sink": self.sink, **options})

    def job(self, *turns: Any, **options: Any) -> Job:
        return Job([*turns, "done"], self.box.tools(), self.guard, self.mode, **options)

    def run(self, *turns: Any, **options: Any) -> Transcript:
        return self.driver.run(self.job(*turns, **options))

    def at_once(self, jobs: list[Job]) -> list[Transcript]:
        """Each job in a thread or a task of its own."""
        if self.mode.startswith("a"):

            async def gathered() -> list[Transcript]:
                return await asyncio.gather(*(self.driver.awaited(job) for job in jobs))

            return asyncio.run(gathered())
        done: list[Transcript | BaseException | None] = [None] * len(jobs)

        def work(place: int, job: Job) -> None:
            try:
                done[place] = self.driver.blocking(job)
            except BaseException as error:
                done[place] = error

        threads = [threading.Thread(target=work, args=(place, job)) for place, job in enumerate(jobs)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert all(isinstance(seen, Transcript) for seen in done), done
        return [seen for seen in done if isinstance(seen, Transcript)]

    def actions(self, tool: str) -> list[str]:
        self.guard.flush()
        return [action for name, action in self.sink.of_calls() if name == tool]


def _function(method: Callable[..., Any], awaited: bool) -> Callable[..., Any]:
    """A function with the method's name and parameters, without ``self``: what frameworks take for a tool."""
    if awaited:

        @functools.wraps(method)
        async def waits(*args: Any, **kwargs: Any) -> Any:
            await asyncio.sleep(0.01)
            return method(*args, **kwargs)

        return waits

    @functools.wraps(method)
    def runs(*args: Any, **kwargs: Any) -> Any:
        return method(*args, **kwargs)

    return runs
