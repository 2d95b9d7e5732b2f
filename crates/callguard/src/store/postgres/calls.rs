//! The operations as questions to functions, and what they answer.

use super::link::Link;
use super::options::PostgresOptions;
use crate::store::StoreTerms;
use crate::store::ask::{Ask, Spending, Ticket, bounded, decimal_value};
use crate::store::remote::{Remote, Trouble};
use callguard_engine::session::{
    AttemptAnswer, AttemptRequest, CommitRequest, Ending, Label, Lease, ReleaseRequest, ReserveAnswer, ReserveRequest,
    SessionKey, SessionView, StoreError,
};
use callguard_engine::value::{JsonLimits, Object, Value, parse_json_with, write_json};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How many reservations there are between two looks for what nobody needs any more, and how many rows are looked at.
const BETWEEN_SWEEPS: usize = 1_000;
const SWEPT: i32 = 500;

pub(super) struct Postgres {
    link: Link,
    terms: StoreTerms,
    reserved: AtomicUsize,
}

impl Postgres {
    pub(super) fn new(options: &PostgresOptions) -> Result<Postgres, StoreError> {
        Ok(Postgres { link: Link::new(options)?, terms: options.terms, reserved: AtomicUsize::new(0) })
    }

    async fn ask<const N: usize>(
        &self,
        function: &str,
        session: &SessionKey,
        more: [(&str, Value); N],
    ) -> Result<Value, Trouble> {
        let mut question = object(more);
        question.insert("session", bounded(&session.text()).into_owned().into());
        question.insert("idle", self.terms.idle_millis().into());
        question
            .insert("timeout", i64::try_from(self.terms.timeout.as_millis()).unwrap_or(i64::MAX).to_string().into());
        let answer = self.link.call(function, &write_json(&Value::Object(question))).await?;
        parse_json_with(answer.as_bytes(), JsonLimits { bytes: usize::MAX, ..JsonLimits::ARGUMENTS })
            .map_err(|_| strange())
    }

    fn counter<const N: usize>(&self, key: &str, window_millis: Option<u64>, more: [(&str, Value); N]) -> Value {
        let mut counter = object(more);
        counter.insert("key", bounded(key).into_owned().into());
        counter.insert("window", window_millis.map_or(Value::Null, Value::from));
        counter.insert("ttl", self.terms.counter_millis(window_millis).into());
        Value::Object(counter)
    }

    fn want(&self, ask: &Ask) -> Value {
        self.counter(
            ask.key.as_str(),
            ask.window_millis,
            [
                ("holds", ask.holds.into()),
                ("adds", decimal_value(ask.adds)),
                ("held", decimal_value(ask.use_of.held())),
                ("lost", decimal_value(ask.use_of.lost())),
                ("at_most", ask.at_most.map_or(Value::Null, decimal_value)),
                ("binding", ask.binding.into()),
            ],
        )
    }

    /// What nobody needs any more goes now and then.
    async fn sweep(&self) {
        if self.reserved.fetch_add(1, Ordering::Relaxed) % BETWEEN_SWEEPS == BETWEEN_SWEEPS - 1 {
            let late = self.terms.late_millis().saturating_sub(self.terms.lease_millis());
            // What is not swept now is swept later; nobody can tell the difference.
            let _swept = self.link.sweep(late, SWEPT).await;
        }
    }
}

impl Remote for Postgres {
    async fn attempt(&self, request: &AttemptRequest) -> Result<AttemptAnswer, Trouble> {
        let counter = |counter: &callguard_engine::session::AttemptCounter| {
            self.counter(counter.key.as_str(), counter.window_millis, [])
        };
        let counters: Vec<Value> = request.counters.iter().map(counter).collect();
        let more = [("count", request.count.into()), ("counters", counters.into())];
        let answer = self.ask("attempt", &request.session, more).await?;
        let attempts = list(field(&answer, "attempts")?)?.iter().map(number).collect::<Result<_, _>>()?;
        Ok(AttemptAnswer { view: Arc::new(view(field(&answer, "view")?)?), attempts })
    }

    async fn reserve(&self, request: &ReserveRequest, asks: &[Ask], ticket: &Ticket) -> Result<ReserveAnswer, Trouble> {
        let wants: Vec<Value> = asks.iter().map(|ask| self.want(ask)).collect();
        let more = [
            ("call", bounded(&ticket.call_id).into_owned().into()),
            ("lease", ticket.lease().0.into()),
            ("nonce", ticket.nonce.as_str().into()),
            ("tool", ticket.tool.as_str().into()),
            ("expected", request.expected_version.map_or(Value::Null, Value::from)),
            ("peek", request.peek.into()),
            ("spent_if_lost", request.spent_if_lost.into()),
            ("lasts", self.terms.lease_millis().into()),
            ("labels", labels(&request.labels)),
            ("wants", wants.into()),
        ];
        let answer = self.ask("reserve", &request.session(), more).await?;
        self.sweep().await;
        match field(&answer, "kind")?.as_str() {
            Some("granted") => {
                let lease = field(&answer, "lease")?.as_str().ok_or_else(strange)?;
                Ok(ReserveAnswer::Granted { lease: Some(Lease(lease.to_owned())), exceeded: flags(&answer)? })
            }
            Some("peeked") => Ok(ReserveAnswer::Granted { lease: None, exceeded: flags(&answer)? }),
            Some("refused") => Ok(ReserveAnswer::Refused { exceeded: flags(&answer)? }),
            Some("stale") => Ok(ReserveAnswer::Stale { view: Arc::new(view(field(&answer, "view")?)?) }),
            _ => Err(strange()),
        }
    }

