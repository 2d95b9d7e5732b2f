//! What the most lenient readers would find in a stream of bytes: for property tests and fuzzing.

use super::answer::INTERNAL;
use super::exchange::Exchange;
use super::frame::FrameLimits;
use super::judge::{Call, Judge, Outcome, Permit, Refusal, Running, Settled, Verdict};
use super::outlet::Outlet;
use super::relay::{Learnt, Own, Relay};
use super::route::Route;
use serde_json::Value;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use tokio::io::AsyncWrite;

/// The call that is in flight while the server speaks.
const CALL: &[u8] = b"{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"tools/call\",\"params\":{\"name\":\"run\"}}\n";
/// What stands in every answer that was judged, and in every one that the gateway gives itself.
const JUDGED: &str = "judged";

/// What the server gets when the client says this. No call may run.
pub fn reaches_server(client_says: &[u8]) -> Vec<u8> {
    let [server, _] = relayed(client_says, b"");
    server
}

/// What the client gets when the server says this while a call of id 3 runs.
pub fn reaches_client(server_says: &[u8]) -> Vec<u8> {
    let [_, client] = relayed(CALL, server_says);
    client
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
        code == Some(INTERNAL.into()) || part.to_string().contains(JUDGED)
    };
    let answer = members(message, "result").chain(members(message, "error")).any(|part| !is_ours(part));
    answer && members(message, "id").any(is_three)
}

fn members<'a>(message: &'a Value, name: &'a str) -> impl Iterator<Item = &'a Value> {
    let members = message.as_object().into_iter().flatten();
    members.filter(move |(key, _)| key.trim().eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

/// What the server and the client get when first the client says its part, then the server.
fn relayed(client_says: &[u8], server_says: &[u8]) -> [Vec<u8>; 2] {
    let (to_server, to_client) = (Collected::default(), Collected::default());
    let pipes = Exchange::pipes(Outlet::new(to_client.clone()), Outlet::new(to_server.clone()));
    let own = Own::Lines(pipes.to_server.clone());
    let relay = Relay::new(Strict, own, Learnt::default(), FrameLimits::default(), Box::new(|_| {}));
    let conversation = async {
        relay.client_to_server(client_says, &pipes).await;
        relay.server_to_client(server_says, &pipes.to_client).await;
    };
    if let Ok(runtime) = tokio::runtime::Builder::new_current_thread().build() {
        runtime.block_on(conversation);
    }
    [to_server.take(), to_client.take()]
}

/// Bytes that were written.
#[derive(Clone, Default)]
struct Collected(Arc<Mutex<Vec<u8>>>);

impl Collected {
    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl AsyncWrite for Collected {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
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

    fn quarantined(&self, _tool: &str, _reason: &str) {}

    fn governs(&self, _route: Route) -> bool {
        true
    }

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
