//! A comparison as a person reads it.

use crate::screen::{Failure, Screen, style};
use callguard_analysis::history::Past;
use callguard_analysis::meaning::{FieldChange, Meaning, Presence};
use callguard_analysis::proof::{Flip, Proof, Unknown, Verdict, Witness};
use callguard_analysis::{Report, call_json, session_json};
use serde_json::Value as Json;

/// Where the second column starts.
const SECOND: usize = 12;

pub(crate) fn report(report: &Report, names: (&str, &str), width: usize, screen: &mut Screen) -> Result<(), Failure> {
    let page = &mut Page { screen, width };
    page.line(format_args!("{} -> {}", names.0, names.1))?;
    meaning(&report.meaning, page)?;
    proof(&report.proof, page)?;
    report.past.as_ref().map_or(Ok(()), |past| self::past(past, page))
}

/// What policies would have decided, as a person reads it.
pub(crate) fn replay(past: &Past, policies: &[String], width: usize, screen: &mut Screen) -> Result<(), Failure> {
    let page = &mut Page { screen, width };
    page.line(format_args!("the log -> {}", policies.join(", ")))?;
    self::past(past, page)
}

/// A screen of so many columns.
struct Page<'s> {
    screen: &'s mut Screen,
    width: usize,
}

impl Page<'_> {
    fn line(&mut self, text: impl std::fmt::Display) -> Result<(), Failure> {
        self.screen.line(text)
    }

    fn heading(&mut self, title: &str, summary: &str) -> Result<(), Failure> {
        self.line("")?;
        let how = style::BOLD;
        for (index, line) in wrapped(summary, self.width.saturating_sub(SECOND).max(20)).iter().enumerate() {
            let title = if index == 0 { title } else { "" };
            self.line(format_args!("{how}{title:SECOND$}{how:#}{line}"))?;
        }
        Ok(())
    }

    /// Text after a word, wrapped so that all of it stands in the second column.
    fn entry(&mut self, word: &str, how: anstyle::Style, text: &str) -> Result<(), Failure> {
        let inner = self.width.saturating_sub(SECOND).max(20);
        for (index, line) in wrapped(text, inner).iter().enumerate() {
            let word = if index == 0 { word } else { "" };
            let pad = SECOND.saturating_sub(2);
            self.line(format_args!("  {how}{word:pad$}{how:#}{line}"))?;
        }
        Ok(())
    }

    fn under(&mut self, text: &str) -> Result<(), Failure> {
        self.entry("", style::DIM, text)
    }
}

/// Lines of at most `width` letters, broken at spaces and after commas where there are some.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split_inclusive([' ', ',']) {
        let length = word.trim_end().chars().count();
        if !line.trim().is_empty() && line.chars().count().saturating_add(length) > width {
            lines.push(std::mem::take(&mut line).trim_end().to_owned());
        }
        line.push_str(word);
        while line.trim_end().chars().count() > width {
            let rest: String = line.chars().skip(width).collect();
            lines.push(line.chars().take(width).collect());
            line = rest;
        }
    }
    lines.push(line.trim_end().to_owned());
    lines
}

fn meaning(meaning: &Meaning, page: &mut Page<'_>) -> Result<(), Failure> {
    let contracts: usize = meaning.policies.iter().map(|policy| policy.contracts.len()).sum();
    let settings: usize = meaning.policies.iter().map(|policy| policy.settings.len()).sum();
    let summary = match (contracts, settings) {
        (0, 0) if meaning.is_empty() => "nothing that is written differs".to_owned(),
        _ => format!("{}, {}", counted(contracts, "contract"), counted(settings, "setting")),
    };
    page.heading("meaning", &summary)?;
    for policy in &meaning.policies {
        if policy.how != Presence::Changed {
            page.entry(policy.how.as_str(), of_presence(policy.how), &format!("policy {}", policy.policy))?;
        }
        for field in &policy.settings {
            page.entry("setting", style::DIM, &format!("{}  {}", policy.policy, change(field)))?;
        }
        for contract in &policy.contracts {
            page.entry(contract.how.as_str(), of_presence(contract.how), &contract.id)?;
            for field in &contract.fields {
                page.under(&format!("  {}", change(field)))?;
            }
        }
    }
    Ok(())
}

