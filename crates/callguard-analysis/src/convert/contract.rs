//! Contracts before and after a call, and those that count.

use super::bundle::Policy;
use super::tree::{Malformed, malformed, needed, needed_text, only, put, text, text_of, texts};
use super::{condition, message, regexes};
use callguard_engine::diagnostic::Code;
use callguard_engine::source::{Entry, Node};
use serde_json::{Map, Value as Json, json};

const KEYS: &[&str] = &["id", "type", "enabled", "mode", "tool", "when", "then"];
const THEN: &[&str] =
    &["effect", "action", "message", "tags", "metadata", "timeout", "timeout_action", "timeout_effect"];

/// Converts a contract of type `pre`.
pub(super) fn before(policy: &mut Policy, node: &Node, id: &str) -> Result<(), Malformed> {
    let (mut contract, then) = with_condition(policy, node, id)?;
    match action(then)? {
        "ask" | "approve" => asks(then, &mut contract)?,
        "deny" | "block" => put(&mut contract, "action", "deny"),
        other => return Err(no_action(then, other, "before a call it is `deny`, `block` or `ask`")),
    }
    says(policy, then, &mut contract, false)?;
    policy.preconditions.push(Json::Object(contract));
    Ok(())
}

/// Converts a contract of type `post`.
pub(super) fn after(policy: &mut Policy, node: &Node, id: &str) -> Result<(), Malformed> {
    let (mut contract, then) = with_condition(policy, node, id)?;
    match action(then)? {
        "warn" => put(&mut contract, "action", "warn"),
        "redact" => {
            let text = "there the result of a tool that writes is shown with a warning; here it is redacted too";
            policy.notes.add(then.span, text);
            redacts(policy, node, then, &mut contract);
        }
        "block" | "deny" => {
            let text = "there the result of a tool that writes is shown with a warning; here it is withheld too";
            policy.notes.add(then.span, text);
            put(&mut contract, "action", "withhold");
        }
        other => return Err(no_action(then, other, "after a call it is `warn`, `redact` or `block`")),
    }
    says(policy, then, &mut contract, true)?;
    policy.postconditions.push(Json::Object(contract));
    Ok(())
}

/// Converts a contract of type `session`.
pub(super) fn counts(policy: &mut Policy, node: &Node, id: &str) -> Result<(), Malformed> {
    only(node, &["id", "type", "enabled", "mode", "limits", "then"])?;
    let (limits, then) = (needed(node, "limits")?, needed(node, "then")?);
    only(limits, &["max_tool_calls", "max_attempts", "max_calls_per_tool"])?;
    if is_off(node) {
        policy.notes.add(node.span, format!("`{id}` is switched off, and left out: several limits of a kind are one"));
        return Ok(());
    }
    let mut contract = common(policy, node, id, &[]);
    // The mode of a limit is that of the document there.
    if contract.remove("mode").is_some() {
        policy.notes.add(node.span, "`mode` of a limit does nothing there; the limit is enforced");
    }
    says(policy, then, &mut contract, false)?;
    for entry in limits.as_map().unwrap_or_default() {
        match entry.key.as_str() {
            "max_tool_calls" => policy.limits.calls(whole(&entry.value)?, &contract),
            "max_attempts" => policy.limits.attempts(whole(&entry.value)?, &contract),
            _ => {
                for tool in entry.value.as_map().unwrap_or_default() {
                    policy.limits.tool(&tool.key, whole(&tool.value)?, &contract);
                }
            }
        }
    }
    Ok(())
}

/// What contracts with a condition have, and what they do.
fn with_condition<'a>(
    policy: &mut Policy,
    node: &'a Node,
    id: &str,
) -> Result<(Map<String, Json>, &'a Node), Malformed> {
    only(node, KEYS)?;
    let mut contract = common(policy, node, id, &[needed_text(node, "tool")?]);
    put(&mut contract, "when", condition::converted(policy, needed(node, "when")?, false)?);
    Ok((contract, needed(node, "then")?))
}

/// What every contract has: id, tools, tags, mode, whether it is switched on.
pub(super) fn common(policy: &mut Policy, node: &Node, id: &str, tools: &[&str]) -> Map<String, Json> {
    let mut contract = Map::new();
    put(&mut contract, "id", id);
    let globs = tools.iter().map(|tool| policy.tool(node, tool)).collect::<Option<Vec<_>>>().unwrap_or_default();
    if !globs.is_empty() {
        put(&mut contract, "tools", super::tree::several(globs.into_iter().map(Json::from).collect()));
    }
    match text(node, "mode") {
        Some("observe") if !policy.observes => put(&mut contract, "mode", "observe"),
        Some("enforce") if policy.observes => {
            let text =
                "`mode: enforce` in a document that observes stops a dry run there and no call; here it is enforced";
            policy.notes.add(node.span, text);
            put(&mut contract, "mode", "enforce");
        }
        _ => {}
    }
    if is_off(node) {
        put(&mut contract, "enabled", false);
    }
    contract
}

