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
use super::outlet::Outlet;
use super::quarantine::LIST_CHANGED;
use super::relay::{Gone, Onward, Relay};
use super::result::{self, Judged};
use serde_json::value::RawValue;

/// What became of a frame, and where it goes if its request says so.
struct Served {
    onward: Onward,
    reply: Option<Outlet>,
}

impl From<Onward> for Served {
    fn from(onward: Onward) -> Served {
        Served { onward, reply: None }
    }
}

impl<J: Judge> Relay<J> {
    /// Takes one frame of the server. What is left of it goes to the client: an answer where its request came from, if
    /// that is kept, all else to `to_client`.
    pub(crate) async fn server_says(&self, line: Vec<u8>, to_client: &Outlet) -> Result<(), Gone> {
        match envelope::peek(&line) {
            Ok(Message::Blank) => send(to_client, &line).await,
            Ok(Message::Single(message)) => {
                let Served { onward, reply } = self.served(&message, &line).await;
                let to_client = reply.as_ref().unwrap_or(to_client);
                match onward {
                    Onward::AsItCame => send(to_client, &line).await,
                    Onward::Line(judged) => send(to_client, &judged).await,
                    Onward::Nothing => Ok(()),
                }
            }
            Ok(Message::Batch(batch)) => self.served_batch(&line, batch, to_client).await,
            Err(malformed) => self.drop_answer(malformed, to_client).await,
        }
    }

    async fn served_batch(&self, line: &[u8], batch: Vec<&RawValue>, to_client: &Outlet) -> Result<(), Gone> {
        let (mut left, mut touched) = (Vec::new(), false);
        for raw in batch {
            let Served { onward, reply } = match Envelope::read(raw.get()) {
                Ok(message) => self.served(&message, raw.get().as_bytes()).await,
                Err(malformed) => {
                    self.drop_answer(malformed, to_client).await?;
                    Onward::Nothing.into()
                }
            };
            touched |= reply.is_some() || !matches!(onward, Onward::AsItCame);
            let text = match onward {
                Onward::AsItCame => raw.get().to_owned(),
                Onward::Line(line) => String::from_utf8_lossy(line.trim_ascii_end()).into_owned(),
                Onward::Nothing => continue,
            };
            match reply {
                Some(reply) => send(&reply, format!("{text}\n").as_bytes()).await?,
                None => left.push(text),
            }
        }
        match left.as_slice() {
            _ if !touched => send(to_client, line).await,
            [] => Ok(()),
            left => send(to_client, format!("[{}]\n", left.join(",")).as_bytes()).await,
        }
    }

    async fn served(&self, message: &Envelope<'_>, line: &[u8]) -> Served {
        if let Some(method) = message.method.as_deref() {
            if let Some(quarantine) = self.quarantine.as_ref().filter(|_| method == LIST_CHANGED) {
                quarantine.forget();
            }
            return Onward::AsItCame.into();
        }
        let Some(id) = message.id else {
            let onward = match message.is_answer() {
                true => self.dropped("an answer without an id"),
                false => Onward::AsItCame,
            };
            return onward.into();
        };
        if id.get() == "null" && message.error.is_some() {
            return Onward::AsItCame.into();
        }
        let Some(key) = IdKey::of(id) else { return self.dropped("an answer whose id is no id").into() };
        let answered = self.session().in_flight.answered(&key);
        match answered {
            Some(request) => {
                let reply = request.from.reply.clone();
                let onward = self.answer_to(request, message, line).await;
                self.changed.notify_waiters();
                Served { onward, reply }
            }
            None => self.dropped("an answer to a request that was not made").into(),
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
            Awaiting::Tool { running, era, route } => {
                match result::judge(message, &request.id, era, route, running).await {
                    Judged::AsItCame => Onward::AsItCame,
                    Judged::Line(line) => Onward::Line(line),
                }
            }
        }
    }

    fn shows(&self, tool: &str, raw: &RawValue) -> bool {
        self.accepts(tool, raw) && self.judge.may_ever_allow(tool)
    }

    /// Keeps a frame from the client that cannot be read as one message, and tells it what became of its request.
    pub(crate) async fn drop_answer(&self, malformed: Malformed, to_client: &Outlet) -> Result<(), Gone> {
        (self.remark)(&format!("dropped a frame of the server: {}", malformed.reason));
        let key = malformed.id.as_deref().and_then(IdKey::of_text);
        let request = key.and_then(|key| self.session().in_flight.answered(&key));
        self.changed.notify_waiters();
        match request.filter(Request::is_wanted) {
            Some(request) => {
                let message = format!("the server's answer cannot be read: {}", malformed.reason);
                let to_client = request.from.reply.as_ref().unwrap_or(to_client);
                send(to_client, &answer::error(&request.id, INTERNAL, &message)).await
            }
            None => Ok(()),
        }
    }

    fn dropped(&self, what: &str) -> Onward {
        (self.remark)(&format!("dropped a frame of the server: {what}"));
        Onward::Nothing
    }
}

async fn send(to_client: &Outlet, line: &[u8]) -> Result<(), Gone> {
    to_client.send(line).await.or(Err(Gone::Client))
}
