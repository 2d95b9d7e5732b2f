//! One entry of `runs`: `git push --force`.

use super::super::OperandError;
use super::super::path::{Glob, PathAccess, PathCx, PathTest, PathValue};
use super::options::{Found, Invocation, sort};
use super::reader::{Command, Program, program};
use super::words::{Open, Word};
use crate::decide::{Direction, Truth};

/// A program with what must be among its words.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    program: ProgramTest,
    words: Vec<Word>,
}

#[derive(Clone, Debug)]
enum ProgramTest {
    Name {
        exact: Glob,
        folded: Glob,
    },
    /// Written with a directory.
    Path(PathTest),
}

impl Entry {
    pub(super) fn parse(text: &str) -> Result<Entry, OperandError> {
        let words = split(text)?;
        let Some((first, rest)) = words.split_first() else {
            return Err(bad(text, "is empty", "name a program, for example `rm -r`"));
        };
        if first.starts_with('-') || first.contains('=') {
            return Err(bad(text, "does not start with a program", "write the program first, for example `rm -r`"));
        }
        let program = if first.contains('/') {
            ProgramTest::Path(PathTest::operand(first)?)
        } else {
            let exact = Glob::parse(first);
            ProgramTest::Name { folded: exact.folded(), exact }
        };
        Ok(Entry { program, words: rest.iter().map(Word::literal).collect() })
    }

    /// Whether a command matches, read in `direction`.
    pub(super) fn holds(&self, command: &Command, direction: Direction, cx: &PathCx) -> Truth {
        let (Some(program), Some((_, arguments))) = (program(&command.words), command.words.split_first()) else {
            return Truth::Unknown;
        };
        let named = self.is_program(program, command, direction, cx);
        if named == Truth::False || self.words.is_empty() {
            return named;
        }
        let reading = Reading { command, direction, cx };
        // Without rules of its own a program's words match anywhere.
        let arguments_hold = match program.spec {
            Some(spec) => reading.by_rules(&sort(Some(spec), &self.words), &sort(Some(spec), arguments)),
            None => Truth::all(self.words.iter().map(|wanted| reading.anywhere(&wanted.text, arguments))),
        };
        named.and(arguments_hold)
    }

    fn is_program(&self, program: Program<'_>, command: &Command, direction: Direction, cx: &PathCx) -> Truth {
        match (&self.program, direction) {
            (ProgramTest::Name { exact, folded }, Direction::Restricting) => {
                Truth::from(exact.matches(program.name) || folded.matches(&program.name.to_lowercase()))
            }
            (ProgramTest::Name { exact, .. }, Direction::Excusing) => {
                Truth::from(program.trusted && exact.matches(program.name))
            }
            (ProgramTest::Path(test), _) if program.text.contains('/') => {
                Reading { command, direction, cx }.path(test, &Word::literal(program.text))
            }
            // A bare name is looked up in `PATH`: it may be that file.
            (ProgramTest::Path(_), Direction::Restricting) => Truth::False,
            (ProgramTest::Path(_), Direction::Excusing) => Truth::False,
        }
    }
}

/// A command as one direction reads it.
struct Reading<'a> {
    command: &'a Command,
    direction: Direction,
    cx: &'a PathCx,
}

