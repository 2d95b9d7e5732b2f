//! What the client says: calls are judged, what could be taken for one is refused, the rest goes on.

use super::answer::{self, INTERNAL, INVALID_REQUEST};
use super::call::{self, ToolCall};
use super::envelope::{self, Envelope, Malformed, Message};
use super::era::Era;
use super::exchange::Exchange;
use super::id::IdKey;
use super::in_flight::{Awaiting, CameBy, NotTaken};
use super::judge::{Call, Judge, Refusal, Verdict};
use super::outlet::Outlet;
use super::relay::{Gone, Onward, Own, Relay};
use super::route::Route;
use super::unknown_tool::{self, Learned};
use callguard::Value;
use serde_json::value::RawValue;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::{Arc, PoisonError};
use std::task::Poll;
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::task::JoinSet;

/// How long the server may take to say that it does not know a tool.
const PROBE_TIMEOUT: Duration = Duration::from_secs(5);
const LIST: &str = "tools/list";

type Judging<P> = Pin<Box<dyn Future<Output = Verdict<P>> + Send>>;

/// A call that waits for its verdict.
struct Pending {
    key: IdKey,
    id: String,
    call: ToolCall,
}

impl<J: Judge> Relay<J> {
    pub(crate) async fn client_says(self: &Arc<Self>, line: Vec<u8>, by: &Exchange) -> Result<(), Gone> {
        match envelope::peek(&line) {
            Ok(Message::Blank) => by.server_gets(&line).await,
            Ok(Message::Single(message)) => match self.message(message, by).await? {
                Onward::AsItCame => by.server_gets(&line).await,
                Onward::Line(judged) => by.server_gets(&judged).await,
                Onward::Nothing => Ok(()),
            },
            Ok(Message::Batch(batch)) if self.session().handshake.allows_batches() && !batch.is_empty() => {
                self.batch(&line, batch, by).await
            }
            Ok(Message::Batch(_)) => {
                self.refuse(Malformed { reason: "a batch is not allowed here", id: None }, by).await
            }
            Err(malformed) => self.refuse(malformed, by).await,
        }
    }

    /// Sends on what is left of a batch when each message of it was looked at.
    async fn batch(self: &Arc<Self>, line: &[u8], batch: Vec<&RawValue>, by: &Exchange) -> Result<(), Gone> {
        let (mut left, mut touched) = (Vec::new(), false);
        for raw in batch {
            let onward = match Envelope::read(raw.get()) {
                Ok(message) => self.message(message, by).await?,
                Err(malformed) => self.refuse(malformed, by).await.map(|()| Onward::Nothing)?,
            };
            touched |= !matches!(onward, Onward::AsItCame);
            match onward {
                Onward::AsItCame => left.push(raw.get().to_owned()),
                Onward::Line(line) => left.push(String::from_utf8_lossy(line.trim_ascii_end()).into_owned()),
                Onward::Nothing => {}
            }
        }
        match left.as_slice() {
            _ if !touched => by.server_gets(line).await,
            [] => Ok(()),
            left => by.server_gets(format!("[{}]\n", left.join(",")).as_bytes()).await,
        }
    }

    async fn message(self: &Arc<Self>, message: Envelope<'_>, by: &Exchange) -> Result<Onward, Gone> {
        let Some(method) = message.method.as_deref() else { return Ok(Onward::AsItCame) };
        let route = self.route(method);
        let governed = route.map(Route::method).or_else(|| envelope::resembles(method, LIST).then_some(LIST));
        if governed.is_some_and(|governed| governed != method) {
            return self.refused(&message, "the method is a governed one, written in another way", by).await;
        }
        let Some(id) = message.id else {
            if governed.is_some() {
                return self.refused(&message, "a governed request needs an id", by).await;
            }
            self.note(method, &message);
            return Ok(Onward::AsItCame);
        };
        let Some(key) = IdKey::of(id) else {
            return self.refused(&message, "the id is neither a string nor an integer", by).await;
        };
        let awaiting = match method {
            _ if route.is_some() => Awaiting::Decision,
            LIST => Awaiting::Tools,
            "initialize" => Awaiting::Initialize,
            _ => Awaiting::Anything,
        };
        let from = CameBy { reply: by.reply(), mark: by.mark.clone() };
        let opened = self.session().in_flight.open(key.clone(), id.get().to_owned(), awaiting, from);
        match opened {
            Err(NotTaken::Duplicate) => self.refused(&message, "a request with this id is in flight", by).await,
            Err(NotTaken::Full) => {
                by.client_gets(&answer::error(id.get(), INTERNAL, "too many requests are in flight")).await?;
                Ok(Onward::Nothing)
            }
            Ok(()) => match route {
                Some(route) => self.call(route, key, &message, by).await,
                None => Ok(Onward::AsItCame),
            },
        }
    }

