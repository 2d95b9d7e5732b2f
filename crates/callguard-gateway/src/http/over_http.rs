//! A request to a server over HTTP: what is said is judged on the way there, what it answers on the way back.

use super::reply::{self, Reply};
use super::session::Use;
use super::sse::{self, BEAT, Broken, Event, Events};
use super::upstream::{HttpSession, Kind, LAST_EVENT, kind, whole};
use crate::mcp::answer::{INTERNAL, INVALID_REQUEST};
use crate::mcp::envelope::{self, Message};
use crate::mcp::exchange::{Exchange, Mark};
use crate::mcp::frame::FrameLimits;
use crate::mcp::guarded::Guarded;
use crate::mcp::outlet::Outlet;
use crate::mcp::relay::Relay;
use bytes::Bytes;
use hyper::body::Incoming;
use hyper::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderValue};
use hyper::{Method, Response, StatusCode};
use std::sync::{Arc, PoisonError};
use std::time::Duration;
use tokio::sync::mpsc::{Sender, UnboundedReceiver, channel, unbounded_channel};

/// How long a stream may say nothing before a comment keeps it awake.
const BEAT_EVERY: Duration = Duration::from_secs(15);
/// The server cannot be reached, or does not take the gateway's credentials.
const NOT_REACHED: i32 = -31002;
/// What a body that only says what went wrong may have.
const ERROR_BYTES: usize = 1 << 20;

/// One relay over one session of a server.
#[derive(Clone)]
pub(super) struct OverHttp {
    pub(super) relay: Arc<Relay<Guarded>>,
    pub(super) http: Arc<HttpSession>,
}

/// What the server's response says beside its body.
pub(super) struct Head {
    pub(super) status: StatusCode,
    /// The session that it begins.
    pub(super) session: Option<HeaderValue>,
}

impl OverHttp {
    /// Says something and gives the reply; of what reached the server, its head too.
    pub(super) async fn post(
        &self,
        headers: &HeaderMap,
        body: Vec<u8>,
        is_batch: bool,
        busy: Option<Use>,
    ) -> (Reply, Option<Head>) {
        let (lines, mut own) = unbounded_channel();
        let (onward, mut to_server) = unbounded_channel();
        let mark = Mark::default();
        let mut ending = Ending { relay: Arc::clone(&self.relay), mark: mark.clone(), can_resume: false };
        let exchange = Exchange {
            to_client: Outlet::lines(lines),
            to_server: Outlet::lines(onward),
            keeps_answers: false,
            is_alone: true,
            mark,
        };
        // Lines take what they are given.
        let _taken = self.relay.client_says(body, &exchange).await;
        let mut own = drained(&mut own);
        let Ok(line) = to_server.try_recv() else { return (refusals(&own, is_batch), None) };
        let mut onward = self.http.onward(headers);
        onward.insert(CONTENT_TYPE, reply::JSON);
        let body = Bytes::copy_from_slice(line.trim_ascii_end());
        let Some(response) = self.http.server.send(Method::POST, onward, body).await else {
            own.extend(ending.unanswered());
            return (unreached(&own, is_batch), None);
        };
        let head = Head { status: response.status(), session: response.headers().get(reply::SESSION).cloned() };
        let reply = match (response.status().is_success(), kind(&response)) {
            (true, Some(Kind::Events)) => {
                let (pieces, body) = channel(1);
                tokio::spawn(self.clone().carry(response.into_body(), own, pieces, Some(ending), busy));
                reply::events(body)
            }
            _ => self.whole(response, own, is_batch, &mut ending).await,
        };
        (reply, Some(head))
    }

