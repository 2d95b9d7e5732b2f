//! A request to a server that is a program.

use super::over_http::refusals;
use super::process::ProcessSession;
use super::reply::{self, Reply};
use super::session::{Session, Use};
use super::sse::{BEAT, Event};
use crate::mcp::envelope::{self, Message};
use bytes::Bytes;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::{Sender, UnboundedReceiver, channel};

/// How long a whole answer is waited for, before a stream begins.
const AT_ONCE: Duration = Duration::from_secs(2);
const BEAT_EVERY: Duration = Duration::from_secs(15);

/// Says something to the session's process and gives what comes back: a body if that is there soon, else a stream.
pub(super) async fn post(
    session: &Arc<Session>,
    process: &Arc<ProcessSession>,
    body: Vec<u8>,
    is_batch: bool,
) -> Reply {
    let mut answers = process.say(&session.relay, body);
    let mut early = Vec::new();
    let at_once = async {
        while let Some(line) = answers.recv().await {
            early.push(line);
            if !is_batch {
                return;
            }
        }
    };
    let in_time = tokio::time::timeout(AT_ONCE, at_once).await.is_ok();
    if in_time {
        return refusals(&early, is_batch);
    }
    let (pieces, events) = channel(1);
    tokio::spawn(stream(session.begin(), Arc::clone(process), early, Some(answers), pieces));
    reply::events(events)
}

/// Listens to what the process says unasked.
pub(super) fn get(session: &Arc<Session>, process: &Arc<ProcessSession>) -> Reply {
    let (pieces, events) = channel(1);
    tokio::spawn(stream(session.begin(), Arc::clone(process), Vec::new(), None, pieces));
    reply::events(events)
}

/// Whether a line is the answer that says no to a handshake.
pub(super) fn is_error(line: &[u8]) -> bool {
    matches!(envelope::peek(line), Ok(Message::Single(message)) if message.error.is_some())
}

/// Carries answers until all are there, and whatever nobody else listens to.
async fn stream(
    busy: Use,
    process: Arc<ProcessSession>,
    early: Vec<Vec<u8>>,
    mut answers: Option<UnboundedReceiver<Vec<u8>>>,
    pieces: Sender<Bytes>,
) {
    for line in early {
        if pieces.send(event(line)).await.is_err() {
            return;
        }
    }
    loop {
        let answered = async {
            match &mut answers {
                Some(answers) => answers.recv().await,
                None => std::future::pending().await,
            }
        };
        let piece = tokio::select! {
            () = pieces.closed() => return,
            answer = answered => answer.map(event),
            unasked = async { process.mailbox.lock().await.recv().await } => unasked.map(event),
            () = tokio::time::sleep(BEAT_EVERY) => Some(Bytes::from_static(BEAT)),
        };
        let Some(piece) = piece else { break };
        if pieces.send(piece).await.is_err() {
            return;
        }
    }
    // A process that ended has answered what was in flight.
    while let Some(line) = match &mut answers {
        Some(answers) => answers.recv().await,
        None => None,
    } {
        if pieces.send(event(line)).await.is_err() {
            return;
        }
    }
    drop(busy);
}

fn event(line: Vec<u8>) -> Bytes {
    Event { data: Some(line.trim_ascii_end().to_vec()), ..Event::default() }.write()
}
