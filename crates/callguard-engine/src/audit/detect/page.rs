//! The detectors as a page to read.

use super::RULES;
use super::rules::{Kind, RuleText};
use std::fmt::Write as _;

const HEAD: &str = "# What CallGuard detects in content

Generated from `crates/callguard-engine/src/audit/detect/data/`. A kind is a word of `detects` and of `redact.detect`; `secret` stands for
every kind of secret. Audit events and messages hide every kind of secret without being told to.

A text is read as it stands, as its escapes spell it (`\\u0041`, `\\n`, `%41`), and as the base 64 or hexadecimal digits in it
spell it, once. What is told by nothing but randomness counts beside a telling name alone.
";

/// `docs/reference/detectors.md`: every kind, the forms of it, and where they are described.
pub fn detectors_page() -> String {
    let mut page = String::from(HEAD);
    for (title, secret) in [("Secrets", true), ("Personal and payment data", false)] {
        line(&mut page, format_args!("\n## {title}\n\n| kind | what | forms | described in |\n|---|---|---|---|"));
        if secret {
            line(&mut page, format_args!("| `secret` | every kind of secret | | |"));
        }
        RULES.kinds.iter().filter(|kind| kind.secret == secret).for_each(|kind| row(&mut page, kind));
    }
    page
}

fn row(page: &mut String, kind: &Kind) {
    let forms: Vec<String> = kind.rules.iter().flat_map(forms).map(|form| code(&form)).collect();
    let mut sources: Vec<&str> = kind.rules.iter().map(|rule| rule.source.as_str()).collect();
    sources.dedup();
    let (forms, sources) = (forms.join("<br>"), sources.join("<br>"));
    line(page, format_args!("| `{}` | {} | {forms} | {sources} |", kind.name, kind.summary));
}

/// As published, without marks; of a rule without, none: its regex tells more of the search than of the form.
fn forms(rule: &RuleText) -> impl Iterator<Item = String> {
    rule.formats.iter().map(|form| form.replace(['«', '»'], ""))
}

/// A bar would end the cell, even within code.
fn code(form: &str) -> String {
    format!("`{}`", form.replace('|', "\\|"))
}

fn line(page: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a string does not fail.
    let _written = writeln!(page, "{text}");
}
