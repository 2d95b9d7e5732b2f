//! Coverage as a page that needs nothing beside itself.

use callguard::testing::{Coverage, Seen, Share};
use std::collections::BTreeMap;
use std::fmt::{self, Write};

const STYLE: &str = "\
:root { color-scheme: light dark; --hit: #1a7f3718; --miss: #cf222e30; --dim: #8888; }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 75rem; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; margin-bottom: 2rem; }
th, td { padding: 0 .75rem; text-align: right; white-space: nowrap; }
th:last-child, td:last-child { text-align: left; width: 100%; white-space: pre-wrap; }
td { font: 13px/1.6 ui-monospace, monospace; }
td:first-child, .none { color: var(--dim); }
.hit { background: var(--hit); }
.miss { background: var(--miss); }
.never { color: #cf222e; font-weight: bold; }
";

/// The page.
pub(super) fn page(coverage: &Coverage) -> String {
    let mut out = String::new();
    // INVARIANT: writing to a string does not fail.
    let _ = write_page(coverage, &mut out);
    out
}

fn write_page(coverage: &Coverage, out: &mut String) -> fmt::Result {
    writeln!(
        out,
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>Coverage of policies</title>"
    )?;
    writeln!(out, "<style>\n{STYLE}</style>\n<h1>Coverage of policies</h1>\n<ul>")?;
    writeln!(out, "<li>{} of contracts applied</li>", shown(coverage.of_contracts()))?;
    writeln!(out, "<li>{} of outcomes of conditions were seen</li>\n</ul>", shown(coverage.of_conditions()))?;
    let mut files: BTreeMap<&str, BTreeMap<usize, Line>> = BTreeMap::new();
    for contract in coverage.contracts() {
        let place = &contract.place;
        files.entry(&place.file).or_default().entry(place.line).or_default().add(contract.seen, contract.is_covered());
        for condition in &contract.conditions {
            let lines = files.entry(&condition.place.file).or_default();
            lines.entry(condition.place.line).or_default().add_condition(condition.seen);
        }
    }
    for (name, lines) in &files {
        let text = coverage.files().get(*name).map(AsRef::as_ref).unwrap_or_default();
        write_file(name, text, lines, out)?;
    }
    Ok(())
}

fn shown(share: Share) -> String {
    format!("<b>{}%</b> ({} of {})", (share.percent() * 10.0).floor() / 10.0, share.seen, share.of)
}

/// What was seen of what begins on a line.
#[derive(Default)]
struct Line {
    seen: Seen,
    has_conditions: bool,
    misses: bool,
}

impl Line {
    fn add(&mut self, seen: Seen, covered: bool) {
        if !self.has_conditions {
            self.seen = seen;
        }
        self.misses |= !covered;
    }

    /// Of several conditions on a line the one is shown that misses something.
    fn add_condition(&mut self, seen: Seen) {
        let misses = seen.held == 0 || seen.failed == 0;
        if !self.has_conditions || misses {
            self.seen = seen;
        }
        self.has_conditions = true;
        self.misses |= misses;
    }
}

fn write_file(name: &str, text: &str, lines: &BTreeMap<usize, Line>, out: &mut String) -> fmt::Result {
    writeln!(out, "<h2>{}</h2>\n<table>", escaped(name))?;
    writeln!(out, "<tr><th>line<th>true<th>false<th>unknown<th>")?;
    for (number, written) in (1..).zip(text.lines()) {
        let Some(line) = lines.get(&number) else {
            writeln!(out, "<tr><td>{number}<td><td><td><td>{}", escaped(written))?;
            continue;
        };
        let class = if line.misses { "miss" } else { "hit" };
        let Seen { held, failed, unknown } = line.seen;
        let (held, unknown) = (count(held, true), count(unknown, false));
        let failed = count(failed, line.has_conditions);
        writeln!(out, "<tr class=\"{class}\"><td>{number}{held}{failed}{unknown}<td>{}", escaped(written))?;
    }
    writeln!(out, "</table>")
}

fn count(count: u64, wanted: bool) -> String {
    match (count, wanted) {
        (0, true) => "<td class=\"never\">never".to_owned(),
        (0, false) => "<td class=\"none\">-".to_owned(),
        (count, _) => format!("<td>{count}"),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
