//! `callguard audit export`: JSON lines, comma-separated values, OCSF.

use super::read::{each, filter};
use crate::args::audit::{ExportArgs, ExportForm};
use crate::exit::Exit;
use crate::logs::Progress;
use crate::screen::{Failure, Screen};
use callguard::audit_log::{LogFiles, Record, ocsf};
use serde_json::Value;
use std::fs::OpenOptions;
use std::io::{self, BufWriter, Write};
use std::ops::ControlFlow;
use std::path::Path;

/// The columns of comma-separated values; `principal.` and what follows lie within the principal.
const COLUMNS: [&str; 23] = [
    "timestamp",
    "event_id",
    "action",
    "decision",
    "tool",
    "decision_name",
    "mode",
    "principal.user_id",
    "principal.service_id",
    "principal.role",
    "session_id",
    "call_id",
    "side_effect",
    "environment",
    "server",
    "tool_args",
    "reason",
    "tool_success",
    "duration_us",
    "policy_version",
    "policy_error",
    "seq",
    "hash",
];

pub(super) fn run(args: &ExportArgs, screen: &mut Screen) -> Result<Exit, Failure> {
    let files = LogFiles::of(&args.log);
    let filter = filter(&args.filter)?;
    let name = args.output.as_deref();
    let failed = |error: io::Error| match name {
        Some(path) => Failure::Outside(format!("cannot write `{}`: {error}", path.display())),
        None => Failure::Closed,
    };
    let mut out = Form::new(args.format, open(name).map_err(failed)?).map_err(failed)?;
    let mut count = 0_u64;
    let progress = Progress::over(&files, name.is_some());
    each(&files, &filter, &progress, screen, |record, line, _| {
        out.write(record, line).map_err(failed)?;
        count = count.saturating_add(1);
        Ok(ControlFlow::Continue(()))
    })?;
    out.finish().map_err(failed)?;
    if let Some(path) = name {
        match args.json {
            true => screen.line(serde_json::json!({ "events": count, "file": path.display().to_string() }))?,
            false => screen.line(format_args!("{count} events written to {}", path.display()))?,
        }
    }
    Ok(Exit::Ok)
}

/// Standard output, or a new file that only its owner can read.
fn open(path: Option<&Path>) -> io::Result<Box<dyn Write>> {
    let Some(path) = path else { return Ok(Box::new(BufWriter::new(io::stdout()))) };
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    Ok(Box::new(BufWriter::new(options.open(path)?)))
}

enum Form {
    Jsonl(Box<dyn Write>),
    Csv(Box<csv::Writer<Box<dyn Write>>>),
    Ocsf(Box<dyn Write>),
}

impl Form {
    fn new(form: ExportForm, out: Box<dyn Write>) -> io::Result<Form> {
        Ok(match form {
            ExportForm::Jsonl => Form::Jsonl(out),
            ExportForm::Ocsf => Form::Ocsf(out),
            ExportForm::Csv => {
                let mut table = csv::Writer::from_writer(out);
                table.write_record(COLUMNS)?;
                Form::Csv(Box::new(table))
            }
        })
    }

    fn write(&mut self, record: &Record, line: &[u8]) -> io::Result<()> {
        match self {
            Form::Jsonl(out) => {
                out.write_all(line)?;
                out.write_all(b"\n")
            }
            Form::Csv(table) => {
                table.write_record(COLUMNS.iter().map(|column| cell(record, column)))?;
                Ok(())
            }
            Form::Ocsf(out) => writeln!(out, "{}", ocsf(record.content(), Some(record))),
        }
    }

    fn finish(&mut self) -> io::Result<()> {
        match self {
            Form::Jsonl(out) | Form::Ocsf(out) => out.flush(),
            Form::Csv(table) => table.flush(),
        }
    }
}

fn cell(record: &Record, column: &str) -> String {
    let value = match column {
        "seq" => return record.seq().to_string(),
        "hash" => return record.hash().to_string(),
        _ => match column.strip_prefix("principal.") {
            Some(name) => record.content().get("principal").and_then(|principal| principal.get(name)),
            None => record.content().get(column),
        },
    };
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => no_formula(text),
        Some(other) => other.to_string(),
    }
}

/// A spreadsheet takes what begins so for a formula, and an agent chooses its arguments.
fn no_formula(text: &str) -> String {
    match text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        true => format!("'{text}"),
        false => text.to_owned(),
    }
}
