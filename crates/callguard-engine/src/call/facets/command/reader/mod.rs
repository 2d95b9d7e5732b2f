//! From a script to every command that can be seen in it, at any depth.

use super::super::path::{PathAccess, PathCx};
use super::scan::{self, DEEPEST};
use super::words::{Decoded, Home, Word, decode, substitutions_of_body};
use brush_parser::ast;
use brush_parser::{Parser, ParserOptions};

mod compound;
mod meaning;
mod variables;

pub(super) use meaning::{Program, program};

/// One command: a program with its words, or redirections alone.
#[derive(Clone, Debug)]
pub(super) struct Command {
    /// The program and its words. Empty: redirections alone.
    pub(super) words: Vec<Word>,
    pub(super) redirects: Vec<Redirect>,
    /// Every directory that it may run in; `None`: nobody knows.
    pub(super) cwds: Vec<Option<String>>,
}

/// A file that the shell itself opens.
#[derive(Clone, Debug)]
pub(super) struct Redirect {
    pub(super) access: PathAccess,
    pub(super) target: Word,
}

/// What was seen of a script.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    pub(super) commands: Vec<Command>,
    /// Why it may run more than was seen.
    pub(super) not_understood: Option<&'static str>,
    /// Why a name in it may not be what it is called. Ends excusing, no more.
    pub(super) shadowed: Option<&'static str>,
    /// Where it ends, if that is known.
    pub(super) last_cwd: Option<String>,
}

/// Directories that a script may have come to; more than this and nobody knows.
const MOST_DIRECTORIES: usize = 4;

/// Reads a script of the shell.
pub(super) fn read_script(text: &str, cx: &PathCx) -> Seen {
    let mut reader = Reader::new(cx);
    reader.script(text);
    reader.finish()
}

/// Reads the words of one program, no shell between.
pub(super) fn read_words(words: &[String], cx: &PathCx) -> Seen {
    let mut reader = Reader::new(cx);
    let words: Vec<Word> = words.iter().map(Word::literal).collect();
    reader.add(words, Vec::new(), false);
    reader.finish()
}

struct Reader {
    home: Option<String>,
    cwds: Vec<Option<String>>,
    depth: usize,
    seen: Seen,
}

impl Reader {
    fn new(cx: &PathCx) -> Reader {
        Reader { home: cx.home.clone(), cwds: vec![cx.cwd.clone()], depth: 0, seen: Seen::default() }
    }

    fn finish(mut self) -> Seen {
        self.seen.last_cwd = self.cwd().map(str::to_owned);
        self.seen
    }

    fn not_understood(&mut self, why: &'static str) {
        self.seen.not_understood.get_or_insert(why);
    }

    fn shadowed(&mut self, why: &'static str) {
        self.seen.shadowed.get_or_insert(why);
    }

    /// The directory, if there is no doubt about it.
    fn cwd(&self) -> Option<&str> {
        if let [Some(cwd)] = self.cwds.as_slice() { Some(cwd) } else { None }
    }

    /// Does something one level deeper, unless that is too deep.
    fn deeper(&mut self, work: impl FnOnce(&mut Reader)) {
        if self.depth >= DEEPEST {
            return self.not_understood("a command is nested too deeply");
        }
        self.depth = self.depth.saturating_add(1);
        work(self);
        self.depth = self.depth.saturating_sub(1);
    }

    /// Does something in a shell of its own, whose `cd` does not last.
    fn in_subshell(&mut self, work: impl FnOnce(&mut Reader)) {
        let cwds = self.cwds.clone();
        self.deeper(work);
        self.cwds = cwds;
    }

    fn script(&mut self, text: &str) {
        if let Err(why) = scan::check(text) {
            return self.not_understood(why);
        }
        match parse(text) {
            Some(program) => self.deeper(|reader| {
                for list in &program.complete_commands {
                    reader.list(list, false);
                }
            }),
            None => self.not_understood("a command does not parse"),
        }
    }

