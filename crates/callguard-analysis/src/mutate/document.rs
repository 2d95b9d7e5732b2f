//! Changes to a policy's settings and declarations.

use super::edit::Edit;
use super::operand::{globs, narrowed};
use super::{At, Found, Operator, contract};
use callguard_engine::source::Node;

/// Finds the changes of a `Policy` document.
pub(super) fn document(found: &mut Found, node: &Node) {
    let root = At::root(node);
    let name = root.entry("metadata").and_then(|metadata| metadata.entry("name"));
    let policy = name.and_then(|name| name.text()).unwrap_or_default().to_owned();
    let Some(spec) = root.entry("spec") else { return };
    found.of.clone_from(&policy);
    if spec.entry("default").is_none() {
        found.add(Operator::FlipDefault, &spec, Edit::Insert("default", "deny"), "`default` is made `deny`");
    }
    for (key, at) in spec.entries() {
        found.of.clone_from(&policy);
        match key {
            "default" | "unknown_tools" => flip(found, key, &at),
            "requires" => required(found, key, &at),
            "extends" if at.items().len() > 1 => found.drop_items(Operator::DropBase, key, &at),
            "extends" => found.drop_entry(Operator::DropBase, key, &at),
            "define" => {
                for (name, list) in at.entries() {
                    found.drop_items(Operator::DropLiteral, name, &list);
                    narrowed(found, &list);
                }
            }
            "tools" => at.items().iter().for_each(|tool| declaration(found, tool)),
            "overrides" => each_item(found, key, &at, contract::override_of),
            "preconditions" | "postconditions" | "session" => {
                each_item(found, key, &at, |found, item| {
                    let id = item.entry("id").and_then(|id| id.text()).unwrap_or_default();
                    found.of = format!("{policy}/{id}");
                    contract::contract(found, key, item);
                });
            }
            _ => {}
        }
    }
}

/// Each item goes, the last one with its list, and what is within it changes.
fn each_item(found: &mut Found, key: &str, list: &At<'_>, mut within: impl FnMut(&mut Found, &At<'_>)) {
    let items = list.items();
    for item in &items {
        within(found, item);
        let at = if items.len() == 1 { list } else { item };
        let id = item.entry("id").and_then(|id| id.text()).unwrap_or_default();
        found.add(Operator::DropContract, at, Edit::Remove, format!("`{id}` is dropped from `{key}`"));
    }
}

pub(super) fn flip(found: &mut Found, key: &str, at: &At<'_>) {
    let with = if at.text() == Some("deny") { "allow" } else { "deny" };
    found.replace(Operator::FlipDefault, (key, at), with);
}

fn required(found: &mut Found, key: &str, list: &At<'_>) {
    match list.items().as_slice() {
        [_] => found.drop_entry(Operator::DropRequirement, key, list),
        _ => found.drop_items(Operator::DropRequirement, key, list),
    }
}

/// A tool is not declared, or not all that is said of it.
fn declaration(found: &mut Found, tool: &At<'_>) {
    found.add(Operator::DropDeclaration, tool, Edit::Remove, "a declaration of tools is dropped");
    for (key, at) in tool.entries() {
        match key {
            "name" => {
                found.drop_items(Operator::DropDeclaration, key, &at);
                globs(found, &at);
            }
            "default" => flip(found, key, &at),
            "args" => at.entries().iter().for_each(|(name, at)| found.drop_entry(Operator::DropDeclaration, name, at)),
            "labels" if at.items().len() > 1 => found.drop_items(Operator::DropDeclaration, key, &at),
            "side_effect" | "idempotent" | "labels" | "persistent" | "closed_args" | "schema" => {
                found.drop_entry(Operator::DropDeclaration, key, &at);
            }
            _ => {}
        }
    }
}