    /// How a request is judged, if it is.
    fn route(&self, method: &str) -> Option<Route> {
        Route::of(method).filter(|route| self.judge.governs(*route))
    }

    /// Learns from a notification what it says of requests in flight.
    fn note(&self, method: &str, message: &Envelope<'_>) {
        if method != "notifications/cancelled" {
            return;
        }
        let params = message.params.and_then(|params| envelope::members(params.get()));
        let request = params.as_deref().and_then(|params| envelope::only(params, "requestId"));
        if let Some(key) = request.and_then(IdKey::of) {
            self.session().in_flight.cancel(key);
            self.changed.notify_waiters();
        }
    }

    async fn call(
        self: &Arc<Self>,
        route: Route,
        key: IdKey,
        message: &Envelope<'_>,
        by: &Exchange,
    ) -> Result<Onward, Gone> {
        let id = message.id.map(|id| id.get().to_owned()).unwrap_or_default();
        let mut call = match call::read(message, route) {
            Ok(call) => call,
            Err(unreadable) => {
                self.close(&key);
                self.judge.refused(unreadable.tool, Some(id.clone()), &unreadable.reason);
                by.client_gets(&answer::error(&id, unreadable.code, &unreadable.reason)).await?;
                return Ok(Onward::Nothing);
            }
        };
        let asked = Call {
            tool: call.tool.clone(),
            args: std::mem::take(&mut call.args),
            request: id.clone(),
            trace_parent: call.trace_parent(),
        };
        let mut judging = self.judging(asked, route, call.era, call.meta.clone());
        let pending = Pending { key, id, call };
        match poll_once(&mut judging).await {
            Some(verdict) => self.decided(pending, verdict, by).await,
            None if by.is_alone => match self.verdict(&pending, judging, by).await {
                Some(verdict) => self.decided(pending, verdict, by).await,
                None => Ok(Onward::Nothing),
            },
            None => {
                self.decide_aside(pending, judging, by.clone());
                Ok(Onward::Nothing)
            }
        }
    }

    /// What becomes of a call: tools whose definitions were not accepted are not called.
    fn judging(self: &Arc<Self>, asked: Call, route: Route, era: Era, meta: Option<Value>) -> Judging<J::Permit> {
        let relay = Arc::clone(self);
        Box::pin(async move {
            if route == Route::Tool
                && let Some(refusal) = relay.unaccepted(&asked.tool, era, meta.as_ref()).await
            {
                relay.judge.refused(asked.tool, Some(asked.request), &refusal.message);
                return Verdict::Refused(refusal);
            }
            relay.judge.before(asked).await
        })
    }

    /// Waits for a verdict that takes its time, while other frames go by.
    fn decide_aside(self: &Arc<Self>, pending: Pending, judging: Judging<J::Permit>, by: Exchange) {
        let relay = Arc::clone(self);
        self.spawn(async move {
            let Some(verdict) = relay.verdict(&pending, judging, &by).await else { return };
            if let Verdict::Refused(_) = verdict {
                // With the client gone there is nobody to tell.
                let _gone = relay.decided(pending, verdict, &by).await;
                return;
            }
            // Taken first, so that a cancellation that comes now reaches the server after the call.
            let mut turn = by.to_server.turn().await;
            if let Ok(Onward::Line(line)) = relay.decided(pending, verdict, &by).await {
                // With the server gone, whatever is in flight is answered there.
                let _gone = turn.send(&line).await;
            }
        });
    }

    /// The verdict; without one the client is told.
    async fn verdict(
        &self,
        pending: &Pending,
        judging: Judging<J::Permit>,
        by: &Exchange,
    ) -> Option<Verdict<J::Permit>> {
        // A task of its own, so that a judge that panics is noticed; in a set, so that it ends when this one does.
        let mut judge = JoinSet::new();
        judge.spawn(judging);
        if let Some(Ok(verdict)) = judge.join_next().await {
            return Some(verdict);
        }
        self.close(&pending.key);
        let failed = answer::error(&pending.id, INTERNAL, "the call could not be judged");
        // With the client gone there is nobody to tell.
        let _gone = by.client_gets(&failed).await;
        None
    }

    async fn decided(
        self: &Arc<Self>,
        pending: Pending,
        verdict: Verdict<J::Permit>,
        by: &Exchange,
    ) -> Result<Onward, Gone> {
        let Pending { key, id, call } = pending;
        match verdict {
            Verdict::Allowed(permit) => {
                let mut session = self.session();
                if let Some(request) = session.in_flight.decided(&key) {
                    let (era, route) = (call.era, call.route);
                    let (line, running) = call.forward(permit);
                    session.in_flight.runs(key, id, running, era, route, request.from);
                    return Ok(Onward::Line(line));
                }
                Ok(Onward::Nothing)
            }
            Verdict::Refused(_) if call.route == Route::Tool && !self.judge.may_ever_allow(&call.tool) => {
                let pending = Pending { key, id, call };
                if by.is_alone {
                    self.answer_as_unknown(pending, by).await;
                } else {
                    let (relay, by) = (Arc::clone(self), by.clone());
                    self.spawn(async move { relay.answer_as_unknown(pending, &by).await });
                }
                Ok(Onward::Nothing)
            }
            Verdict::Refused(Refusal { message, decision }) => {
                let line = answer::refused(&id, call.era, call.route, &message, decision);
                self.answer_decided(&key, line, by).await?;
                Ok(Onward::Nothing)
            }
        }
    }

