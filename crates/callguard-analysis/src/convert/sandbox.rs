//! Sandboxes: where paths, commands and hosts may lie.

use super::bundle::Policy;
use super::contract::{asks, common, says};
use super::tree::{Malformed, literal, malformed, one, only, put, text, texts};
use callguard_engine::diagnostic::Code;
use callguard_engine::source::Node;
use serde_json::{Map, Value as Json, json};
use std::net::IpAddr;

const KEYS: &[&str] = &[
    "id",
    "type",
    "enabled",
    "mode",
    "tool",
    "tools",
    "within",
    "not_within",
    "allows",
    "not_allows",
    "outside",
    "message",
    "timeout",
    "timeout_action",
    "timeout_effect",
];

/// More than one command, or one that is not what it looks like: outside of every sandbox there.
const SEVERAL_COMMANDS: &str = r"[;|&\n\r`]|\$\(|\$\{|\$'|<\(|>\(|<<|^\s*\d*[<>]";

/// Converts a `sandbox` to one precondition for each of its parts.
pub(super) fn convert(policy: &mut Policy, node: &Node, id: &str) -> Result<(), Malformed> {
    only(node, KEYS)?;
    let mut tools = texts(node, "tools");
    tools.extend(text(node, "tool"));
    if tools.is_empty() {
        return Err(malformed(Code::MissingKey, node.span, "a sandbox has no `tool`", "add `tool` or `tools`"));
    }
    let note = "there the arguments of some names are looked at, by their spelling; here everything that the call touches, \
                runs and reaches, and what is not understood is outside";
    policy.notes.add(node.span, note);
    let common = common(policy, node, id, &tools);
    for (number, (part, condition)) in parts(policy, node).into_iter().enumerate() {
        let mut contract = common.clone();
        if number > 0 {
            put(&mut contract, "id", policy.id(&format!("{id}-{part}")));
        }
        contract.extend(condition);
        match text(node, "outside") {
            Some("ask" | "approve") => asks(node, &mut contract)?,
            None | Some("block" | "deny") => put(&mut contract, "action", "deny"),
            Some(other) => {
                let message = format!("`outside: {other}` is not known");
                return Err(malformed(Code::UnknownWord, node.span, message, "write `block` or `ask`"));
            }
        }
        says(policy, node, &mut contract, false)?;
        policy.preconditions.push(Json::Object(contract));
    }
    Ok(())
}

/// `when`, and `unless` where there is one, of each part.
fn parts(policy: &mut Policy, node: &Node) -> Vec<(&'static str, Map<String, Json>)> {
    let nested = |key: &str, part: &str| node.entry(key).map(|entry| texts(&entry.value, part)).unwrap_or_default();
    let mut parts = Vec::new();
    let mut part = |name, when: Json| parts.push((name, Map::from_iter([("when".to_owned(), when)])));
    for (name, places, operator) in
        [("within", texts(node, "within"), "not_under"), ("not-within", texts(node, "not_within"), "under")]
    {
        if !places.is_empty() {
            let places: Vec<Json> = places.into_iter().map(literal).collect();
            part(name, one("call.paths", one(operator, places)));
        }
    }
    for (name, patterns, restricts) in
        [("domains", nested("allows", "domains"), "not_"), ("not-domains", nested("not_allows", "domains"), "")]
    {
        let is_all = name == "domains" && patterns.contains(&"*");
        if !patterns.is_empty() && !is_all {
            part(name, hosts(policy, node, &patterns, restricts));
        }
    }
    part("one-command", one("args.command", json!({ "matches": SEVERAL_COMMANDS })));
    let programs = nested("allows", "commands");
    if !programs.is_empty() {
        let unless = json!({ "call.commands": { "runs_only": programs.into_iter().map(literal).collect::<Vec<_>>() } });
        let when = json!({ "call.commands": { "exists": true } });
        parts.push(("commands", Map::from_iter([("when".to_owned(), when), ("unless".to_owned(), unless)])));
    }
    parts
}

/// What is none of these hosts with `not_` before the operators, and what is one of them with nothing before.
fn hosts(policy: &mut Policy, node: &Node, patterns: &[&str], negation: &str) -> Json {
    let (mut names, mut addresses, mut others) = (Vec::new(), Vec::new(), false);
    for pattern in patterns {
        let name = pattern.strip_prefix("*.").unwrap_or(pattern);
        if name.contains(['*', '?', '[']) {
            others = true;
            policy.notes.add(node.span, format!("the pattern `{pattern}` of hosts has no equal, and restricts"));
        } else if let Ok(address) = name.parse::<IpAddr>() {
            addresses.push(Json::from(format!("{address}/{}", if address.is_ipv4() { 32 } else { 128 })));
        } else {
            policy.notes.add(node.span, format!("`{pattern}` is `{name}` here, and all below it"));
            names.push(literal(name));
        }
    }
    let tests = [("domain", names), ("address", addresses)].into_iter().filter(|(_, operands)| !operands.is_empty());
    let tests: Vec<(String, Json)> =
        tests.map(|(operator, operands)| (format!("{negation}{operator}"), operands.into())).collect();
    match tests.len() {
        // A host is outside of what is allowed by all of them, and within what is not by one.
        _ if others && negation.is_empty() => one("call.hosts", one("exists", true)),
        0 => one("call.hosts", one("exists", true)),
        2.. if negation.is_empty() => {
            let any = tests.into_iter().map(|(operator, operands)| one("call.hosts", one(&operator, operands)));
            one("any", any.collect::<Vec<_>>())
        }
        _ => one("call.hosts", Json::Object(tests.into_iter().collect())),
    }
}
