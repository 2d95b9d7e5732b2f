//! What the server says: answers to governed requests are judged, the rest goes on.
//!
//! Only answers to requests in flight go on. Some clients compare ids so loosely that any other could be taken for
//! one of those.

use super::answer::{self, INTERNAL};
use super::envelope::{self, Envelope, Malformed, Message};
use super::id::IdKey;
use super::in_flight::{Awaiting, Request};
use super::judge::{Judge, RunningOf};
use super::list::{self, Page};
use super::quarantine::LIST_CHANGED;
use super::relay::{Gone, Onward, Relay};
use super::result::{self, Judged};
use serde_json::value::RawValue;

impl<J: Judge> Relay<J> {
    pub(super) async fn server_says(&self, line: Vec<u8>) -> Result<(), Gone> {
        match envelope::peek(&line) {
            Ok(Message::Blank) => self.client_gets(&line).await,
            Ok(Message::Single(message)) => match self.served(&message, &line).await {
                Onward::AsItCame => self.client_gets(&line).await,
                Onward::Line(judged) => self.client_gets(&judged).await,
                Onward::Nothing => Ok(()),
            },
            Ok(Message::Batch(batch)) => self.served_batch(&line, batch).await,
            Err(malformed) => self.drop_answer(malformed).await,
        }
    }

    async fn served_batch(&self, line: &[u8], batch: Vec<&RawValue>) -> Result<(), Gone> {
        let (mut left, mut touched) = (Vec::new(), false);
        for raw in batch {
            let onward = match Envelope::read(raw.get()) {
                Ok(message) => self.served(&message, raw.get().as_bytes()).await,
                Err(malformed) => self.drop_answer(malformed).await.map(|()| Onward::Nothing)?,
            };
            touched |= !matches!(onward, Onward::AsItCame);
            match onward {
                Onward::AsItCame => left.push(raw.get().to_owned()),
                Onward::Line(line) => left.push(String::from_utf8_lossy(line.trim_ascii_end()).into_owned()),
                Onward::Nothing => {}
            }
        }
        match left.as_slice() {
            _ if !touched => self.client_gets(line).await,
            [] => Ok(()),
            left => self.client_gets(format!("[{}]\n", left.join(",")).as_bytes()).await,
        }
    }

    async fn served(&self, message: &Envelope<'_>, line: &[u8]) -> Onward {
        if let Some(method) = message.method.as_deref() {
            if let Some(quarantine) = self.quarantine.as_ref().filter(|_| method == LIST_CHANGED) {
                quarantine.forget();
            }
            return Onward::AsItCame;
        }
        let Some(id) = message.id else {
            return if message.is_answer() { self.dropped("an answer without an id") } else { Onward::AsItCame };
        };
        if id.get() == "null" && message.error.is_some() {
            return Onward::AsItCame;
        }
        let Some(key) = IdKey::of(id) else { return self.dropped("an answer whose id is no id") };
        let answered = self.session().in_flight.answered(&key);
        match answered {
            Some(request) => {
                let onward = self.answer_to(request, message, line).await;
                self.changed.notify_waiters();
                onward
            }
            None => self.dropped("an answer to a request that was not made"),
        }
    }

    async fn answer_to(&self, request: Request<RunningOf<J>>, message: &Envelope<'_>, line: &[u8]) -> Onward {
        match request.awaiting {
            // Never handed out by the table.
            Awaiting::Decision => Onward::Nothing,
            Awaiting::Anything => Onward::AsItCame,
            Awaiting::Initialize => {
                self.session().handshake.settled(result::negotiated_version(message));
                Onward::AsItCame
            }
            Awaiting::Probe(tell) => {
                // Whoever asked may have stopped waiting.
                let _late = tell.send(line.to_vec());
                Onward::Nothing
            }
            Awaiting::Tools => match list::filter(message, |tool, raw| self.shows(tool, raw)) {
                Page::Whole => Onward::AsItCame,
                Page::Filtered(line) => Onward::Line(line),
                Page::Unreadable => {
                    Onward::Line(answer::error(&request.id, INTERNAL, "the server's list of tools cannot be read"))
                }
            },
            Awaiting::Tool { running, era } => match result::judge(message, &request.id, era, running).await {
                Judged::AsItCame => Onward::AsItCame,
                Judged::Line(line) => Onward::Line(line),
            },
        }
    }

    fn shows(&self, tool: &str, raw: &RawValue) -> bool {
        self.accepts(tool, raw) && self.judge.may_ever_allow(tool)
    }

    /// Keeps a frame from the client that cannot be read as one message, and tells it what became of its request.
    pub(super) async fn drop_answer(&self, malformed: Malformed) -> Result<(), Gone> {
        (self.remark)(&format!("dropped a frame of the server: {}", malformed.reason));
        let key = malformed.id.as_deref().and_then(IdKey::of_text);
        let request = key.and_then(|key| self.session().in_flight.answered(&key));
        self.changed.notify_waiters();
        match request.filter(Request::is_wanted) {
            Some(request) => {
                let message = format!("the server's answer cannot be read: {}", malformed.reason);
                self.client_gets(&answer::error(&request.id, INTERNAL, &message)).await
            }
            None => Ok(()),
        }
    }

    fn dropped(&self, what: &str) -> Onward {
        (self.remark)(&format!("dropped a frame of the server: {what}"));
        Onward::Nothing
    }
}