fn is_off(node: &Node) -> bool {
    node.entry("enabled").and_then(|entry| entry.value.as_bool()) == Some(false)
}

/// The message and the tags.
pub(super) fn says(
    policy: &mut Policy,
    then: &Node,
    contract: &mut Map<String, Json>,
    of_result: bool,
) -> Result<(), Malformed> {
    let message = message::converted(policy, then, needed_text(then, "message")?, of_result);
    put(contract, "message", message);
    let tags = texts(then, "tags");
    if !tags.is_empty() {
        put(contract, "tags", tags);
    }
    if let Some(entry) = then.entry("metadata") {
        let text = "`then.metadata` has no equal: events name the contract, its severity and its tags";
        policy.notes.add(entry.key_span, text);
    }
    Ok(())
}

fn action(then: &Node) -> Result<&str, Malformed> {
    only(then, THEN)?;
    text_of(then, &["action", "effect"]).map_or_else(|| needed_text(then, "action"), Ok)
}

fn no_action(then: &Node, other: &str, help: &str) -> Malformed {
    malformed(Code::BadAction, then.span, format!("`{other}` is no action here"), help)
}

/// `ask` with its time.
pub(super) fn asks(of: &Node, contract: &mut Map<String, Json>) -> Result<(), Malformed> {
    put(contract, "action", "ask");
    let seconds = of.entry("timeout").map_or(Ok(300), |entry| whole(&entry.value))?;
    let on_timeout = match text_of(of, &["timeout_action", "timeout_effect"]) {
        Some("allow") => "allow",
        _ => "deny",
    };
    put(contract, "ask", json!({ "timeout": format!("{seconds}s"), "on_timeout": on_timeout }));
    Ok(())
}

fn whole(node: &Node) -> Result<u64, Malformed> {
    let number = node.as_scalar().filter(|_| node.as_number().is_some()).and_then(|scalar| scalar.text.parse().ok());
    let shape = || {
        malformed(
            Code::WrongShape,
            node.span,
            format!("this is {}", node.describe()),
            "write a whole number, at least 1",
        )
    };
    number.filter(|number| *number > 0).ok_or_else(shape)
}

/// What is looked for in the result is what is redacted.
fn redacts(policy: &mut Policy, node: &Node, then: &Node, contract: &mut Map<String, Json>) {
    let mut patterns = Vec::new();
    if let Some(when) = node.entry("when") {
        looked_for(&when.value, &mut patterns);
    }
    if patterns.is_empty() {
        policy.notes.add(
            then.span,
            "nothing says what to redact: there it is what looks like a secret, here `detect: [secret]`",
        );
        put(contract, "redact", json!({ "detect": ["secret"], "with": "[REDACTED]" }));
    } else {
        put(contract, "redact", json!({ "patterns": patterns, "with": "[REDACTED]" }));
    }
}

/// The regexes of the result. What has no equal is noted where the condition is read.
fn looked_for(condition: &Node, patterns: &mut Vec<String>) {
    for entry in condition.as_map().unwrap_or_default() {
        match entry.key.as_str() {
            "output.text" => patterns.extend(regexes_of(&entry.value)),
            "all" | "any" => {
                entry.value.as_list().unwrap_or_default().iter().for_each(|part| looked_for(part, patterns))
            }
            "not" => looked_for(&entry.value, patterns),
            _ => {}
        }
    }
}

fn regexes_of(operators: &Node) -> Vec<String> {
    let operators = operators.as_map().unwrap_or_default().iter();
    let texts = |operator: &Entry| {
        let one = std::slice::from_ref(&operator.value);
        let all = operator.value.as_list().unwrap_or(one).iter().filter_map(Node::as_scalar);
        all.map(|scalar| scalar.text.clone()).collect::<Vec<_>>()
    };
    let looked = operators.filter(|operator| matches!(operator.key.as_str(), "matches" | "matches_any"));
    let found = looked.flat_map(texts).filter_map(|pattern| match regexes::converted(&pattern) {
        Ok(regexes::Regex::Finds(regex)) => Some(regex),
        _ => None,
    });
    found.collect()
}
