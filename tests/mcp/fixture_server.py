"""A server whose every byte is scripted.

    fixture_server.py LOG SCRIPT     writes all it hears to LOG; after the n-th line it says the n-th string of SCRIPT
    fixture_server.py --die          answers all it is asked, and dies of the first call
    fixture_server.py --stubborn PID writes its process id to PID, and ends neither with its input nor when asked to

SCRIPT is a JSON file that holds a list of strings.
"""

import json
import os
import signal
import sys
import time
from pathlib import Path


HANDSHAKE = {
    "protocolVersion": "2025-06-18",
    "capabilities": {"tools": {}},
    "serverInfo": {"name": "fixture", "version": "0"},
}


def scripted(log: Path, script: Path) -> None:
    answers = json.loads(script.read_text())
    with log.open("wb", buffering=0) as heard:
        for line, answer in zip(sys.stdin.buffer, answers):
            heard.write(line)
            sys.stdout.buffer.write(answer.encode("utf-8", "surrogatepass"))
            sys.stdout.buffer.flush()
        for line in sys.stdin.buffer:
            heard.write(line)


def dying() -> None:
    for line in sys.stdin.buffer:
        request = json.loads(line)
        if request["method"] == "tools/call":
            os._exit(9)
        if "id" in request:
            say({"jsonrpc": "2.0", "id": request["id"], "result": HANDSHAKE | {"tools": []}})


def stubborn(pid: Path) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    pid.write_text(str(os.getpid()))
    while True:
        time.sleep(60)


def say(message: object) -> None:
    sys.stdout.buffer.write(json.dumps(message).encode() + b"\n")
    sys.stdout.buffer.flush()


match sys.argv[1:]:
    case ["--die"]:
        dying()
    case ["--stubborn", pid]:
        stubborn(Path(pid))
    case [log, script]:
        scripted(Path(log), Path(script))
    case _:
        sys.exit(__doc__)