    fn list(&mut self, list: &ast::CompoundList, input: bool) {
        for ast::CompoundListItem(chain, separator) in &list.0 {
            if matches!(separator, ast::SeparatorOperator::Async) {
                self.in_subshell(|reader| reader.chain(chain, input));
            } else {
                self.chain(chain, input);
            }
        }
    }

    /// `a && b || c`. After `&&` a `cd` has worked; after all else it may not have.
    fn chain(&mut self, chain: &ast::AndOrList, input: bool) {
        let before = self.cwds.clone();
        self.pipeline(&chain.first, input);
        for next in &chain.additional {
            match next {
                ast::AndOr::And(pipeline) => self.pipeline(pipeline, input),
                ast::AndOr::Or(pipeline) => {
                    self.or_still_in(&before);
                    self.pipeline(pipeline, input);
                }
            }
        }
        self.or_still_in(&before);
    }

    fn or_still_in(&mut self, before: &[Option<String>]) {
        for cwd in before {
            if !self.cwds.contains(cwd) {
                self.cwds.push(cwd.clone());
            }
        }
        if self.cwds.len() > MOST_DIRECTORIES {
            self.cwds = vec![None];
        }
    }

    fn pipeline(&mut self, pipeline: &ast::Pipeline, input: bool) {
        if let [command] = pipeline.seq.as_slice() {
            return self.command(command, input);
        }
        for (at, command) in pipeline.seq.iter().enumerate() {
            self.in_subshell(|reader| reader.command(command, input || at > 0));
        }
    }

    fn command(&mut self, command: &ast::Command, input: bool) {
        match command {
            ast::Command::Simple(simple) => self.simple(simple, input),
            ast::Command::Compound(compound, redirects) => {
                let input = self.redirect_list(redirects.as_ref()) || input;
                self.deeper(|reader| reader.compound(compound, input));
            }
            ast::Command::Function(function) => {
                self.not_understood("a function is defined");
                let input = self.redirect_list(function.body.1.as_ref());
                self.in_subshell(|reader| reader.compound(&function.body.0, input));
            }
            ast::Command::ExtendedTest(test, redirects) => {
                self.redirect_list(redirects.as_ref());
                self.deeper(|reader| reader.extended_test(&test.expr));
            }
        }
    }

    fn simple(&mut self, simple: &ast::SimpleCommand, input: bool) {
        let prefix = simple.prefix.iter().flat_map(|prefix| &prefix.0);
        let suffix = simple.suffix.iter().flat_map(|suffix| &suffix.0);
        let (mut words, mut redirects, mut input) = (Vec::new(), Vec::new(), input);
        for item in prefix {
            match item {
                ast::CommandPrefixOrSuffixItem::AssignmentWord(assignment, _) => self.assignment(assignment),
                other => self.item(other, &mut words, &mut redirects, &mut input),
            }
        }
        if let Some(program) = &simple.word_or_name {
            words.push(self.word(&program.value));
        }
        for item in suffix {
            self.item(item, &mut words, &mut redirects, &mut input);
        }
        self.add(words, redirects, input);
    }

    fn item(
        &mut self,
        item: &ast::CommandPrefixOrSuffixItem,
        words: &mut Vec<Word>,
        redirects: &mut Vec<Redirect>,
        input: &mut bool,
    ) {
        match item {
            ast::CommandPrefixOrSuffixItem::Word(word) | ast::CommandPrefixOrSuffixItem::AssignmentWord(_, word) => {
                words.push(self.word(&word.value));
            }
            ast::CommandPrefixOrSuffixItem::IoRedirect(redirect) => *input |= self.redirect(redirect, redirects),
            ast::CommandPrefixOrSuffixItem::ProcessSubstitution(_, subshell) => {
                self.in_subshell(|reader| reader.list(&subshell.list, true));
                words.push(Word::literal(PIPE));
            }
        }
    }

    /// Adds a command and looks at what it means to run it. `input`: its stdin is not the caller's.
    fn add(&mut self, words: Vec<Word>, redirects: Vec<Redirect>, input: bool) {
        if words.is_empty() && redirects.is_empty() {
            return;
        }
        let command = Command { words: words.clone(), redirects, cwds: self.cwds.clone() };
        self.seen.commands.push(command);
        if !words.is_empty() {
            self.deeper(|reader| reader.meaning(&words, input));
        }
    }

