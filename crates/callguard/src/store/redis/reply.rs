//! What the scripts answer.

use crate::store::remote::Trouble;
use ::redis::Value;
use callguard_engine::session::{AttemptAnswer, Label, Lease, ReserveAnswer, SessionView};
use std::sync::Arc;

pub(super) fn attempt(reply: &Value, counted: bool) -> Result<AttemptAnswer, Trouble> {
    let [attempts, session] = list(reply)? else { return Err(strange()) };
    let attempts = list(attempts)?.iter().map(number).collect::<Result<_, _>>()?;
    let mut view = view(session)?;
    if !counted {
        // A dry run shows where the session would stand.
        view.attempts = view.attempts.saturating_add(1);
    }
    Ok(AttemptAnswer { view: Arc::new(view), attempts })
}

pub(super) fn reserve(reply: &Value) -> Result<ReserveAnswer, Trouble> {
    match list(reply)? {
        [kind, lease, exceeded] if text(kind)? == "granted" => {
            Ok(ReserveAnswer::Granted { lease: Some(Lease(text(lease)?.to_owned())), exceeded: flags(exceeded)? })
        }
        [kind, session] if text(kind)? == "stale" => Ok(ReserveAnswer::Stale { view: Arc::new(view(session)?) }),
        [kind, exceeded] if text(kind)? == "refused" => Ok(ReserveAnswer::Refused { exceeded: flags(exceeded)? }),
        [kind, exceeded] if text(kind)? == "peeked" => {
            Ok(ReserveAnswer::Granted { lease: None, exceeded: flags(exceeded)? })
        }
        _ => Err(strange()),
    }
}

pub(super) fn ended(reply: &Value) -> Result<(), Trouble> {
    match reply {
        Value::Int(1) => Ok(()),
        Value::Int(_) => Err(Trouble::Ended),
        _ => Err(strange()),
    }
}

fn view(session: &Value) -> Result<SessionView, Trouble> {
    let mut view = SessionView::default();
    for pair in list(session)?.chunks_exact(2) {
        let [name, value] = pair else { return Err(strange()) };
        let name = text(name)?;
        match name {
            "version" => view.version = number(value)?,
            "attempts" => view.attempts = number(value)?,
            "calls" => view.calls = number(value)?,
            "failures" => view.consecutive_failures = number(value)?,
            _ => match name.split_once(':') {
                Some(("t", tool)) => drop(view.calls_of.insert(tool.to_owned(), number(value)?)),
                Some(("l", marked)) => drop(view.labels.insert(unmarked(marked).ok_or_else(strange)?)),
                _ => return Err(strange()),
            },
        }
    }
    Ok(view)
}

/// A label as the scripts know it: its two marks, then its name.
pub(super) fn marked(label: &Label) -> String {
    let mark = |set| if set { '1' } else { '0' };
    format!("{}{}:{}", mark(label.doubtful), mark(label.observed), label.name)
}

fn unmarked(marked: &str) -> Option<Label> {
    let (marks, name) = marked.split_once(':')?;
    let (doubtful, observed) = match marks {
        "00" => (false, false),
        "10" => (true, false),
        "01" => (false, true),
        "11" => (true, true),
        _ => return None,
    };
    Some(Label { name: name.to_owned(), doubtful, observed })
}

fn flags(exceeded: &Value) -> Result<Vec<bool>, Trouble> {
    Ok(text(exceeded)?.bytes().map(|flag| flag == b'1').collect())
}

fn list(value: &Value) -> Result<&[Value], Trouble> {
    match value {
        Value::Array(values) => Ok(values),
        _ => Err(strange()),
    }
}

fn text(value: &Value) -> Result<&str, Trouble> {
    match value {
        Value::BulkString(bytes) => std::str::from_utf8(bytes).map_err(|_| strange()),
        Value::SimpleString(text) => Ok(text),
        _ => Err(strange()),
    }
}

fn number(value: &Value) -> Result<u64, Trouble> {
    text(value)?.parse().map_err(|_| strange())
}

fn strange() -> Trouble {
    Trouble::Failed("its keys hold what CallGuard did not write".to_owned())
}
