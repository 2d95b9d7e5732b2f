//! What changed between two lists of definitions, tool by tool and field by field.

use super::Pins;
use callguard::{Object, Value};

/// What became of a tool.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// It was not there.
    Added {
        /// Its name.
        tool: String,
    },
    /// It is gone.
    Removed {
        /// Its name.
        tool: String,
    },
    /// It says something else of itself.
    Changed {
        /// Its name.
        tool: String,
        /// Where, in order.
        fields: Vec<FieldChange>,
    },
}

/// One place of a definition, before and after.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldChange {
    /// `inputSchema.properties.path.description`
    pub field: String,
    /// What was accepted; `None` where nothing was there.
    pub before: Option<Value>,
    /// What is there now.
    pub after: Option<Value>,
}

impl Change {
    /// Which tool.
    pub fn tool(&self) -> &str {
        match self {
            Change::Added { tool } | Change::Removed { tool } | Change::Changed { tool, .. } => tool,
        }
    }
}

impl Pins {
    /// What the server says now beside what was accepted.
    pub fn changes(&self, now: &Pins) -> Vec<Change> {
        let gone_or_changed = self.tools().filter_map(|(tool, before)| match now.tools.get(tool) {
            None => Some(Change::Removed { tool: tool.to_owned() }),
            Some(after) if after == before => None,
            Some(after) => {
                let mut fields = Vec::new();
                objects("", before, after, &mut fields);
                Some(Change::Changed { tool: tool.to_owned(), fields })
            }
        });
        let added = now.tools().filter(|(tool, _)| !self.tools.contains_key(*tool));
        let mut changes: Vec<Change> =
            gone_or_changed.chain(added.map(|(tool, _)| Change::Added { tool: tool.to_owned() })).collect();
        changes.sort_by(|one, other| one.tool().cmp(other.tool()));
        changes
    }
}

/// As deep as definitions are read, which is bounded.
fn objects(place: &str, before: &Object, after: &Object, found: &mut Vec<FieldChange>) {
    let below = |key: &str| if place.is_empty() { key.to_owned() } else { format!("{place}.{key}") };
    for (key, was) in before.iter() {
        match (was, after.get(key)) {
            (was, Some(is)) if was == is => {}
            (Value::Object(was), Some(Value::Object(is))) => objects(&below(key), was, is, found),
            (was, is) => {
                found.push(FieldChange { field: below(key), before: Some(was.clone()), after: is.cloned() });
            }
        }
    }
    for (key, is) in after.iter().filter(|(key, _)| before.get(key).is_none()) {
        found.push(FieldChange { field: below(key), before: None, after: Some(is.clone()) });
    }
}
