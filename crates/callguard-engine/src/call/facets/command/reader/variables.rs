//! Assignments, and the variables that make other programs run code.

use super::super::words::{Open, Variables, Word, is_plain_arithmetic};
use super::{Cwds, Input, Reader};
use brush_parser::ast;
use std::rc::Rc;

/// Variables that are followed; more, and the command is not understood.
const MOST_VARIABLES: usize = 128;

/// Variables whose value is loaded, or decides what is run.
const CODE: [&str; 47] = [
    "BASH_ENV",
    "ENV",
    "PS4",
    "PROMPT_COMMAND",
    "SHELLOPTS",
    "BASHOPTS",
    "CDPATH",
    "GLOBIGNORE",
    "EXECIGNORE",
    "LD_PRELOAD",
    "LD_LIBRARY_PATH",
    "LD_AUDIT",
    "LD_DEBUG_OUTPUT",
    "GCONV_PATH",
    "LOCPATH",
    "LESS",
    "MORE",
    "MANOPT",
    "MANROFFOPT",
    "LESSOPEN",
    "LESSCLOSE",
    "LESSKEYIN",
    "TAR_OPTIONS",
    "PYTHONSTARTUP",
    "PYTHONPATH",
    "PYTHONHOME",
    "PYTHONBREAKPOINT",
    "PYTHONINSPECT",
    "PERL5OPT",
    "PERL5LIB",
    "PERL5DB",
    "RUBYOPT",
    "RUBYLIB",
    "NODE_OPTIONS",
    "NODE_PATH",
    "JAVA_TOOL_OPTIONS",
    "_JAVA_OPTIONS",
    "JDK_JAVA_OPTIONS",
    "MAKEFLAGS",
    "GREP_OPTIONS",
    "RUSTFLAGS",
    "RUSTDOCFLAGS",
    "VIMINIT",
    "EXINIT",
    "AWKPATH",
    "AWKLIBPATH",
    "DOCKER_HOST",
];

/// Beginnings of such names.
const CODE_PREFIXES: [&str; 6] = ["GIT_", "DYLD_", "BASH_FUNC_", "npm_config_", "PIP_", "CARGO_"];

/// Names with these beginnings that run nothing.
const HARMLESS_PREFIXES: [&str; 18] = [
    "GIT_AUTHOR_",
    "GIT_COMMITTER_",
    "GIT_TERMINAL_PROMPT",
    "GIT_MERGE_AUTOEDIT",
    "GIT_OPTIONAL_LOCKS",
    "GIT_LFS_SKIP_SMUDGE",
    "GIT_ADVICE",
    "CARGO_TERM_",
    "CARGO_INCREMENTAL",
    "CARGO_NET_",
    "CARGO_PROFILE_",
    "CARGO_BUILD_JOBS",
    "CARGO_TARGET_DIR",
    "PIP_NO_",
    "PIP_DISABLE_",
    "PIP_DEFAULT_TIMEOUT",
    "npm_config_loglevel",
    "npm_config_yes",
];

/// Variables whose value is a command line.
const COMMANDS: [&str; 24] = [
    "SHELL",
    "PAGER",
    "MANPAGER",
    "EDITOR",
    "VISUAL",
    "BROWSER",
    "SUDO_ASKPASS",
    "SSH_ASKPASS",
    "RSYNC_RSH",
    "CVS_RSH",
    "GIT_PAGER",
    "GIT_EDITOR",
    "GIT_SEQUENCE_EDITOR",
    "GIT_SSH_COMMAND",
    "GIT_SSH",
    "GIT_EXTERNAL_DIFF",
    "GIT_ASKPASS",
    "SYSTEMD_PAGER",
    "KUBE_EDITOR",
    "CC",
    "CXX",
    "LD",
    "RUSTC",
    "RUSTC_WRAPPER",
];

