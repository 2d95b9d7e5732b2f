//! The path patterns of the shipped templates as plain text patterns, for engines that know no paths.
//!
//! They get less to do: no `..`, no links, no percent-encoding, no exclusions, no commands.

use crate::rules::{Field, Leaf, Rule, Test};

const TEXTS: [&str; 2] = [
    include_str!("../../../crates/callguard-engine/src/templates/deny-sensitive-reads.yaml"),
    include_str!("../../../crates/callguard-engine/src/templates/file-agent.yaml"),
];

/// How many contracts `template/file-agent` has, those that it extends counted.
pub fn contracts() -> usize {
    TEXTS.iter().flat_map(|text| text.lines()).filter(|line| line.starts_with("    - id: ")).count()
}

/// A rule for each pattern under a `path_like:`.
pub fn path_rules(tool: &str) -> Vec<Rule> {
    let patterns = TEXTS.iter().flat_map(|text| patterns(text));
    let globs: Vec<String> = patterns.filter(|pattern| !pattern.starts_with('!')).flat_map(globs).collect();
    let rule = |(place, glob): (usize, &String)| Rule {
        tool: tool.to_owned(),
        ..Rule::new(
            format!("path-{place:05}"),
            vec![Leaf::new(Field::Path, Test::Like(glob.clone()))],
            "This file holds credentials; ask the person you work for.".to_owned(),
        )
    };
    globs.iter().enumerate().map(rule).collect()
}

fn patterns(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut within = false;
    for line in text.lines().map(str::trim) {
        match line.strip_prefix("- ") {
            Some(item) if within => found.push(item.trim_matches('"')),
            _ => within = line == "path_like:",
        }
    }
    found
}

/// `.env` at any depth, `~/.ssh/**` below the home.
fn globs(pattern: &str) -> Vec<String> {
    let plain = pattern.replace("~/", "/home/agent/").replace("**", "*");
    if plain.contains('/') { vec![plain] } else { vec![plain.clone(), format!("*/{plain}")] }
}