    /// The word as its program gets it. What its substitutions run is looked at too.
    fn word(&mut self, source: &str) -> Word {
        let home = Home { home: self.home.as_deref(), cwd: self.cwd() };
        let Decoded { word, substitutions } = decode(source, home);
        self.substitutions(&substitutions);
        word
    }

    fn substitutions(&mut self, sources: &[String]) {
        for source in sources {
            self.in_subshell(|reader| reader.script(source));
        }
    }

    /// Whether one of them gives the command its stdin.
    fn redirect_list(&mut self, list: Option<&ast::RedirectList>) -> bool {
        let mut redirects = Vec::new();
        let mut input = false;
        for redirect in list.iter().flat_map(|list| &list.0) {
            input |= self.redirect(redirect, &mut redirects);
        }
        self.add(Vec::new(), redirects, false);
        input
    }

    fn redirect(&mut self, redirect: &ast::IoRedirect, redirects: &mut Vec<Redirect>) -> bool {
        match redirect {
            ast::IoRedirect::File(_, kind, target) => self.file_redirect(kind, target, redirects),
            ast::IoRedirect::OutputAndError(word, _) => {
                redirects.push(Redirect { access: PathAccess::Write, target: self.word(&word.value) });
                false
            }
            ast::IoRedirect::HereString(_, word) => {
                self.word(&word.value);
                true
            }
            ast::IoRedirect::HereDocument(_, document) => {
                if document.requires_expansion {
                    let substitutions = substitutions_of_body(&document.doc.value);
                    self.substitutions(&substitutions);
                }
                true
            }
        }
    }

    fn file_redirect(
        &mut self,
        kind: &ast::IoFileRedirectKind,
        target: &ast::IoFileRedirectTarget,
        redirects: &mut Vec<Redirect>,
    ) -> bool {
        use ast::IoFileRedirectKind as Kind;
        let access = match kind {
            Kind::Read | Kind::DuplicateInput => PathAccess::Read,
            Kind::Write | Kind::Append | Kind::Clobber | Kind::DuplicateOutput => PathAccess::Write,
            Kind::ReadAndWrite => PathAccess::Unknown,
        };
        match target {
            ast::IoFileRedirectTarget::Fd(_) => {}
            ast::IoFileRedirectTarget::ProcessSubstitution(_, subshell) => {
                self.in_subshell(|reader| reader.list(&subshell.list, true));
            }
            ast::IoFileRedirectTarget::Filename(word) => {
                let target = self.word(&word.value);
                redirects.push(Redirect { access, target });
            }
            ast::IoFileRedirectTarget::Duplicate(word) => {
                let target = self.word(&word.value);
                let is_descriptor = target.known().is_some_and(|text| {
                    text == "-" || text.trim_end_matches('-').bytes().all(|byte| byte.is_ascii_digit())
                });
                if !is_descriptor {
                    redirects.push(Redirect { access, target });
                }
            }
        }
        access != PathAccess::Write
    }
}

/// What a process substitution is to the program that gets it.
pub(super) const PIPE: &str = "/dev/fd/63";

/// Parses as `bash -c` does: no extended globs. The parser is not ours: should it panic, the text is not understood.
fn parse(text: &str) -> Option<ast::Program> {
    // It takes the digits before a redirection for a number that fits.
    if has_long_descriptor(text) {
        return None;
    }
    let options = ParserOptions { enable_extended_globbing: false, ..ParserOptions::default() };
    std::panic::catch_unwind(|| Parser::new(text.as_bytes(), &options).parse_program().ok()).ok().flatten()
}

fn has_long_descriptor(text: &str) -> bool {
    text.split(['<', '>'])
        .rev()
        .skip(1)
        .any(|before| before.bytes().rev().take_while(u8::is_ascii_digit).take(5).count() > 4)
}
