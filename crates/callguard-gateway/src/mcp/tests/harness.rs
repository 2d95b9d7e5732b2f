//! A client, a server and a judge for the relay, all scripted.

use crate::mcp::exchange::Exchange;
use crate::mcp::frame::FrameLimits;
use crate::mcp::judge::{Call, Judge, Outcome, Permit, Refusal, Running, Settled, Verdict};
use crate::mcp::outlet::Outlet;
use crate::mcp::pins::Pins;
use crate::mcp::relay::{Gone, Grace, Learnt, Own, Relay};
use crate::mcp::route::Route;
use callguard::engine::value::{Value, parse_json, write_json};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, DuplexStream, ReadHalf, WriteHalf};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

/// Judges by the tool's name: `denied` and `hidden` may not run, `slow` waits for [`Script::let_go`], results of
/// `withheld` are kept back, and everywhere `secret` becomes `[gone]`.
#[derive(Clone, Default)]
pub(super) struct Script {
    log: Arc<Mutex<Vec<String>>>,
    pub(super) let_go: Arc<Notify>,
}

impl Script {
    /// What happened so far, and nothing of it next time.
    pub(super) fn log(&self) -> Vec<String> {
        std::mem::take(&mut self.log.lock().unwrap())
    }

    fn note(&self, what: impl Into<String>) {
        self.log.lock().unwrap().push(what.into());
    }
}

impl Judge for Script {
    type Permit = ScriptPermit;

    async fn before(&self, call: Call) -> Verdict<ScriptPermit> {
        let args = write_json(&Value::Object(call.args));
        self.note(format!("{} {args}", call.tool));
        if call.tool.starts_with("mcp:") && args.contains("denied") {
            return Verdict::Refused(Refusal { message: "not this one".to_owned(), decision: Value::from("deny") });
        }
        match call.tool.as_str() {
            tool if tool == "hidden" || tool.contains("denied") && tool != "slow-denied" => {
                return Verdict::Refused(Refusal { message: "not this one".to_owned(), decision: Value::from("deny") });
            }
            "slow" => self.let_go.notified().await,
            "slow-denied" => {
                self.let_go.notified().await;
                return Verdict::Refused(Refusal { message: "not this one".to_owned(), decision: Value::Null });
            }
            "breaks" => {
                self.let_go.notified().await;
                panic!("a hook fails");
            }
            _ => {}
        }
        Verdict::Allowed(ScriptPermit { script: self.clone(), tool: call.tool, started: false, settled: false })
    }

    fn refused(&self, tool: String, _request: Option<String>, _reason: &str) {
        self.note(format!("{tool:?} refused"));
    }

    fn quarantined(&self, tool: &str, reason: &str) {
        self.note(format!("{tool} quarantined: {reason}"));
    }

    fn governs(&self, _route: Route) -> bool {
        true
    }

    fn may_ever_allow(&self, tool: &str) -> bool {
        tool != "hidden"
    }
}

pub(super) struct ScriptPermit {
    script: Script,
    tool: String,
    started: bool,
    settled: bool,
}

impl Permit for ScriptPermit {
    type Running = ScriptPermit;

    fn start(mut self) -> ScriptPermit {
        self.started = true;
        self
    }
}

impl Running for ScriptPermit {
    async fn settle(mut self, outcome: Outcome) -> Settled {
        self.settled = true;
        let Outcome::Answer { is_error, value } = outcome else {
            self.script.note(format!("{} unreadable", self.tool));
            return Settled::Withheld { message: "kept back".to_owned(), decision: Value::Null };
        };
        self.script.note(format!("{} {}", self.tool, if is_error { "failed" } else { "ran" }));
        if self.tool == "withheld" {
            return Settled::Withheld { message: "kept back".to_owned(), decision: Value::from("withhold") };
        }
        let text = write_json(&value);
        let seen = text.replace("secret", "[gone]").replace("\"type\":\"text\"", "\"type\":\"changed\"");
        if text.contains("secret") {
            Settled::Changed(parse_json(seen.as_bytes()).unwrap())
        } else {
            Settled::Unchanged
        }
    }
}

impl Drop for ScriptPermit {
    fn drop(&mut self) {
        if !self.settled {
            self.script.note(format!("{} {}", self.tool, if self.started { "lost" } else { "given back" }));
        }
    }
}

/// One end of a connection.
pub(super) struct End {
    lines: BufReader<ReadHalf<DuplexStream>>,
    out: Option<WriteHalf<DuplexStream>>,
}

