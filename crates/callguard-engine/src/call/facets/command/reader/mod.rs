//! From a script to every command that can be seen in it, at any depth.

use super::super::path::PathCx;
use super::scan;
use super::words::{Expanded, FUEL, Scope, Variables, Word, expand, is_plain};
use brush_parser::ast;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

mod command;
mod compound;
mod environment;
mod foreign;
mod items;
mod meaning;
mod parse;
mod pipes;
mod plain;
mod redirect;
mod simple;
mod traps;
mod variables;

pub(super) use command::{Command, Cwds, Program, Redirect};
pub(super) use pipes::names_asked_for;

/// What was seen of a script.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    pub(super) commands: Vec<Arc<Command>>,
    /// Why it may run more than was seen.
    pub(super) not_understood: Option<&'static str>,
    /// Why a name in it may not be what it is called. Ends excusing, no more.
    pub(super) shadowed: Option<&'static str>,
    /// Hosts that what it runs is told to connect through.
    pub(super) proxies: Vec<Word>,
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
    /// What is left of the script that a shell reads there.
    Rest,
}

/// Compound commands, scripts and wrappers within each other.
const DEEPEST: usize = 32;
/// Bytes of words that are decoded, those of loops and functions each time they run.
const MOST_WORK: usize = 96 * 1024;
/// What a word costs of that each time that a wrapper hands it on.
const CARRIED: usize = 8;
/// Bytes of the scripts within a script: the parser reads each level of them anew.
const MOST_SCRIPTS: usize = 8 * 1024;
/// Commands that a line comes to, each time that a loop or a function runs them.
const MOST_COMMANDS: usize = 512;

/// Reads a script of the shell.
pub(super) fn read_script(text: &str, cx: &PathCx) -> Seen {
    let mut reader = Reader::new(cx);
    reader.script(text, &Input::None);
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
    home: Option<Rc<str>>,
    cwds: Cwds,
    variables: Rc<Variables>,
    /// Words are split by something else than blanks: variables are not followed.
    odd_splitting: bool,
    /// How often the directory was changed.
    moves: usize,
}

struct Reader {
    state: State,
    depth: usize,
    work: usize,
    /// Bytes of the scripts within the script.
    scripts: usize,
    /// What is left for braces.
    fuel: Cell<usize>,
    /// How many times what is read now runs, in loops within each other.
    times: usize,
    functions: BTreeMap<String, Function>,
    calling: Vec<String>,
    /// A name may be an alias.
    has_aliases: bool,
    /// A function stands for a program whose output is followed by its words.
    prints_otherwise: bool,
    /// `PATH` was assigned to.
    path_changed: bool,
    /// There are, or were, arrays.
    has_arrays: bool,
    /// What a program prints was followed by its words.
    followed: Cell<bool>,
    /// What runs when the shell where it was said ends, or on a signal before.
    traps: Vec<Waiting>,
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
    input: Input,
}

impl Reader {
    fn new(cx: &PathCx) -> Reader {
        let state = State {
            home: cx.home.as_deref().map(Rc::from),
            cwds: Cwds::of(cx.cwd.as_deref()),
            variables: Rc::default(),
            odd_splitting: false,
            moves: 0,
        };
        Reader {
            state,
            depth: 0,
            work: 0,
            scripts: 0,
            fuel: Cell::new(FUEL),
            times: 1,
            functions: BTreeMap::new(),
            calling: Vec::new(),
            has_aliases: false,
            prints_otherwise: false,
            path_changed: false,
            has_arrays: false,
            followed: Cell::new(false),
            traps: Vec::new(),
            waiting: Vec::new(),
            seen: Seen::default(),
        }
    }

