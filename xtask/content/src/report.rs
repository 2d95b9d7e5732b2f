//! The report: everything as JSON, and as tables that people read.

use crate::honest::Honest;
use crate::speed::Speed;
use anyhow::Result;
use serde::Serialize;
use serde_json::Value;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

#[derive(Serialize)]
pub(crate) struct Report {
    schema_version: u32,
    day: String,
    #[serde(flatten)]
    machine: Value,
    findings_in_10000_lines: f64,
    honest: Honest,
    speed: Option<Speed>,
}

impl Report {
    pub(crate) fn new(day: &str, machine: Value, honest: Honest, speed: Option<Speed>) -> Report {
        Report {
            schema_version: 1,
            day: day.to_owned(),
            machine,
            findings_in_10000_lines: honest.rate(),
            honest,
            speed,
        }
    }

    pub(crate) fn write(&self, base: &Path) -> Result<()> {
        fs::write(base.with_extension("json"), serde_json::to_string_pretty(self)? + "\n")?;
        fs::write(base.with_extension("md"), self.markdown())?;
        println!("the report is {}", base.with_extension("md").display());
        Ok(())
    }

    pub(crate) fn markdown(&self) -> String {
        let mut text = String::new();
        self.head(&mut text);
        if let Some(speed) = &self.speed {
            targets(&mut text, self.findings_in_10000_lines, speed);
            costs(&mut text, speed);
        }
        self.findings(&mut text);
        text
    }

    fn head(&self, text: &mut String) {
        let said = |key: &str| {
            self.machine.get(key).map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned))
        };
        let [commit, processor, cores, rustc] =
            ["commit", "processor", "cores", "rustc"].map(|key| said(key).unwrap_or_default());
        let changed =
            if said("uncommitted_changes").as_deref() == Some("true") { " with uncommitted changes" } else { "" };
        line(text, format_args!("# What detection and redaction find and cost, {}\n", self.day));
        line(text, format_args!("<!-- Written by `cargo xtask content`. -->\n"));
        line(
            text,
            format_args!(
                "Commit {commit}{changed}; {processor}, {cores} cores; {rustc}. Processor time of the thread. Recall on the published formats is a test of the engine (`audit::detect::recall`).\n"
            ),
        );
    }

    fn findings(&self, text: &mut String) {
        let honest = &self.honest;
        line(
            text,
            format_args!(
                "## Honest files\n\nAll kinds are looked for in {} lines of named packages; {} findings, {:.2} in 10,000 lines. {} e-mail addresses are what they say, and not counted.\n",
                honest.lines(),
                honest.findings.len(),
                honest.rate(),
                honest.addresses
            ),
        );
        line(text, format_args!("| from | package | files | lines | findings |\n|---|---|---:|---:|---|"));
        for package in &honest.packages {
            let found: Vec<String> = package.findings.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
            line(
                text,
                format_args!(
                    "| {} | {} | {} | {} | {} |",
                    package.origin,
                    package.name,
                    package.files,
                    package.lines,
                    found.join(", ")
                ),
            );
        }
        line(text, format_args!("\n| kind | package | file | line |\n|---|---|---|---:|"));
        for place in &honest.findings {
            line(text, format_args!("| {} | {} | {} | {} |", place.kind, place.package, place.file, place.line));
        }
    }
}

fn targets(text: &mut String, rate: f64, speed: &Speed) {
    let slowest =
        |of: fn(&crate::speed::Throughput) -> f64| speed.throughput.iter().map(of).fold(f64::INFINITY, f64::min);
    let short = speed.short.iter().map(|short| short.nanoseconds).fold(0.0, f64::max);
    let allocations = speed.short.iter().map(|short| short.allocations).max().unwrap_or_default();
    let worst = speed.hostile.iter().map(|one| one.sixteen_mebibytes / one.one_mebibyte).fold(0.0, f64::max);
    let redaction = slowest(|one| one.redaction);
    line(text, format_args!("## Targets\n\n| | what | wanted | found |\n|---|---|---:|---:|"));
    let mut row = |met: bool, what: &str, wanted: &str, found: String| {
        line(text, format_args!("| {} | {what} | {wanted} | {found} |", if met { "met" } else { "missed" }));
    };
    row(redaction >= 150.0, "redaction, the slowest origin", "150 MB/s", format!("{redaction:.0} MB/s"));
    row(
        slowest(|one| one.secrets) >= 150.0,
        "`detects: secret`, the slowest origin",
        "150 MB/s",
        format!("{:.0} MB/s", slowest(|one| one.secrets)),
    );
    row(
        speed.events.p99 <= 50_000.0,
        "redaction of 1 KiB, p99",
        "50 us",
        format!("{:.1} us", speed.events.p99 / 1_000.0),
    );
    row(short <= 150.0, "redaction of a short clean text, the slowest", "150 ns", format!("{short:.0} ns"));
    row(allocations == 0, "allocations for it", "0", allocations.to_string());
    row(worst <= 2.0, "16 MiB beside 1 MiB of hostile text, cost of a byte", "×2", format!("×{worst:.2}"));
    row(rate <= 1.0, "findings in 10,000 honest lines", "1", format!("{rate:.2}"));
}

fn costs(text: &mut String, speed: &Speed) {
    line(
        text,
        format_args!(
            "\n## Costs\n\nMB a second, in pieces of 64 KiB.\n\n| from | bytes | redaction of an event | `detects: secret` | every kind |\n|---|---:|---:|---:|---:|"
        ),
    );
    for one in &speed.throughput {
        line(
            text,
            format_args!(
                "| {} | {} | {:.0} | {:.0} | {:.0} |",
                one.origin, one.bytes, one.redaction, one.secrets, one.everything
            ),
        );
    }
    let events = &speed.events;
    line(
        text,
        format_args!(
            "\nRedaction of {} pieces of 1 KiB: p50 {:.1} us, p99 {:.1} us, at most {:.1} us.\n",
            events.pieces,
            events.p50 / 1_000.0,
            events.p99 / 1_000.0,
            events.most / 1_000.0
        ),
    );
    line(text, format_args!("| short text | bytes | redaction | allocations |\n|---|---:|---:|---:|"));
    for one in &speed.short {
        line(
            text,
            format_args!("| `{}` | {} | {:.0} ns | {} |", one.text, one.text.len(), one.nanoseconds, one.allocations),
        );
    }
    line(text, format_args!("\n| hostile text, repeated | 1 MiB | 16 MiB |\n|---|---:|---:|"));
    for one in &speed.hostile {
        let unit = one.unit.escape_default().to_string().replace('|', "\\|");
        line(text, format_args!("| `{unit}` | {:.1} ns/B | {:.1} ns/B |", one.one_mebibyte, one.sixteen_mebibytes));
    }
    line(text, format_args!(""));
}

fn line(text: &mut String, line: std::fmt::Arguments<'_>) {
    // Writing to a string does not fail.
    let _written = writeln!(text, "{line}");
}
