//! Pipelines: what one command gives the next to read.

use super::super::catalog::Role;
use super::super::options::Invocation;
use super::super::words::{Open, Word, by, is_printer, needs_path, prints_numbers};
use super::{Input, Reader, parse, plain, scan};
use brush_parser::ast;
use std::rc::Rc;

/// Names that a search is narrowed by.
const MOST_NAMES: usize = 8;

impl Reader {
    pub(super) fn pipeline(&mut self, pipeline: &ast::Pipeline, input: &Input) {
        match pipeline.seq.as_slice() {
            [command] => self.command(command, input),
            _ => drop(self.piped(pipeline, input)),
        }
    }

    /// Reads each command in a shell of its own; gives what the last one prints.
    pub(super) fn piped(&mut self, pipeline: &ast::Pipeline, input: &Input) -> Input {
        let mut reads = input.clone();
        for command in &pipeline.seq {
            let first = self.seen.commands.len();
            self.in_subshell(|reader| reader.command(command, &reads));
            reads = match self.printed_by_words(first, command) {
                Some(printed) => printed,
                None => self.printed_by(first, &reads),
            };
        }
        reads
    }

    /// What a program prints that prints what its words say, and nothing else.
    fn printed_by_words(&self, first: usize, command: &ast::Command) -> Option<Input> {
        let ast::Command::Simple(ast::SimpleCommand { word_or_name: Some(name), .. }) = command else { return None };
        let name = name.value.as_str();
        let changed = self.has_aliases || self.prints_otherwise || self.path_changed && needs_path(name);
        let [command] = self.seen.commands.get(first..)? else { return None };
        if !is_printer(name) || changed || command.program().is_none_or(|program| program.text != name) {
            return None;
        }
        self.followed.set(true);
        let word = match by(name, command.arguments()) {
            None if name == "seq" && prints_numbers(command.arguments()) => Word::number(),
            word => word?,
        };
        Some(match word.known() {
            Some(text) => Input::Text(text.into()),
            None => Input::Paths(Rc::from([word])),
        })
    }

    /// `$(find …)`, unquoted and a word by itself: each of the names that it prints is a word.
    pub(super) fn listed(&mut self, source: &str) -> Option<Vec<Word>> {
        let (script, rest) = scan::to_closing_paren(source.strip_prefix("$(")?)?;
        if !rest.is_empty() || script.trim() == "pwd" || self.state.odd_splitting || parse::refused(script).is_some() {
            return None;
        }
        let ast::Program { complete_commands } = plain::parse(script)?;
        let [ast::CompoundList(items)] = complete_commands.as_slice() else { return None };
        let [ast::CompoundListItem(chain, ast::SeparatorOperator::Sequence)] = items.as_slice() else { return None };
        if !chain.additional.is_empty() || !self.spend_script(script) {
            return None;
        }
        let mut printed = Input::Unknown;
        self.in_subshell(|reader| printed = reader.piped(&chain.first, &Input::None));
        Some(match printed {
            Input::Paths(paths) => paths.to_vec(),
            Input::Text(text) if !text.contains(['*', '?', '[', '\\']) => {
                text.split_ascii_whitespace().map(Word::literal).collect()
            }
            _ => vec![Word::unknown()],
        })
    }

