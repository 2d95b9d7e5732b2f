//! Changes to a contract.

use super::edit::Edit;
use super::operand::{condition, globs};
use super::{At, Found, Operator};

/// Finds the changes of a contract that stands under `kind`.
pub(super) fn contract(found: &mut Found, kind: &str, at: &At<'_>) {
    if at.entry("enabled").is_some_and(|enabled| enabled.text() == Some("false")) {
        return;
    }
    match at.entry("mode") {
        Some(mode) => found.replace(Operator::Observe, ("mode", &mode), opposite(mode.text())),
        None => found.add(Operator::Observe, at, Edit::Insert("mode", "observe"), "`mode` is made `observe`"),
    }
    if kind == "session" && at.entry("action").is_none() {
        found.add(Operator::ChangeAction, at, Edit::Insert("action", "warn"), "`action` is made `warn`");
    }
    for (key, at) in at.entries() {
        part(found, kind, key, &at);
    }
}

/// Finds the changes of an override.
pub(super) fn override_of(found: &mut Found, at: &At<'_>) {
    for (key, at) in at.entries() {
        match key {
            "mode" => found.replace(Operator::Observe, (key, &at), opposite(at.text())),
            "enabled" | "message" | "severity" | "tags" | "until" | "id" => {}
            _ => part(found, "overrides", key, &at),
        }
    }
}

fn opposite(mode: Option<&str>) -> &'static str {
    if mode == Some("observe") { "enforce" } else { "observe" }
}

fn part(found: &mut Found, kind: &str, key: &str, at: &At<'_>) {
    match key {
        "tools" => tools(found, key, at),
        "when" => {
            found.drop_entry(Operator::DropWhen, key, at);
            negated(found, key, at);
            condition(found, at);
        }
        "unless" => {
            found.drop_entry(Operator::DropUnless, key, at);
            negated(found, key, at);
            condition(found, at);
        }
        "action" => action(found, kind, at),
        "on_unknown" => {
            found.drop_entry(Operator::ChangeDoubt, key, at);
            if at.text() == Some("ask") {
                found.replace(Operator::ChangeDoubt, (key, at), "warn");
            }
        }
        "limit" => limit(found, at),
        "per" => found.drop_entry(Operator::DropScope, key, at),
        "add_labels" if at.items().len() > 1 => found.drop_items(Operator::DropLabel, key, at),
        "add_labels" => found.drop_entry(Operator::DropLabel, key, at),
        "redact" => redaction(found, at),
        _ => {}
    }
}

fn negated(found: &mut Found, key: &str, at: &At<'_>) {
    found.add(Operator::NegateCondition, at, Edit::Under("not"), format!("`{key}` is made its opposite"));
}

fn tools(found: &mut Found, key: &str, at: &At<'_>) {
    found.drop_entry(Operator::DropTools, key, at);
    found.drop_items(Operator::DropLiteral, key, at);
    globs(found, at);
    let parts = at.entries();
    for (key, part) in &parts {
        if parts.len() > 1 {
            found.drop_entry(Operator::DropCondition, key, part);
        }
        found.drop_items(Operator::DropLiteral, key, part);
        if *key == "name" {
            globs(found, part);
        }
    }
}

fn action(found: &mut Found, kind: &str, at: &At<'_>) {
    let others: &[&str] = match (kind, at.text()) {
        ("postconditions", Some("withhold")) => &["warn"],
        ("postconditions", Some("warn")) => &["withhold"],
        ("postconditions", _) => &[],
        (_, Some("deny")) => &["ask", "warn"],
        (_, Some("ask")) => &["deny", "warn"],
        (_, Some("allow")) => &["deny", "ask"],
        (_, _) => &["deny"],
    };
    for other in others {
        found.replace(Operator::ChangeAction, ("action", at), other);
    }
    if kind == "preconditions" && at.text() == Some("deny") {
        found.replace(Operator::DenyToAllow, ("action", at), "allow");
    }
}

fn limit(found: &mut Found, at: &At<'_>) {
    for (key, at) in at.entries() {
        match key {
            "window" => found.drop_entry(Operator::DropWindow, key, &at),
            "sum" => {}
            _ => {
                found.numbers(key, &at);
                let other = if key == "attempts" { "calls" } else { "attempts" };
                if matches!(key, "calls" | "attempts" | "consecutive_failures") {
                    found.add(Operator::SwapLimit, &at, Edit::Key(other), format!("`{key}` is made `{other}`"));
                }
            }
        }
    }
}

fn redaction(found: &mut Found, at: &At<'_>) {
    let parts = at.entries();
    let finds = |key: &str| matches!(key, "detect" | "patterns" | "fields" | "truncate");
    let finders = parts.iter().filter(|(key, _)| finds(key)).count();
    for (key, part) in &parts {
        found.drop_items(Operator::DropRedaction, key, part);
        if !finds(key) || finders > 1 {
            found.drop_entry(Operator::DropRedaction, key, part);
        }
        found.numbers(key, part);
    }
}