impl Reading<'_> {
    fn by_rules(&self, wanted: &Invocation<'_>, given: &Invocation<'_>) -> Truth {
        // What cannot be known may be what is missing.
        let missing = if given.may_have_more_flags() { Truth::Unknown } else { Truth::False };
        let mut subcommands = given.subcommands.iter();
        let same_subcommand = Truth::all(wanted.subcommands.iter().map(|wanted| match subcommands.next() {
            Some(word) => self.text(&wanted.text, word).or(missing),
            None => missing,
        }));
        // A glob matches a file that is named like the option.
        let globs: Vec<Glob> = given.globs.iter().filter_map(|word| word.glob.as_deref()).map(Glob::parse).collect();
        let has_flags = wanted.flags.iter().map(|flag| {
            let may_match = flag.spellings().any(|spelling| globs.iter().any(|glob| glob.matches(spelling)));
            let absent = if may_match { Truth::Unknown } else { missing };
            Truth::any(given.flags.iter().map(|found| self.flag(flag, found))).or(absent)
        });
        let has_operands = wanted.operands.iter().map(|(wanted, _)| {
            let plain = given.operands.iter().map(|(word, _)| self.operand(&wanted.text, word));
            Truth::any(plain).or(missing)
        });
        same_subcommand.and(Truth::all(has_flags)).and(Truth::all(has_operands))
    }

    fn flag(&self, wanted: &Found, found: &Found) -> Truth {
        match (&wanted.value, &found.value) {
            _ if wanted.name != found.name => Truth::False,
            (None, _) => Truth::True,
            (Some(wanted), Some(value)) => self.operand(&wanted.text, value),
            (Some(_), None) => Truth::False,
        }
    }

    fn anywhere(&self, wanted: &str, arguments: &[Word]) -> Truth {
        Truth::any(arguments.iter().map(|word| {
            let is_option_with_value =
                wanted.starts_with('-') && word.text.strip_prefix(wanted).is_some_and(|rest| rest.starts_with('='));
            Truth::from(is_option_with_value).or(self.operand(wanted, word))
        }))
    }

    /// An operand, compared as a path where the wanted one is a path.
    fn operand(&self, wanted: &str, word: &Word) -> Truth {
        let (key, place) = match wanted.split_once('=') {
            Some((key, place)) if !key.contains('/') => (Some(key), place),
            _ => (None, wanted),
        };
        if !place.contains('/') && !matches!(place, "." | ".." | "~") {
            return self.text(wanted, word);
        }
        let value = match key {
            None => Some(word.clone()),
            Some(key) => word.after(&format!("{key}=")),
        };
        match (value, PathTest::operand(place)) {
            (Some(value), Ok(test)) => self.path(&test, &value),
            (None, _) if word.open.is_some() && word.text.is_empty() => Truth::Unknown,
            _ => Truth::False,
        }
    }

    fn path(&self, test: &PathTest, word: &Word) -> Truth {
        let each = self.command.cwds.iter().map(|cwd| {
            let cx = self.cx.starting_at(cwd.clone());
            match (word.open, &word.glob) {
                (None, _) => PathValue::parse_expanded(&word.text, PathAccess::Unknown, &cx),
                (Some(Open::Pattern), Some(glob)) => PathValue::parse_glob(glob, PathAccess::Unknown, &cx),
                _ => PathValue::unknown(&word.text, PathAccess::Unknown, "a path that cannot be known"),
            }
        });
        each.reduce(PathValue::or).map_or(Truth::Unknown, |path| test.holds(&path, self.direction, self.cx))
    }

    fn text(&self, wanted: &str, word: &Word) -> Truth {
        let glob = Glob::parse(wanted);
        match word.known() {
            Some(text) => Truth::from(glob.matches(text)),
            None if glob.matches_all() => Truth::True,
            None => Truth::Unknown,
        }
    }
}

/// Splits an entry into words; quotes keep spaces together.
fn split(text: &str) -> Result<Vec<String>, OperandError> {
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (word, after) = if let '\'' | '"' = first {
            let inner = rest.strip_prefix(first).unwrap_or_default();
            inner.split_once(first).ok_or_else(|| bad(text, "has a quote that is not closed", "close it"))?
        } else {
            rest.split_once(char::is_whitespace).unwrap_or((rest, ""))
        };
        if !matches!(first, '\'' | '"') && word.contains(['|', ';', '&', '<', '>', '`', '$', '\n', '(', ')']) {
            let help = "write one program with its words; a list names several";
            return Err(bad(text, "is more than one program", help));
        }
        words.push(word.to_owned());
        rest = after.trim_start();
    }
    Ok(words)
}

fn bad(text: &str, problem: &str, help: &str) -> OperandError {
    OperandError { message: format!("the entry `{text}` {problem}"), help: Some(help.to_owned()) }
}
