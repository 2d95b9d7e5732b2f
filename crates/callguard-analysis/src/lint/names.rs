//! Names of tools and arguments, held against the tools that there are.

use super::Finding;
use super::inventory::{Inventory, InventoryTool, Known, types, under};
use super::subject::Subject;
use callguard_engine::call::{Tool, ToolEnvelope, catalog};
use callguard_engine::diagnostic::{Code, Diagnostic};
use callguard_engine::policy::model::{FieldPath, JsonType, Leaf, Operand, Segment, Selector, Test, ToolGlob};
use callguard_engine::source::{Node, Span};
use callguard_engine::value::{Object, Value};
use jiff::Timestamp;
use serde_json::Value as Json;

pub(crate) fn findings(subject: &Subject<'_>, inventory: Option<&Inventory>) -> Vec<Finding> {
    let mut found = tools(subject, inventory);
    let Some(inventory) = inventory else { return found };
    let matching: Vec<&InventoryTool> = inventory.tools.iter().filter(|tool| is_about(subject, &tool.name)).collect();
    if !matching.is_empty() {
        found.extend(subject.leaves().filter_map(|leaf| argument(leaf, &matching)));
    }
    found
}

/// Whether the contract is about the tool.
fn is_about(subject: &Subject<'_>, name: &str) -> bool {
    let tool = Tool::resolve(subject.policy, &catalog::builtin(), name);
    let anywhere =
        callguard_engine::policy::model::ToolMatcher { server: Vec::new(), ..subject.contract.tools.clone() };
    tool.matches(&anywhere, &ToolEnvelope::new(name, Object::default(), Timestamp::UNIX_EPOCH))
}

/// Names that are nobody's.
fn tools(subject: &Subject<'_>, inventory: Option<&Inventory>) -> Vec<Finding> {
    let builtin = catalog::builtin();
    let declared = subject.policy.tools.iter().chain(builtin.iter().filter(|_| subject.policy.catalog));
    let globs: Vec<&ToolGlob> = declared.flat_map(|tool| &tool.names).collect();
    let mut found = Vec::new();
    for glob in &subject.contract.tools.include {
        let name = glob.as_str();
        let known = globs.iter().any(|declared| glob.is_literal() && declared.matches(name));
        let candidates: Vec<&str> = match inventory {
            Some(inventory) if inventory.tools.iter().any(|tool| glob.matches(&tool.name)) => continue,
            Some(inventory) => inventory.tools.iter().map(|tool| tool.name.as_str()).collect(),
            None if known || !glob.is_literal() => continue,
            None => globs.iter().filter(|glob| glob.is_literal()).map(|glob| glob.as_str()).collect(),
        };
        let near = nearest(name, &candidates);
        if inventory.is_none() && near.is_none() {
            continue;
        }
        let message = match (inventory, near) {
            (Some(_), _) => format!("no tool of the inventory is `{name}`"),
            (None, Some(near)) => format!("`{name}` is no tool that is declared, and `{near}` is"),
            (None, None) => continue,
        };
        let diagnostic = Diagnostic::warning(Code::ToolOfNobody, place(subject, name), message);
        let diagnostic = match near {
            Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
            None => diagnostic.help("name a tool that there is, or remove it"),
        };
        found.push(Finding::plain(diagnostic));
    }
    found
}

/// A name that is a letter or two away.
fn nearest<'a>(name: &str, candidates: &[&'a str]) -> Option<&'a str> {
    const SHORTEST: usize = 5;
    /// Bytes of a letter, at most.
    const LONGEST_LETTER: usize = 4;
    let alike = candidates.iter().filter(|candidate| candidate.len().abs_diff(name.len()) <= 2 * LONGEST_LETTER);
    let scored = alike.map(|candidate| (strsim::osa_distance(name, candidate), *candidate));
    let near = scored.filter(|(distance, candidate)| (1..=2).contains(distance) && candidate.len() >= SHORTEST);
    near.min().map(|(_, candidate)| candidate).filter(|_| name.len() >= SHORTEST)
}

fn place(subject: &Subject<'_>, name: &str) -> Span {
    let tools = subject.node.entry("tools").map(|entry| &entry.value);
    let names = tools.map(|node| node.entry("name").map_or(node, |entry| &entry.value));
    let items = names.map(|node| node.as_list().unwrap_or(std::slice::from_ref(node))).unwrap_or_default();
    let written = |node: &&Node| node.as_scalar().is_some_and(|scalar| scalar.text == name);
    items.iter().find(written).map_or_else(|| subject.key_span("tools"), |node| node.span)
}

