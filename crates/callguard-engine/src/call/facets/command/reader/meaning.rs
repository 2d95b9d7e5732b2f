//! What it means to run a program: wrappers peeled, scripts read, code of other languages refused.

use super::super::super::path::{is_bidi_control, is_invisible};
use super::super::catalog::{self, Role, SYSTEM_DIRECTORIES, Spec};
use super::super::options::{Invocation, sort};
use super::super::words::Word;
use super::{PIPE, Reader};

/// A program's word taken apart.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Program<'a> {
    /// As it is called.
    pub(in super::super) text: &'a str,
    /// Without its directory.
    pub(in super::super) name: &'a str,
    pub(in super::super) spec: Option<&'static Spec>,
    /// It is what its name says: it stands alone or in a directory of the system.
    pub(in super::super) trusted: bool,
}

/// The program of a command, if it can be known.
pub(in super::super) fn program(words: &[Word]) -> Option<Program<'_>> {
    let text = words.first()?.known()?;
    let (directory, name) = match text.rsplit_once('/') {
        Some((directory, name)) => (Some(directory), name),
        None => (None, text),
    };
    let trusted = directory.is_none_or(|directory| SYSTEM_DIRECTORIES.contains(&directory));
    let spec = catalog::program(name).or_else(|| catalog::program(&name.to_lowercase()));
    Some(Program { text, name, spec, trusted })
}

impl Reader {
    pub(super) fn meaning(&mut self, words: &[Word], input: bool) {
        let Some(program) = program(words) else {
            return self.not_understood("a program that cannot be known");
        };
        if program.text.chars().any(|c| c.is_control() || c.is_whitespace() || is_invisible(c) || is_bidi_control(c)) {
            return self.not_understood("the name of a program holds a character that does not show");
        }
        let (Some(spec), Some((_, arguments))) = (program.spec, words.split_first()) else { return };
        match program.name {
            "alias" | "unalias" | "enable" => self.shadowed("an alias may change what a name means"),
            "shopt" => self.not_understood("an option of the shell changes what it means"),
            "popd" => self.cwds = vec![None],
            _ => {}
        }
        let invocation = sort(Some(spec), arguments);
        self.flags(&invocation);
        if invocation.subcommands.last().is_some_and(|word| word.open.is_some()) {
            self.not_understood("a subcommand that cannot be known");
        }
        let rules = invocation.spec.unwrap_or(spec);
        if invocation.may_have_more_flags() && can_run_code(rules) {
            self.not_understood("an option that may run other code");
        }
        if matches!(program.name, "cd" | "pushd") {
            self.change_directory(&invocation);
        }
        self.operands(rules, &invocation, input);
    }

    fn flags(&mut self, invocation: &Invocation<'_>) {
        for found in &invocation.flags {
            let Some(flag) = found.flag else { continue };
            match (flag.role, &found.value) {
                (Role::Runs, _) => self.not_understood("an option that makes a program run other code"),
                (Role::Script, Some(word)) => self.code_of_shell(word),
                (Role::Code, Some(word)) => self.code(invocation.spec, word),
                (Role::CodeFile, Some(word)) => self.code_file(word),
                (Role::Script | Role::Code | Role::CodeFile, None) => self.not_understood("code that cannot be known"),
                _ => {}
            }
        }
    }

    fn operands(&mut self, rules: &'static Spec, invocation: &Invocation<'_>, input: bool) {
        let words = &invocation.operands;
        for (at, (word, role)) in words.iter().enumerate() {
            match role {
                Role::Runs => self.not_understood("a program that runs what it is told to"),
                Role::Code => self.code(Some(rules), word),
                Role::CodeFile => self.code_file(word),
                Role::Script if rules.operands.repeated == Some(Role::Script) => {
                    return self.eval(words.iter().skip(at).map(|(word, _)| *word));
                }
                Role::Script => self.code_of_shell(word),
                Role::Assignment | Role::Program if is_assignment(rules, word) => self.assigned_by(word),
                Role::Program | Role::Assignment => {
                    return self.wrapped(words.iter().skip(at).map(|(word, _)| *word), rules, input);
                }
                _ => {}
            }
        }
        let gives_code = invocation
            .flags
            .iter()
            .filter_map(|found| found.flag)
            .any(|flag| matches!(flag.role, Role::Script | Role::Code | Role::CodeFile) || flag.replaces.is_some());
        if rules.runs_stdin && words.is_empty() && !gives_code && (input || invocation.flags.is_empty()) {
            self.not_understood("what a program reads is run as code");
        }
    }

    /// The command that a wrapper runs, with what `xargs` adds to it.
    fn wrapped<'a>(&mut self, words: impl Iterator<Item = &'a Word>, rules: &'static Spec, input: bool) {
        let mut words: Vec<Word> = words.cloned().collect();
        let adds = catalog::program("xargs").is_some_and(|xargs| std::ptr::eq(xargs, rules));
        if adds {
            words.push(Word::unknown());
        }
        self.add(words, Vec::new(), input);
    }

    fn assigned_by(&mut self, word: &Word) {
        match word.text.split_once('=') {
            Some((name, _)) => self.assigned(name),
            None if word.open.is_some() => self.not_understood("a variable that cannot be known is assigned"),
            None => {}
        }
    }

    /// Words that are joined by spaces and read again.
    fn eval<'a>(&mut self, words: impl Iterator<Item = &'a Word>) {
        match words.map(Word::known).collect::<Option<Vec<_>>>() {
            Some(known) => self.script(&known.join(" ")),
            None => self.not_understood("code that cannot be known"),
        }
    }

    fn code_of_shell(&mut self, word: &Word) {
        match word.known() {
            Some(text) => self.script(text),
            None => self.not_understood("code that cannot be known"),
        }
    }

    fn code(&mut self, spec: Option<&'static Spec>, word: &Word) {
        let harmless = spec
            .zip(word.known())
            .is_some_and(|(spec, code)| spec.harmless.iter().any(|pattern| pattern.is_match(code.trim())));
        if !harmless {
            self.not_understood("code of another language");
        }
    }

    /// Running a file is that program; what comes from elsewhere is not known.
    fn code_file(&mut self, word: &Word) {
        let from_elsewhere =
            |text: &str| text == "-" || text == PIPE || text.starts_with("/dev/") || text.starts_with("/proc/");
        if word.known().is_none_or(from_elsewhere) {
            self.not_understood("code that cannot be known");
        }
    }

    fn change_directory(&mut self, invocation: &Invocation<'_>) {
        let target = match invocation.operands.as_slice() {
            [] => self.home.clone(),
            [(word, _)] => word.known().filter(|text| *text != "-" && !text.starts_with('+')).map(str::to_owned),
            _ => None,
        };
        let from = std::mem::take(&mut self.cwds);
        self.cwds = match target {
            Some(target) if target.starts_with('/') => vec![Some(target)],
            Some(target) => from.into_iter().map(|cwd| cwd.map(|cwd| format!("{cwd}/{target}"))).collect(),
            None => vec![None],
        };
    }
}

/// Whether a word stands among the assignments before a wrapped program, or where there is no program at all.
fn is_assignment(rules: &Spec, word: &Word) -> bool {
    rules.operands.repeated == Some(Role::Assignment) && (word.text.contains('=') || rules.operands.last.is_empty())
}

/// Whether an option nobody knows could make it run something.
fn can_run_code(spec: &Spec) -> bool {
    let runs = |role| matches!(role, Role::Runs | Role::Script | Role::Code | Role::CodeFile | Role::Program);
    spec.roles().any(runs)
}
