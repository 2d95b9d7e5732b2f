//! One entry of `runs`: `git push --force`.

use super::super::OperandError;
use super::super::path::{Glob, PathAccess, PathCx, PathTest, PathValue};
use super::catalog::{self, Role, Spec};
use super::options::{Found, Invocation, sort};
use super::reader::{Command, Program};
use super::words::{Open, Word};
use crate::decide::{Direction, Truth};
use std::borrow::Cow;

/// A program with what must be among its words.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    program: ProgramTest,
    words: Vec<Word>,
    /// The words where the program has no rules.
    anywhere: Vec<Wanted>,
    /// The words as the rules of the program that is named sort them.
    sorted: Option<(&'static Spec, Sorted)>,
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

/// The words of an entry, sorted by the rules of a program.
#[derive(Clone, Debug)]
struct Sorted {
    subcommands: Vec<Glob>,
    flags: Vec<(Found, Option<Wanted>)>,
    operands: Vec<Wanted>,
}

/// One word of an entry.
#[derive(Clone, Debug)]
enum Wanted {
    Text(Glob),
    /// Compared as a path, perhaps after `KEY=`; never met if it is none.
    Path {
        key: Option<String>,
        test: Option<PathTest>,
    },
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
        let words: Vec<Word> = rest.iter().map(Word::literal).collect();
        let sorted = catalog::program(first).map(|spec| (spec, Sorted::by(spec, &words)));
        let anywhere = words.iter().map(|word| Wanted::parse(&word.text)).collect();
        Ok(Entry { program, words, anywhere, sorted })
    }

    /// The one name that its program may have, as written and folded. `None`: it may have several.
    pub(super) fn program_names(&self) -> Option<[&str; 2]> {
        match &self.program {
            ProgramTest::Name { exact, folded } => Some([exact.as_literal()?, folded.as_literal()?]),
            ProgramTest::Path(_) => None,
        }
    }

    /// Whether a command matches, read in `direction`.
    pub(super) fn holds(&self, command: &Command, direction: Direction, cx: &PathCx) -> Truth {
        let Some(program) = command.program() else { return Truth::Unknown };
        if direction == Direction::Restricting && command.is_transparent() {
            return Truth::False;
        }
        let named = self.is_program(program, command, direction, cx);
        if named == Truth::False || self.words.is_empty() {
            return named;
        }
        let reading = Reading { command, direction, cx };
        let arguments_hold = match (program.spec, &self.sorted) {
            (Some(spec), Some((named, sorted))) if std::ptr::eq(spec, *named) => reading.by_rules(spec, sorted),
            (Some(spec), _) => reading.by_rules(spec, &Sorted::by(spec, &self.words)),
            // Without rules of its own a program's words match anywhere.
            (None, _) => {
                let named = self.words.iter().zip(&self.anywhere);
                let plain: Vec<&Wanted> =
                    named.clone().filter(|(word, _)| !is_dashed(word)).map(|(_, wanted)| wanted).collect();
                let given = command.arguments().iter().filter(|word| !is_dashed(word));
                Truth::all(named.map(|(word, wanted)| reading.anywhere(&word.text, wanted)))
                    .and(reading.nothing_else(&plain, given))
            }
        };
        named.and(arguments_hold)
    }

    fn is_program(&self, program: Program<'_>, command: &Command, direction: Direction, cx: &PathCx) -> Truth {
        match (&self.program, direction) {
            (ProgramTest::Name { exact, folded }, Direction::Restricting) => {
                Truth::from(exact.matches(program.name) || folded.matches(&lower(program.name)))
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

impl Sorted {
    fn by(spec: &'static Spec, words: &[Word]) -> Sorted {
        let Invocation { subcommands, flags, operands, .. } = sort(Some(spec), words);
        let valued = |flag: Found| {
            let value = flag.value.as_ref().map(|value| Wanted::parse(&value.text));
            (flag, value)
        };
        Sorted {
            subcommands: subcommands.iter().map(|word| Glob::parse(&word.text)).collect(),
            flags: flags.into_iter().map(valued).collect(),
            operands: operands.iter().map(|(word, _)| Wanted::parse(&word.text)).collect(),
        }
    }
}

impl Wanted {
    fn parse(text: &str) -> Wanted {
        let (key, place) = match text.split_once('=') {
            Some((key, place)) if !key.contains('/') => (Some(format!("{key}=")), place),
            _ => (None, text),
        };
        if place.contains('/') || matches!(place, "." | ".." | "~") {
            Wanted::Path { key, test: PathTest::operand(place).ok() }
        } else {
            Wanted::Text(Glob::parse(text))
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
    fn by_rules(&self, spec: &Spec, wanted: &Sorted) -> Truth {
        let given = &self.command.invocation;
        // What cannot be known may be what is missing.
        let missing = if given.may_have_more_flags() { Truth::Unknown } else { Truth::False };
        let (mut subcommands, mut rules) = (given.subcommands.iter(), Some(spec));
        let same_subcommand = Truth::all(wanted.subcommands.iter().map(|wanted| {
            let Some(word) = subcommands.next() else { return missing };
            let names = rules.zip(word.known()).map(|(rules, name)| rules.names_of(name)).unwrap_or_default();
            rules = rules.zip(word.known()).and_then(|(rules, name)| rules.subcommands.get(name));
            Truth::from(names.iter().any(|name| wanted.matches(name))).or(text(wanted, word)).or(missing)
        }));
        if same_subcommand == Truth::False {
            return Truth::False;
        }
        // A glob matches a file that is named like the option.
        let globs: Vec<Glob> = given.globs.iter().filter_map(|word| word.glob.as_deref()).map(Glob::parse).collect();
        let has_flags = wanted.flags.iter().map(|(flag, value)| {
            let may_match = flag.spellings().any(|spelling| globs.iter().any(|glob| glob.matches(spelling)));
            let absent = if may_match { Truth::Unknown } else { missing };
            let same = given.flags.iter().filter(|found| found.name == flag.name);
            Truth::any(same.map(|found| self.flag_value(value.as_ref(), found))).or(absent)
        });
        let has_operands = wanted.operands.iter().map(|wanted| {
            let plain = given.operands.iter().map(|(word, _)| self.operand(wanted, word));
            Truth::any(plain).or(missing)
        });
        let operands: Vec<&Wanted> = wanted.operands.iter().collect();
        // `if=FILE` is an option in all but its spelling.
        let given = given.operands.iter().filter(|(_, role)| *role != Role::KeyValue).map(|(word, _)| word);
        let nothing_else = self.nothing_else(&operands, given);
        same_subcommand.and(Truth::all(has_flags)).and(Truth::all(has_operands)).and(nothing_else)
    }

    /// Who excuses `git push origin fix/*` has not excused `git push origin fix/a main`: operands are compared one by one, the
    /// last one of the entry with all that follow.
    fn nothing_else<'w>(&self, wanted: &[&Wanted], given: impl Iterator<Item = &'w Word>) -> Truth {
        if self.direction == Direction::Restricting {
            return Truth::True;
        }
        let at = |place: usize| wanted.get(place).or(wanted.last());
        Truth::all(given.enumerate().filter_map(|(place, word)| Some(self.operand(at(place)?, word))))
    }

    fn flag_value(&self, wanted: Option<&Wanted>, found: &Found) -> Truth {
        match (wanted, &found.value) {
            (None, _) => Truth::True,
            (Some(wanted), Some(value)) => self.operand(wanted, value),
            (Some(_), None) => Truth::False,
        }
    }

    fn anywhere(&self, text: &str, wanted: &Wanted) -> Truth {
        Truth::any(self.command.arguments().iter().map(|word| {
            let is_option_with_value =
                text.starts_with('-') && word.text.strip_prefix(text).is_some_and(|rest| rest.starts_with('='));
            Truth::from(is_option_with_value).or(self.operand(wanted, word))
        }))
    }

    /// An operand, compared as a path where the wanted one is a path.
    fn operand(&self, wanted: &Wanted, word: &Word) -> Truth {
        let (key, test) = match wanted {
            Wanted::Text(glob) => return text(glob, word),
            Wanted::Path { key, test } => (key, test),
        };
        let after = key.as_deref().map(|key| word.after(key));
        let value = match &after {
            None => Some(word),
            Some(after) => after.as_ref(),
        };
        match (value, test) {
            (Some(value), Some(test)) => self.path(test, value),
            (None, _) if word.open.is_some() && word.text.is_empty() => Truth::Unknown,
            _ => Truth::False,
        }
    }

    fn path(&self, test: &PathTest, word: &Word) -> Truth {
        let each = self.command.cwds.iter().map(|cwd| {
            let cx = self.cx.starting_at(cwd.map(str::to_owned));
            match (word.open, &word.glob) {
                (None, _) => PathValue::parse_expanded(&word.text, PathAccess::Unknown, &cx),
                (Some(Open::Pattern), Some(glob)) => PathValue::parse_glob(glob, PathAccess::Unknown, &cx),
                _ => PathValue::unknown(&word.text, PathAccess::Unknown, "a path that cannot be known"),
            }
        });
        each.reduce(PathValue::or).map_or(Truth::Unknown, |path| test.holds(&path, self.direction, self.cx))
    }
}

fn is_dashed(word: &Word) -> bool {
    word.text.starts_with('-')
}

fn text(wanted: &Glob, word: &Word) -> Truth {
    match word.known() {
        Some(text) => Truth::from(wanted.matches(text)),
        None if wanted.matches_all() => Truth::True,
        None => Truth::Unknown,
    }
}

/// A name as it is compared where that restricts.
pub(super) fn lower(name: &str) -> Cow<'_, str> {
    let is_lower = name.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase());
    if is_lower { Cow::Borrowed(name) } else { Cow::Owned(name.to_lowercase()) }
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
