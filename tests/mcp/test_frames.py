"""What no policy governs is the same byte for byte, with and without the guard."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from conftest import Audit, Programs
from raw import Raw

META = '"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","vendor/x":1e3}'

# What the client says, what the server says to it, and how many lines that is.
LEGACY = [
    (
        '{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-06-18"}}\n',
        '{"result" :{"protocolVersion":"2025-06-18","zzz":1.50},"jsonrpc":"2.0","id":0}\n',
    ),
    ('{"method":"notifications/initialized","jsonrpc":"2.0"}\r\n', '{"jsonrpc":"2.0","id":0,"method":"roots/list"}\n'),
    ('{"jsonrpc":"2.0","id":0,"result":{"roots":[{"uri":"file:\\/\\/\\/","x":[]}]}}\n', "\n"),
    ('  {"id":1,"method":"ping" , "jsonrpc":"2.0","later":{"a":1,"a":2}}\t\n', '{"id":1,"result":{ }}\r\n'),
    (
        '{"id":"\\u00e9\\ud83d\\ude00","method":"custom\\/m\\u0065thod","params":{"n":123456789012345678901234567890.10e-5}}\n',
        '{"id":"\u00e9\U0001f600","result":{"n":0.10,"big":1e400,"text":"\\u0000\\ud800 \u2028"}}\n',
    ),
    (
        '{"id":9007199254740993,"method":"resources/read","params":["odd"]}\n',
        '{"id":9007199254740993,"error":{"code":-32002,"message":"no","data":{"z":null}}}\n',
    ),
    (
        '{"id":2,"method":"tools/list","params":{"cursor":"\\u0063"}}\n',
        '{"id":2,"result":{"tools":[ {"name":"a","inputSchema":{"type":"object"},"x":1.0} ],"nextCursor":"d","y":2}}\n',
    ),
    (
        '{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"a","arguments":{"n":1.0}}}\n',
        '{"method":"notifications/progress","params":{"progress":0.1}}\n\t\n'
        '{ "id":3,"result":{"content":[{"text":"\\u0061","type":"text"}],"n":1e2} }\n',
    ),
    ('{"method":"notifications/cancelled","params":{"requestId":3,"reason":"\\u006cate"}}\n', '{"odd":true}\n'),
]

MODERN = [
    (
        f'{{"jsonrpc":"2.0","id":1,"method":"server/discover","params":{{{META}}}}}\n',
        '{"jsonrpc":"2.0","id":1,"result":{"resultType":"complete","supportedVersions":["2026-07-28"],"ttlMs":0}}\n',
    ),
    (
        f'{{"jsonrpc":"2.0","id":2,"method":"subscriptions/listen","params":{{{META},"filters":[]}}}}\n',
        '{"jsonrpc":"2.0","method":"notifications/subscriptions/acknowledged","params":{"requestId":2}}\n'
        '{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}\n',
    ),
    (
        f'{{"jsonrpc":"2.0","id":3,"method":"tools/list","params":{{{META}}}}}\n',
        '{"jsonrpc":"2.0","id":3,"result":{"tools":[],"resultType":"complete","cacheScope":"private","ttlMs":1e3}}\n',
    ),
    (
        f'{{"jsonrpc":"2.0","id":4,"method":"tools/call","params":{{"name":"a","arguments":{{}},{META}}}}}\n',
        '{"jsonrpc":"2.0","id":4,"result":{"resultType":"input_required","requestState":"c2VhbGVk","inputRequests":{}}}\n',
    ),
    (
        '{"jsonrpc":"2.0","id":5,"method":"tools/call","params":{"name":"a","arguments":{},'
        f'"inputResponses":{{}},"requestState":"c2VhbGVk",{META}}}}}\n',
        '{"jsonrpc":"2.0","id":5,"result":{"resultType":"complete","content":[],"isError":false}}\n',
    ),
]


@pytest.mark.parametrize("exchange", [LEGACY, MODERN], ids=["legacy", "modern"])
def test_frames_are_the_same_bytes(programs: Programs, tmp_path: Path, exchange: list[tuple[str, str]]) -> None:
    script = tmp_path / "script.json"
    script.write_text(json.dumps([answer for _, answer in exchange]))
    heard = {}
    for way in ("direct", "guarded"):
        log = tmp_path / way
        server = programs.fixture(log, script)
        command = server if way == "direct" else programs.guarded("fixture", *server)
        with Raw(command) as client:
            answers = []
            for said, answer in exchange:
                client.say(said.encode())
                answers += [client.hear() for _ in range(answer.count("\n"))]
            client.hang_up()
            assert client.ended() == 0
            assert client.hear() == b""
        heard[way] = (log.read_bytes(), answers)
    assert heard["guarded"] == heard["direct"]
    assert heard["direct"][0] == "".join(said for said, _ in exchange).encode()
    assert b"".join(heard["direct"][1]) == "".join(answer for _, answer in exchange).encode()


SMUGGLED = [
    b'{"id":1,"method":"tools/call","params":{"name":"a","name":"denied"}}',
    b'{"id":1,"method":"tools/call","params":{"name":"a","arguments":[]}}',
    b'{"id":1,"method":"tools/call","params":{"name":"a","arguments":{"a":1,"\\u0061":2}}}',
    b'{"id":1,"Method":"tools/call","params":{"name":"denied"}}',
    b'{"id":1,"method":"x","m\\u0065thod":"tools/call","params":{"name":"denied"}}',
    b'{"id":1,"method":"Tools/Call","params":{"name":"denied"}}',
    b'{"method":"tools/call","params":{"name":"denied"}}',
    b'{"id":1e400,"method":"tools/call","params":{"name":"denied"}}',
    b'[{"id":1,"method":"tools/call","params":{"name":"denied"}}]',
    b'{"id":1,"method":"x"}\x00{"id":1,"method":"tools/call","params":{"name":"denied"}}',
    b'{"method":"x","params":\r{"id":1,"method":"tools/call","params":{"name":"denied"}}\r}',
    b'{"id":1,"method":"tools/call\xff","params":{"name":"denied"}}',
    b'{"id":1,"method":"x","params":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
]


@pytest.mark.parametrize("frame", SMUGGLED, ids=range(len(SMUGGLED)))
def test_smuggled_calls_reach_nobody(programs: Programs, tmp_path: Path, audit: Audit, frame: bytes) -> None:
    script, log = tmp_path / "script.json", tmp_path / "log"
    script.write_text(json.dumps(['{"id":"last","result":{}}\n']))
    with Raw(programs.guarded("fixture", *programs.fixture(log, script), audit=audit.path)) as client:
        client.say(frame + b"\n")
        assert json.loads(client.hear())["error"]["code"] in (-32600, -32602)
        last = b'{"id":"last","method":"ping"}\n'
        client.say(last)
        client.answer("last")
        assert log.read_bytes() == last
        client.hang_up()
        assert client.ended() == 0
    # What is one call, only not a readable one, is on record.
    assert all(event["action"] in ("policy_loaded", "call_denied") for event in audit.events())
    if frame.startswith(b'{"id":1,"method":"tools/call","params"'):
        assert audit.events()[-1]["action"] == "call_denied"


def test_a_call_inside_carriage_returns_would_run(programs: Programs, repository: Path) -> None:
    """Why a frame with a carriage return inside is refused: the git server reads three lines in it."""
    modern = {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
        "io.modelcontextprotocol/clientInfo": {"name": "x", "version": "0"},
    }
    params = {"name": "git_status", "arguments": {"repo_path": str(repository)}, "_meta": modern}
    call = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}).encode()
    frame = b'{"jsonrpc":"2.0","method":"notifications/x","params":\r' + call + b"\r}\n"
    with Raw(programs.git()) as client:
        client.say(frame)
        assert "people.txt" in json.dumps(client.answer(1))
    with Raw(programs.guarded("repository", *programs.git())) as client:
        client.say(frame)
        assert json.loads(client.hear())["error"]["code"] == -32600


def test_a_large_argument_is_refused_in_bounded_memory(programs: Programs, tmp_path: Path) -> None:
    script, log = tmp_path / "script.json", tmp_path / "log"
    script.write_text(json.dumps(['{"id":"last","result":{}}\n']))
    with Raw(programs.guarded("fixture", *programs.fixture(log, script))) as client:
        for size, code in ((50 << 20, -32602), (200 << 20, -32600)):
            call = b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","arguments":{"x":"'
            client.say(call + b"x" * size + b'"}}}\n')
            assert client.answer(1)["error"]["code"] == code
        peak = peak_memory(client.process.pid)
        assert peak < 400 << 20, f"{peak >> 20} MiB"
        client.say(b'{"id":"last","method":"ping"}\n')
        client.answer("last")
        assert log.stat().st_size < 100


def peak_memory(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    [line] = [line for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(line.split()[1]) << 10
