//! Entries of lists that others cover.

use super::fix::without_item;
use super::subject::{Subject, operators};
use super::{Finding, Fix};
use callguard_engine::diagnostic::{Code, Diagnostic};
use callguard_engine::policy::model::{Selector, ToolGlob};
use callguard_engine::source::{Node, Sources};

/// Operators whose list means "any of these" or "none of these".
const LISTS: &[&str] = &[
    "equals",
    "in",
    "contains",
    "contains_all",
    "contains_none",
    "starts_with",
    "ends_with",
    "like",
    "matches",
    "under",
    "path_like",
    "domain",
    "scheme",
    "address",
    "runs",
    "runs_only",
    "statement",
    "table",
    "function",
    "detects",
];

pub(crate) fn findings(subject: &Subject<'_>, sources: &Sources) -> Vec<Finding> {
    let mut found = of_tools(subject, sources);
    for leaf in subject.leaves() {
        let Some(entry) = subject.entry(leaf) else { continue };
        let texts_only = holds_text_only(&leaf.selector);
        for (operator, operand, _) in operators(entry) {
            let positive = operator.strip_prefix("not_").unwrap_or(operator);
            let Some(items) = operand.as_list().filter(|_| LISTS.contains(&positive)) else { continue };
            let covers = |general: &str, special: &str| match positive {
                "contains" => texts_only && special.contains(general),
                "starts_with" => special.starts_with(general),
                "ends_with" => special.ends_with(general),
                "domain" => is_below(special, general),
                _ => false,
            };
            found.extend(covered(items, operator, &covers, sources));
        }
    }
    found
}

/// Names of tools that a glob beside them matches.
fn of_tools(subject: &Subject<'_>, sources: &Sources) -> Vec<Finding> {
    let Some(tools) = subject.node.entry("tools") else { return Vec::new() };
    let list = tools.value.entry("name").map_or(&tools.value, |entry| &entry.value);
    let Some(items) = list.as_list() else { return Vec::new() };
    let covers = |general: &str, special: &str| {
        let exact = |name: &str| !name.contains('*') && !name.starts_with('!');
        !general.starts_with('!') && !exact(general) && exact(special) && ToolGlob::new(general).matches(special)
    };
    covered(items, "tools", &covers, sources)
}

/// Every entry that another one of the list covers.
fn covered(items: &[Node], what: &str, covers: &dyn Fn(&str, &str) -> bool, sources: &Sources) -> Vec<Finding> {
    let texts: Vec<Option<&str>> = items.iter().map(text).collect();
    let mut found = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let Some(special) = texts.get(index).copied().flatten() else { continue };
        let covering = texts.iter().enumerate().filter(|(at, _)| *at != index).find_map(|(at, general)| {
            let general = (*general)?;
            // Of two that are the same, the later one is too many.
            let is_same = general == special && at < index && same_style(items.get(at), item);
            (is_same || general != special && covers(general, special)).then_some((at, general, is_same))
        });
        let Some((at, general, is_same)) = covering else { continue };
        let message = match is_same {
            true => format!("`{special}` stands in this list twice"),
            false => format!("`{special}` adds nothing beside `{general}`"),
        };
        let diagnostic = Diagnostic::warning(Code::Covered, item.span, message).label(format!("`{what}` takes any"));
        let diagnostic = match items.get(at) {
            Some(other) => diagnostic.related(other.span, "this covers it"),
            None => diagnostic,
        };
        let edit = without_item(items, index, sources);
        let fix = edit.map(|edit| Fix { says: format!("remove `{special}`"), edits: vec![edit] });
        found.push(Finding { found: diagnostic, fix });
    }
    found
}

/// The text of an item that stands for itself.
fn text(item: &Node) -> Option<&str> {
    let text = item.as_scalar()?.text.as_str();
    (!text.starts_with('$')).then_some(text)
}

/// Whether both are numbers or both are texts: `5` is not `"5"`.
fn same_style(one: Option<&Node>, other: &Node) -> bool {
    one.is_some_and(|one| one.to_value() == other.to_value())
}

/// A host below the other, where both are plain names.
fn is_below(special: &str, general: &str) -> bool {
    let plain = |name: &str| name.chars().all(|letter| letter.is_ascii_lowercase() || "0123456789.-".contains(letter));
    let named = |name: &str| name.chars().any(|letter| letter.is_ascii_lowercase());
    [special, general].iter().all(|name| plain(name) && named(name))
        && special.strip_suffix(general).is_some_and(|rest| rest.ends_with('.'))
}

/// Whether the value is a text if it is anything: of a list, `contains` looks for elements.
fn holds_text_only(selector: &Selector) -> bool {
    use callguard_engine::policy::model::PrincipalField as Field;
    let of_principal = |field: &Field| !matches!(field, Field::Roles | Field::Claims(_));
    match selector {
        Selector::Tool | Selector::ToolServer | Selector::Environment | Selector::OutputText | Selector::ArgsEvery => {
            true
        }
        Selector::Principal(field) => of_principal(field),
        _ => false,
    }
}
