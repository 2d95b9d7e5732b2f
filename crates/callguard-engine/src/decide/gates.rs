//! What is refused before any contract: malformed calls, and hosts that left out what the policy requires.

use super::Direction;
use super::scene::{Item, Reading, Scene};
use crate::call::{Tool, ToolEnvelope};
use crate::policy::model::{Segment, Selector};
use crate::value::Value;
use unicode_normalization::is_nfkc;

const MOST_NAME_BYTES: usize = 256;

/// Why the call is malformed, if it is. Malformed calls are refused in observe mode too.
pub(super) fn malformed(tool: &Tool, call: &ToolEnvelope) -> Option<String> {
    bad_name(&call.tool).map(str::to_owned).or_else(|| undeclared_argument(tool, call)).or_else(|| {
        let schema = tool.schema.as_ref()?;
        schema.check(&call.args).err()
    })
}

fn bad_name(name: &str) -> Option<&'static str> {
    if name.is_empty() {
        return Some("the tool has no name");
    }
    if name.len() > MOST_NAME_BYTES {
        return Some("the tool's name is longer than 256 bytes");
    }
    if name.trim() != name {
        return Some("the tool's name has white space around it");
    }
    if name.chars().any(|letter| letter.is_control() || is_invisible(letter)) {
        return Some("the tool's name has control or invisible characters");
    }
    if !is_nfkc(name) { Some("the tool's name is not in Unicode form NFKC") } else { None }
}

/// Characters that show nothing or turn the direction of text: Unicode's default ignorables and format characters.
fn is_invisible(letter: char) -> bool {
    matches!(letter,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
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
