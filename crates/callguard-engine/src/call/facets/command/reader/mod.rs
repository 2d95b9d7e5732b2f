//! From a script to every command that can be seen in it, at any depth.

use super::super::path::{PathAccess, PathCx};
use super::scan;
use super::words::{Expanded, Scope, Variables, Word, expand};
use brush_parser::ast;
use std::collections::BTreeMap;
use std::rc::Rc;

mod compound;
mod meaning;
mod parse;
mod pipes;
mod redirect;
mod variables;

pub(super) use meaning::{Program, program};
pub(super) use pipes::names_asked_for;

/// One command: a program with its words, or redirections alone.
#[derive(Clone, Debug)]
pub(super) struct Command {
    /// The program and its words. Empty: redirections alone.
    pub(super) words: Vec<Word>,
    pub(super) redirects: Vec<Redirect>,
    /// Every directory that it may run in; `None`: nobody knows.
    pub(super) cwds: Vec<Option<String>>,
    /// It is not written there: another program runs it under that name. It restricts, and excuses nothing.
    pub(super) implied: bool,
    /// What it reads is code, if that is known.
    pub(super) input: Option<String>,
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

/// What a command reads on stdin.
#[derive(Clone, Debug)]
enum Input {
    /// What the caller gives: nothing.
    None,
    /// What nobody can know.
    Unknown,
    /// This text.
    Text(Rc<str>),
    /// Names of files.
    Paths(Rc<[Word]>),
}

/// Compound commands, scripts and wrappers within each other.
const DEEPEST: usize = 32;
/// Directories that a script may have come to; more than this and nobody knows.
const MOST_DIRECTORIES: usize = 4;
/// Bytes of words that are decoded, those of loops and functions each time they run.
const MOST_WORK: usize = 96 * 1024;
/// Commands that a line comes to, each time that a loop or a function runs them.
const MOST_COMMANDS: usize = 512;

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
    reader.add(words, Vec::new(), &Input::None);
    reader.finish()
}

/// What a shell knows where it stands.
#[derive(Clone)]
struct State {
    home: Option<String>,
    cwds: Vec<Option<String>>,
    variables: Rc<Variables>,
    /// Words are split by something else than blanks: variables are not followed.
    odd_splitting: bool,
}

struct Reader {
    state: State,
    depth: usize,
    work: usize,
    /// How many times what is read now runs, in loops within each other.
    times: usize,
    functions: BTreeMap<String, Function>,
    calling: Vec<String>,
    /// Scripts that shells of their own run: read once the rest is.
    waiting: Vec<Waiting>,
    seen: Seen,
}

/// A function that the script defines.
struct Function {
    body: Rc<ast::FunctionBody>,
    /// The shell where it is defined.
    state: State,
    called: bool,
}

struct Waiting {
    text: String,
    state: State,
    depth: usize,
}

impl Reader {
    fn new(cx: &PathCx) -> Reader {
        let state =
            State { home: cx.home.clone(), cwds: vec![cx.cwd.clone()], variables: Rc::default(), odd_splitting: false };
        Reader {
            state,
            depth: 0,
            work: 0,
            times: 1,
            functions: BTreeMap::new(),
            calling: Vec::new(),
            waiting: Vec::new(),
            seen: Seen::default(),
        }
    }

