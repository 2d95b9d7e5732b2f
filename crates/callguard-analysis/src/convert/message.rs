//! Messages: placeholders that are known stay, the rest is text.

use super::bundle::Policy;
use super::condition::{Field, field};
use callguard_engine::source::Node;

/// At most so many characters.
const LONGEST: usize = 500;

/// The message in our words. `of_result`: whether it may speak of the result.
pub(super) fn converted(policy: &mut Policy, node: &Node, written: &str, of_result: bool) -> String {
    let mut kept = written.trim().to_owned();
    let mut message = placed(policy, &kept, of_result);
    if message.chars().count() > LONGEST {
        policy.notes.add(node.span, "the message is cut: 500 characters are the most, with what stands for braces");
    }
    while message.chars().count() > LONGEST && kept.pop().is_some() {
        message = placed(policy, &kept, of_result);
    }
    message
}

fn placed(policy: &Policy, written: &str, of_result: bool) -> String {
    let mut out = String::new();
    let mut rest = written;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(&before.replace('}', "}}"));
        let name = after.split_once('}').filter(|(name, _)| !name.is_empty() && !name.contains('{'));
        let Some((name, after)) = name else {
            out.push_str("{{");
            rest = after;
            continue;
        };
        match field(name, policy.dialect) {
            Field::Known(selector) if of_result || selector != "output.text" => {
                out.push_str(&format!("{{{selector}}}"))
            }
            // What names nothing stays as it is written there.
            _ => out.push_str(&format!("{{{{{name}}}}}")),
        }
        rest = after;
    }
    out.push_str(&rest.replace('}', "}}"));
    out
}
