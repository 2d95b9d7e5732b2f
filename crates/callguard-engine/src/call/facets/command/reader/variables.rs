//! Assignments, and the variables that make other programs run code.

use super::super::words::{Open, Variables, Word, is_plain_arithmetic};
use super::environment::{COMMANDS, is_code, is_harmless};
use super::{Cwds, Input, Reader};
use brush_parser::ast;
use std::rc::Rc;

/// Variables that are followed; more, and the command is not understood.
const MOST_VARIABLES: usize = 128;

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