    async fn answer_decided(&self, key: &IdKey, line: Vec<u8>, by: &Exchange) -> Result<(), Gone> {
        let wanted = self.session().in_flight.decided(key).is_some();
        self.changed.notify_waiters();
        if wanted { by.client_gets(&line).await } else { Ok(()) }
    }

    /// Answers a call of a hidden tool as the server answers one of a tool that it does not have.
    async fn answer_as_unknown(&self, pending: Pending, by: &Exchange) {
        let Pending { key, id, call } = pending;
        let cell = self.unknown_tools.of(call.era);
        let ask = async || self.ask_for_unlisted(&call).await.ok_or(());
        let learned = cell.get_or_try_init(ask).await;
        let line = unknown_tool::answer(learned.ok().and_then(Option::as_ref), &id, &call.tool);
        // With the client gone there is nobody to tell.
        let _gone = self.answer_decided(&key, line, by).await;
    }

    /// Calls a tool that the server does not list; `None` if nothing could be learned yet.
    async fn ask_for_unlisted(&self, call: &ToolCall) -> Option<Option<Learned>> {
        let name = unknown_tool::unlisted_name();
        let probe = |id: &str| unknown_tool::probe(id, &name, call.meta.as_ref());
        let answered = self.ask(name.clone(), probe).await;
        let learned = Learned::from_answer(&answered?, name);
        // Before the handshake a server refuses every call, for another reason.
        let settled = call.era == Era::Modern || self.session().handshake.is_done();
        settled.then_some(learned)
    }

    /// Asks the server something of our own, under an id that no client uses.
    pub(super) async fn ask<L: AsRef<[u8]>>(&self, text: String, line: impl FnOnce(&str) -> L) -> Option<Vec<u8>> {
        let (id, key) = (format!("\"{text}\""), IdKey::of_string(text));
        let line = line(&id);
        let asked = async {
            match &self.own {
                Own::Lines(to_server) => self.ask_among_lines(to_server, line.as_ref(), id, &key).await,
                Own::Request(way) => way.ask(line.as_ref(), &key).await,
            }
        };
        let answered = tokio::time::timeout(PROBE_TIMEOUT, asked).await.ok().flatten();
        self.close(&key);
        answered
    }

    async fn ask_among_lines(&self, to_server: &Outlet, line: &[u8], id: String, key: &IdKey) -> Option<Vec<u8>> {
        let (tell, told) = oneshot::channel();
        self.session().in_flight.open(key.clone(), id, Awaiting::Probe(tell), CameBy::default()).ok()?;
        to_server.send(line).await.ok()?;
        told.await.ok()
    }

    pub(super) fn close(&self, key: &IdKey) {
        self.session().in_flight.close(key);
        self.changed.notify_waiters();
    }

    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        while tasks.try_join_next().is_some() {}
        tasks.spawn(task);
    }

    async fn refused(&self, message: &Envelope<'_>, reason: &'static str, by: &Exchange) -> Result<Onward, Gone> {
        let id = message.id.map(|id| id.get().to_owned());
        if let Some(route) = message.method.as_deref().and_then(|method| self.route(method)) {
            self.judge.refused(call::named_tool(message, route), id.clone(), reason);
        }
        self.refuse(Malformed { reason, id }, by).await.map(|()| Onward::Nothing)
    }

    /// Tells the client why its frame went no further.
    pub(crate) async fn refuse(&self, malformed: Malformed, by: &Exchange) -> Result<(), Gone> {
        (self.remark)(&format!("refused a frame of the client: {}", malformed.reason));
        let id = malformed.id.filter(|id| self.is_free(id));
        let id = id.as_deref().unwrap_or("null");
        by.client_gets(&answer::error(id, INVALID_REQUEST, malformed.reason)).await
    }

    /// Whether an answer to `id` could not be taken for the answer to a request in flight.
    fn is_free(&self, id: &str) -> bool {
        IdKey::of_text(id).is_some_and(|key| !self.session().in_flight.contains(&key))
    }
}

/// Polls a future once: most verdicts are there at once, and keep the order of the calls.
async fn poll_once<F: Future + Unpin>(future: &mut F) -> Option<F::Output> {
    poll_fn(|context| match Pin::new(&mut *future).poll(context) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending => Poll::Ready(None),
    })
    .await
}
