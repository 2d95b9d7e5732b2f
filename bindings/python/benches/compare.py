"""What a guarded call costs in Python: here, in the ancestor (PyPI `callguard` 0.3.0) and in its successor (`edictum`).

    python compare.py --ours PYTHON --ancestor PYTHON --successor PYTHON [--rounds 5] [--json FILE]

Each is an interpreter of an environment that has one of them: the ancestor shares our import name. One tool, N
contracts on it of the same four shapes (a text among five, a regex, a role, a number), none of which applies; the tool
returns at once. Rounds are interleaved. Figures are microseconds a call, medians of the rounds: wall time, processor
time of the thread that calls, and of the whole process, where another thread writes the audit. A busy machine stretches
the first alone.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from typing import Any

CONTRACTS = (1, 100, 1000)
ARGS = {"path": "/home/alice/projects/webapp/src/main.rs", "size": 3}


async def tool(path: str, size: int) -> str:
    return "ok"


def sync_tool(path: str, size: int) -> str:
    return "ok"


CLOCKS = {"wall": time.perf_counter, "thread": time.thread_time, "process": time.process_time}


async def timed(call: Callable[[], Awaitable[Any]]) -> dict[str, float]:
    for _ in range(20):
        await call()
    begun = {name: clock() for name, clock in CLOCKS.items()}
    calls = 0
    while CLOCKS["thread"]() - begun["thread"] < 0.25:
        for _ in range(20):
            await call()
        calls += 20
    return {name: (clock() - begun[name]) / calls * 1e6 for name, clock in CLOCKS.items()}


def rules(rule: str, count: int, *, contains: str, greater: str) -> str:
    """So many rules of the four shapes, in a product's own words: ``rule`` has NUMBER and CONDITION in their places."""

    def condition(number: int) -> str:
        texts = ", ".join(f'"/svc{number}/{letter}"' for letter in "abcde")
        return (
            f"args.path: {{ {contains}: [{texts}] }}",
            f"args.path: {{ matches: '^/opt/app{number}/[a-z]+/secret$' }}",
            f"principal.role: {{ equals: role{number} }}",
            f"args.size: {{ {greater}: {1000 + number} }}",
        )[number % 4]

    return "".join(
        rule.replace("NUMBER", str(number)).replace("CONDITION", condition(number)) for number in range(count)
    )


def ours(count: int, audit: str | None) -> dict[str, Callable[[], Awaitable[Any]]]:
    from callguard import CallGuard, FileAuditSink

    rule = "    - { id: rNUMBER, tools: read_file, when: { CONDITION }, action: deny, message: stop }\n"
    policy = (
        "apiVersion: callguard/v1\nkind: Policy\nmetadata: { name: b }\nspec:\n"
        "  default: allow\n  unknown_tools: allow\n  preconditions:\n"
        + rules(rule, count, contains="contains", greater="greater_than")
    )
    guard = CallGuard.from_yaml_string(policy, audit_sink=FileAuditSink(audit) if audit else None)

    async def check() -> None:
        guard.check("read_file", ARGS)

    async def run_sync() -> None:
        guard.run_sync("read_file", ARGS, sync_tool)

    return {"check": check, "run_sync": run_sync, "run": lambda: guard.run("read_file", ARGS, tool)}


def ancestor(count: int, audit: str | None) -> dict[str, Callable[[], Awaitable[Any]]]:
    from pathlib import Path

    from callguard import CallGuard, FileAuditSink

    class Nowhere:
        async def emit(self, event: Any) -> None:
            pass

    rule = (
        "  - id: rNUMBER\n    type: pre\n    tool: read_file\n    when: { CONDITION }\n"
        "    then: { effect: deny, message: stop }\n"
    )
    file = Path(tempfile.mkdtemp()) / "bundle.yaml"
    file.write_text(
        "apiVersion: callguard/v1\nkind: ContractBundle\nmetadata: {name: b}\ndefaults: {mode: enforce}\ncontracts:\n"
        + rules(rule, count, contains="contains_any", greater="gt")
    )
    guard: Any = CallGuard.from_yaml(file, audit_sink=FileAuditSink(audit) if audit else Nowhere())
    guard.limits.max_attempts = guard.limits.max_tool_calls = 10**9
    return {"run": lambda: guard.run("read_file", ARGS, tool)}


def successor(count: int, audit: str | None) -> dict[str, Callable[[], Awaitable[Any]]]:
    import logging

    import edictum

    logging.disable(logging.CRITICAL)

    rule = (
        "  - id: rNUMBER\n    type: pre\n    tool: read_file\n    when: { CONDITION }\n"
        "    then: { action: block, message: stop }\n"
    )
    text = (
        "apiVersion: edictum/v1\nkind: Ruleset\nmetadata: {name: b}\ndefaults: {mode: enforce}\n"
        "observability: {stdout: false}\nrules:\n" + rules(rule, count, contains="contains_any", greater="gt")
    )
    options = {"audit_sink": edictum.FileAuditSink(audit)} if audit else {}
    guard = edictum.Edictum.from_yaml_string(text, **options)
    guard.limits = edictum.OperationLimits(max_attempts=10**9, max_tool_calls=10**9)
    return {"run": lambda: guard.run("read_file", ARGS, tool)}


PRODUCTS = {"ours": ours, "ancestor": ancestor, "successor": successor}


def child(product: str) -> None:
    found = {}
    for count in CONTRACTS:
        for audited in (False, True):
            with tempfile.TemporaryDirectory() as folder:
                audit = os.path.join(folder, "audit.jsonl") if audited else None
                for name, micros in measured(product, count, audit).items():
                    found[f"{name} {count} {'audit' if audited else 'no audit'}"] = micros
                # The guard is gone, and its audit written, before the folder is.
                gc.collect()
    print(json.dumps(found))


def measured(product: str, count: int, audit: str | None) -> dict[str, dict[str, float]]:
    return {name: asyncio.run(timed(call)) for name, call in PRODUCTS[product](count, audit).items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for product in PRODUCTS:
        parser.add_argument(f"--{product}", metavar="PYTHON", help=f"the interpreter that has {product}")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", metavar="FILE")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        return child(options.child)
    interpreters = {product: getattr(options, product) for product in PRODUCTS if getattr(options, product)}
    rounds: dict[str, list[dict[str, dict[str, float]]]] = {product: [] for product in interpreters}
    for number in range(options.rounds):
        for product, python in interpreters.items():
            print(f"round {number + 1} of {options.rounds}: {product}", file=sys.stderr)
            done = subprocess.run([python, __file__, "--child", product], stdout=subprocess.PIPE, text=True, check=True)
            rounds[product].append(json.loads(done.stdout))
    figures = {
        product: {
            case: {clock: statistics.median(found[case][clock] for found in all_found) for clock in CLOCKS}
            for case in all_found[0]
        }
        for product, all_found in rounds.items()
        if all_found
    }
    for product, cases in figures.items():
        for case, micros in cases.items():
            shown = "  ".join(f"{clock} {micros[clock]:9.1f} us" for clock in CLOCKS)
            print(f"{product:10} {case:24} {shown}")
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(figures, file, indent=2)


if __name__ == "__main__":
    main()
