//! References of a schema, checked before it is compiled: they stay within it, and lead to an end.

use crate::call::facets::OperandError;
use crate::value::{Object, Value};
use std::collections::BTreeMap;

/// Levels that the validator can have to go down: references times nesting.
const MAX_LEVELS: usize = 1024;

/// Schemas that may hold for one value of the arguments in a row.
const MAX_CHAIN: usize = 32;

/// Refuses references that leave the schema, that lead nowhere, or that never end.
pub(super) fn check(schema: &Value) -> Result<(), OperandError> {
    let tree = Tree::of(schema)?;
    if tree.references.saturating_add(1).saturating_mul(tree.depth) > MAX_LEVELS {
        return Err(refused("the schema refers and nests too much", "write it with fewer references"));
    }
    for object in &tree.objects {
        tree.follow(object)?;
    }
    Ok(())
}

/// Every object of a schema, wherever it stands.
struct Tree<'s> {
    root: &'s Value,
    objects: Vec<&'s Object>,
    anchors: BTreeMap<&'s str, &'s Value>,
    references: usize,
    depth: usize,
}

impl<'s> Tree<'s> {
    fn of(root: &'s Value) -> Result<Tree<'s>, OperandError> {
        let mut tree = Tree { root, objects: Vec::new(), anchors: BTreeMap::new(), references: 0, depth: 0 };
        let mut rest = vec![(root, 1_usize)];
        while let Some((value, depth)) = rest.pop() {
            tree.depth = tree.depth.max(depth);
            let deeper = depth.saturating_add(1);
            match value {
                Value::Object(object) => {
                    tree.enter(value, object, depth)?;
                    rest.extend(object.iter().map(|(_, inner)| (inner, deeper)));
                }
                Value::List(items) => rest.extend(items.iter().map(|inner| (inner, deeper))),
                _ => {}
            }
        }
        Ok(tree)
    }

    fn enter(&mut self, value: &'s Value, object: &'s Object, depth: usize) -> Result<(), OperandError> {
        if depth > 1 && object.get("$id").is_some_and(|id| id.as_str().is_some()) {
            return Err(refused(
                "a part of the schema has an `$id` of its own",
                "leave it out: references stay within",
            ));
        }
        for key in ["$anchor", "$dynamicAnchor"] {
            self.anchors.extend(object.get(key).and_then(Value::as_str).map(|anchor| (anchor, value)));
        }
        let written = ["$ref", "$dynamicRef"].iter().filter_map(|key| object.get(key)?.as_str());
        self.references = self.references.saturating_add(written.count());
        self.objects.push(object);
        Ok(())
    }

    /// Goes from schema to schema for as long as they hold for the same value.
    fn follow(&self, start: &'s Object) -> Result<(), OperandError> {
        if start.get("$ref").is_none() && start.get("$dynamicRef").is_none() {
            return Ok(());
        }
        let mut path: Vec<(&Object, Vec<&Object>)> = vec![(start, self.beside(start)?)];
        let mut done: Vec<&Object> = Vec::new();
        while let Some((at, rest)) = path.last_mut() {
            let Some(next) = rest.pop() else {
                done.push(at);
                path.pop();
                continue;
            };
            if path.iter().any(|(on_path, _)| std::ptr::eq(*on_path, next)) {
                return Err(refused("the schema refers to itself in a circle", "let it go down a property or an item"));
            }
            if path.len() >= MAX_CHAIN {
                return Err(refused("the schema refers through too many schemas", "refer to the last one directly"));
            }
            if !done.iter().any(|known| std::ptr::eq(*known, next)) {
                path.push((next, self.beside(next)?));
            }
        }
        Ok(())
    }

    /// The schemas that hold for the same value as `schema`.
    fn beside(&self, schema: &'s Object) -> Result<Vec<&'s Object>, OperandError> {
        let mut found: Vec<&Value> = Vec::new();
        for (key, value) in schema.iter() {
            match (key, value) {
                ("allOf" | "anyOf" | "oneOf", Value::List(items)) => found.extend(items),
                ("not" | "if" | "then" | "else", inner) => found.push(inner),
                ("dependentSchemas", Value::Object(inner)) => found.extend(inner.iter().map(|(_, inner)| inner)),
                ("$ref" | "$dynamicRef", Value::String(reference)) => found.push(self.resolve(reference)?),
                _ => {}
            }
        }
        Ok(found
            .into_iter()
            .filter_map(|value| if let Value::Object(object) = value { Some(object) } else { None })
            .collect())
    }

    /// What a reference within the schema names.
    fn resolve(&self, reference: &str) -> Result<&'s Value, OperandError> {
        let Some(fragment) = reference.strip_prefix('#') else {
            let help = "move it into `$defs` and refer to `#/$defs/NAME`";
            return Err(refused(&format!("`{reference}` is outside the schema"), help));
        };
        let found = match fragment.strip_prefix('/') {
            None if fragment.is_empty() => Some(self.root),
            None => self.anchors.get(fragment).copied(),
            Some(pointer) => pointer.split('/').try_fold(self.root, step),
        };
        found.ok_or_else(|| refused(&format!("`{reference}` leads nowhere"), "define it in `$defs`"))
    }
}

/// One step of a JSON pointer (RFC 6901) in a URI fragment.
fn step<'s>(at: &'s Value, token: &str) -> Option<&'s Value> {
    let token = token.replace("%25", "%").replace("%22", "\"").replace("~1", "/").replace("~0", "~");
    match at {
        Value::Object(object) => object.get(&token),
        Value::List(items) => items.get(token.parse::<usize>().ok()?),
        _ => None,
    }
}

fn refused(message: &str, help: &str) -> OperandError {
    OperandError { message: message.to_owned(), help: Some(help.to_owned()) }
}
