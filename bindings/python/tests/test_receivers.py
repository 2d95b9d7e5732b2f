"""Sinks whose receiver is elsewhere, against receivers of this machine."""

from __future__ import annotations

import base64
import gc
import gzip
import hashlib
import hmac
import json
import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from callguard import (
    CallGuard,
    CallGuardConfigError,
    DatadogSink,
    OTLPSink,
    RemoteAuditSink,
    SinkStatus,
    SplunkHECSink,
    SyslogSink,
    WebhookAuditSink,
)

POLICY = """
apiVersion: callguard/v1
kind: Policy
metadata: { name: ops }
spec: { default: allow, unknown_tools: allow }
"""
KEY = b"k" * 32
SECRET = f"whsec_{base64.b64encode(KEY).decode()}"
TOKEN = "t0ken-of-the-receiver"
EVENTS = ["policy_loaded", "call_allowed", "call_executed"]


class Request(NamedTuple):
    path: str
    headers: dict[str, str]
    body: bytes


class Receiver:
    """Keeps what it gets, and answers as it is told to."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.status, self.says = 200, b'{"text":"Success","code":0}'
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                if self.headers.get("content-encoding") == "gzip":
                    body = gzip.decompress(body)
                headers = {name.lower(): value for name, value in self.headers.items()}
                receiver.requests.append(Request(self.path, headers, body))
                self.send_response(receiver.status)
                self.send_header("content-length", str(len(receiver.says)))
                self.end_headers()
                self.wfile.write(receiver.says)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.server.shutdown()
    receiver.server.server_close()


def run(sink: RemoteAuditSink) -> CallGuard:
    guard = CallGuard.from_yaml_string(POLICY, audit_sink=sink)
    guard.run_sync("read", {"password": "hunter2!"}, lambda **_: None)
    guard.flush()
    return guard


def until(holds: Callable[[SinkStatus], bool], guard: CallGuard) -> SinkStatus:
    limit = time.monotonic() + 20
    while True:
        [status] = guard.audit_sinks()
        if holds(status):
            return status
        assert time.monotonic() < limit, status
        time.sleep(0.02)


def all_delivered(status: SinkStatus) -> bool:
    return status["delivered"] == len(EVENTS) and status["queued"] == 0


def test_webhooks_are_signed(receiver: Receiver, tmp_path: Path) -> None:
    sink = WebhookAuditSink(f"{receiver.url}/hook", secrets=[SECRET], headers={"x-team": "blue"}, buffer=tmp_path / "b")
    status = until(all_delivered, run(sink))
    assert (status["name"], status["state"], status["dead"]) == ("webhook", "healthy", 0)
    assert [json.loads(request.body)["action"] for request in receiver.requests] == EVENTS
    for request in receiver.requests:
        signed = f"{request.headers['webhook-id']}.{request.headers['webhook-timestamp']}.".encode() + request.body
        expected = base64.b64encode(hmac.new(KEY, signed, hashlib.sha256).digest()).decode()
        assert request.headers["webhook-signature"] == f"v1,{expected}"
        assert (request.path, request.headers["x-team"]) == ("/hook", "blue")
        assert b"hunter2!" not in request.body


def test_splunk_gets_events(receiver: Receiver, tmp_path: Path) -> None:
    sink = SplunkHECSink(receiver.url, TOKEN, index="security", host="h1", buffer=tmp_path / "b")
    until(all_delivered, run(sink))
    text = b"".join(request.body for request in receiver.requests).decode()
    decoder, found = json.JSONDecoder(), []
    while text := text.lstrip():
        event, end = decoder.raw_decode(text)
        text = text[end:]
        found.append(event)
    assert [event["event"]["action"] for event in found] == EVENTS
    assert {(event["index"], event["host"], event["sourcetype"]) for event in found} == {
        ("security", "h1", "callguard:audit")
    }
    assert receiver.requests[0].path == "/services/collector/event"
    assert receiver.requests[0].headers["authorization"] == f"Splunk {TOKEN}"


def test_datadog_gets_logs(receiver: Receiver, tmp_path: Path) -> None:
    sink = DatadogSink(
        TOKEN, url=receiver.url, service="agents", tags=["env:prod"], buffer=tmp_path / "b", format="ocsf"
    )
    until(all_delivered, run(sink))
    logs = [log for request in receiver.requests for log in json.loads(request.body)]
    assert {(log["service"], log["ddtags"]) for log in logs} == {("agents", "env:prod")}
    assert {json.loads(log["message"])["class_uid"] for log in logs} == {6003}
    assert receiver.requests[0].headers["dd-api-key"] == TOKEN


def test_otlp_gets_log_records(receiver: Receiver, tmp_path: Path) -> None:
    receiver.says = b""
    attributes = {"deployment.environment.name": "prod"}
    sink = OTLPSink(receiver.url, headers={"x-key": TOKEN}, attributes=attributes, buffer=tmp_path / "b")
    until(all_delivered, run(sink))
    body = b"".join(request.body for request in receiver.requests)
    for part in (*EVENTS, "deployment.environment.name", "callguard"):
        assert part.encode() in body, part
    assert receiver.requests[0].path == "/v1/logs" and receiver.requests[0].headers["x-key"] == TOKEN
    assert receiver.requests[0].headers["content-type"] == "application/x-protobuf"


def test_syslog_gets_messages(tmp_path: Path) -> None:
    got = bytearray()

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            while part := self.request.recv(65536):
                got.extend(part)

    with socketserver.TCPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"tcp://127.0.0.1:{server.server_address[1]}"
        sink = SyslogSink(
            url, facility="authpriv", app_name="agents", host="h1", max_message=9000, buffer=tmp_path / "b"
        )
        until(all_delivered, run(sink))
        server.shutdown()
    found, rest = [], bytes(got)
    while rest:
        length, _, rest = rest.partition(b" ")
        found.append(rest[: int(length)].decode())
        rest = rest[int(length) :]
    assert [json.loads(message.split("] ", 1)[1])["action"] for message in found] == EVENTS
    assert all(message.startswith("<86>1 ") and " h1 agents - " in message for message in found)
    with pytest.raises(ValueError, match="facility"):
        SyslogSink(url, facility="kern", buffer=tmp_path / "b")
    with pytest.raises(ValueError, match="belong together"):
        SyslogSink(url, cert_file="c.pem", buffer=tmp_path / "b")


def test_a_receiver_that_fails_is_tried_again_and_stops_nothing(receiver: Receiver, tmp_path: Path) -> None:
    receiver.status = 503
    sink = WebhookAuditSink(receiver.url, buffer=tmp_path / "b", backoff=(0.01, 0.05), shutdown=0.1)
    guard = run(sink)
    status = until(lambda status: status["retried"] >= 2, guard)
    assert status["delivered"] == 0 and status["state"] in ("retrying", "open") and "503" in (status["error"] or "")
    assert guard.run_sync("read", {}, lambda: "runs") == "runs" and guard.audit_failures == 0
    receiver.status = 200
    until(lambda status: status["delivered"] == len(EVENTS) + 2, guard)


def test_what_was_not_delivered_is_delivered_by_the_next_guard(receiver: Receiver, tmp_path: Path) -> None:
    receiver.status = 503
    sink = WebhookAuditSink(receiver.url, buffer=tmp_path / "b", backoff=(0.01, 0.05), shutdown=0.1)
    guard = run(sink)
    del guard
    gc.collect()
    receiver.status = 200
    guard = CallGuard.from_yaml_string(POLICY, audit_sink=sink)
    until(lambda status: status["delivered"] == len(EVENTS) + 1, guard)


def test_guards_that_are_given_one_sink_share_its_buffer(receiver: Receiver, tmp_path: Path) -> None:
    sink = WebhookAuditSink(receiver.url, buffer=tmp_path / "b")
    guards = [run(sink), run(sink)]
    for guard in guards:
        until(lambda status: status["delivered"] == 2 * len(EVENTS), guard)
    assert [slot.name for slot in (tmp_path / "b").iterdir() if slot.is_dir()] == ["0"]


def test_secrets_are_not_shown(tmp_path: Path) -> None:
    sinks = [
        WebhookAuditSink("https://siem.example", secrets=[SECRET], headers={"x": TOKEN}, buffer=tmp_path / "b"),
        SplunkHECSink("https://siem.example", TOKEN, buffer=tmp_path / "b"),
        DatadogSink(TOKEN, buffer=tmp_path / "b"),
        OTLPSink("https://siem.example", headers={"x": TOKEN}, buffer=tmp_path / "b"),
    ]
    for sink in sinks:
        shown = f"{sink!r} {vars(sink)!r}"
        assert TOKEN not in shown and SECRET not in shown


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda buffer: WebhookAuditSink("http://siem.example/x", buffer=buffer), "not encrypted"),
        (lambda buffer: WebhookAuditSink("ftp://siem.example/x", buffer=buffer), "https"),
        (lambda buffer: WebhookAuditSink("https://siem.example", secrets=["hunter2"], buffer=buffer), "whsec_"),
        (lambda buffer: SyslogSink("tcp://siem.example", buffer=buffer), "not encrypted"),
        (
            lambda buffer: SyslogSink("tls://siem.example", cert_file="/none.pem", key_file="/none.key", buffer=buffer),
            "/none",
        ),
        (lambda buffer: OTLPSink("https://siem.example", ca_file="/none.pem", buffer=buffer), "/none.pem"),
    ],
)
def test_a_sink_that_cannot_be_opened_says_why(
    make: Callable[[Path], RemoteAuditSink], why: str, tmp_path: Path
) -> None:
    with pytest.raises(CallGuardConfigError, match="cannot be opened: ") as refused:
        run(make(tmp_path / "b"))
    assert why in str(refused.value) and "hunter2" not in str(refused.value)


def test_a_buffer_that_cannot_be_opened_is_an_error_of_the_disk(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="cannot open the buffer"):
        run(WebhookAuditSink("https://siem.example", buffer=tmp_path / "file"))


@pytest.mark.parametrize(
    "wrong",
    [{"when_full": "wait"}, {"format": "xml"}, {"timeout": 0}, {"backoff": (-1, 1)}, {"shutdown": float("nan")}],
)
def test_a_setting_that_cannot_be_is_refused(wrong: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        WebhookAuditSink("https://siem.example", buffer=tmp_path / "b", **wrong)
    nothing: Any = {"buffr": tmp_path}
    with pytest.raises(TypeError, match="buffr"):
        WebhookAuditSink("https://siem.example", **nothing)
    text: Any = SECRET
    with pytest.raises(TypeError, match="list"):
        WebhookAuditSink("https://siem.example", secrets=text, buffer=tmp_path)