    /// What the one command seen since `first` prints, as far as it matters to the next.
    fn printed_by(&self, first: usize, reads: &Input) -> Input {
        let Some([command]) = self.seen.commands.get(first..) else { return Input::Unknown };
        let program = command.program().filter(|program| program.trusted && program.spec.is_some());
        let Some(program) = program else { return Input::Unknown };
        let invocation = &command.invocation;
        let only = |known: &[&str]| invocation.flags.iter().all(|found| known.contains(&found.name.as_str()));
        match program.name {
            // What else it is told to print may be anything.
            "find" | "fd" | "fdfind" if !prints_otherwise(invocation) => Input::Paths(files_found(invocation).into()),
            // Names without a `/`; with an operand they are of that directory, or the operand itself.
            "ls" if invocation.operands.is_empty() && only(&["-NUMBER", "-t", "-r", "-S", "-U"]) => {
                Input::Paths(Rc::from([Word::name()]))
            }
            "git" if invocation.subcommands.first().is_some_and(|word| word.text == "ls-files") => {
                Input::Paths(Rc::from([Word::below(".", "*")]))
            }
            // The names stay names, some of them are left out.
            "sort" | "uniq" | "head" | "tail" | "grep"
                if matches!(reads, Input::Paths(_))
                    && only(&["-u", "-r", "-n", "-v", "-i", "-E", "-F", "-z", "-NUMBER"]) =>
            {
                reads.clone()
            }
            "rg" | "grep" | "egrep" if lists_files(invocation) => Input::Paths(files_found(invocation).into()),
            _ => Input::Unknown,
        }
    }
}

fn prints_otherwise(invocation: &Invocation) -> bool {
    let format = |name: &str| matches!(name, "-printf" | "-fprintf" | "--format" | "-ls" | "-l");
    invocation.has(Role::Command) || invocation.flags.iter().any(|found| format(&found.name))
}

fn lists_files(invocation: &Invocation) -> bool {
    let lists = |name: &str| matches!(name, "-l" | "-L" | "--files");
    invocation.flags.iter().any(|found| lists(&found.name)) && !invocation.has_unknown_flag
}

/// The files that a search may name: below each place, by the names that it asks for.
pub(super) fn files_found(invocation: &Invocation) -> Vec<Word> {
    let led = invocation.has(Role::FollowsLinks);
    if led || invocation.may_have_more_flags() || !invocation.globs.is_empty() {
        return vec![Word::unknown()];
    }
    let names = names_asked_for(invocation).unwrap_or_else(|| vec!["*".to_owned()]);
    let mut places: Vec<&Word> =
        invocation.operands.iter().filter(|(_, role)| *role == Role::Read).map(|(word, _)| word).collect();
    let here = Word::literal(".");
    if places.is_empty() {
        places.push(&here);
    }
    let mut files = Vec::new();
    for place in places {
        match place.open {
            None => files.extend(names.iter().map(|name| Word::below(&place.text, name))),
            // Whatever is below what a glob matches is below what stands before it.
            Some(Open::Pattern) if place.text.contains('/') => {
                let above = place.text.rsplit_once('/').map_or("", |(above, _)| above);
                files.extend(names.iter().map(|name| Word::below(above, name)));
            }
            _ => files.push(Word::unknown()),
        }
    }
    files
}

/// The globs of names that everything found must match one of. `None`: all is found.
///
/// `-o` and `!` widen what is found, unless they stand in a group of nothing but names.
pub(in super::super) fn names_asked_for(invocation: &Invocation) -> Option<Vec<String>> {
    let mut names = Vec::new();
    let mut depth = 0_usize;
    let mut other_in_group = false;
    let mut or_in_group = false;
    for found in &invocation.flags {
        let is_group = found.flag.is_none();
        match found.name.as_str() {
            "(" if is_group => {
                depth = depth.saturating_add(1);
                (other_in_group, or_in_group) = (false, false);
            }
            ")" if is_group => {
                if or_in_group && other_in_group {
                    return None;
                }
                depth = depth.saturating_sub(1);
            }
            "!" | "," if is_group => return None,
            "-not" => return None,
            "-or" if depth == 0 => return None,
            "-or" => or_in_group = true,
            _ if found.role == Role::Name => {
                let name = found.value.as_ref()?.known()?;
                // A glob of `rg` may have a directory, alternatives, or leave names out.
                match name.rsplit('/').next().unwrap_or(name) {
                    _ if name.starts_with('!') => {}
                    last if last.contains('{') => return None,
                    last => names.push(last.to_owned()),
                }
            }
            _ => other_in_group |= depth > 0,
        }
    }
    if names.is_empty() || names.len() > MOST_NAMES { None } else { Some(names) }
}
