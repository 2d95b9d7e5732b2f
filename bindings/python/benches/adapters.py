"""What an adapter adds to a tool call in its framework's real loop: `python benches/adapters.py ADAPTER [RUNS]`.

The scripted model says when it speaks. From one turn with one call to the next is what a call takes in the loop:
dispatch, tool, result, the model again: in processor time of this process, which a busy machine does not stretch.
Guarded and bare runs take turns, and each sees the same history. Prints one line of a Markdown table.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from statistics import median, quantiles
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from adapters.harness import POLICY, Call, Driver, Job, Toolbox
from callguard import CallGuard

#: No more than every framework grants a run.
TURNS = 5


class Turn(list[Call]):
    """One call, and when the model made it."""

    spoken = 0

    def __iter__(self) -> Iterator[Call]:
        self.spoken = self.spoken or time.process_time_ns()
        return super().__iter__()


def run(driver: Driver, guard: CallGuard, mode: str, protect: str) -> list[float]:
    """Microseconds of each turn; the first, which warms up, is left out."""
    turns = [Turn([Call(f"c{place}", "transfer", {"amount": place + 1})]) for place in range(TURNS)]
    tools = [each for each in Toolbox(mode).tools() if each.__name__ == "transfer"]
    driver.run(Job([*turns, "done"], tools, guard, mode, protect=protect))
    spoken = [turn.spoken for turn in turns]
    return [(later - sooner) / 1000 for sooner, later in pairwise(spoken)][1:]


def main(name: str, runs: int) -> None:
    driver: Any = import_module(f"adapters.drivers.{name}").DRIVER
    guard = CallGuard.from_yaml_string(POLICY)
    mode = "sync" if "sync" in driver.modes else driver.modes[0]
    bare: list[float] = []
    guarded: list[float] = []
    for _ in range(runs):
        bare += run(driver, guard, mode, "none")
        guarded += run(driver, guard, mode, "hook")
    added = median(guarded) - median(bare)
    cells = [median(bare), quantiles(bare, n=100)[98], median(guarded), quantiles(guarded, n=100)[98], added]
    print(f"| {name} ({mode}) | {len(bare)} | " + " | ".join(f"{cell:,.0f}" for cell in cells) + " |", flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 60)