impl End {
    fn new(stream: DuplexStream) -> End {
        let (read, write) = tokio::io::split(stream);
        End { lines: BufReader::new(read), out: Some(write) }
    }

    /// Writes bytes as they are.
    pub(super) async fn say(&mut self, bytes: impl AsRef<[u8]>) {
        self.out.as_mut().unwrap().write_all(bytes.as_ref()).await.unwrap();
    }

    /// Writes a line.
    pub(super) async fn line(&mut self, text: &str) {
        self.say(format!("{text}\n")).await;
    }

    /// The next line as it came.
    pub(super) async fn bytes(&mut self) -> Vec<u8> {
        let mut line = Vec::new();
        let read = self.lines.read_until(b'\n', &mut line);
        tokio::time::timeout(Duration::from_secs(60), read).await.expect("no line came").unwrap();
        line
    }

    /// The next line without its end; empty at the end of the stream.
    pub(super) async fn heard(&mut self) -> String {
        String::from_utf8(self.bytes().await).unwrap().trim_end_matches('\n').to_owned()
    }

    /// Says no more.
    pub(super) async fn hang_up(&mut self) {
        if let Some(mut out) = self.out.take() {
            out.shutdown().await.unwrap();
        }
    }
}

/// A relay at work.
pub(super) struct Wire {
    pub(super) client: End,
    pub(super) server: End,
    pub(super) script: Script,
    pub(super) running: JoinHandle<Gone>,
    pub(super) remarks: Arc<Mutex<Vec<String>>>,
}

/// Starts a relay whose frames may have `limit` bytes.
pub(super) fn wire_with(limit: usize) -> Wire {
    let script = Script::default();
    connect(script.clone(), script, limit, None)
}

/// Starts a relay with another judge than the script.
pub(super) fn wire_judged_by(judge: impl Judge) -> Wire {
    connect(judge, Script::default(), 32 << 20, None)
}

pub(super) fn wire_pinned(pins: Pins) -> Wire {
    let script = Script::default();
    connect(script.clone(), script, 32 << 20, Some(pins))
}

fn connect(judge: impl Judge, script: Script, limit: usize, pins: Option<Pins>) -> Wire {
    let (client, our_client) = tokio::io::duplex(1 << 20);
    let (server, our_server) = tokio::io::duplex(1 << 20);
    let (from_client, to_client) = tokio::io::split(our_client);
    let (from_server, to_server) = tokio::io::split(our_server);
    let remarks = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&remarks);
    let pipes = Exchange::pipes(Outlet::new(to_client), Outlet::new(to_server));
    let relay = Relay::new(
        judge,
        Own::Lines(pipes.to_server.clone()),
        Learnt::new(pins),
        FrameLimits { bytes: limit },
        Box::new(move |remark| noted.lock().unwrap().push(remark.to_owned())),
    );
    let running = tokio::spawn({
        let relay = Arc::clone(&relay);
        async move {
            let gone = relay.run(from_client, from_server, &pipes, Grace::default()).await;
            let _told = relay.end(Some(gone), &pipes.to_client).await;
            pipes.to_client.close().await;
            pipes.to_server.close().await;
            gone
        }
    });
    Wire { client: End::new(client), server: End::new(server), script, running, remarks }
}

/// Starts a relay.
pub(super) fn wire() -> Wire {
    wire_with(1 << 20)
}

impl Wire {
    /// Goes through the handshake of `version`.
    pub(super) async fn handshake(&mut self, version: &str) {
        self.client.line(r#"{"jsonrpc":"2.0","id":"hello","method":"initialize","params":{}}"#).await;
        self.server.heard().await;
        self.server
            .line(&format!(r#"{{"jsonrpc":"2.0","id":"hello","result":{{"protocolVersion":"{version}"}}}}"#))
            .await;
        self.client.heard().await;
    }

    /// Checks that nothing the client said reached the server: the next thing that does is this.
    pub(super) async fn server_heard_nothing(&mut self) {
        self.client.line(r#"{"method":"notifications/marker"}"#).await;
        assert_eq!(self.server.heard().await, r#"{"method":"notifications/marker"}"#);
    }

    /// Checks that nothing the server said reached the client: the next thing that does is this.
    pub(super) async fn client_heard_nothing(&mut self) {
        self.server.line(r#"{"method":"notifications/marker"}"#).await;
        assert_eq!(self.client.heard().await, r#"{"method":"notifications/marker"}"#);
    }
}

/// Lets the relay do everything that it can do without more input.
pub(super) async fn settle() {
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
}
