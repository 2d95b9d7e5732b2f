//! `callguard mcp pin`, `diff` and `accept`: tool definitions as a person has accepted them.

use super::outside;
use crate::args::mcp::{McpAcceptArgs, McpPinArgs, McpPinsArgs};
use crate::commands::validate::counted;
use crate::exit::Exit;
use crate::screen::{Failure, Screen, style};
use callguard::Value;
use callguard::engine::value::write_json;
use callguard_gateway::mcp::{Change, FieldChange, Finding, Pins, PinsError, list_tools, scan, visible};
use serde_json::{Value as Json, json};
use std::ffi::OsString;
use std::time::Duration;

/// Letters of a value that are shown, and how many of them before the first that differs.
const SHOWN: usize = 100;
const SHOWN_BEFORE: usize = 24;

/// Writes down what the server says, where nothing was written yet.
pub(super) fn pin(args: &McpPinArgs, screen: &mut Screen) -> Result<Exit, Failure> {
    if args.pins.pins.exists() {
        let says =
            format!("`{}` is there already: `callguard mcp accept` takes what has changed", args.pins.pins.display());
        return Err(Failure::Usage(says));
    }
    taken(args, Pins::default(), &[], screen)
}

/// Takes what the server says now.
pub(super) fn accept(args: &McpAcceptArgs, screen: &mut Screen) -> Result<Exit, Failure> {
    let before = Pins::read(&args.pin.pins.pins).map_err(unusable)?;
    taken(&args.pin, before, &args.tools, screen)
}

/// Says what is otherwise than it was accepted.
pub(super) fn diff(args: &McpPinsArgs, screen: &mut Screen) -> Result<Exit, Failure> {
    let before = Pins::read(&args.pins).map_err(unusable)?;
    let now = asked(args)?;
    let changes = before.changes(&now);
    let found = findings(&now, &changes);
    report(args, &changes, &found, screen)?;
    if changes.is_empty() && !args.json {
        screen.line(format_args!("every tool is as it was accepted in `{}`", args.pins.display()))?;
    }
    Ok(if changes.is_empty() { Exit::Ok } else { Exit::Differs })
}

fn taken(args: &McpPinArgs, before: Pins, only: &[String], screen: &mut Screen) -> Result<Exit, Failure> {
    let mut pins = before.clone();
    pins.accept(&asked(&args.pins)?, only).map_err(unusable)?;
    let changes = before.changes(&pins);
    let found = findings(&pins, &changes);
    let is_written = found.is_empty() || args.accept_findings;
    if is_written {
        pins.write(&args.pins.pins).map_err(|error| Failure::Outside(error.to_string()))?;
    }
    report(&args.pins, &changes, &found, screen)?;
    let name = args.pins.pins.display();
    if !is_written {
        let help = "nothing was written: look at what was found; `--accept-findings` takes it as it is";
        screen.note(format_args!("{}error{:#}: {help}", style::DENY, style::DENY));
        return Ok(Exit::Differs);
    }
    if !args.pins.json {
        let count = counted(pins.tools().count(), "tool is", "tools are");
        screen.line(format_args!("{count} accepted in `{name}`"))?;
    }
    Ok(Exit::Ok)
}

/// What the server says now.
fn asked(args: &McpPinsArgs) -> Result<Pins, Failure> {
    let mut command = args.command.iter().map(OsString::from);
    let Some(program) = command.next() else {
        return Err(Failure::Usage("name the server's command after `--`".to_owned()));
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::Outside(format!("cannot start: {error}")))?;
    let listed = runtime.block_on(list_tools(program, command, Duration::from_secs(args.timeout))).map_err(outside)?;
    runtime.shutdown_background();
    Pins::of(listed).map_err(|error| Failure::Outside(error.to_string()))
}

