//! A comparison as a comment on a pull request.

use super::text;
use callguard_analysis::history::Past;
use callguard_analysis::meaning::{Meaning, Presence};
use callguard_analysis::proof::Proof;
use callguard_analysis::{Report, call_json, session_json};

/// By this a later comment finds the one that it replaces.
const MARK: &str = "<!-- callguard diff -->";

pub(crate) fn comment(report: &Report, names: (&str, &str)) -> String {
    let (old, new) = (code(names.0), code(names.1));
    let mut page = format!("{MARK}\n### {}\n\n{old} → {new}\n", title(report));
    page.push_str(&proof(&report.proof));
    if let Some(past) = &report.past {
        page.push_str(&self::past(past));
    }
    page.push_str(&meaning(&report.meaning));
    page
}

fn title(report: &Report) -> &'static str {
    match (report.loosens(), report.may_loosen(), report.may_differ()) {
        (true, ..) => "CallGuard: this change lets more calls through",
        (_, true, _) => "CallGuard: it cannot be ruled out that this change lets more calls through",
        (_, _, true) => "CallGuard: this change lets fewer calls through",
        _ => "CallGuard: no decision changes",
    }
}

/// A text as code, whatever quotes are in it.
fn code(text: &str) -> String {
    let longest = text.split(|letter| letter != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest.saturating_add(1));
    let space = if longest > 0 { " " } else { "" };
    format!("{fence}{space}{}{space}{fence}", text.replace('|', "\\|").replace(['\n', '\r'], " "))
}

fn proof(proof: &Proof) -> String {
    let mut page = format!("\n**Proof** ({})\n", text::verdict(proof));
    if !proof.witnesses.is_empty() {
        page.push_str("\n| | decision | by | for example |\n|---|---|---|---|\n");
    }
    for witness in &proof.witnesses {
        let word = if witness.flip.loosens() { "**milder**" } else { "stricter" };
        let call = code(&call_json(&witness.situation, proof.base).to_string());
        let session = session_json(&witness.situation)
            .map(|session| format!(" in a session with {}", code(&session.to_string())));
        let deciders =
            format!("{} → {}", code(&witness.old.decider.to_string()), code(&witness.new.decider.to_string()));
        page.push_str(&format!(
            "| {word} | {} | {deciders} | {call}{} |\n",
            text::flip(witness.flip),
            session.unwrap_or_default()
        ));
    }
    if !proof.unknown.is_empty() {
        page.push('\n');
    }
    for unknown in &proof.unknown {
        page.push_str(&format!("- unknown: {}\n", text::unknown(unknown)));
    }
    page
}

fn past(past: &Past) -> String {
    let mut page = format!("\n**History** ({})\n", text::of_past(past));
    if !past.flips.is_empty() {
        page.push_str("\n| decision | calls | tool | by | of |\n|---|---:|---|---|---|\n");
    }
    for (key, times) in &past.flips {
        let (tool, who, contract) = (code(&key.tool), code(&key.principal), code(&key.contract));
        page.push_str(&format!("| {} | {} | {tool} | {who} | {contract} |\n", text::flip(key.flip), times.count));
    }
    page
}

fn meaning(meaning: &Meaning) -> String {
    if meaning.is_empty() {
        return "\n**Meaning** (nothing that is written differs)\n".to_owned();
    }
    let mut page = "\n<details><summary><b>Meaning</b> (what is written)</summary>\n\n".to_owned();
    for policy in &meaning.policies {
        if policy.how != Presence::Changed {
            page.push_str(&format!("- policy {} {}\n", code(&policy.policy), policy.how.as_str()));
        }
        for field in &policy.settings {
            page.push_str(&format!("- {}: {}\n", code(&policy.policy), code(&text::change(field))));
        }
        for contract in &policy.contracts {
            page.push_str(&format!("- {} {}\n", code(&contract.id), contract.how.as_str()));
            for field in &contract.fields {
                page.push_str(&format!("  - {}\n", code(&text::change(field))));
            }
        }
    }
    page.push_str("\n</details>\n");
    page
}
