"""What the package costs its process: `python benches/process.py [CALLS]`.

Import: in fresh processes, wall time and processor time of ``import callguard``. Interpreter lock: of a call with large
arguments, what is spent under it (reading the arguments) and without it (deciding), in processor time of the thread,
and how far another thread gets meanwhile, beside what it does in the same wall time when it is alone. Memory:
resident bytes after each tenth of CALLS (a million) calls, audited to a file, after one tenth to warm up.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from statistics import median

from callguard import CallGuard, FileAuditSink, create_envelope

POLICY = """
apiVersion: callguard/v1
kind: Policy
metadata: { name: p }
spec:
  default: allow
  unknown_tools: allow
  preconditions:
    - { id: word, tools: write, when: { args.text: { matches: 'secret[0-9]+plan' } }, action: deny }
    - { id: any, tools: write, when: { "args.list[*]": { contains: forbidden } }, action: deny }
  session:
    - { id: many, tools: read, limit: { calls: 10000000 } }
"""
IMPORT = "import time; a, b = time.perf_counter(), time.process_time(); import callguard; "
IMPORT += "print(time.perf_counter() - a, time.process_time() - b)"


def importing(rounds: int = 21) -> None:
    found = []
    for _ in range(rounds):
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        shown = subprocess.run(
            [sys.executable, "-c", IMPORT], capture_output=True, text=True, check=True, env=environment
        )
        found.append([float(part) * 1e3 for part in shown.stdout.split()])
    wall, processor = (median(column) for column in zip(*found, strict=True))
    print(f"import: {wall:.1f} ms of wall time, {processor:.1f} ms of processor time (medians of {rounds})")


class Ticker(threading.Thread):
    """Counts, in Python, whenever it has the lock."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.count = 0

    def run(self) -> None:
        while True:
            self.count += 1


def locking(mebibytes: int, rounds: int = 9) -> None:
    guard = CallGuard.from_yaml_string(POLICY)
    args = {"text": "a quiet word " * (mebibytes * 80_000), "list": ["word"] * (mebibytes * 2_000)}
    guard.check("write", args)
    ticker = Ticker()
    ticker.start()
    found = []
    for _ in range(rounds):
        begun = time.thread_time()
        envelope = create_envelope("write", args)
        under = time.thread_time() - begun
        count, begun, wall = ticker.count, time.thread_time(), time.perf_counter()
        guard.check(envelope)
        without, wall, beside = time.thread_time() - begun, time.perf_counter() - wall, ticker.count - count
        count = ticker.count
        time.sleep(wall)
        found.append((under * 1e3, without * 1e3, beside / max(1, ticker.count - count)))
    under, without, share = (median(column) for column in zip(*found, strict=True))
    print(
        f"arguments of {mebibytes} MiB: {under:.2f} ms under the lock, {without:.2f} ms without it; "
        f"another thread gets {share:.0%} as far as when it is alone (medians of {rounds})"
    )


def resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def remembering(calls: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        guard = CallGuard.from_yaml_string(POLICY, audit_sink=FileAuditSink(f"{folder}/audit.jsonl"))
        shown = []
        for part in range(11):
            for number in range(calls // 10):
                guard.run_sync("read", {"path": "/home/alice/notes.txt", "size": number}, lambda **_: "ok")
            guard.flush()
            shown.append(resident() / 2**20)
            print(f"memory after {part + 1} x {calls // 10:,} calls: {shown[-1]:.1f} MiB", flush=True)
        print(f"memory: {shown[-1] - shown[0]:+.2f} MiB over {calls:,} calls after the first {calls // 10:,}")


if __name__ == "__main__":
    importing()
    remembering(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
    locking(1)
    locking(8)
