//! Conditions: one selector with one operator each, beneath `all`, `any` and `not`.

use super::bundle::{Dialect, Policy};
use super::facts::type_for;
use super::regexes::{self, Regex};
use super::tree::{Malformed, literal, malformed, one, several};
use callguard_engine::diagnostic::Code;
use callguard_engine::source::{Entry, Node};
use serde_json::{Map, Value as Json, json};

/// A field that a condition or a message names.
pub(super) enum Field {
    /// It has an equal.
    Known(String),
    /// The policy looks for it elsewhere than in the call: in its environment, or by code of the host's.
    Elsewhere,
    /// Nothing is ever there.
    Nowhere,
}

/// A field in our words.
pub(super) fn field(name: &str, dialect: Dialect) -> Field {
    let (root, path) = name.split_once('.').unwrap_or((name, ""));
    let is_successor = dialect == Dialect::Successor;
    match (root, path) {
        ("environment", "") => Field::Known("environment".to_owned()),
        ("tool", "name") => Field::Known("tool".to_owned()),
        ("output", "text") => Field::Known("output.text".to_owned()),
        ("args", path) if !path.is_empty() => Field::Known(dotted(root, path)),
        ("metadata", path) if is_successor && !path.is_empty() => Field::Known(dotted(root, path)),
        ("principal", "user_id" | "service_id" | "org_id" | "role" | "ticket_ref") => Field::Known(name.to_owned()),
        ("principal", path) => match path.strip_prefix("claims.") {
            Some(claim) if !claim.is_empty() => Field::Known(dotted("principal.claims", claim)),
            _ => Field::Nowhere,
        },
        ("environment" | "tool" | "output" | "args" | "metadata", _) => Field::Nowhere,
        (_, path) if is_successor && !path.is_empty() => Field::Elsewhere,
        _ => Field::Nowhere,
    }
}

/// `root.a.b`, with what is no plain name in brackets.
fn dotted(root: &str, path: &str) -> String {
    path.split('.').fold(root.to_owned(), |selector, key| {
        let starts = key.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '_');
        let is_plain = starts && key.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
        if is_plain { format!("{selector}.{key}") } else { format!("{selector}[{}]", Json::from(key)) }
    })
}

/// A condition in our words, `negated` beneath an odd number of `not`. What has no equal in it restricts. Its depth is that of the
/// document, which the reader bounds.
pub(super) fn converted(policy: &mut Policy, node: &Node, negated: bool) -> Result<Json, Malformed> {
    let wrong = |message: &str| malformed(Code::WrongShape, node.span, message, "such as `args.path: { contains: x }`");
    let Some([entry]) = node.as_map() else {
        return Err(wrong("a condition has one entry: `all`, `any`, `not` or a selector"));
    };
    match entry.key.as_str() {
        group @ ("all" | "any") => {
            let parts = entry.value.as_list().ok_or_else(|| wrong("`all` and `any` take a list"))?;
            let parts = parts.iter().map(|part| converted(policy, part, negated)).collect::<Result<Vec<_>, _>>()?;
            Ok(one(group, parts))
        }
        "not" => Ok(one("not", converted(policy, &entry.value, !negated)?)),
        _ => leaf(policy, entry, negated),
    }
}

fn leaf(policy: &mut Policy, entry: &Entry, negated: bool) -> Result<Json, Malformed> {
    let name = entry.key.as_str();
    let Some([operator]) = entry.value.as_map() else {
        let message = format!("`{name}` takes one operator");
        return Err(malformed(Code::WrongShape, entry.value.span, message, "such as `{ contains: x }`"));
    };
    match field(name, policy.dialect) {
        Field::Known(selector) => {
            let is_untyped = ["args", "metadata", "principal.claims"].iter().any(|root| selector.starts_with(root));
            Ok(restricting(tests(policy, operator, is_untyped), &selector, negated))
        }
        Field::Elsewhere => Ok(elsewhere(policy, entry, operator, negated)),
        Field::Nowhere => {
            policy
                .notes
                .add(entry.key_span, format!("`{name}` is never there, and so it is here: the condition is constant"));
            Ok(constant(operator.key == "exists" && operator.value.as_bool() == Some(false)))
        }
    }
}

fn elsewhere(policy: &mut Policy, entry: &Entry, operator: &Entry, negated: bool) -> Json {
    let name = entry.key.as_str();
    let Some(fact) = policy.facts.declare(name, type_for(&operator.key, &operand(&operator.value))) else {
        let text = format!("`{name}` is of several types, which a fact is not: the condition restricts always");
        policy.notes.add(entry.key_span, text);
        return constant(!negated);
    };
    let text = format!(
        "`{name}` is the fact `{fact}` here, which the host supplies; until it does, what asks for it restricts"
    );
    policy.notes.add(entry.key_span, text);
    restricting(tests(policy, operator, false), &format!("facts.{fact}"), negated)
}

