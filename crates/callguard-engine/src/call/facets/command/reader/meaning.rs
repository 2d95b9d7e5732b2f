//! What it means to run a program: wrappers peeled, scripts read, code of other languages refused or understood.

use super::super::super::path::{is_bidi_control, is_invisible};
use super::super::catalog::{Others, Role, Spec};
use super::super::options::Invocation;
use super::super::words::{Word, is_plain};
use super::items::{replaced, takes_lines, with_items};
use super::{Command, Cwds, Input, PIPE, Program, Reader, pipes};
use compact_str::format_compact;

pub(super) const CODE_UNKNOWN: &str = "code that cannot be known";

/// One program that is run, while its words are looked at.
pub(super) struct Run<'a> {
    pub(super) command: &'a Command,
    pub(super) program: Program<'a>,
    /// The rules of the program itself.
    pub(super) outer: &'static Spec,
    /// Those of its subcommand.
    pub(super) rules: &'static Spec,
    pub(super) invocation: &'a Invocation,
    pub(super) input: &'a Input,
}

impl Reader {
    pub(super) fn meaning(&mut self, command: &Command, input: &Input) {
        let Some(program) = command.program() else {
            return self.not_understood("a program that cannot be known");
        };
        if program.text.chars().any(|c| c.is_control() || c.is_whitespace() || is_invisible(c) || is_bidi_control(c)) {
            return self.not_understood("the name of a program holds a character that does not show");
        }
        let Some(outer) = program.spec else { return };
        let invocation = &command.invocation;
        self.builtin(program.name, invocation);
        if invocation.subcommands.last().is_some_and(|word| word.open.is_some()) {
            self.not_understood("a subcommand that cannot be known");
        }
        let rules = invocation.spec.unwrap_or(outer);
        let can_run = rules.others == Others::Runs || rules.roles().any(Role::can_run);
        if invocation.may_have_more_flags() && can_run {
            self.not_understood("an option that may run other code");
        }
        let run = Run { command, program, outer, rules, invocation, input };
        if matches!(input, Input::Rest) && takes_lines(&run) {
            self.not_understood("a script that is read reads on itself");
        }
        self.flags(&run);
        self.operands(&run);
        self.stdin(&run);
    }

    /// What changes the shell itself.
    fn builtin(&mut self, name: &str, invocation: &Invocation) {
        const HARMLESS: [&str; 6] =
            ["nullglob", "failglob", "inherit_errexit", "checkwinsize", "histappend", "cmdhist"];
        match name {
            "alias" | "unalias" | "enable" => {
                self.shadowed("an alias may change what a name means");
                self.has_aliases = true;
                for (word, _) in &invocation.operands {
                    if let Some((_, line)) = word.text.split_once('=') {
                        self.later(line);
                    }
                }
            }
            "shopt" => {
                let harmless = |word: &Word| word.known().is_some_and(|name| HARMLESS.contains(&name));
                if !invocation.operands.iter().all(|(word, _)| harmless(word)) || invocation.operands.is_empty() {
                    self.not_understood("an option of the shell changes what it means");
                }
            }
            "set" if !invocation.operands.is_empty() => self.set_positional(None),
            "shift" => self.set_positional(None),
            "popd" => self.state.cwds = Cwds::unknown(),
            "cd" | "pushd" | "chdir" => self.change_directory(invocation),
            _ => {}
        }
    }

    fn flags(&mut self, run: &Run<'_>) {
        for found in &run.invocation.flags {
            match (found.role, &found.value) {
                (Role::Runs, _) => self.not_understood("an option that makes a program run other code"),
                (Role::Script, Some(word)) => self.script_of_its_own(word, &[], run.rules),
                (Role::Code, Some(word)) => self.code(run, word),
                (Role::CodeFile, Some(word)) => self.code_file(run, word),
                (Role::Script | Role::Code | Role::CodeFile, None) => self.not_understood(CODE_UNKNOWN),
                (Role::Command, _) => self.command_of_find(run, &found.command, found.name.ends_with("dir")),
                (Role::Setting, Some(word)) => self.setting(run, word),
                (Role::Setting, None) => self.not_understood("a setting that may run code"),
                (Role::Variable, Some(word)) => self.variable(word, run.input),
                (Role::Package, Some(word)) => {
                    let words = run.invocation.operands.iter().map(|(word, _)| word.clone());
                    self.package(word, words.collect(), run.input);
                }
                _ => {}
            }
        }
    }

