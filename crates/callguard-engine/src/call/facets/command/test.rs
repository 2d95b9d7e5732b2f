//! `runs`, `runs_only`, `not_fully_understood`.

use super::super::OperandError;
use super::super::path::PathCx;
use super::CommandLine;
use super::entry::Entry;
use super::reader::Command;
use crate::decide::{Direction, Truth};
use std::sync::Arc;

/// A test of one command line.
#[derive(Clone, Debug)]
pub struct CommandTest {
    kind: Kind,
}

#[derive(Clone, Debug)]
enum Kind {
    Runs(Vec<Entry>),
    RunsOnly(Vec<Entry>),
    NotFullyUnderstood(bool),
}

impl CommandTest {
    /// `runs`: some program of the line matches one of the entries; excusing, every one does.
    ///
    /// # Errors
    /// An empty list or entry, or an entry that is more than one program with its words.
    pub fn runs(entries: &[String]) -> Result<CommandTest, OperandError> {
        parse("runs", entries).map(|entries| CommandTest { kind: Kind::Runs(entries) })
    }

    /// `runs_only`: the line is understood and every program matches one of the entries.
    ///
    /// # Errors
    /// An empty list or entry, or an entry that is more than one program with its words.
    pub fn runs_only(entries: &[String]) -> Result<CommandTest, OperandError> {
        parse("runs_only", entries).map(|entries| CommandTest { kind: Kind::RunsOnly(entries) })
    }

    /// `not_fully_understood: true` (or `false`, its opposite).
    pub fn not_fully_understood(expected: bool) -> CommandTest {
        CommandTest { kind: Kind::NotFullyUnderstood(expected) }
    }

    /// Whether it holds of `line`, read in `direction`.
    pub fn holds(&self, line: &CommandLine, direction: Direction, cx: &PathCx) -> Truth {
        let excuses = direction == Direction::Excusing || matches!(self.kind, Kind::RunsOnly(_));
        // A name under which another program runs something restricts, and is no part of what must be excused.
        let counts = |command: &&Command| !(command.words.is_empty() || command.implied && excuses);
        let programs: Vec<&Command> = line.seen.commands.iter().map(Arc::as_ref).filter(counts).collect();
        let matches = |entries: &[Entry], command: &Command| {
            Truth::any(entries.iter().map(|entry| entry.holds(command, direction, cx)))
        };
        let every = |entries: &[Entry]| Truth::all(programs.iter().map(|command| matches(entries, command)));
        // Whatever was not seen may match, or not.
        let unseen = line.seen.not_understood.is_some();
        let hidden = unseen || direction == Direction::Excusing && line.seen.shadowed.is_some();
        let certain = |known: Truth| if hidden { known.and(Truth::Unknown) } else { known };
        match &self.kind {
            Kind::NotFullyUnderstood(expected) => Truth::from(unseen == *expected),
            Kind::RunsOnly(entries) => certain(every(entries)),
            Kind::Runs(_) if direction == Direction::Excusing && programs.is_empty() => certain(Truth::False),
            Kind::Runs(entries) if direction == Direction::Excusing => certain(every(entries)),
            Kind::Runs(entries) => {
                let some = Truth::any(programs.iter().map(|command| matches(entries, command)));
                if unseen { some.or(Truth::Unknown) } else { some }
            }
        }
    }
}

fn parse(operator: &str, entries: &[String]) -> Result<Vec<Entry>, OperandError> {
    if entries.is_empty() {
        return Err(OperandError {
            message: format!("`{operator}` has an empty list"),
            help: Some("name a program, for example `rm -r`".to_owned()),
        });
    }
    entries.iter().map(|entry| Entry::parse(entry)).collect()
}
