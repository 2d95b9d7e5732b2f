//! What a store in Python is asked, and what it answers, as dictionaries.

use callguard::engine::session::{
    Amount, AttemptAnswer, AttemptRequest, CommitRequest, Ending, Label, Lease, ReleaseRequest, ReserveAnswer,
    ReserveRequest, SessionView, StoreError, Want,
};
use callguard::store::StoreResult;
use pyo3::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;

#[derive(IntoPyObject)]
pub(super) struct Attempt<'r> {
    session: String,
    count: bool,
    counters: Vec<Counter<'r>>,
}

#[derive(IntoPyObject)]
struct Counter<'r> {
    key: &'r str,
    window_ms: Option<u64>,
}

#[derive(IntoPyObject)]
pub(super) struct Reserve<'r> {
    session: String,
    call_id: &'r str,
    tool: &'r str,
    expected_version: Option<u64>,
    peek: bool,
    wants: Vec<WantWire<'r>>,
    labels: Vec<LabelWire>,
    spent_if_lost: bool,
}

#[derive(IntoPyObject)]
struct WantWire<'r> {
    key: &'r str,
    kind: &'static str,
    amount: String,
    at_most: String,
    window_ms: Option<u64>,
    binding: bool,
}

#[derive(IntoPyObject)]
pub(super) struct Commit<'r> {
    session: String,
    lease: &'r str,
    ending: &'static str,
    actual: Vec<Option<String>>,
    labels: Vec<LabelWire>,
}

#[derive(IntoPyObject)]
pub(super) struct Release<'r> {
    session: String,
    lease: &'r str,
}

#[derive(FromPyObject, IntoPyObject)]
#[pyo3(from_item_all)]
struct LabelWire {
    name: String,
    doubtful: bool,
    observed: bool,
}

#[derive(FromPyObject)]
#[pyo3(from_item_all)]
struct View {
    version: u64,
    attempts: u64,
    calls: u64,
    calls_of: BTreeMap<String, u64>,
    consecutive_failures: u64,
    labels: Vec<LabelWire>,
}

#[derive(FromPyObject)]
#[pyo3(from_item_all)]
struct Attempted {
    view: View,
    attempts: Vec<u64>,
}

#[derive(FromPyObject)]
#[pyo3(from_item_all)]
struct Reserved {
    answer: String,
    #[pyo3(default)]
    lease: Option<String>,
    #[pyo3(default)]
    exceeded: Option<Vec<bool>>,
    #[pyo3(default)]
    view: Option<View>,
}

impl Attempt<'_> {
    pub(super) fn of(request: &AttemptRequest) -> Attempt<'_> {
        let counters = request.counters.iter();
        Attempt {
            session: request.session.text(),
            count: request.count,
            counters: counters
                .map(|counter| Counter { key: counter.key.as_str(), window_ms: counter.window_millis })
                .collect(),
        }
    }
}

impl Reserve<'_> {
    pub(super) fn of(request: &ReserveRequest) -> Reserve<'_> {
        Reserve {
            session: request.session().text(),
            call_id: &request.call.call_id,
            tool: &request.call.tool,
            expected_version: request.expected_version,
            peek: request.peek,
            wants: request.wants.iter().map(WantWire::of).collect(),
            labels: request.labels.iter().map(LabelWire::of).collect(),
            spent_if_lost: request.spent_if_lost,
        }
    }
}

impl WantWire<'_> {
    fn of(want: &Want) -> WantWire<'_> {
        let (kind, amount, at_most) = match &want.amount {
            Amount::Call { max } => ("calls", "1".to_owned(), max.to_string()),
            Amount::Failures { max } => ("failures", "0".to_owned(), max.to_string()),
            Amount::Sum { amount, at_most } => ("sum", amount.to_string(), at_most.to_string()),
            // A kind of limit that a store does not know is never within it.
            _ => ("unknown", String::new(), String::new()),
        };
        WantWire { key: want.key.as_str(), kind, amount, at_most, window_ms: want.window_millis, binding: want.binding }
    }
}

impl Commit<'_> {
    pub(super) fn of(request: &CommitRequest) -> Commit<'_> {
        Commit {
            session: request.session.text(),
            lease: &request.lease.0,
            ending: match request.ending {
                Ending::Succeeded => "succeeded",
                Ending::Failed => "failed",
                Ending::Unknown => "unknown",
            },
            actual: request.actual.iter().map(|amount| amount.map(|amount| amount.to_string())).collect(),
            labels: request.labels.iter().map(LabelWire::of).collect(),
        }
    }
}

impl Release<'_> {
    pub(super) fn of(request: &ReleaseRequest) -> Release<'_> {
        Release { session: request.session.text(), lease: &request.lease.0 }
    }
}

impl LabelWire {
    fn of(label: &Label) -> LabelWire {
        LabelWire { name: label.name.clone(), doubtful: label.doubtful, observed: label.observed }
    }

    fn label(self) -> Label {
        Label { name: self.name, doubtful: self.doubtful, observed: self.observed }
    }
}

impl View {
    fn view(self) -> Arc<SessionView> {
        Arc::new(SessionView {
            version: self.version,
            attempts: self.attempts,
            calls: self.calls,
            calls_of: self.calls_of,
            consecutive_failures: self.consecutive_failures,
            labels: self.labels.into_iter().map(LabelWire::label).collect(),
        })
    }
}

/// What became of an attempt.
pub(super) fn attempted(said: &Bound<'_, PyAny>, request: &AttemptRequest) -> StoreResult<AttemptAnswer> {
    let Attempted { view, attempts } = said.extract().map_err(|_| nonsense("attempt"))?;
    // The attempt in hand is among them.
    let counted = view.attempts > 0 && attempts.iter().all(|attempts| *attempts > 0);
    match counted && attempts.len() == request.counters.len() {
        true => Ok(AttemptAnswer { view: view.view(), attempts }),
        false => Err(nonsense("attempt")),
    }
}

/// What became of a reservation: an answer that contradicts its request, or itself, is none.
pub(super) fn reserved(said: &Bound<'_, PyAny>, request: &ReserveRequest) -> StoreResult<ReserveAnswer> {
    let Reserved { answer, lease, exceeded, view } = said.extract().map_err(|_| nonsense("reserve"))?;
    let exceeded = exceeded.unwrap_or_default();
    let is_whole = exceeded.len() == request.wants.len();
    let refuses = request.wants.iter().zip(&exceeded).any(|(want, beyond)| want.binding && *beyond);
    match (answer.as_str(), lease, view) {
        ("granted", lease, None) if is_whole && !refuses && lease.is_some() != request.peek => {
            Ok(ReserveAnswer::Granted { lease: lease.map(Lease), exceeded })
        }
        ("refused", None, None) if is_whole && refuses => Ok(ReserveAnswer::Refused { exceeded }),
        ("stale", None, Some(view)) if exceeded.is_empty() => Ok(ReserveAnswer::Stale { view: view.view() }),
        _ => Err(nonsense("reserve")),
    }
}

/// What has no answer.
pub(super) fn nothing(said: &Bound<'_, PyAny>) -> StoreResult<()> {
    if said.is_none() { Ok(()) } else { Err(StoreError::new("it gives an answer where there is none")) }
}

fn nonsense(operation: &str) -> StoreError {
    StoreError::new(format!("its answer to `{operation}` makes no sense"))
}