    async fn commit(&self, request: &CommitRequest, ticket: &Ticket) -> Result<(), Trouble> {
        let held = ticket.held.iter().map(|held| {
            let spends = [
                ("spends", spending(held.spending(request, false))),
                ("spends_if_counted", spending(held.spending(request, true))),
            ];
            self.counter(&held.key, held.window_millis, spends)
        });
        let more = [
            ("call", bounded(&ticket.call_id).into_owned().into()),
            ("lease", request.lease.0.as_str().into()),
            ("nonce", ticket.nonce.as_str().into()),
            ("succeeded", (request.ending == Ending::Succeeded).into()),
            ("labels", labels(&request.labels)),
            ("held", held.collect::<Vec<_>>().into()),
        ];
        ended(&self.ask("commit", &request.session, more).await?)
    }

    async fn release(&self, request: &ReleaseRequest, ticket: &Ticket) -> Result<(), Trouble> {
        let held: Vec<Value> = ticket.held.iter().map(|held| self.counter(&held.key, held.window_millis, [])).collect();
        let more = [
            ("call", bounded(&ticket.call_id).into_owned().into()),
            ("lease", request.lease.0.as_str().into()),
            ("nonce", ticket.nonce.as_str().into()),
            ("held", held.into()),
        ];
        ended(&self.ask("release", &request.session, more).await?)
    }

    async fn health(&self) -> Result<(), Trouble> {
        self.link.check().await
    }
}

fn object<const N: usize>(entries: [(&str, Value); N]) -> Object {
    entries.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// Labels as the functions know them: two marks, then the name.
fn labels(labels: &[Label]) -> Value {
    let mark = |set| if set { '1' } else { '0' };
    let marked = |label: &Label| format!("{}{}:{}", mark(label.doubtful), mark(label.observed), label.name).into();
    labels.iter().map(marked).collect::<Vec<Value>>().into()
}

fn unmarked(marked: &str) -> Option<Label> {
    let (marks, name) = marked.split_once(':')?;
    let mut marks = marks.bytes().map(|mark| mark == b'1');
    Some(Label { doubtful: marks.next()?, observed: marks.next()?, name: name.to_owned() })
}

fn spending(spending: Option<Spending>) -> Value {
    match spending {
        Some(Spending::Adds(amount)) => decimal_value(amount),
        Some(Spending::Clears) => "clear".into(),
        None => Value::Null,
    }
}

fn view(value: &Value) -> Result<SessionView, Trouble> {
    let entries = |name| match field(value, name) {
        Ok(Value::Object(entries)) => Ok(entries),
        _ => Err(strange()),
    };
    let calls_of = entries("calls_of")?.iter().map(|(tool, calls)| Ok((tool.to_owned(), number(calls)?)));
    let labels = entries("labels")?.iter().map(|(marked, _)| unmarked(marked).ok_or_else(strange));
    Ok(SessionView {
        version: number(field(value, "version")?)?,
        attempts: number(field(value, "attempts")?)?,
        calls: number(field(value, "calls")?)?,
        calls_of: calls_of.collect::<Result<_, _>>()?,
        consecutive_failures: number(field(value, "consecutive_failures")?)?,
        labels: labels.collect::<Result<_, _>>()?,
    })
}

fn ended(there: &Value) -> Result<(), Trouble> {
    match there {
        Value::Bool(true) => Ok(()),
        Value::Bool(false) => Err(Trouble::Ended),
        _ => Err(strange()),
    }
}

fn flags(answer: &Value) -> Result<Vec<bool>, Trouble> {
    let exceeded = field(answer, "exceeded")?.as_str().ok_or_else(strange)?;
    Ok(exceeded.bytes().map(|flag| flag == b'1').collect())
}

fn field<'v>(value: &'v Value, name: &str) -> Result<&'v Value, Trouble> {
    match value {
        Value::Object(object) => object.get(name).ok_or_else(strange),
        _ => Err(strange()),
    }
}

fn list(value: &Value) -> Result<&[Value], Trouble> {
    match value {
        Value::List(values) => Ok(values),
        _ => Err(strange()),
    }
}

fn number(value: &Value) -> Result<u64, Trouble> {
    match value {
        Value::Number(number) => number.as_u64().ok_or_else(strange),
        _ => Err(strange()),
    }
}

fn strange() -> Trouble {
    Trouble::Failed("its tables hold what CallGuard did not write".to_owned())
}