fn of_presence(how: Presence) -> anstyle::Style {
    match how {
        Presence::Added => style::ALLOW,
        Presence::Removed => style::DENY,
        Presence::Changed => style::ASK,
    }
}

pub(super) fn change(field: &FieldChange) -> String {
    match (&field.old, &field.new) {
        (Some(old), Some(new)) => format!("{}: {} -> {}", field.field, short(old), short(new)),
        (Some(old), None) => format!("{}: {} -> (none)", field.field, short(old)),
        (None, Some(new)) => format!("{}: {}", field.field, short(new)),
        (None, None) => field.field.clone(),
    }
}

/// JSON as a person writes it: a plain word without quotes; long texts cut.
fn short(value: &Json) -> String {
    let text = match value {
        Json::String(text) => text.clone(),
        other => other.to_string(),
    };
    match text.char_indices().nth(300) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text,
    }
}

fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// What a proof comes to, on one line.
pub(super) fn verdict(proof: &Proof) -> String {
    let milder = proof.witnesses.iter().filter(|witness| witness.flip.loosens()).count();
    let stricter = proof.witnesses.len().saturating_sub(milder);
    match proof.verdict() {
        Verdict::Different => format!("different: {milder} milder, {stricter} stricter"),
        Verdict::Equal => "equal: every call of every tool is decided alike".to_owned(),
        Verdict::Unknown => "unknown: no call was found that is decided otherwise, and there may be one".to_owned(),
    }
}

fn proof(proof: &Proof, page: &mut Page<'_>) -> Result<(), Failure> {
    page.heading("proof", &verdict(proof))?;
    for witness in &proof.witnesses {
        let word = if witness.flip.loosens() { "milder" } else { "stricter" };
        let how = if witness.flip.loosens() { style::DENY } else { style::ALLOW };
        page.entry(word, how, &format!("{}  {}", flip(witness.flip), deciders(witness)))?;
        page.under(&format!("  {}", call_json(&witness.situation, proof.base)))?;
        if let Some(session) = session_json(&witness.situation) {
            page.under(&format!("  in a session with {session}"))?;
        }
    }
    for unknown in &proof.unknown {
        page.entry("unknown", style::ASK, &self::unknown(unknown))?;
    }
    Ok(())
}

pub(super) fn flip(flip: Flip) -> String {
    flip.to_string()
}

/// What decides on each side.
pub(super) fn deciders(witness: &Witness) -> String {
    let (old, new) = (witness.old.decider.to_string(), witness.new.decider.to_string());
    if old == new { format!("by {old}") } else { format!("by {old}, now by {new}") }
}

pub(super) fn unknown(unknown: &Unknown) -> String {
    let why = unknown.why.iter().cloned().collect::<Vec<_>>().join("; ");
    if unknown.flips.is_empty() {
        return why;
    }
    let flips = unknown.flips.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let tool = unknown.tool.as_ref().map(|tool| format!(" of `{tool}`")).unwrap_or_default();
    format!("{flips}{tool}: it depends on {why}")
}

fn past(past: &Past, page: &mut Page<'_>) -> Result<(), Failure> {
    page.heading("history", &of_past(past))?;
    let mut flips: Vec<_> = past.flips.iter().collect();
    flips.sort_by_key(|(key, times)| (!key.flip.loosens(), std::cmp::Reverse(times.count)));
    for (key, times) in flips {
        let word = if key.flip.loosens() { "milder" } else { "stricter" };
        let how = if key.flip.loosens() { style::DENY } else { style::ALLOW };
        let text = format!(
            "{}  {} of {} by {}, of {}",
            flip(key.flip),
            counted(usize::try_from(times.count).unwrap_or(usize::MAX), "call"),
            key.tool,
            key.principal,
            key.contract
        );
        page.entry(word, how, &text)?;
    }
    Ok(())
}

/// What the past comes to, on one line.
pub(super) fn of_past(past: &Past) -> String {
    let mut text = format!("{} of {} calls flip", past.flipped(), past.judged);
    if past.redacted > 0 {
        text.push_str(&format!(", {} not judged (redacted)", past.redacted));
    }
    if past.without_facts > 0 {
        text.push_str(&format!(", {} not judged (facts)", past.without_facts));
    }
    if past.unreadable > 0 {
        let lines = usize::try_from(past.unreadable).unwrap_or(usize::MAX);
        text.push_str(&format!(", {} unreadable", counted(lines, "line")));
    }
    text
}
