//! Rules in our own language.

use crate::rules::{Rule, Test};
use std::fmt::Write as _;

/// Files of policies, each below the most bytes of a file: one up to 3,400 rules, then as few as do.
pub fn files(name: &str, rules: &[Rule]) -> Vec<(String, String)> {
    let count = rules.len().div_ceil(3_400).max(1);
    let chunks = rules.chunks(rules.len().div_ceil(count).max(1));
    chunks.enumerate().map(|(place, rules)| file(&format!("{name}-{place}"), rules)).collect()
}

/// One file.
pub(crate) fn file(name: &str, rules: &[Rule]) -> (String, String) {
    let mut text =
        format!("apiVersion: callguard/v1\nkind: Policy\nmetadata: {{ name: {name} }}\nspec:\n  preconditions:\n");
    for rule in rules {
        contract(&mut text, rule);
    }
    (format!("{name}.yaml"), text)
}

fn contract(text: &mut String, rule: &Rule) {
    let leaves: Vec<String> =
        rule.leaves.iter().map(|leaf| format!("{}: {}", leaf.field.selector(), test(&leaf.test))).collect();
    // Writing to a string cannot fail.
    let _ = write!(
        text,
        "    - id: {}\n      tools: {}\n      when: {{ {} }}\n      action: deny\n      message: {}\n",
        rule.id,
        quoted(&rule.tool),
        leaves.join(", "),
        quoted(&rule.message)
    );
}

fn test(test: &Test) -> String {
    match test {
        Test::Contains(part) => format!("{{ contains: {} }}", quoted(part)),
        Test::StartsWith(part) => format!("{{ starts_with: {} }}", quoted(part)),
        Test::EndsWith(part) => format!("{{ ends_with: {} }}", quoted(part)),
        Test::Above(least) => format!("{{ greater_than: {least} }}"),
        Test::Matches { regex, .. } => format!("{{ matches: {} }}", quoted(regex)),
        Test::Like(glob) => format!("{{ like: {} }}", quoted(glob)),
        Test::In(words) if words.len() == 1 => words.iter().map(|word| quoted(word)).collect(),
        Test::In(words) => format!("[{}]", words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(", ")),
    }
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
