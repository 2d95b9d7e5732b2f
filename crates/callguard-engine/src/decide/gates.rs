//! What is refused before any contract: malformed calls, and hosts that left out what the policy requires.

use super::Direction;
use super::scene::{Item, Reading, Scene};
use crate::call::{Tool, ToolEnvelope, name};
use crate::policy::model::{Segment, Selector};
use crate::value::Value;

/// Why the call is malformed, if it is. Malformed calls are refused in observe mode too.
pub(super) fn malformed(tool: &Tool, call: &ToolEnvelope) -> Option<String> {
    name::flaw(&call.tool)
        .map(|flaw| format!("the tool's name {flaw}"))
        .or_else(|| undeclared_argument(tool, call))
        .or_else(|| {
            let schema = tool.schema.as_ref()?;
            schema.check(&call.args).err()
        })
}

/// Whether no call of the tool is malformed.
pub(super) fn takes_anything(tool: &Tool, name: &str) -> bool {
    name::flaw(name).is_none() && !tool.closed_args && tool.schema.is_none()
}

fn undeclared_argument(tool: &Tool, call: &ToolEnvelope) -> Option<String> {
    if !tool.closed_args {
        return None;
    }
    let declared = |name: &str| {
        tool.args.iter().any(|(path, _)| matches!(path.segments.first(), Some(Segment::Key(key)) if key == name))
            || tool.schema.as_ref().is_some_and(|schema| schema.declares(name))
    };
    let undeclared = call.args.iter().any(|(name, _)| !declared(name));
    undeclared.then(|| "an argument is not declared, and the tool takes no others".to_owned())
}

impl Scene<'_> {
    /// The required selectors that the host left missing or empty.
    pub(super) fn unfilled(&self) -> Vec<&Selector> {
        let reading = Reading::top(Direction::Excusing, false);
        let empty = |selector: &&Selector| match self.single(selector, reading) {
            Item::Json(value) => match value.as_ref() {
                Value::String(text) => text.trim().is_empty(),
                Value::List(items) => items.is_empty(),
                Value::Object(object) => object.is_empty(),
                _ => false,
            },
            _ => true,
        };
        self.policy.requires.iter().filter(empty).collect()
    }
}
