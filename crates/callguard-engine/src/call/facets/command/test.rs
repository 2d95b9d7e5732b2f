//! `runs`, `runs_only`, `not_fully_understood`.

use super::super::OperandError;
use super::super::path::PathCx;
use super::CommandLine;
use crate::decide::{Direction, Truth};

/// A test of one command line.
#[derive(Clone, Debug)]
pub struct CommandTest {
    kind: Kind,
}

#[derive(Clone, Debug)]
enum Kind {
    Runs,
    RunsOnly,
    NotFullyUnderstood(bool),
}

impl CommandTest {
    /// `runs`: some program of the line matches one of the entries; excusing, every one does.
    ///
    /// # Errors
    /// An empty list or entry.
    pub fn runs(entries: &[String]) -> Result<CommandTest, OperandError> {
        non_empty("runs", entries).map(|()| CommandTest { kind: Kind::Runs })
    }

    /// `runs_only`: the line is understood and every program matches one of the entries.
    ///
    /// # Errors
    /// An empty list or entry.
    pub fn runs_only(entries: &[String]) -> Result<CommandTest, OperandError> {
        non_empty("runs_only", entries).map(|()| CommandTest { kind: Kind::RunsOnly })
    }

    /// `not_fully_understood: true` (or `false`, its opposite).
    pub fn not_fully_understood(expected: bool) -> CommandTest {
        CommandTest { kind: Kind::NotFullyUnderstood(expected) }
    }

    /// Whether it holds of `line`, read in `direction`.
    pub fn holds(&self, line: &CommandLine, _direction: Direction, _cx: &PathCx) -> Truth {
        match self.kind {
            Kind::NotFullyUnderstood(expected) => Truth::from(line.not_understood().is_some() == expected),
            Kind::Runs | Kind::RunsOnly => Truth::Unknown,
        }
    }
}

fn non_empty(operator: &str, entries: &[String]) -> Result<(), OperandError> {
    if entries.is_empty() || entries.iter().any(|entry| entry.trim().is_empty()) {
        return Err(OperandError {
            message: format!("`{operator}` has an empty list or entry"),
            help: Some("name a program, for example `rm -r`".to_owned()),
        });
    }
    Ok(())
}