/// Variables that name a host which programs connect to in the place of others, in lower case.
const PROXIES: [&str; 6] = ["http_proxy", "https_proxy", "ftp_proxy", "all_proxy", "ws_proxy", "wss_proxy"];

impl Reader {
    /// `NAME=VALUE`; before a program it is for that program alone.
    pub(super) fn assignment(&mut self, assignment: &ast::Assignment, program: Option<&str>) {
        let (name, indexed) = match &assignment.name {
            ast::AssignmentName::VariableName(name) => (name, false),
            // An index is arithmetic, which can run substitutions.
            ast::AssignmentName::ArrayElementName(name, index) => {
                self.arithmetic(index);
                (name, true)
            }
        };
        let value = match &assignment.value {
            ast::AssignmentValue::Scalar(word) => Some(self.assigned_word(&word.value)),
            ast::AssignmentValue::Array(elements) => {
                for (key, value) in elements {
                    if let Some(key) = key {
                        self.arithmetic(&key.value);
                    }
                    self.words(&value.value, &mut Vec::new());
                }
                None
            }
        };
        if name == "IFS" && program == Some("read") {
            return;
        }
        self.check_variable(name, value.as_ref());
        if program.is_none() {
            let keeps = !indexed && !assignment.append;
            self.set(name, value.filter(|value| keeps && value.open != Some(Open::Expansion)));
        }
    }

    /// What is assigned: neither split nor expanded by braces, and its globs stay as they are.
    fn assigned_word(&mut self, source: &str) -> Word {
        if !self.spend(source.len()) {
            return Word::unknown();
        }
        let decoded = super::super::words::decode(source, self.scope());
        self.found(&decoded.substitutions, decoded.doubt);
        match (decoded.word.open, &decoded.word.glob) {
            (Some(Open::Pattern), Some(glob)) if !decoded.word.is_number() && !glob.contains('\\') => {
                Word::literal(glob.clone())
            }
            _ => decoded.word,
        }
    }

    /// What it means that this variable gets a value: `export X=1`, `env X=1`, `read X`.
    pub(super) fn assigned(&mut self, name: &str, value: Option<&Word>, lasts: bool) {
        let name = name.trim_end_matches('+');
        self.check_variable(name, value);
        if lasts {
            self.set(name, value.filter(|value| value.open != Some(Open::Expansion)).cloned());
        }
    }

    pub(super) fn set(&mut self, name: &str, value: Option<Word>) {
        let value = value.filter(|_| !self.state.odd_splitting);
        let variables = Rc::make_mut(&mut self.state.variables);
        if variables.len() < MOST_VARIABLES || variables.contains_key(name) {
            variables.insert(name.to_owned(), value);
        } else {
            self.not_understood("a command has too many variables");
        }
    }

    pub(super) fn check_variable(&mut self, name: &str, value: Option<&Word>) {
        let known = value.and_then(Word::known);
        if COMMANDS.contains(&name) {
            match known {
                Some("") => {}
                Some(line) => self.later(line),
                None => self.not_understood("a variable that makes programs run code is assigned"),
            }
        } else if is_code(name) && !known.is_some_and(|value| is_harmless(name, value)) {
            self.not_understood("a variable that makes programs run code is assigned");
        }
        if PROXIES.contains(&name.to_ascii_lowercase().as_str()) && known != Some("") {
            self.seen.proxies.push(value.cloned().unwrap_or_else(Word::unknown));
        }
        match name {
            "PATH" => self.shadowed("`PATH` is changed"),
            "HOME" => self.state.home = known.map(Rc::from),
            "PWD" => self.state.cwds = Cwds::unknown(),
            "IFS" => {
                self.state.odd_splitting = true;
                Rc::make_mut(&mut self.state.variables).values_mut().for_each(|value| *value = None);
            }
            _ => {}
        }
    }