    /// A body that comes at once, judged.
    async fn whole(
        &self,
        response: Response<Incoming>,
        mut lines: Vec<Vec<u8>>,
        is_batch: bool,
        ending: &mut Ending,
    ) -> Reply {
        let (status, is_json) = (response.status(), kind(&response) == Some(Kind::Json));
        if is_for_the_gateway(status) {
            lines.extend(ending.unanswered());
            return unreached(&lines, is_batch);
        }
        let most = if status.is_success() { FrameLimits::default().bytes } else { ERROR_BYTES };
        let body = whole(response.into_body(), most).await;
        let body = body.filter(|body| is_json && !body.trim_ascii().is_empty());
        let mut said = match body {
            Some(body) => self.judged(sse::one_line(&body)).await,
            None => Vec::new(),
        };
        said.retain(|line| status.is_success() || is_message(line));
        let unanswered = ending.unanswered();
        if is_batch || unanswered.is_empty() {
            lines.extend(said);
            lines.extend(unanswered);
        } else {
            // One request has one answer: what the server says of its failure, or that it did not answer.
            lines = if status.is_success() || said.is_empty() { unanswered } else { said };
        }
        if lines.is_empty() && !status.is_success() {
            return reply::error(status, INTERNAL, &format!("the server answered with the status {}", status.as_u16()));
        }
        let status = if status == StatusCode::ACCEPTED && !lines.is_empty() { StatusCode::OK } else { status };
        match lines.is_empty() {
            true => reply::bare(status),
            false => reply::messages(status, &lines, is_batch),
        }
    }

    /// Listens to what the server says unasked, or says once more.
    pub(super) async fn get(&self, headers: &HeaderMap, busy: Option<Use>) -> (Reply, Option<Head>) {
        let mut onward = self.http.onward(headers);
        onward.entry(ACCEPT).or_insert(reply::EVENTS);
        if let Some(last) = headers.get(LAST_EVENT) {
            let kept = self.http.kept.lock().unwrap_or_else(PoisonError::into_inner);
            if !last.to_str().is_ok_and(|last| kept.knows(last)) {
                let says = "this session was sent no event of that id";
                return (reply::error(StatusCode::BAD_REQUEST, INVALID_REQUEST, says), None);
            }
            onward.insert(LAST_EVENT, last.clone());
        }
        let Some(response) = self.http.server.send(Method::GET, onward, Bytes::new()).await else {
            return (unreached(&[], false), None);
        };
        let head = Head { status: response.status(), session: None };
        let reply = match (response.status(), kind(&response)) {
            (status, Some(Kind::Events)) if status.is_success() => {
                let (pieces, body) = channel(1);
                tokio::spawn(self.clone().carry(response.into_body(), Vec::new(), pieces, None, busy));
                reply::events(body)
            }
            (StatusCode::METHOD_NOT_ALLOWED, _) => reply::method_not_allowed("POST, DELETE"),
            (status, _) if is_for_the_gateway(status) || status.is_success() => unreached(&[], false),
            (status, _) => {
                reply::error(status, INTERNAL, &format!("the server answered with the status {}", status.as_u16()))
            }
        };
        (reply, Some(head))
    }

    /// Ends the session there, as far as the server lets it.
    pub(super) async fn delete(&self, headers: &HeaderMap) -> Option<StatusCode> {
        let onward = self.http.onward(headers);
        Some(self.http.server.send(Method::DELETE, onward, Bytes::new()).await?.status())
    }

    /// Carries a stream of the server's until one side is gone.
    async fn carry(
        self,
        body: Incoming,
        own: Vec<Vec<u8>>,
        pieces: Sender<Bytes>,
        mut ending: Option<Ending>,
        busy: Option<Use>,
    ) {
        let mut events = Events::new(body, FrameLimits::default().bytes);
        for line in own {
            if pieces.send(event(None, line).write()).await.is_err() {
                return;
            }
        }
        loop {
            let next = tokio::select! {
                () = pieces.closed() => return,
                next = tokio::time::timeout(BEAT_EVERY, events.next()) => next,
            };
            let sent = match next {
                Err(_quiet) => vec![Bytes::from_static(BEAT)],
                Ok(Ok(Some(event))) => {
                    if let Some(ending) = &mut ending {
                        ending.can_resume |= event.id.is_some();
                    }
                    self.passed(event).await
                }
                Ok(Ok(None) | Err(Broken::Gone | Broken::TooLong)) => break,
            };
            for piece in sent {
                if pieces.send(piece).await.is_err() {
                    return;
                }
            }
        }
        if let Some(mut ending) = ending.filter(|ending| !ending.can_resume) {
            for line in ending.unanswered() {
                // With the client gone there is nobody to tell.
                let _gone = pieces.send(event(None, line).write()).await;
            }
        }
        drop(busy);
    }

