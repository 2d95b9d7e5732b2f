//! The operations as scripts: their keys and arguments.

use super::amount::limbs;
use super::link::Link;
use super::options::RedisOptions;
use super::reply;
use crate::store::StoreTerms;
use crate::store::ask::{Ask, Held, Spending, Ticket, Use, bounded};
use crate::store::remote::{Remote, Trouble};
use ::redis::{Script, ScriptInvocation, Value};
use callguard_engine::session::{
    AttemptAnswer, AttemptRequest, CommitRequest, Ending, ReleaseRequest, ReserveAnswer, ReserveRequest, SessionKey,
    StoreError,
};

pub(super) struct Redis {
    link: Link,
    prefix: String,
    terms: StoreTerms,
    attempt: Script,
    reserve: Script,
    commit: Script,
    release: Script,
}

impl Redis {
    pub(super) fn new(options: &RedisOptions) -> Result<Redis, StoreError> {
        let script = |body: &str| Script::new(&[include_str!("prelude.lua"), body].concat());
        Ok(Redis {
            link: Link::new(options)?,
            prefix: format!("{{{}}}", options.prefix),
            terms: options.terms,
            attempt: script(include_str!("attempt.lua")),
            reserve: script(include_str!("reserve.lua")),
            commit: script(include_str!("commit.lua")),
            release: script(include_str!("release.lua")),
        })
    }

    fn begin<'s>(&self, script: &'s Script, session: &SessionKey) -> ScriptInvocation<'s> {
        let session = session.text();
        let session = bounded(&session);
        let mut call = script.prepare_invoke();
        call.key(self.key("s", &session)).key(self.key("f", &session));
        call
    }

    fn with_reservation(&self, call: &mut ScriptInvocation<'_>, session: &SessionKey, call_id: &str) {
        let whose = format!("{}:{call_id}", session.text());
        call.key(self.key("r", &bounded(&whose)));
    }

    /// All keys have one hash tag: an operation needs them together.
    fn key(&self, kind: &str, name: &str) -> String {
        format!("{}:{kind}:{name}", self.prefix)
    }

    fn with_counter(&self, call: &mut ScriptInvocation<'_>, key: &str) {
        let key = bounded(key);
        call.key(self.key("c", &key)).key(self.key("e", &key)).key(self.key("h", &key));
    }

    fn with_lease(&self, call: &mut ScriptInvocation<'_>, lease: &str, ticket: &Ticket) {
        call.arg(lease).arg(ticket.nonce.as_str()).arg(ticket.tool.as_str());
    }

    /// Window, TTL, what is held and what is spent if lost.
    fn with_held(&self, call: &mut ScriptInvocation<'_>, held: &Held, spent_if_lost: bool) {
        self.with_window(call, held.window_millis);
        call.arg(limbs(held.use_of.held())).arg(lost(held.use_of, spent_if_lost));
    }

    fn with_window(&self, call: &mut ScriptInvocation<'_>, window_millis: Option<u64>) {
        let window = window_millis.map(|millis| millis.to_string()).unwrap_or_default();
        call.arg(window).arg(self.terms.counter_millis(window_millis));
    }
}

impl Remote for Redis {
    async fn attempt(&self, request: &AttemptRequest) -> Result<AttemptAnswer, Trouble> {
        let mut call = self.begin(&self.attempt, &request.session);
        call.arg(flag(request.count)).arg(self.terms.idle_millis());
        // A key that stands twice is counted once, and answered for both.
        let mut places = Vec::with_capacity(request.counters.len());
        let mut distinct = Vec::with_capacity(request.counters.len());
        for counter in &request.counters {
            let known = distinct.iter().position(|known| *known == counter.key.as_str());
            places.push(known.unwrap_or(distinct.len()));
            if known.is_none() {
                distinct.push(counter.key.as_str());
                self.with_counter(&mut call, counter.key.as_str());
                self.with_window(&mut call, counter.window_millis);
            }
        }
        let mut answer = reply::attempt(&self.link.invoke::<Value>(&call).await?, request.count)?;
        answer.attempts = places.iter().filter_map(|place| answer.attempts.get(*place).copied()).collect();
        Ok(answer)
    }

