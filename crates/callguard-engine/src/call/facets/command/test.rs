//! `runs`, `runs_only`, `not_fully_understood`.

use super::super::OperandError;
use super::super::path::PathCx;
use super::CommandLine;
use super::entry::{Entry, lower};
use super::reader::Command;
use crate::decide::{Direction, Truth};
use foldhash::fast::FixedState;
use std::collections::HashMap;
use std::sync::Arc;

/// A test of one command line.
#[derive(Clone, Debug)]
pub struct CommandTest {
    kind: Kind,
}

#[derive(Clone, Debug)]
enum Kind {
    Runs(Entries),
    RunsOnly(Entries),
    NotFullyUnderstood(bool),
}

/// Entries, found by the name of a program.
#[derive(Clone, Debug, Default)]
struct Entries {
    all: Vec<Entry>,
    /// Those that name one program, by its name in every form that is compared.
    named: HashMap<Box<str>, Vec<usize>, FixedState>,
    /// Those that may name any.
    others: Vec<usize>,
}

impl Entries {
    fn new(all: Vec<Entry>) -> Entries {
        let mut entries = Entries::default();
        for (at, entry) in all.iter().enumerate() {
            match entry.program_names() {
                None => entries.others.push(at),
                Some([exact, folded]) => {
                    entries.named.entry(exact.into()).or_default().push(at);
                    if folded != exact {
                        entries.named.entry(folded.into()).or_default().push(at);
                    }
                }
            }
        }
        entries.all = all;
        entries
    }

    /// Whether one of them matches. Those of another name do not.
    fn hold(&self, command: &Command, direction: Direction, cx: &PathCx) -> Truth {
        let Some(program) = command.program() else { return Truth::Unknown };
        let folded = lower(program.name);
        let of = |name: &str| self.named.get(name).into_iter().flatten();
        let by_folded = (*folded != *program.name).then(|| of(&folded)).into_iter().flatten();
        let found = of(program.name).chain(by_folded).chain(&self.others);
        Truth::any(found.filter_map(|at| self.all.get(*at)).map(|entry| entry.holds(command, direction, cx)))
    }
}

impl CommandTest {
    /// `runs`: some program of the line matches one of the entries; excusing, every one does.
    ///
    /// # Errors
    /// An empty list or entry, or an entry that is more than one program with its words.
    pub fn runs(entries: &[String]) -> Result<CommandTest, OperandError> {
        parse("runs", entries).map(|entries| CommandTest { kind: Kind::Runs(Entries::new(entries)) })
    }

    /// `runs_only`: the line is understood and every program matches one of the entries.
    ///
    /// # Errors
    /// An empty list or entry, or an entry that is more than one program with its words.
    pub fn runs_only(entries: &[String]) -> Result<CommandTest, OperandError> {
        parse("runs_only", entries).map(|entries| CommandTest { kind: Kind::RunsOnly(Entries::new(entries)) })
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
        let every = |entries: &Entries| Truth::all(programs.iter().map(|command| entries.hold(command, direction, cx)));
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
                let some = Truth::any(programs.iter().map(|command| entries.hold(command, direction, cx)));
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