/// An argument that no tool takes, or whose type never meets the condition.
fn argument(leaf: &Leaf, tools: &[&InventoryTool]) -> Option<Finding> {
    let Selector::Args(path) = &leaf.selector else { return None };
    let known: Vec<Known<'_>> = tools.iter().map(|tool| of_path(tool, path)).collect();
    if known.iter().all(|known| matches!(known, Known::Absent)) {
        let message = format!("no tool that this is about takes `{}`", leaf.selector);
        let names: Vec<&str> = tools.iter().filter_map(|tool| tool.schema.as_ref()).flat_map(arguments).collect();
        let found = Diagnostic::warning(Code::ArgumentOfNobody, leaf.span, message);
        let first = path.segments.first().and_then(|segment| match segment {
            Segment::Key(key) => nearest(key, &names),
            _ => None,
        });
        return Some(Finding::plain(match first {
            Some(near) => found.help(format!("did you mean `args.{near}`?")),
            None => found.help(format!("there is {} in {}", listed(&names), subject_of(tools))),
        }));
    }
    let described: Option<Vec<&Json>> = known
        .iter()
        .filter(|known| !matches!(known, Known::Absent))
        .map(|known| if let Known::Described(schema) = known { Some(*schema) } else { None })
        .collect();
    let described = described.filter(|schemas| !schemas.is_empty())?;
    let test = leaf.tests.iter().find(|test| described.iter().all(|schema| never_meets(test, schema)))?;
    let kinds: Vec<&str> = described.iter().filter_map(|schema| types(schema)).flatten().collect();
    let message = format!("`{}` is {}, which never meets this", leaf.selector, listed(&kinds));
    let found = Diagnostic::warning(Code::TypeNeverMeets, leaf.span, message);
    Some(Finding::plain(found.help(format!("compare it as what it is: {}", wanted(test)))))
}

fn subject_of(tools: &[&InventoryTool]) -> String {
    let names: Vec<&str> = tools.iter().map(|tool| tool.name.as_str()).collect();
    listed(&names)
}

/// The first few, each once.
fn listed(names: &[&str]) -> String {
    const MOST: usize = 6;
    let mut sorted: Vec<&str> = names.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    let more = sorted.len().saturating_sub(MOST);
    let shown: Vec<String> = sorted.iter().take(MOST).map(|name| format!("`{name}`")).collect();
    let tail = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{tail}", shown.join(", "))
}

fn arguments(schema: &Json) -> impl Iterator<Item = &str> {
    schema.get("properties").and_then(Json::as_object).into_iter().flatten().map(|(name, _)| name.as_str())
}

fn of_path<'a>(tool: &'a InventoryTool, path: &FieldPath) -> Known<'a> {
    let Some(mut schema) = tool.schema.as_ref() else { return Known::Nothing };
    for segment in &path.segments {
        match segment {
            Segment::Key(key) => match under(schema, key) {
                Known::Described(found) => schema = found,
                other => return other,
            },
            Segment::Index(_) | Segment::Every => match schema.get("items") {
                Some(items) => schema = items,
                None => return Known::Nothing,
            },
        }
    }
    Known::Described(schema)
}

/// Whether the test is false or unknown of every value that the schema takes.
fn never_meets(test: &Test, schema: &Json) -> bool {
    let Some(types) = types(schema) else { return false };
    let is = |wanted: &[&str]| types.iter().any(|kind| wanted.contains(kind));
    match test {
        Test::Equals(operands) if !operands.negated => !operands.positive.iter().any(|operand| fits(operand, &types)),
        Test::In(operands) if !operands.negated => {
            !is(&["array"]) && !operands.positive.iter().any(|operand| fits(operand, &types))
        }
        Test::Contains(operands) if !operands.negated => !is(&["string", "array"]),
        Test::ContainsAll(_) => !is(&["array"]),
        Test::Order(_, Operand::Literal(Value::Number(_))) => !is(&["number", "integer"]),
        Test::Order(_, Operand::Literal(Value::String(_))) => !is(&["string"]),
        Test::Text(_, patterns) if !patterns.negated => !is(&["string"]),
        Test::Size(..) => !is(&["string"]),
        Test::Is(kinds) => !kinds.iter().any(|kind| is(words(*kind))),
        _ => false,
    }
}

/// Whether a value of the types may equal the operand.
fn fits(operand: &Operand, types: &[&str]) -> bool {
    let wanted: &[&str] = match operand {
        Operand::Literal(Value::String(_)) => &["string"],
        Operand::Literal(Value::Number(_)) => &["number", "integer"],
        Operand::Literal(Value::Bool(_)) => &["boolean"],
        _ => return true,
    };
    types.iter().any(|kind| wanted.contains(kind))
}

fn words(kind: JsonType) -> &'static [&'static str] {
    match kind {
        JsonType::String => &["string"],
        JsonType::Number => &["number", "integer"],
        JsonType::Boolean => &["boolean"],
        JsonType::List => &["array"],
        JsonType::Object => &["object"],
        // A missing value is null as well.
        _ => &["null", "string", "number", "integer", "boolean", "array", "object"],
    }
}

/// What the test is meant for.
fn wanted(test: &Test) -> &'static str {
    match test {
        Test::Order(..) => "this is for numbers and times",
        Test::Text(..) | Test::Size(..) => "this is for texts",
        Test::Contains(_) => "this is for texts and lists",
        Test::ContainsAll(_) => "this is for lists",
        _ => "the operand is of another type",
    }
}