    fn operands(&mut self, run: &Run<'_>) {
        let words = &run.invocation.operands;
        let after = |at: usize| words.iter().skip(at).map(|(word, _)| word.clone()).collect::<Vec<Word>>();
        for (at, (word, role)) in words.iter().enumerate() {
            match role {
                Role::Runs => self.not_understood("a program that runs what it is told to"),
                Role::Code => self.code(run, word),
                Role::CodeFile => self.code_file(run, word),
                Role::Source if is_read(word) => self.not_understood(CODE_UNKNOWN),
                Role::Script if run.rules.each => self.script_of_its_own(word, &[], run.rules),
                Role::Script if run.rules.operands.repeated == Some(Role::Script) => {
                    return self.joined(run, &after(at));
                }
                Role::Script if run.program.name == "trap" && matches!(word.known(), Some("-" | "")) => {}
                Role::Script if run.program.name == "trap" => return self.trap(word),
                Role::Script => self.script_of_its_own(word, &after(at.saturating_add(2)), run.rules),
                Role::GitRemote if word.text.contains("::") => self.not_understood("a transport that runs a program"),
                Role::Variable => self.variable(word, run.input),
                Role::SettingName => {
                    let setting = if words.len() > at.saturating_add(1) { Some(word) } else { None };
                    if let Some(word) = setting {
                        self.setting(run, word);
                    }
                }
                Role::Assignment if is_assignment(run.rules, word) => self.assigned_by(word, run.rules),
                Role::AssignmentOrText => self.assigned_by(word, run.rules),
                Role::Package => return self.package(word, after(at.saturating_add(1)), run.input),
                Role::Program if is_assignment(run.rules, word) && word.text.contains('=') => {
                    self.assigned_by(word, run.rules);
                }
                Role::Program | Role::Assignment => return self.wrapped(after(at), run),
                _ => {}
            }
        }
    }

    /// A program that runs what it reads.
    fn stdin(&mut self, run: &Run<'_>) {
        let invocation = run.invocation;
        let named =
            |role: Role| matches!(role, Role::Script | Role::Code | Role::CodeFile | Role::Package | Role::Help);
        let gives_code = invocation
            .flags
            .iter()
            .any(|found| named(found.role) || found.flag.is_some_and(|flag| flag.replaces.is_some()))
            || !invocation.operands.is_empty() && !invocation.has(Role::OthersAreText);
        let by_operand = |role: Role| named(role) || matches!(role, Role::Program | Role::Package);
        let obeys = run.rules.obeys_stdin
            && !invocation.flags.iter().any(|found| named(found.role))
            && !invocation.operands.iter().any(|(_, role)| by_operand(*role))
            && !matches!(run.input, Input::None);
        if obeys
            || run.rules.runs_stdin && !gives_code && (!matches!(run.input, Input::None) || invocation.flags.is_empty())
        {
            self.code_read(run);
        }
    }

    /// The command that a wrapper runs, with the words that it adds.
    fn wrapped(&mut self, words: Vec<Word>, run: &Run<'_>) {
        if !self.carry(words.len()) {
            return;
        }
        // `flock FILE -c LINE`
        if let [dash, line, ..] = words.as_slice()
            && dash.known() == Some("-c")
        {
            return self.script_of_its_own(line, &[], run.rules);
        }
        // Its words are joined to a line of a shell, so one of more than plain characters is more than a word.
        if run.program.name.eq_ignore_ascii_case("parallel") && words.iter().any(|word| is_code(&word.text)) {
            self.joined(run, &words);
            self.not_understood(CODE_UNKNOWN);
        }
        if run.rules.appends {
            for words in with_items(words, run) {
                self.add(words, Vec::new(), &Input::None);
            }
            return;
        }
        let input = run.input;
        let directory = run.invocation.flags.iter().find(|found| found.role == Role::Directory);
        let operand = run.invocation.operands.iter().find(|(_, role)| *role == Role::Directory).map(|(word, _)| word);
        let directory = directory.and_then(|found| found.value.as_ref()).or(operand);
        if directory.is_none() && !run.rules.elsewhere {
            return self.add(words, Vec::new(), input);
        }
        self.in_subshell(|reader| {
            reader.enter(directory, run.rules.elsewhere);
            // With nothing of this machine mounted, what is there is not what is here under the same name.
            if let Some(start) = run.rules.starts_at.as_deref().filter(|_| !run.invocation.has(Role::Mount)) {
                reader.state.cwds = Cwds::of(Some(start));
            }
            reader.add(words, Vec::new(), input);
        });
    }

    fn enter(&mut self, directory: Option<&Word>, elsewhere: bool) {
        if let Some(directory) = directory {
            self.move_to(directory.known());
        }
        if elsewhere {
            self.state.home = None;
            self.state.cwds = Cwds::unknown();
        }
    }

    /// `find -exec`: `{}` is whatever is found.
    fn command_of_find(&mut self, run: &Run<'_>, words: &[Word], in_its_directory: bool) {
        if words.is_empty() {
            return self.not_understood(CODE_UNKNOWN);
        }
        if !self.carry(words.len()) {
            return;
        }
        let mut files = pipes::files_found(run.invocation);
        for file in files.iter_mut().filter(|file| file.open.is_some() && !file.text.starts_with('/')) {
            match self.cwd() {
                Some(cwd) if in_its_directory => file.text = format_compact!("{cwd}/{}", file.text),
                _ => {}
            }
        }
        let has_mark = words.iter().any(|word| word.text.contains("{}"));
        let mut words = replaced(words.to_vec(), "{}", &files);
        if !has_mark && matches!(run.program.name, "fd" | "fdfind") {
            words.extend(files);
        }
        self.in_subshell(|reader| {
            if in_its_directory {
                reader.state.cwds = Cwds::unknown();
            }
            reader.add(words, Vec::new(), &Input::None);
        });
    }