    async fn reserve(&self, request: &ReserveRequest, asks: &[Ask], ticket: &Ticket) -> Result<ReserveAnswer, Trouble> {
        let session = request.session();
        let mut call = self.begin(&self.reserve, &session);
        self.with_reservation(&mut call, &session, &ticket.call_id);
        asks.iter().filter(|ask| ask.holds).for_each(|ask| self.with_counter(&mut call, ask.key.as_str()));
        self.with_lease(&mut call, &ticket.lease().0, ticket);
        call.arg(request.expected_version.map(|version| version.to_string()).unwrap_or_default());
        call.arg(flag(request.peek)).arg(flag(request.spent_if_lost));
        call.arg(self.terms.lease_millis()).arg(self.terms.late_millis()).arg(self.terms.idle_millis());
        call.arg(asks.len());
        for ask in asks {
            let counters = asks.iter().filter(|ask| ask.holds);
            let place = counters.take_while(|holder| holder.key != ask.key).count();
            // The first three keys are the session's.
            call.arg(4 + 3 * place).arg(flag(ask.holds));
            self.with_window(&mut call, ask.window_millis);
            call.arg(limbs(ask.adds)).arg(limbs(ask.use_of.held())).arg(lost(ask.use_of, request.spent_if_lost));
            call.arg(ask.at_most.map(limbs).unwrap_or_default()).arg(flag(ask.binding));
        }
        for label in &request.labels {
            call.arg(reply::marked(label));
        }
        reply::reserve(&self.link.invoke::<Value>(&call).await?)
    }

    async fn commit(&self, request: &CommitRequest, ticket: &Ticket) -> Result<(), Trouble> {
        let mut call = self.begin(&self.commit, &request.session);
        self.with_reservation(&mut call, &request.session, &ticket.call_id);
        ticket.held.iter().for_each(|held| self.with_counter(&mut call, &held.key));
        self.with_lease(&mut call, &request.lease.0, ticket);
        call.arg(if request.ending == Ending::Succeeded { "succeeded" } else { "failed" });
        call.arg(flag(ticket.spent_if_lost)).arg(self.terms.idle_millis()).arg(ticket.held.len());
        for held in &ticket.held {
            self.with_held(&mut call, held, ticket.spent_if_lost);
            call.arg(spending(held.spending(request, false))).arg(spending(held.spending(request, true)));
        }
        for label in &request.labels {
            call.arg(reply::marked(label));
        }
        reply::ended(&self.link.invoke::<Value>(&call).await?)
    }

    async fn release(&self, request: &ReleaseRequest, ticket: &Ticket) -> Result<(), Trouble> {
        let mut call = self.begin(&self.release, &request.session);
        self.with_reservation(&mut call, &request.session, &ticket.call_id);
        ticket.held.iter().for_each(|held| self.with_counter(&mut call, &held.key));
        self.with_lease(&mut call, &request.lease.0, ticket);
        call.arg(flag(ticket.spent_if_lost)).arg(self.terms.idle_millis());
        ticket.held.iter().for_each(|held| self.with_held(&mut call, held, ticket.spent_if_lost));
        reply::ended(&self.link.invoke::<Value>(&call).await?)
    }

    async fn health(&self) -> Result<(), Trouble> {
        self.link.ping().await
    }
}

fn flag(set: bool) -> &'static str {
    if set { "1" } else { "0" }
}

fn lost(use_of: Use, spent_if_lost: bool) -> String {
    if spent_if_lost { limbs(use_of.lost()) } else { String::new() }
}

fn spending(spending: Option<Spending>) -> String {
    match spending {
        Some(Spending::Adds(amount)) => limbs(amount),
        Some(Spending::Clears) => "clear".to_owned(),
        None => String::new(),
    }
}