    /// Keeps of the variables what is the same in both cases.
    pub(super) fn merge_variables(&mut self, other: &Variables) {
        if *self.state.variables == *other {
            return;
        }
        let variables = Rc::make_mut(&mut self.state.variables);
        for (name, value) in other {
            let own = variables.get(name);
            if own != Some(value) {
                let either = own.and_then(|own| either(own.as_ref(), value.as_ref()));
                variables.insert(name.clone(), either);
            }
        }
        for (name, value) in variables {
            if !other.contains_key(name) {
                *value = None;
            }
        }
    }

    pub(super) fn arithmetic(&mut self, text: &str) {
        if !is_plain_arithmetic(text, &self.state.variables) {
            self.not_understood("arithmetic that may run code");
            self.words(text, &mut Vec::new());
        }
        // `x = 1`, `i++`: a number from here on.
        for name in text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_') {
            let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
            if is_name && text.contains(['=', '+', '-']) {
                self.check_variable(name, Some(&Word::number()));
                self.set(name, Some(Word::number()));
            }
        }
    }

    /// `$1` and the others.
    pub(super) fn set_positional(&mut self, arguments: Option<&[Word]>) {
        Rc::make_mut(&mut self.state.variables).retain(|name, _| !name.bytes().all(|byte| byte.is_ascii_digit()));
        for (at, word) in arguments.unwrap_or_default().iter().take(9).enumerate() {
            let value = Some(word.clone()).filter(|word| word.open != Some(Open::Expansion));
            self.set(&at.saturating_add(1).to_string(), value);
        }
    }

    /// `read x`: what a command gives a variable.
    pub(super) fn read_into(&mut self, name: &str, input: &Input) {
        self.check_variable(name, None);
        let value = match input {
            Input::Paths(paths) => {
                if let [path] = paths.as_ref() {
                    Some(path.clone())
                } else {
                    None
                }
            }
            _ => None,
        };
        self.set(name, value.filter(|value| value.open == Some(Open::Below)));
    }
}

/// What is known of a variable that holds the one or the other: two numbers are some number.
pub(super) fn either(one: Option<&Word>, other: Option<&Word>) -> Option<Word> {
    let number = |word: &Word| {
        word.is_number()
            || word.known().is_some_and(|text| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()))
    };
    (number(one?) && number(other?)).then(Word::number)
}

fn is_code(name: &str) -> bool {
    let starts = |prefixes: &[&str]| prefixes.iter().any(|prefix| name.starts_with(prefix));
    CODE.contains(&name) || starts(&CODE_PREFIXES) && !starts(&HARMLESS_PREFIXES)
}

/// Values that load nothing from elsewhere.
fn is_harmless(name: &str, value: &str) -> bool {
    let each = |wanted: fn(&str) -> bool| value.split_whitespace().all(wanted);
    match name {
        // Code beside what is run anyway.
        "PYTHONPATH" | "NODE_PATH" | "RUBYLIB" | "PERL5LIB" => {
            value.split(':').all(|part| !part.starts_with(['/', '~', '$']) && !part.contains(".."))
        }
        "NODE_OPTIONS" => each(|word| {
            ["--max-old-space-size", "--no-warnings", "--enable-source-maps", "--trace-", "--openssl-legacy-provider"]
                .iter()
                .chain(&["--experimental-vm-modules", "--no-deprecation", "--stack-size", "--unhandled-rejections"])
                .any(|start| word.starts_with(start))
        }),
        "RUSTFLAGS" | "RUSTDOCFLAGS" => {
            each(|word| !word.contains("linker") && !word.contains("link-arg") && !word.starts_with(['@', '/']))
        }
        // Options of a pager, none of which takes a file, and no commands.
        "LESS" | "MORE" => !value.contains(['+', '!', 'o', 'O', 'k', 'T', 't', '"', '=']),
        "MAKEFLAGS" => each(|word| word.starts_with("-j") && word.bytes().skip(2).all(|byte| byte.is_ascii_digit())),
        _ => value.is_empty(),
    }
}