    /// What the client gets of an event.
    async fn passed(&self, said: Event) -> Vec<Bytes> {
        if let Some(id) = &said.id {
            let kept = self.http.kept.lock().unwrap_or_else(PoisonError::into_inner).event(id);
            if let Some(kept) = kept {
                return vec![kept];
            }
        }
        let lines = match said.data.as_deref().map(<[u8]>::trim_ascii) {
            None | Some([]) => vec![Vec::new()],
            Some(data) => self.judged(sse::one_line(data)).await,
        };
        let mut sent = Vec::new();
        for line in lines {
            let piece = Event { data: Some(line.trim_ascii_end().to_vec()), ..said.clone() }.write();
            if let Some(id) = &said.id {
                self.http.kept.lock().unwrap_or_else(PoisonError::into_inner).note(id, piece.clone());
            }
            sent.push(piece);
        }
        sent
    }

    /// What is left of a message of the server's.
    async fn judged(&self, line: Vec<u8>) -> Vec<Vec<u8>> {
        let (lines, mut left) = unbounded_channel();
        // Lines take what they are given.
        let _taken = self.relay.server_says(line, &Outlet::lines(lines)).await;
        drained(&mut left)
    }
}

/// Requests that nobody can answer any more leave the table, however the exchange ends.
struct Ending {
    relay: Arc<Relay<Guarded>>,
    mark: Mark,
    /// Whether the client can ask for the rest of the stream elsewhere.
    can_resume: bool,
}

impl Ending {
    fn unanswered(&mut self) -> Vec<Vec<u8>> {
        self.relay.unanswered(&self.mark)
    }
}

impl Drop for Ending {
    fn drop(&mut self) {
        if !self.can_resume {
            // Nobody is there to be told.
            let _untold = self.relay.unanswered(&self.mark);
        }
    }
}

/// Whether it is a message, and not what a server of the web says of a failure.
fn is_message(line: &[u8]) -> bool {
    match envelope::peek(line) {
        Ok(Message::Single(message)) => message.method.is_some() || message.is_answer(),
        Ok(Message::Batch(_)) => true,
        _ => false,
    }
}

fn event(id: Option<String>, line: Vec<u8>) -> Event {
    Event { id, data: Some(line.trim_ascii_end().to_vec()), ..Event::default() }
}

fn drained(lines: &mut UnboundedReceiver<Vec<u8>>) -> Vec<Vec<u8>> {
    std::iter::from_fn(|| lines.try_recv().ok()).collect()
}

/// What says something of the gateway's credentials or of where the server is, which is not the client's business.
fn is_for_the_gateway(status: StatusCode) -> bool {
    status.is_redirection() || status == StatusCode::UNAUTHORIZED || status == StatusCode::FORBIDDEN
}

/// What the gateway itself answers to a message that went no further.
pub(super) fn refusals(lines: &[Vec<u8>], is_batch: bool) -> Reply {
    let is_nobodys = |line: &Vec<u8>| line.starts_with(br#"{"jsonrpc":"2.0","id":null,"error""#);
    let status = match lines {
        [line] if is_nobodys(line) => StatusCode::BAD_REQUEST,
        _ => StatusCode::OK,
    };
    reply::messages(status, lines, is_batch)
}

fn unreached(lines: &[Vec<u8>], is_batch: bool) -> Reply {
    match lines {
        [] => reply::error(StatusCode::BAD_GATEWAY, NOT_REACHED, "the server behind the gateway cannot be reached"),
        lines => reply::messages(StatusCode::BAD_GATEWAY, lines, is_batch),
    }
}
