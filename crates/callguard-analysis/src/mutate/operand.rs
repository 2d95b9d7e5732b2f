//! Changes to conditions, operators and their operands.

use super::edit::Edit;
use super::{At, Found, Operator};
use callguard_engine::policy::register::operators::{OPERATORS, operator};

/// Finds the changes of a condition.
pub(super) fn condition(found: &mut Found, at: &At<'_>) {
    let entries = at.entries();
    for (key, entry) in &entries {
        if entries.len() > 1 {
            found.drop_entry(Operator::DropCondition, key, entry);
        }
        match *key {
            "any" => several(found, entry, (Operator::AnyToAll, "any", "all")),
            "all" => several(found, entry, (Operator::AllToAny, "all", "any")),
            "not" => {
                if entries.len() == 1 {
                    found.add(Operator::NegateOperator, &at_key(at, entry), Edit::Unwrap, "`not` is dropped");
                }
                condition(found, entry);
            }
            selector => {
                if matches!(selector, "call.paths.read" | "call.paths.write") {
                    let change = format!("`{selector}` is made `call.paths`");
                    found.add(Operator::WidenFacet, entry, Edit::Key("call.paths"), change);
                }
                tests(found, selector, entry);
            }
        }
    }
}

/// The mapping, pointed at where its entry is.
fn at_key<'a>(map: &At<'a>, entry: &At<'a>) -> At<'a> {
    At { span: entry.span, ..map.clone() }
}

fn several(found: &mut Found, list: &At<'_>, (swap, key, other): (Operator, &'static str, &'static str)) {
    let items = list.items();
    if items.len() > 1 {
        found.add(swap, list, Edit::Key(other), format!("`{key}` is made `{other}`"));
    }
    for item in &items {
        if items.len() > 1 {
            let shown = item.entries().iter().map(|(key, _)| format!("`{key}`")).collect::<Vec<_>>().join(", ");
            found.add(Operator::DropCondition, item, Edit::Remove, format!("{shown} is dropped from `{key}`"));
        }
        condition(found, item);
    }
}

/// What stands under a selector: a scalar, a list, or operators.
fn tests(found: &mut Found, selector: &str, at: &At<'_>) {
    if at.node.as_scalar().is_some() {
        let change = format!("`{selector}: {}` is made `not_equals`", at.text().unwrap_or_default());
        found.add(Operator::NegateOperator, at, Edit::Under("not_equals"), change);
        found.numbers(selector, at);
    } else if at.node.as_list().is_some() {
        let change = format!("`{selector}` in a list is made `not_in`");
        found.add(Operator::NegateOperator, at, Edit::Under("not_in"), change);
        found.drop_items(Operator::DropLiteral, selector, at);
    } else {
        operators(found, at);
    }
}

fn operators(found: &mut Found, at: &At<'_>) {
    let entries = at.entries();
    let count = entries.iter().filter(|(key, _)| *key != "ignore_case").count();
    for (key, operand) in &entries {
        if count > 1 && *key != "ignore_case" {
            found.drop_entry(Operator::DropCondition, key, operand);
        }
        match *key {
            "ignore_case" => found.drop_entry(Operator::MatchCase, key, operand),
            "some" => quantified(found, operand, (Operator::AnyToAll, "some", "every")),
            "every" => quantified(found, operand, (Operator::AllToAny, "every", "some")),
            "count" if operand.node.as_map().is_some() => operators(found, operand),
            name => one(found, name, operand),
        }
    }
}

fn quantified(found: &mut Found, at: &At<'_>, (swap, key, other): (Operator, &'static str, &'static str)) {
    found.add(swap, at, Edit::Key(other), format!("`{key}` is made `{other}`"));
    operators(found, at);
}