/// What deserves a look in definitions that are new or changed.
fn findings(now: &Pins, changes: &[Change]) -> Vec<Finding> {
    let is_new = |tool: &str| changes.iter().any(|change| change.tool() == tool);
    now.tools().filter(|(tool, _)| is_new(tool)).flat_map(|(_, definition)| scan(definition)).collect()
}

pub(super) fn unusable(error: PinsError) -> Failure {
    match error {
        PinsError::File { .. } | PinsError::Form { .. } => {
            Failure::Usage(format!("{error}\nhelp: `callguard mcp pin --pins FILE -- COMMAND` writes such a file"))
        }
        PinsError::Twice(_) | PinsError::NoTool(_) => Failure::Usage(error.to_string()),
    }
}

fn report(args: &McpPinsArgs, changes: &[Change], found: &[Finding], screen: &mut Screen) -> Result<(), Failure> {
    if args.json {
        return screen.line(as_json(changes, found));
    }
    for change in changes {
        let (sign, style, fields): (_, _, &[FieldChange]) = match change {
            Change::Added { .. } => ("+", style::ALLOW, &[]),
            Change::Removed { .. } => ("-", style::DENY, &[]),
            Change::Changed { fields, .. } => ("~", style::ASK, fields),
        };
        screen.line(format_args!("{style}{sign}{style:#} {}", visible(change.tool())))?;
        for field in fields {
            let FieldChange { field, before, after } = field;
            let (before, after) = said(before.as_ref(), after.as_ref());
            screen.line(format_args!("    {}", visible(field)))?;
            screen.line(format_args!("      {}-{:#} {before}", style::DENY, style::DENY))?;
            screen.line(format_args!("      {}+{:#} {after}", style::ALLOW, style::ALLOW))?;
        }
    }
    for finding in found {
        let Finding { tool, field, kind, excerpt } = finding;
        let (tool, field) = (visible(tool), visible(field));
        screen.line(format_args!("{}!{:#} {tool}: {kind}, in {field}\n    {excerpt}", style::DENY, style::DENY))?;
    }
    Ok(())
}

/// Two values, each on one line, from shortly before they part: a change at the end of a long text is seen.
fn said(before: Option<&Value>, after: Option<&Value>) -> (String, String) {
    let text = |value: Option<&Value>| value.map_or_else(|| "nothing".to_owned(), |value| visible(&write_json(value)));
    let (before, after) = (text(before), text(after));
    let same = before.chars().zip(after.chars()).take_while(|(one, other)| one == other).count();
    let from = same.saturating_sub(SHOWN_BEFORE);
    let part = |text: &str| {
        let shown: String = text.chars().skip(from).take(SHOWN).collect();
        let is_cut = text.chars().nth(from.saturating_add(SHOWN)).is_some();
        format!("{}{shown}{}", if from > 0 { "…" } else { "" }, if is_cut { "…" } else { "" })
    };
    (part(&before), part(&after))
}

fn as_json(changes: &[Change], found: &[Finding]) -> Json {
    let value = |value: &Option<Value>| {
        value
            .as_ref()
            .map(|value| serde_json::from_str::<Json>(&write_json(value)).unwrap_or_else(|_| json!(write_json(value))))
    };
    let field = |change: &FieldChange| json!({ "field": change.field, "before": value(&change.before), "after": value(&change.after) });
    let changes: Vec<Json> = changes
        .iter()
        .map(|change| match change {
            Change::Added { tool } => json!({ "tool": tool, "change": "added" }),
            Change::Removed { tool } => json!({ "tool": tool, "change": "removed" }),
            Change::Changed { tool, fields } => {
                json!({ "tool": tool, "change": "changed", "fields": fields.iter().map(field).collect::<Vec<_>>() })
            }
        })
        .collect();
    let found: Vec<Json> = found
        .iter()
        .map(|finding| {
            json!({ "tool": finding.tool, "field": finding.field, "kind": finding.kind.as_str(), "excerpt": finding.excerpt })
        })
        .collect();
    json!({ "changes": changes, "findings": found })
}
