"""Guards at the end of their process, and in its children."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

SECONDS = 60
GUARD = """
import asyncio, gc, json, os, sys, threading, time
import callguard
from callguard import CallGuard, CallGuardError, FileAuditSink, OperationLimits

POLICY = '''
apiVersion: callguard/v1
kind: Policy
metadata: { name: ops }
spec:
  default: allow
  unknown_tools: allow
  preconditions: [{ id: ask, tools: ask, action: ask }]
'''
"""


def run(script: str, folder: Path) -> list[str]:
    source = GUARD + textwrap.dedent(script)
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-c", source],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


@pytest.mark.parametrize("kind", ["def", "async def"])
@pytest.mark.parametrize("ending", ["", "sys.exit()", "del guard", "keep = [guard]; keep.append(keep); del guard"])
def test_every_event_is_written_before_the_process_ends(kind: str, ending: str, tmp_path: Path) -> None:
    script = f"""
    class Slow:
        {kind} emit(self, event):
            time.sleep(0.005)
            print(event["action"], flush=True)

    guard = CallGuard.from_yaml_string(POLICY, audit_sink=[Slow(), FileAuditSink("audit.jsonl")])
    for _ in range(20):
        guard.run_sync("read", {{}}, lambda: None)
    {ending}
    """
    assert run(script, tmp_path) == ["policy_loaded"] + ["call_allowed", "call_executed"] * 20
    assert (tmp_path / "audit.jsonl").read_text().count('"action"') == 41


def test_a_thread_that_outlives_the_interpreter_enters_no_sink(tmp_path: Path) -> None:
    script = """
    class Sink:
        def emit(self, event):
            print("event", flush=True)

    guard = CallGuard.from_yaml_string(POLICY, audit_sink=Sink())

    def work():
        while True:
            guard.run_sync("read", {}, lambda: None)

    threading.Thread(target=work, daemon=True).start()
    time.sleep(0.1)
    """
    assert set(run(script, tmp_path)) == {"event"}


#: In the child: everything that the parent made refuses, and nothing of it is waited for.
CHILD = textwrap.dedent("""
    guard = CallGuard.from_yaml_string(POLICY, audit_sink=FileAuditSink("parent.jsonl"))
    guard.run_sync("read", {}, lambda: None)
    allowed, running, asked = guard.before("read"), guard.before("read"), guard.before("ask")
    running.start()

    def refuses(act):
        try:
            act()
        except CallGuardError as error:
            assert "made before the process forked: make the guard in the child" in str(error), error
        else:
            raise AssertionError("it does not refuse")

    def child():
        global guard, allowed, running, asked
        for act in (
            lambda: guard.check("read"),
            lambda: guard.before("read"),
            lambda: guard.run_sync("read", {}, lambda: None),
            lambda: asyncio.run(guard.run("read", {}, lambda: None)),
            lambda: guard.session(),
            lambda: guard.policy_version,
            lambda: guard.flush(),
            lambda: guard.reload(),
            lambda: allowed.start(),
            lambda: allowed.give_back(),
            lambda: running.settle("done"),
            lambda: running.lose(),
            lambda: asked.grant("ann"),
            lambda: asked.refuse("ann"),
        ):
            refuses(act)
        del guard, allowed, running, asked
        gc.collect()
        own = CallGuard.from_yaml_string(POLICY, audit_sink=FileAuditSink("child.jsonl"))
        assert own.run_sync("read", {}, lambda: "mine") == "mine"
""")


@pytest.mark.parametrize("ending", ["sys.exit(0)", "os._exit(0)"])
def test_a_guard_is_not_used_in_a_forked_child(ending: str, tmp_path: Path) -> None:
    script = f"""
    pid = os.fork()
    if pid == 0:
        child()
        {ending}
    _, status = os.waitpid(pid, 0)
    assert status == 0, status
    assert guard.check("read").allowed, "the parent goes on"
    print("parent")
    """
    assert run(CHILD + textwrap.dedent(script), tmp_path) == ["parent"]
    if ending == "sys.exit(0)":
        assert (tmp_path / "child.jsonl").read_text().count('"event_id"') == 3
    assert (tmp_path / "parent.jsonl").read_text().count('"event_id"') >= 5


def test_a_guard_is_not_used_in_a_process_of_multiprocessing(tmp_path: Path) -> None:
    script = """
    import multiprocessing

    forking = multiprocessing.get_context("fork")
    process = forking.Process(target=child)
    process.start()
    process.join()
    assert process.exitcode == 0, process.exitcode
    print("parent")
    """
    assert run(CHILD + textwrap.dedent(script), tmp_path) == ["parent"]
    assert (tmp_path / "child.jsonl").exists()
