//! Limits that another one always reaches first.

use super::Finding;
use super::reach::is_covered;
use super::subject::{Subject, Subjects};
use callguard_engine::diagnostic::{Code, Diagnostic};
use callguard_engine::policy::model::{Action, Condition, Counted, Limit, Mode};

pub(crate) fn findings(subjects: &Subjects<'_>) -> Vec<Finding> {
    let limits: Vec<(&Subject<'_>, &Limit)> =
        subjects.iter().filter_map(|subject| Some((subject, subject.terms.limit.as_ref()?))).collect();
    let mut found = Vec::new();
    for (index, (subject, limit)) in limits.iter().enumerate() {
        let binds_first = |(at, (other, theirs)): &(usize, &(&Subject<'_>, &Limit))| {
            let same = reaches_first(theirs, limit) && reaches_first(limit, theirs);
            // Of two that are the same the later one is too many.
            *at != index && reaches_first(theirs, limit) && stops_as_much(other, subject) && (!same || *at < index)
        };
        let Some((_, (other, theirs))) = limits.iter().enumerate().find(binds_first) else { continue };
        let message = format!("`{}` never stops a call: `{}` does before", subject.id(), other.id());
        let diagnostic = Diagnostic::warning(Code::LimitNeverBinds, subject.key_span("limit"), message)
            .label(said(limit))
            .related(other.key_span("limit"), said(theirs))
            .help("make it the smaller of the two, or remove it");
        found.push(Finding::plain(diagnostic));
    }
    found
}

fn said(limit: &Limit) -> String {
    let most = match &limit.counted {
        Counted::Calls { max } => format!("{max} calls"),
        Counted::Attempts { max } => format!("{max} attempts"),
        Counted::ConsecutiveFailures { max } => format!("{max} failures in a row"),
        Counted::Sum { of, at_most, .. } => format!("{at_most} of `{of}`"),
        _ => "a limit".to_owned(),
    };
    match limit.window {
        Some(window) => format!("{most} in {} s", window.millis / 1000),
        None => format!("{most} in all"),
    }
}

/// Whether `other` stops whatever the subject's limit is about, whoever asks.
fn stops_as_much(other: &Subject<'_>, subject: &Subject<'_>) -> bool {
    let counts_all = matches!(&other.contract.when, Condition::All(parts) if parts.is_empty());
    other.policy.name == subject.policy.name
        && other.terms.action == Action::Deny
        && other.terms.mode == Mode::Enforce
        && other.contract.terms.len() == 1
        && counts_all
        && other.terms.unless.is_empty()
        && is_covered(&subject.contract.tools, &other.contract.tools)
}

/// Whether no more than `limit` has ever happened where `first` has stopped it.
fn reaches_first(first: &Limit, limit: &Limit) -> bool {
    let fewer = match (&first.counted, &limit.counted) {
        (Counted::Calls { max } | Counted::Attempts { max }, Counted::Calls { max: most }) => max <= most,
        (Counted::Attempts { max }, Counted::Attempts { max: most }) => max <= most,
        (Counted::ConsecutiveFailures { max }, Counted::ConsecutiveFailures { max: most }) => max <= most,
        (Counted::Sum { of, at_most, reserve: None }, Counted::Sum { of: their, at_most: most, reserve: None }) => {
            of == their && at_most <= most
        }
        _ => false,
    };
    let longer = match (first.window, limit.window) {
        (None, _) => true,
        (Some(first), Some(window)) => first.millis >= window.millis,
        (Some(_), None) => false,
    };
    // Failures are forgotten when the window ends, so that only equal windows compare.
    let failures = matches!(first.counted, Counted::ConsecutiveFailures { .. });
    fewer
        && longer
        && (!failures || first.window == limit.window)
        && first.per.iter().all(|part| limit.per.contains(part))
}
