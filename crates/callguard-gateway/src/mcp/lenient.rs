//! What the most lenient readers would find in a stream of bytes: for property tests and fuzzing.

use super::answer::{INTERNAL, SERVER_ENDED};
use super::frame::FrameLimits;
use super::judge::{Call, Judge, Outcome, Permit, Refusal, Running, Settled, Verdict};
use super::outlet::Outlet;
use super::relay::{Grace, Relay};
use serde_json::Value;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// The call that is in flight while the server speaks.
const CALL: &[u8] = b"{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"tools/call\",\"params\":{\"name\":\"run\"}}\n";
/// What stands in every answer that was judged, and in every one that the gateway gives itself.
const JUDGED: &str = "judged";
const GRACE: Grace = Grace { busy: Duration::from_millis(1), idle: Duration::from_millis(1) };
const BUFFER: usize = 8 << 20;

/// What the server gets when the client says this. No call may run.
pub fn reaches_server(client_says: &[u8]) -> Vec<u8> {
    relayed(client_says, b"", false)
}

/// What the client gets when the server says this while a call of id 3 runs.
pub fn reaches_client(server_says: &[u8]) -> Vec<u8> {
    relayed(CALL, server_says, true)
}

/// Every message that some reader finds: lines end in many ways, values may follow one another, arrays are batches.
pub fn messages(bytes: &[u8]) -> Vec<Value> {
    let text = String::from_utf8_lossy(bytes);
    let lines = text.split(['\n', '\r', '\u{2028}', '\u{2029}', '\u{85}', '\u{b}', '\u{c}', '\0']);
    let mut found = Vec::new();
    for line in lines {
        let line = line.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
        for value in serde_json::Deserializer::from_str(line).into_iter::<Value>().map_while(Result::ok) {
            match value {
                Value::Array(items) => found.extend(items),
                other => found.push(other),
            }
        }
    }
    found
}

/// Whether some reader takes the message for a call.
pub fn is_call(message: &Value) -> bool {
    members(message, "method").any(|method| {
        let spelt = method.as_str().or_else(|| method.get(0).and_then(Value::as_str)).unwrap_or_default();
        spelt.trim_matches(['\0', ' ']).eq_ignore_ascii_case("tools/call")
    })
}

/// Whether some reader takes the message for the server's own answer to the call of id 3.
pub fn answers(message: &Value) -> bool {
    let is_three = |id: &Value| match id {
        Value::String(text) => text.trim().parse() == Ok(3.0),
        other => other.as_f64() == Some(3.0),
    };
    let is_ours = |part: &Value| {
        let code = part.get("code").and_then(Value::as_i64);
        code == Some(INTERNAL.into()) || code == Some(SERVER_ENDED.into()) || part.to_string().contains(JUDGED)
    };
    let answer = members(message, "result").chain(members(message, "error")).any(|part| !is_ours(part));
    answer && members(message, "id").any(is_three)
}

fn members<'a>(message: &'a Value, name: &'a str) -> impl Iterator<Item = &'a Value> {
    let members = message.as_object().into_iter().flatten();
    members.filter(move |(key, _)| key.trim().eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

fn relayed(client_says: &[u8], server_says: &[u8], from_server: bool) -> Vec<u8> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map(|runtime| runtime.block_on(converse(client_says, server_says, from_server))).unwrap_or_default()
}

async fn converse(client_says: &[u8], server_says: &[u8], from_server: bool) -> Vec<u8> {
    let (mut client, our_client) = tokio::io::duplex(BUFFER);
    let (mut server, our_server) = tokio::io::duplex(BUFFER);
    let (client_in, client_out) = tokio::io::split(our_client);
    let (server_in, server_out) = tokio::io::split(our_server);
    let quiet = Box::new(|_: &str| {});
    let relay = Relay::new(Strict, Outlet::new(client_out), Outlet::new(server_out), FrameLimits::default(), quiet);
    let talk = async {
        let mut heard = Vec::new();
        // The streams are in memory: what cannot be written was closed by the relay, and then nothing is lost.
        let _closed = client.write_all(client_says).await;
        if from_server {
            let mut call = vec![0; CALL.len()];
            let _closed = server.read_exact(&mut call).await;
            let _closed = server.write_all(server_says).await;
            let _closed = server.shutdown().await;
            let _closed = client.read_to_end(&mut heard).await;
        } else {
            let _closed = client.shutdown().await;
            let _closed = server.read_to_end(&mut heard).await;
        }
        heard
    };
    let work = async {
        let gone = relay.run(client_in, server_in, GRACE).await;
        let _told = relay.end(Some(gone)).await;
        relay.to_client.close().await;
        relay.to_server.close().await;
    };
    tokio::join!(talk, work).0
}

/// Lets one tool run, and none of its answers through.
struct Strict;

impl Judge for Strict {
    type Permit = Strict;

    async fn before(&self, call: Call) -> Verdict<Strict> {
        if call.tool == "run" {
            return Verdict::Allowed(Strict);
        }
        Verdict::Refused(Refusal { message: JUDGED.to_owned(), decision: callguard::Value::Null })
    }

    fn refused(&self, _tool: String, _request: Option<String>, _reason: &str) {}

    fn may_ever_allow(&self, _tool: &str) -> bool {
        true
    }
}

impl Permit for Strict {
    type Running = Strict;

    fn start(self) -> Strict {
        self
    }
}

impl Running for Strict {
    async fn settle(self, _outcome: Outcome) -> Settled {
        Settled::Withheld { message: JUDGED.to_owned(), decision: callguard::Value::Null }
    }
}
