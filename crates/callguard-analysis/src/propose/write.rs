//! The proposal as text.

use super::Proposal;
use super::uses::{Counts, Touched, Uses};
use std::collections::BTreeSet;
use std::fmt::Write as _;

pub(super) fn policy(proposal: &Proposal) -> String {
    let mut text = head(proposal);
    let mut ids: BTreeSet<String> = BTreeSet::new();
    let never: Vec<&String> = proposal.there_are.iter().filter(|tool| !proposal.tools.contains_key(*tool)).collect();
    if !proposal.tools.is_empty() || !never.is_empty() {
        text.push_str("\n  preconditions:\n");
    }
    let mut parts: Vec<String> = Vec::new();
    for (tool, uses) in &proposal.tools {
        parts.push(contract(tool, uses, proposal.by_name.contains(tool), &mut ids));
    }
    if !never.is_empty() {
        parts.push(asked(&never, &mut ids));
    }
    text.push_str(&parts.join("\n"));
    text
}

fn head(proposal: &Proposal) -> String {
    let calls = proposal.tools.values().fold(0_u64, |sum, uses| sum.saturating_add(uses.calls));
    let mut text = format!("# Proposed by `callguard init` from {}", counted(calls, "call"));
    if let (Some(first), Some(last)) = (proposal.first, proposal.last) {
        let day = |at: jiff::Timestamp| at.to_zoned(jiff::tz::TimeZone::UTC).date();
        let (first, last) = (day(first), day(last));
        let when = if first == last { format!("on {first}") } else { format!("from {first} to {last}") };
        let _infallible = write!(text, " of {}, {when}", counted_tools(proposal));
    }
    text.push_str(".\n# Read every entry before it is enforced: what was called is not what should be.\n");
    if proposal.refused > 0 {
        let _infallible = writeln!(text, "# Left out: {} not permitted then.", were(proposal.refused));
    }
    if proposal.hidden > 0 {
        let _infallible = writeln!(text, "# Not known: {} redacted or cut in the log.", were(proposal.hidden));
    }
    let name = scalar(&proposal.name);
    let _infallible = write!(
        text,
        "apiVersion: callguard/v1\nkind: Policy\nmetadata:\n  name: {name}\n  description: Permits what was called, and nothing else.\n\
         spec:\n  default: deny\n  unknown_tools: deny\n"
    );
    text
}

fn counted(count: u64, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

fn counted_tools(proposal: &Proposal) -> String {
    counted(u64::try_from(proposal.tools.len()).unwrap_or(u64::MAX), "tool")
}

fn were(count: u64) -> String {
    format!("{} that {}", counted(count, "call"), if count == 1 { "was" } else { "were" })
}

/// What permits the calls of one tool.
fn contract(tool: &str, uses: &Uses, by_name: bool, ids: &mut BTreeSet<String>) -> String {
    let calls = counted(uses.calls, "call");
    let id = id(tool, ids);
    let (why, conditions) = match by_name {
        true => (format!("# {calls}; by name alone: what the tool touches cannot be told in full.\n"), Vec::new()),
        false => (format!("# {calls}.\n"), conditions(uses)),
    };
    let mut text = format!("    {why}    - id: {id}\n      tools: {}\n", scalar(tool));
    if !conditions.is_empty() {
        text.push_str("      when:\n        all:\n");
        conditions.iter().for_each(|condition| text.push_str(condition));
    }
    text.push_str("      action: allow\n");
    text
}

/// What is never called is a person's to decide.
fn asked(tools: &[&String], ids: &mut BTreeSet<String>) -> String {
    let id = id("never-called", ids);
    let mut text = format!("    # Never called.\n    - id: {id}\n      tools:\n");
    for tool in tools {
        let _infallible = writeln!(text, "        - {}", scalar(tool));
    }
    text.push_str("      action: ask\n      message: Nobody has called this before. A person decides.\n");
    text
}

/// Entries beneath `all`, one for each kind of what the tool touches.
fn conditions(uses: &Uses) -> Vec<String> {
    let mut found = Vec::new();
    if uses.runs_commands {
        found.extend(condition("call.commands", "runs_only", &uses.programs, &uses.programs.entries, uses));
    }
    found.extend(condition("call.paths", "under", &uses.paths, &uses.paths.places(), uses));
    if uses.runs_commands {
        found.extend(condition("call.paths.write", "under", &uses.written, &uses.written.places(), uses));
    }
    found.extend(condition("call.hosts", "domain", &uses.hosts, &uses.hosts.entries, uses));
    found
}

fn condition(selector: &str, operator: &str, touched: &Touched, entries: &Counts, uses: &Uses) -> Option<String> {
    if touched.calls == 0 {
        return uses.runs_commands.then(|| format!("          - {selector}: {{ exists: false }}\n"));
    }
    let without = uses.calls.saturating_sub(touched.calls);
    let mut text = String::new();
    let pad = match without {
        0 => {
            let _infallible = writeln!(text, "          - {selector}:");
            " ".repeat(14)
        }
        _ => {
            let _infallible = write!(
                text,
                "          - any:\n              - {selector}: {{ exists: false }} # {}\n              - {selector}:\n",
                counted(without, "call")
            );
            " ".repeat(18)
        }
    };
    let _infallible = writeln!(text, "{pad}{operator}:");
    for (entry, count) in entries {
        let _infallible = writeln!(text, "{pad}  - {} # {}", operand(entry), counted(*count, "call"));
    }
    Some(text)
}

/// An operand that is no name of a definition.
fn operand(entry: &str) -> String {
    if entry.starts_with('$') { scalar(&format!("${entry}")) } else { scalar(entry) }
}

/// A plain word stays plain; everything that YAML could read otherwise is quoted as in JSON.
fn scalar(word: &str) -> String {
    let reserved = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    let plain = word.starts_with(|first: char| first.is_ascii_alphabetic())
        && word.chars().all(|letter| letter.is_ascii_alphanumeric() || "_-./".contains(letter))
        && !reserved.contains(&word.to_ascii_lowercase().as_str());
    if plain { word.to_owned() } else { serde_json::Value::from(word).to_string() }
}

/// An id of its own: the tool's name as ids are spelled.
fn id(tool: &str, ids: &mut BTreeSet<String>) -> String {
    let lower = tool.chars().flat_map(char::to_lowercase);
    let words: String = lower.map(|letter| if letter.is_ascii_alphanumeric() { letter } else { ' ' }).collect();
    let joined = words.split_whitespace().collect::<Vec<_>>().join("-");
    let start: String = joined.chars().take(48).collect();
    let start = start.trim_matches('-');
    let base = if start.is_empty() { "tool" } else { start };
    let numbered = (2_u64..).map(|number| format!("{base}-{number}"));
    let free = std::iter::once(base.to_owned()).chain(numbered).find(|id| !ids.contains(id)).unwrap_or_default();
    ids.insert(free.clone());
    free
}