/// What is always so, or never.
fn constant(holds: bool) -> Json {
    one("tool", json!({ "exists": holds }))
}

/// The selector with its tests; where they have no equal, what restricts wherever there is a value.
fn restricting(tests: Option<Vec<Json>>, selector: &str, negated: bool) -> Json {
    match tests {
        Some(tests) => condition(selector, tests),
        None if negated => constant(false),
        None => one(selector, one("exists", true)),
    }
}

/// The selector with these tests; several are alternatives.
fn condition(selector: &str, mut tests: Vec<Json>) -> Json {
    match tests.len() {
        1 => one(selector, tests.remove(0)),
        _ => one("any", tests.into_iter().map(|test| one(selector, test)).collect::<Vec<_>>()),
    }
}

/// The operator in our words; none where it has no equal. A field that is missing meets none there, negated ones neither.
fn tests(policy: &mut Policy, operator: &Entry, is_untyped: bool) -> Option<Vec<Json>> {
    let operand = operand(&operator.value);
    let found = match operator.key.as_str() {
        "exists" => Some(one("exists", operator.value.as_bool().unwrap_or(true))),
        "equals" => scalars(operand).map(|operand| one("equals", operand)),
        "in" => scalars(operand).map(|operand| one("in", operand)),
        negated @ ("not_equals" | "not_in") => scalars(operand).map(|operand| present(negated, operand)),
        "contains" | "contains_any" => parts(&operand, is_untyped),
        edge @ ("starts_with" | "ends_with") => filled(&operand).map(|text| one(edge, literal(text))),
        "gt" => Some(one("greater_than", operand)),
        "gte" => Some(one("at_least", operand)),
        "lt" => Some(one("less_than", operand)),
        "lte" => Some(one("at_most", operand)),
        "matches" | "matches_any" => return patterns(policy, operator),
        // An operator of the host's own.
        _ => None,
    };
    if found.is_none() {
        let operand = super::emit::line(&self::operand(&operator.value));
        let text =
            format!("`{}: {operand}` has no equal: the condition restricts wherever there is a value", operator.key);
        policy.notes.add(operator.key_span, text);
    }
    Some(vec![found?])
}

fn operand(node: &Node) -> Json {
    Json::from(&node.to_value())
}

/// A negated operator, where there is a value.
fn present(operator: &str, operand: Json) -> Json {
    Json::Object(Map::from_iter([("exists".to_owned(), true.into()), (operator.to_owned(), operand)]))
}

/// Scalars, none of them null, which is missing and meets nothing.
fn scalars(operand: Json) -> Option<Json> {
    let is_list = operand.is_array();
    let items = if let Json::Array(items) = operand { items } else { vec![operand] };
    let kept: Vec<Json> = items.into_iter().filter(|item| !item.is_null()).collect();
    if kept.is_empty() || kept.iter().any(|item| item.is_array() || item.is_object()) {
        return None;
    }
    let mut kept: Vec<Json> = kept.into_iter().map(|item| item.as_str().map_or(item.clone(), literal)).collect();
    Some(if is_list { kept.into() } else { kept.remove(0) })
}

fn filled(operand: &Json) -> Option<&str> {
    operand.as_str().filter(|text| !text.is_empty())
}

/// Texts that a value has as parts. A list of ours may contain what a text contains, and meets it otherwise: `like` and
/// regexes are for texts alone, as theirs is.
fn parts(operand: &Json, is_untyped: bool) -> Option<Json> {
    let one_text = std::slice::from_ref(operand);
    let texts = operand.as_array().map_or(one_text, Vec::as_slice);
    let texts = texts.iter().map(filled).collect::<Option<Vec<_>>>()?;
    if !is_untyped {
        return Some(one("contains", several(texts.into_iter().map(literal).collect())));
    }
    if texts.iter().any(|text| text.contains(['*', '?'])) {
        let escaped = texts.iter().map(|text| regex_syntax::escape(text).into());
        return Some(one("matches", several(escaped.collect())));
    }
    Some(one("like", several(texts.iter().map(|text| format!("*{text}*").into()).collect())))
}

fn patterns(policy: &mut Policy, operator: &Entry) -> Option<Vec<Json>> {
    let one_pattern = std::slice::from_ref(&operator.value);
    let all = operator.value.as_list().unwrap_or(one_pattern).iter().filter_map(Node::as_scalar);
    let (mut finds, mut found) = (Vec::new(), Vec::new());
    for pattern in all {
        match regexes::converted(&pattern.text) {
            Ok(Regex::Finds(regex)) => finds.push(regex.into()),
            Ok(Regex::Lacks(regex)) => found.push(present("not_matches", regex.into())),
            Err(why) => {
                let text = format!(
                    "the regex `{}` has no equal ({why}): the condition restricts wherever there is a value",
                    pattern.text
                );
                policy.notes.add(operator.value.span, text);
                return None;
            }
        }
    }
    if !finds.is_empty() {
        found.insert(0, one("matches", several(finds)));
    }
    Some(found)
}