    fn finish(mut self) -> Seen {
        self.seen.last_cwd = self.cwd().map(str::to_owned);
        self.run_traps(0);
        self.uncalled_functions();
        while let Some(Waiting { text, state, depth, input }) = self.waiting.pop() {
            (self.state, self.depth, self.times) = (state, depth, 1);
            self.script(&text, &input);
            self.run_traps(0);
            self.uncalled_functions();
        }
        if self.followed.get() && self.prints_otherwise {
            self.not_understood("a function stands for a program whose output was followed");
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
        self.state.cwds.known()
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
        let (state, traps) = (self.state.clone(), self.traps.len());
        self.deeper(work);
        self.run_traps(traps);
        self.state = state;
    }

    /// Reads a script in this shell.
    fn script(&mut self, text: &str, input: &Input) {
        match parse::parse(text) {
            Ok(program) => self.program(&program, input),
            Err(why) => self.not_understood(why),
        }
    }

    fn program(&mut self, program: &ast::Program, input: &Input) {
        self.deeper(|reader| {
            for list in &program.complete_commands {
                reader.list(list, input);
            }
        });
    }

    /// Reads a script later, in a shell of its own: what is nested this way takes no stack.
    fn later(&mut self, text: &str) {
        self.later_reading(text, Input::None);
    }

    fn later_reading(&mut self, text: &str, input: Input) {
        if self.depth >= DEEPEST {
            return self.not_understood("a command is nested too deeply");
        }
        if self.spend_script(text) {
            let (state, depth) = (self.state.clone(), self.depth.saturating_add(1));
            self.waiting.push(Waiting { text: text.to_owned(), state, depth, input });
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

    /// Whether a wrapper may hand on so many words.
    fn carry(&mut self, words: usize) -> bool {
        self.spend(words.saturating_mul(CARRIED))
    }

    /// Whether a script within the script may still be read.
    fn spend_script(&mut self, text: &str) -> bool {
        self.scripts = self.scripts.saturating_add(text.len());
        let is_too_long = self.scripts > MOST_SCRIPTS;
        if is_too_long {
            self.not_understood("the scripts within a command are too long");
        }
        !is_too_long && self.spend(text.len())
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
            return self.state.cwds.or(&before);
        }
        let before = self.state.cwds.clone();
        self.pipeline(&chain.first, input);
        // What the variables are if the chain ends before it is through.
        let mut ended: Vec<Rc<Variables>> = Vec::new();
        for next in &chain.additional {
            let (ast::AndOr::And(pipeline) | ast::AndOr::Or(pipeline)) = next;
            if ended.last() != Some(&self.state.variables) {
                ended.push(self.state.variables.clone());
            }
            if matches!(next, ast::AndOr::Or(_)) {
                self.state.cwds.or(&before);
                ended.iter().for_each(|variables| self.merge_variables(variables));
                ended = vec![self.state.variables.clone()];
            }
            self.pipeline(pipeline, input);
        }
        ended.iter().for_each(|variables| self.merge_variables(variables));
        self.state.cwds.or(&before);
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
            if !redirects.is_empty() {
                let command = Command::new(Vec::new(), redirects, self.state.cwds.clone(), implied);
                self.seen.commands.push(Arc::new(command));
            }
            return self.call(&name, Some(&arguments), input);
        }
        if self.seen.commands.len() >= MOST_COMMANDS {
            self.spend(MOST_WORK);
            return;
        }
        let mut command = Command::new(words, redirects, self.state.cwds.clone(), implied);
        command.reads_text = matches!(input, Input::Text(_));
        let command = Arc::new(command);
        self.seen.commands.push(Arc::clone(&command));
        if !command.words.is_empty() {
            self.deeper(|reader| reader.meaning(&command, input));
        }
    }

    /// Adds the words that a source gives. What its substitutions run is looked at too.
    fn words(&mut self, source: &str, words: &mut Vec<Word>) {
        if !self.spend(source.len()) {
            return words.push(Word::unknown());
        }
        if is_plain(source) {
            return words.push(Word::literal(source));
        }
        if let Some(found) = self.listed(source) {
            return words.extend(found);
        }
        let Expanded { words: found, substitutions, doubt } = expand(source, self.scope());
        self.found(&substitutions, doubt);
        self.spend(found.len().saturating_mul(32));
        words.extend(found);
    }

    fn scope(&self) -> Scope<'_> {
        Scope {
            has_pwd: !self.functions.contains_key("pwd") && !self.has_aliases,
            prints: !self.has_aliases && !self.prints_otherwise && !self.state.odd_splitting,
            path_changed: self.path_changed,
            followed: &self.followed,
            depth: 0,
            fuel: &self.fuel,
            home: self.state.home.as_deref(),
            cwd: self.cwd(),
            variables: &self.state.variables,
        }
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
