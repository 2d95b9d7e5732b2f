"""What an adapter adds to a tool call in its framework's real loop.

    python benches/adapters.py ADAPTER [ROUNDS] [--json FILE]

The scripted model says when it speaks. From one turn with one call to the next is what a call takes in the loop:
dispatch, tool, result, the model again. Three ways take turns, and each sees the same history: nothing around the tool
(`bare`), the framework's own kind of hook around it that does nothing (`idle`), and the guard (`guarded`). What a hook
costs by itself is the framework's; what `guarded` takes beyond `idle` is ours. Each turn is told in time that passed
(`wall`) and in processor time of this process (`cpu`), which a busy machine does not stretch. Beside other work, run it
on one processor before everything else: `taskset -c 1 chrt -f 10 python benches/adapters.py …`.

It wants an environment of the adapter's lock file in `tests/adapters/locks`, and a release build of the package.
"""

from __future__ import annotations

import argparse
import functools
import gc
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from importlib import import_module
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from statistics import median, quantiles
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from adapters.harness import POLICY, Call, Driver, Job
from callguard import CallGuard

#: No more than every framework grants a run.
TURNS = 5
#: How a run is guarded, as drivers are told.
WAYS = {"bare": "none", "idle": "idle", "guarded": "hook"}
PACKAGES = {"langchain": "langgraph"}


def transfer(amount: int) -> str:
    """Transfers money."""
    return f"ok {amount}"


@functools.wraps(transfer)
async def awaited(amount: int) -> str:
    return transfer(amount)


TOOLS: list[Callable[..., Any]] = [transfer, awaited]


class Spoken(NamedTuple):
    """When the model spoke, in nanoseconds."""

    wall: int
    cpu: int


class Turn(list[Call]):
    """One call, and when the model made it."""

    spoken: Spoken | None = None

    def __iter__(self) -> Iterator[Call]:
        self.spoken = self.spoken or Spoken(time.perf_counter_ns(), time.process_time_ns())
        return super().__iter__()


def run(driver: Driver, guard: CallGuard, mode: str, protect: str) -> list[Spoken]:
    """What each turn took; the first, which warms up, is left out."""
    turns = [Turn([Call(f"c{place}", "transfer", {"amount": place + 1})]) for place in range(TURNS)]
    gc.collect()
    read = driver.run(Job([*turns, "done"], [TOOLS[mode.startswith("a")]], guard, mode, protect=protect)).read
    if [each.text.strip('"') for each in read] != [f"ok {place + 1}" for place in range(TURNS)]:
        raise RuntimeError(f"{driver.name}: the model read {read}")
    spoken = [turn.spoken for turn in turns if turn.spoken is not None]
    return [Spoken(later.wall - sooner.wall, later.cpu - sooner.cpu) for sooner, later in pairwise(spoken)][1:]


def measured(name: str, rounds: int) -> dict[str, Any]:
    """Microseconds, median and p99, of each way and clock; and what is added to the median."""
    driver: Driver = import_module(f"adapters.drivers.{name}").DRIVER
    guard = CallGuard.from_yaml_string(POLICY)
    mode = "sync" if "sync" in driver.modes else driver.modes[0]
    turns: dict[str, list[Spoken]] = {way: [] for way in WAYS}
    for place in range(rounds + 1):
        ways = list(WAYS)[place % len(WAYS) :] + list(WAYS)[: place % len(WAYS)]
        for way in ways:
            found = run(driver, guard, mode, WAYS[way])
            # The first round imports and compiles what it needs.
            turns[way] += found if place else []
    package = PACKAGES.get(name, name).replace("_", "-")
    said: dict[str, Any] = {"version": f"{package} {version(package)}", "mode": mode}
    said |= {"turns": len(turns["bare"]), "load": round(os.getloadavg()[0], 1)}
    for clock in Spoken._fields:
        figures = {way: _figures([getattr(turn, clock) for turn in taken]) for way, taken in turns.items()}
        of_median = {way: figure["median"] for way, figure in figures.items()}
        figures["added"] = {
            "by_the_framework": round(of_median["idle"] - of_median["bare"], 1),
            "by_us": round(of_median["guarded"] - of_median["idle"], 1),
        }
        said[clock] = figures
    return said


def _figures(nanoseconds: list[int]) -> dict[str, float]:
    return {"median": median(nanoseconds) / 1000, "p99": round(quantiles(nanoseconds, n=100)[98] / 1000, 1)}


def _shown(said: dict[str, Any]) -> str:
    lines = [f"{said['version']} ({said['mode']}), {said['turns']} turns of each way, load {said['load']}; us"]
    for clock in Spoken._fields:
        figures = said[clock]
        ways = ", ".join(f"{way} {figures[way]['median']:,.0f} (p99 {figures[way]['p99']:,.0f})" for way in WAYS)
        added = figures["added"]
        lines.append(f"  {clock:4}  {ways}: a hook {added['by_the_framework']:+,.0f}, the guard {added['by_us']:+,.0f}")
    return "\n".join(lines)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("adapter")
    parser.add_argument("rounds", type=int, nargs="?", default=60)
    parser.add_argument("--json", type=Path, help="where to keep the figures, beside those of other adapters")
    given = parser.parse_args()
    figures = measured(given.adapter, given.rounds)
    if given.json:
        kept = json.loads(given.json.read_text()) if given.json.exists() else {}
        kept[given.adapter] = figures
        given.json.write_text(json.dumps(kept, indent=2, sort_keys=True) + "\n")
    print(_shown(figures), flush=True)