fn one(found: &mut Found, name: &str, operand: &At<'_>) {
    if let Some(other) = opposite(name) {
        found.add(Operator::NegateOperator, operand, Edit::Key(other), format!("`{name}` is made `{other}`"));
    }
    if let Some(other) = neighbour(name) {
        found.add(Operator::ShiftBoundary, operand, Edit::Key(other), format!("`{name}` is made `{other}`"));
    }
    match operand.text() {
        Some("true") => found.replace(Operator::NegateOperator, (name, operand), "false"),
        Some("false") => found.replace(Operator::NegateOperator, (name, operand), "true"),
        _ => found.numbers(name, operand),
    }
    found.drop_items(Operator::DropLiteral, name, operand);
    if name == "runs" {
        each_text(operand, |at, text| {
            shorten(found, at, text);
            widen(found, at, text, widened_program);
        });
    }
    if matches!(name, "path_like" | "not_path_like") {
        each_text(operand, |at, text| widen(found, at, text, widened_path));
        narrowed(found, operand);
    }
}

fn opposite(name: &str) -> Option<&'static str> {
    let order = match name {
        "greater_than" => Some("at_most"),
        "at_least" => Some("less_than"),
        "less_than" => Some("at_least"),
        "at_most" => Some("greater_than"),
        "longer_than" => Some("shorter_than"),
        "shorter_than" => Some("longer_than"),
        "contains_all" => Some("contains_none"),
        _ => None,
    };
    let negation = || OPERATORS.iter().find(|row| row.negates == Some(name)).map(|row| row.name);
    order.or_else(negation).or_else(|| operator(name)?.negates)
}

fn neighbour(name: &str) -> Option<&'static str> {
    match name {
        "greater_than" => Some("at_least"),
        "at_least" => Some("greater_than"),
        "less_than" => Some("at_most"),
        "at_most" => Some("less_than"),
        _ => None,
    }
}

/// Globs of tools, one or several, match more.
pub(super) fn globs(found: &mut Found, at: &At<'_>) {
    each_text(at, |at, text| widen(found, at, text, widened_tool));
}

fn each_text<'a>(at: &At<'a>, mut look: impl FnMut(&At<'a>, &str)) {
    if let Some(text) = at.text() {
        look(at, text);
    }
    for item in at.items() {
        if let Some(text) = item.text() {
            look(&item, text);
        }
    }
}

/// Paths at any depth, one or several, are those of the workspace.
pub(super) fn narrowed(found: &mut Found, at: &At<'_>) {
    each_text(at, |at, text| {
        if let Some(made) = text.strip_prefix("**/") {
            let change = format!("`{text}` is made `{made}`");
            found.add(Operator::NarrowGlob, at, Edit::Scalar(serde_json::Value::from(made).to_string()), change);
        }
    });
}

/// A command of several words is one without the last of them.
fn shorten(found: &mut Found, at: &At<'_>, text: &str) {
    if let Some((made, _)) = text.rsplit_once(' ') {
        let change = format!("`{text}` is made `{made}`");
        found.add(Operator::DropWord, at, Edit::Scalar(serde_json::Value::from(made).to_string()), change);
    }
}

/// The first `*` of a tool's name crosses segments; a name without one is the beginning of names.
fn widened_tool(text: &str) -> Option<String> {
    match text.contains('*') {
        true if text.contains("**") || text == "*" => None,
        true => Some(text.replacen('*', "**", 1)),
        false => Some(format!("{text}*")),
    }
}

/// The first segment of a path that is any name is any names. Within a segment `**` is `*`.
fn widened_path(text: &str) -> Option<String> {
    let place = text.split('/').position(|segment| segment == "*")?;
    let segments = text.split('/').enumerate();
    let made = segments.map(|(at, segment)| if at == place { "**" } else { segment });
    text.contains('/').then(|| made.collect::<Vec<_>>().join("/"))
}

/// A program without options is what begins with its name.
fn widened_program(text: &str) -> Option<String> {
    (!text.contains([' ', '*', '?', '['])).then(|| format!("{text}*"))
}

fn widen(found: &mut Found, at: &At<'_>, text: &str, widened: fn(&str) -> Option<String>) {
    if text.starts_with(['!', '$']) {
        return;
    }
    if let Some(made) = widened(text) {
        let change = format!("`{text}` is made `{made}`");
        found.add(Operator::WidenGlob, at, Edit::Scalar(serde_json::Value::from(made).to_string()), change);
    }
}