    fn finish(mut self) -> Seen {
        self.seen.last_cwd = self.cwd().map(str::to_owned);
        self.uncalled_functions();
        while let Some(Waiting { text, state, depth }) = self.waiting.pop() {
            (self.state, self.depth, self.times) = (state, depth, 1);
            self.script(&text);
            self.uncalled_functions();
        }
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
        if let [Some(cwd)] = self.state.cwds.as_slice() { Some(cwd) } else { None }
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

    /// Does something in a shell of its own, of which nothing lasts.
    fn in_subshell(&mut self, work: impl FnOnce(&mut Reader)) {
        let state = self.state.clone();
        self.deeper(work);
        self.state = state;
    }

    /// Reads a script in this shell.
    fn script(&mut self, text: &str) {
        match parse::parse(text) {
            Ok(program) => self.deeper(|reader| {
                for list in &program.complete_commands {
                    reader.list(list, &Input::None);
                }
            }),
            Err(why) => self.not_understood(why),
        }
    }

    /// Reads a script later, in a shell of its own: what is nested this way takes no stack.
    fn later(&mut self, text: &str) {
        if self.depth >= DEEPEST {
            return self.not_understood("a command is nested too deeply");
        }
        if self.spend(text.len()) {
            let (state, depth) = (self.state.clone(), self.depth.saturating_add(1));
            self.waiting.push(Waiting { text: text.to_owned(), state, depth });
        }
    }

    /// Whether there is work left for so many bytes.
    fn spend(&mut self, bytes: usize) -> bool {
        self.work = self.work.saturating_add(bytes).saturating_add(4);
        if self.work > MOST_WORK {
            self.not_understood("a command unfolds into too much");
        }
        self.work <= MOST_WORK
    }

    fn list(&mut self, list: &ast::CompoundList, input: &Input) {
        for ast::CompoundListItem(chain, separator) in &list.0 {
            if self.work > MOST_WORK {
                return;
            }
            if matches!(separator, ast::SeparatorOperator::Async) {
                self.in_subshell(|reader| reader.chain(chain, input));
            } else {
                self.chain(chain, input);
            }
        }
    }

    /// `a && b || c`. After `&&` a `cd` has worked; after all else it may not have.
    fn chain(&mut self, chain: &ast::AndOrList, input: &Input) {
        if chain.additional.is_empty() {
            let before = self.state.cwds.clone();
            self.pipeline(&chain.first, input);
            return self.or_still_in(&before);
        }
        let before = self.state.cwds.clone();
        self.pipeline(&chain.first, input);
        // What the variables are if the chain ends before it is through.
        let mut ended = Vec::new();
        for next in &chain.additional {
            let (ast::AndOr::And(pipeline) | ast::AndOr::Or(pipeline)) = next;
            ended.push(self.state.variables.clone());
            if matches!(next, ast::AndOr::Or(_)) {
                self.or_still_in(&before);
                ended.iter().for_each(|variables| self.merge_variables(variables));
                ended = vec![self.state.variables.clone()];
            }
            self.pipeline(pipeline, input);
            ended.dedup();
        }
        ended.iter().for_each(|variables| self.merge_variables(variables));
        self.or_still_in(&before);
    }

    fn or_still_in(&mut self, before: &[Option<String>]) {
        for cwd in before {
            if !self.state.cwds.contains(cwd) {
                self.state.cwds.push(cwd.clone());
            }
        }
        if self.state.cwds.len() > MOST_DIRECTORIES {
            self.state.cwds = vec![None];
        }
    }

    fn command(&mut self, command: &ast::Command, input: &Input) {
        match command {
            ast::Command::Simple(simple) => self.simple(simple, input),
            ast::Command::Compound(compound, redirects) => {
                let own = self.redirect_list(redirects.as_ref());
                let input = own.as_ref().unwrap_or(input);
                self.deeper(|reader| reader.compound(compound, input));
            }
            ast::Command::Function(function) => self.function(function),
            ast::Command::ExtendedTest(test, redirects) => {
                self.redirect_list(redirects.as_ref());
                self.deeper(|reader| reader.extended_test(&test.expr));
            }
        }
    }

    fn simple(&mut self, simple: &ast::SimpleCommand, input: &Input) {
        let prefix = simple.prefix.iter().flat_map(|prefix| &prefix.0);
        let suffix = simple.suffix.iter().flat_map(|suffix| &suffix.0);
        let (mut words, mut redirects, mut own) = (Vec::new(), Vec::new(), None);
        let mut passed = Vec::new();
        for item in prefix {
            match item {
                // Before a program it is for that program alone.
                ast::CommandPrefixOrSuffixItem::AssignmentWord(assignment, _) => {
                    if let ast::AssignmentName::VariableName(name) = &assignment.name {
                        passed.push(name);
                    }
                    self.assignment(assignment, simple.word_or_name.as_ref().map(|word| word.value.as_str()));
                }
                other => self.item(other, &mut words, &mut redirects, &mut own),
            }
        }
        if let Some(program) = &simple.word_or_name {
            words.extend(self.words(&program.value));
        }
        for item in suffix {
            self.item(item, &mut words, &mut redirects, &mut own);
        }
        let input = own.as_ref().unwrap_or(input);
        if passed.is_empty() || words.is_empty() {
            return self.add(words, redirects, input);
        }
        // What runs there sees other values than what follows.
        let outer = self.state.variables.clone();
        passed.into_iter().for_each(|name| self.set(name, None));
        self.add(words, redirects, input);
        self.state.variables = outer;
    }

    fn item(
        &mut self,
        item: &ast::CommandPrefixOrSuffixItem,
        words: &mut Vec<Word>,
        redirects: &mut Vec<Redirect>,
        input: &mut Option<Input>,
    ) {
        match item {
            ast::CommandPrefixOrSuffixItem::Word(word) | ast::CommandPrefixOrSuffixItem::AssignmentWord(_, word) => {
                words.extend(self.words(&word.value));
            }
            ast::CommandPrefixOrSuffixItem::IoRedirect(redirect) => {
                let found = self.redirect(redirect, redirects);
                *input = found.or(input.take());
            }
            ast::CommandPrefixOrSuffixItem::ProcessSubstitution(_, subshell) => {
                self.in_subshell(|reader| reader.list(&subshell.list, &Input::Unknown));
                words.push(Word::literal(PIPE));
            }
        }
    }

    /// Adds a command and looks at what it means to run it.
    fn add(&mut self, words: Vec<Word>, redirects: Vec<Redirect>, input: &Input) {
        self.add_as(words, redirects, input, false);
    }

    fn add_as(&mut self, words: Vec<Word>, redirects: Vec<Redirect>, input: &Input, implied: bool) {
        if words.is_empty() && redirects.is_empty() || !self.spend(0) {
            return;
        }
        let called = words.first().and_then(Word::known).filter(|name| self.functions.contains_key(*name));
        if let Some(name) = called.map(str::to_owned) {
            let arguments = words.get(1..).unwrap_or_default().to_vec();
            let command = Command { words: Vec::new(), redirects, cwds: self.state.cwds.clone(), implied, input: None };
            if !command.redirects.is_empty() {
                self.seen.commands.push(command);
            }
            return self.call(&name, &arguments, input);
        }
        let at = self.seen.commands.len();
        if at >= MOST_COMMANDS {
            self.work = self.work.max(MOST_WORK.saturating_add(1));
            return self.not_understood("a command unfolds into too much");
        }
        let text = if let Input::Text(text) = input { Some(text.to_string()) } else { None };
        let cwds = self.state.cwds.clone();
        self.seen.commands.push(Command { words, redirects, cwds, implied, input: text });
        let words = self.seen.commands.get(at).map(|command| command.words.clone()).unwrap_or_default();
        if !words.is_empty() {
            self.deeper(|reader| reader.meaning(&words, input));
        }
    }

    /// The words that a source gives. What its substitutions run is looked at too.
    fn words(&mut self, source: &str) -> Vec<Word> {
        if !self.spend(source.len()) {
            return vec![Word::unknown()];
        }
        let Expanded { words, substitutions, doubt } = expand(source, self.scope());
        self.found(&substitutions, doubt);
        self.spend(words.len().saturating_mul(16));
        words
    }

    /// The one word that a source gives, where it is not split.
    fn word(&mut self, source: &str) -> Word {
        let mut words = self.words(source);
        match (words.pop(), words.is_empty()) {
            (Some(word), true) => word,
            (None, _) => Word::literal(""),
            (Some(_), false) => Word::unknown(),
        }
    }

    fn scope(&self) -> Scope<'_> {
        Scope { home: self.state.home.as_deref(), cwd: self.cwd(), variables: &self.state.variables }
    }

    fn found(&mut self, substitutions: &[String], doubt: Option<&'static str>) {
        if let Some(why) = doubt {
            self.not_understood(why);
        }
        for source in substitutions {
            self.later(source);
        }
    }
}

/// What a process substitution is to the program that gets it.
pub(super) const PIPE: &str = "/dev/fd/63";