    /// `npx x`, `python -m x`: what that runs is called by its name.
    fn package(&mut self, word: &Word, arguments: Vec<Word>, input: &Input) {
        let Some(name) = word.known() else { return self.not_understood("a program that cannot be known") };
        let name = match name.rsplit_once('@') {
            Some((name, _)) if !name.is_empty() => name,
            _ => name,
        };
        let words = std::iter::once(Word::literal(name)).chain(arguments).collect();
        self.add_as(words, Vec::new(), input, true);
    }

    fn variable(&mut self, word: &Word, input: &Input) {
        match word.known() {
            // An index is arithmetic.
            Some(name) if !name.contains('[') => self.read_into(name, input),
            _ => self.not_understood("a variable that cannot be known is assigned"),
        }
    }

    fn setting(&mut self, run: &Run<'_>, word: &Word) {
        let runs = run.rules.command_settings.as_ref().or(run.outer.command_settings.as_ref());
        if let Some((name, line)) = word.known().and_then(|text| text.split_once('='))
            && runs.is_some_and(|runs| runs.is_match(name))
        {
            return self.later(line);
        }
        let settings = run.rules.settings.as_ref().or(run.outer.settings.as_ref());
        if !settings.zip(word.known()).is_some_and(|(settings, text)| settings.is_match(text)) {
            self.not_understood("a setting that may run code");
        }
    }

    fn assigned_by(&mut self, word: &Word, rules: &Spec) {
        match word.text.split_once('=') {
            // An index is arithmetic.
            Some((name, _)) if name.contains('[') => self.not_understood("a variable that cannot be known is assigned"),
            Some((name, _)) => {
                let value = word.after(&format!("{name}="));
                let lasts = rules.operands.last.is_empty() && rules.operands.repeated == Some(Role::Assignment);
                self.assigned(name, value.as_ref(), lasts);
            }
            None if word.open.is_some() && rules.operands.repeated == Some(Role::Assignment) => {
                self.not_understood("a variable that cannot be known is assigned");
            }
            None => {}
        }
    }

    /// Words that are joined by spaces and read again.
    fn joined(&mut self, run: &Run<'_>, words: &[Word]) {
        let Some(known) = words.iter().map(Word::known).collect::<Option<Vec<_>>>() else {
            return self.not_understood(CODE_UNKNOWN);
        };
        let text = known.join(" ");
        if run.program.name == "eval" {
            return self.deeper(|reader| {
                if reader.spend_script(&text) {
                    reader.script(&text, run.input);
                }
            });
        }
        self.in_subshell(|reader| {
            reader.enter(None, run.rules.elsewhere);
            reader.state.variables = std::rc::Rc::default();
            reader.later(&text);
        });
    }

    /// A script that a shell of its own runs, with its `$1` and so on.
    fn script_of_its_own(&mut self, word: &Word, arguments: &[Word], rules: &Spec) {
        let Some(text) = word.known() else { return self.not_understood(CODE_UNKNOWN) };
        let text = text.to_owned();
        self.in_subshell(|reader| {
            reader.enter(None, rules.elsewhere);
            // It knows what is exported, and runs when the rest may have changed.
            reader.state.variables = std::rc::Rc::default();
            if !arguments.is_empty() {
                reader.set_positional(Some(arguments));
            }
            reader.later(&text);
        });
    }

    fn change_directory(&mut self, invocation: &Invocation) {
        match invocation.operands.as_slice() {
            [] => {
                let home = self.state.home.clone();
                self.move_to(home.as_deref());
            }
            [(word, _)] => self.move_to(word.known().filter(|text| *text != "-" && !text.starts_with('+'))),
            _ => self.move_to(None),
        }
    }

    fn move_to(&mut self, target: Option<&str>) {
        self.state.moves = self.state.moves.saturating_add(1);
        self.state.cwds = self.state.cwds.moved(target);
    }
}

/// Whether a word stands for what a program reads.
pub(super) fn is_read(word: &Word) -> bool {
    matches!(word.known(), Some("-" | PIPE)) || word.text.starts_with("/dev/") || word.text.starts_with("/proc/")
}

/// Whether a shell takes a word for more than its text, marks for items aside.
fn is_code(word: &str) -> bool {
    word.split("{}").any(|part| !part.is_empty() && !is_plain(part))
}

/// Whether a word stands among the assignments before a wrapped program, or where there is no program at all.
fn is_assignment(rules: &Spec, word: &Word) -> bool {
    rules.operands.repeated == Some(Role::Assignment) && (word.text.contains('=') || rules.operands.last.is_empty())
}
