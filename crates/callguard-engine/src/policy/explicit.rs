//! The desugared core of a policy: everything that its shorthands, defaults and bases mean, made explicit.

use super::model::{
    Action, Ask, Condition, Contract, Counted, Dated, Default, Kind, Leaf, Limit, OnTimeout, OnUnknown, PerPart,
    Policy, PolicySet, Quantifier, Terms, ToolGlob, ToolMatcher, Window,
};
use super::model::{Message, Piece};
use crate::value::Value;
use serde_json::{Map, Value as Json, json};

/// The policies in their published core form.
pub fn explicit(set: &PolicySet) -> Json {
    json!({
        "policy_version": set.version.as_str(),
        "policies": set.policies.iter().map(policy).collect::<Vec<_>>(),
    })
}

fn policy(policy: &Policy) -> Json {
    let contracts = policy.contracts.iter().map(contract);
    json!({
        "name": policy.name,
        "mode": policy.mode.as_str(),
        "default": by_default(policy.default),
        "unknown_tools": by_default(policy.unknown_tools),
        "requires": policy.requires.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "timezone": policy.timezone.iana_name().unwrap_or("UTC"),
        "workspace": policy.filesystem.workspace,
        "home": policy.filesystem.home,
        "contracts": contracts.collect::<Vec<_>>(),
    })
}

fn by_default(what: Default) -> &'static str {
    match what {
        Default::Allow => "allow",
        Default::Deny => "deny",
    }
}

/// A contract in its published core form.
pub fn contract(contract: &Contract) -> Json {
    let terms = contract.terms.iter().map(|dated| self::dated(contract, dated));
    json!({
        "id": contract.id.to_string(),
        "kind": contract.kind.as_str(),
        "locked": contract.locked,
        "tools": matcher(&contract.tools),
        "when": condition(&contract.when),
        "add_labels": contract.add_labels,
        "terms": terms.collect::<Vec<_>>(),
    })
}

fn matcher(tools: &ToolMatcher) -> Json {
    let names = |globs: &[ToolGlob]| globs.iter().map(|glob| glob.as_str().to_owned()).collect::<Vec<_>>();
    let include = if tools.include.is_empty() { vec!["*".to_owned()] } else { names(&tools.include) };
    let mut all = Map::new();
    all.insert("name".to_owned(), json!(include));
    all.insert("not".to_owned(), json!(names(&tools.exclude)));
    if !tools.side_effect.is_empty() {
        let words: Vec<_> = tools.side_effect.iter().map(|effect| effect.as_str()).collect();
        all.insert("side_effect".to_owned(), json!(words));
    }
    if !tools.server.is_empty() {
        all.insert("server".to_owned(), json!(names(&tools.server)));
    }
    if !tools.labels.is_empty() {
        all.insert("labels".to_owned(), json!(tools.labels));
    }
    Json::Object(all)
}

/// `all`, `any`, `not`, or `{ selector: { operator: operand } }`; a contract without `when` has `all: []`.
fn condition(entry: &Condition) -> Json {
    match entry {
        Condition::All(parts) => json!({ "all": parts.iter().map(condition).collect::<Vec<_>>() }),
        Condition::Any(parts) => json!({ "any": parts.iter().map(condition).collect::<Vec<_>>() }),
        Condition::Not(inner) => json!({ "not": condition(inner) }),
        Condition::Leaf(leaf) => json!({ (leaf.selector.to_string()): operators(leaf) }),
    }
}

fn operators(leaf: &Leaf) -> Json {
    let written = Json::from(&leaf.written);
    let operators = match &leaf.written {
        Value::Object(_) => written,
        Value::List(_) => json!({ "in": written }),
        _ => json!({ "equals": written }),
    };
    match leaf.quantifier {
        None => operators,
        Some(Quantifier::Some) => json!({ "some": operators }),
        Some(Quantifier::Every) => json!({ "every": operators }),
    }
}

fn dated(contract: &Contract, dated: &Dated) -> Json {
    let Dated { until, terms } = dated;
    let mut all = Map::new();
    if let Some(until) = until {
        all.insert("until".to_owned(), json!(until.to_string()));
    }
    all.insert("mode".to_owned(), json!(terms.mode.as_str()));
    all.insert("enabled".to_owned(), json!(terms.enabled));
    all.insert("severity".to_owned(), json!(terms.severity.as_str()));
    all.insert("tags".to_owned(), json!(terms.tags.to_vec()));
    all.insert("unless".to_owned(), json!(terms.unless.iter().map(condition).collect::<Vec<_>>()));
    all.insert("action".to_owned(), json!(terms.action.as_str()));
    if let Action::Ask(ask) = &terms.action {
        all.insert("ask".to_owned(), ask_terms(ask));
    }
    if contract.kind != Kind::Postcondition || terms.on_unknown.is_some() {
        all.insert("on_unknown".to_owned(), on_unknown(terms));
    }
    if let Some(limit) = &terms.limit {
        all.insert("limit".to_owned(), self::limit(limit));
        all.insert("per".to_owned(), json!(limit.per.iter().map(per).collect::<Vec<_>>()));
    }
    all.insert("message".to_owned(), json!(message(&terms.message)));
    Json::Object(all)
}

fn ask_terms(ask: &Ask) -> Json {
    let on_timeout = match ask.on_timeout {
        OnTimeout::Deny => "deny",
        OnTimeout::Allow => "allow",
    };
    json!({ "timeout_ms": ask.timeout_millis, "on_timeout": on_timeout, "approvers": ask.approvers })
}

fn on_unknown(terms: &Terms) -> Json {
    match &terms.on_unknown {
        None => json!(terms.action.as_str()),
        Some(OnUnknown::Warn) => json!("warn"),
        Some(OnUnknown::Ask(_)) => json!("ask"),
    }
}

fn limit(limit: &Limit) -> Json {
    let mut all = Map::new();
    match &limit.counted {
        Counted::Calls { max } => all.insert("calls".to_owned(), json!(max)),
        Counted::Attempts { max } => all.insert("attempts".to_owned(), json!(max)),
        Counted::ConsecutiveFailures { max } => all.insert("consecutive_failures".to_owned(), json!(max)),
        Counted::Sum { of, at_most, reserve } => {
            if let Some(reserve) = reserve {
                all.insert("reserve".to_owned(), json!(reserve.to_string()));
            }
            all.insert("sum".to_owned(), json!(of.to_string()));
            all.insert("at_most".to_owned(), json!(at_most.to_string()))
        }
    };
    if let Some(Window { millis }) = limit.window {
        all.insert("window_ms".to_owned(), json!(millis));
    }
    Json::Object(all)
}

fn per(part: &PerPart) -> String {
    match part {
        PerPart::Session => "session".to_owned(),
        PerPart::Tool => "tool".to_owned(),
        PerPart::Field(selector) => selector.to_string(),
    }
}

fn message(message: &Message) -> String {
    let piece = |piece: &Piece| match piece {
        Piece::Text(text) => text.replace('{', "{{").replace('}', "}}"),
        Piece::Field(selector) => format!("{{{selector}}}"),
    };
    message.pieces.iter().map(piece).collect()
}
