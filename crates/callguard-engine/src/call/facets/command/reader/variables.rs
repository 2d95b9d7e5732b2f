//! Assignments, and the variables that make other programs run code.

use super::super::words::{Open, Variables, Word, count_of, decode_assigned, element_name, is_plain_arithmetic};
use super::environment::{COMMANDS, is_code, is_harmless};
use super::{Cwds, Input, Reader};
use brush_parser::ast;
use std::rc::Rc;

/// Variables that are followed; more, and the command is not understood.
const MOST_VARIABLES: usize = 128;
/// What an assignment costs of a command's work: all of the variables may be copied for it.
const ASSIGNED: usize = 64;
/// Elements of an array that are followed.
const MOST_ELEMENTS: usize = 32;

/// Variables that name a host which programs connect to in the place of others, in lower case.
const PROXIES: [&str; 6] = ["http_proxy", "https_proxy", "ftp_proxy", "all_proxy", "ws_proxy", "wss_proxy"];

impl Reader {
    /// `NAME=VALUE`; before a program it is for that program alone.
    pub(super) fn assignment(&mut self, assignment: &ast::Assignment, program: Option<&str>) {
        let (name, index) = match &assignment.name {
            ast::AssignmentName::VariableName(name) => (name, None),
            // An index is arithmetic, which can run substitutions.
            ast::AssignmentName::ArrayElementName(name, index) => {
                self.arithmetic(index);
                (name, Some(index))
            }
        };
        let mut elements = None;
        let value = match &assignment.value {
            ast::AssignmentValue::Scalar(word) => Some(self.assigned_word(&word.value)),
            ast::AssignmentValue::Array(values) => {
                let mut words = Vec::new();
                for (key, value) in values {
                    if let Some(key) = key {
                        self.arithmetic(&key.value);
                    }
                    self.words(&value.value, &mut words);
                }
                elements = Some(words).filter(|_| values.iter().all(|(key, _)| key.is_none()));
                None
            }
        };
        if name == "IFS" && program == Some("read") {
            return;
        }
        self.check_variable(name, value.as_ref());
        if program.is_some() {
            return;
        }
        match (index, elements) {
            (None, Some(elements)) => self.set_array(name, elements, assignment.append),
            (Some(index), None) if !assignment.append => self.set_element(name, index, value),
            (None, None) if !assignment.append => self.set(name, value.filter(Word::is_kept)),
            _ => self.set(name, None),
        }
    }

    /// `NAME=(A B)`, `NAME+=(C)`.
    fn set_array(&mut self, name: &str, elements: Vec<Word>, append: bool) {
        let before = count_of(name, &self.state.variables).filter(|_| append);
        let start = before.unwrap_or_default();
        let first =
            if start == 0 { elements.first().cloned() } else { self.state.variables.get(name).cloned().flatten() };
        let count = start.saturating_add(elements.len());
        self.set(name, first.filter(|first| first.open.is_none()));
        let room = self.state.variables.len().saturating_add(elements.len()) <= MOST_VARIABLES.div_euclid(2);
        let known = elements.iter().all(|element| element.open != Some(Open::Expansion));
        if append && before.is_none() || count > MOST_ELEMENTS || !room || !known {
            return;
        }
        self.has_arrays = true;
        for (at, element) in elements.into_iter().enumerate() {
            self.set(&element_name(name, start.saturating_add(at)), Some(element));
        }
        self.set(&format!("{name}[@]"), Some(Word::literal(count.to_string())));
    }

    /// `NAME[INDEX]=VALUE`, where there is such an element.
    fn set_element(&mut self, name: &str, index: &str, value: Option<Word>) {
        let count = count_of(name, &self.state.variables).unwrap_or_default();
        let place = index.parse::<usize>().ok().filter(|place| *place < count);
        let all_alone = (0..count).all(|at| {
            let element = self.state.variables.get(&element_name(name, at));
            element.and_then(Option::as_ref).is_some_and(|element| element.open.is_none())
        });
        match (place, value.filter(|value| value.open.is_none())) {
            (Some(place), Some(value)) if all_alone && place > 0 => self.set(&element_name(name, place), Some(value)),
            _ => self.set(name, None),
        }
    }

    /// What is assigned: neither split nor expanded by braces, and its globs stay as they are.
    fn assigned_word(&mut self, source: &str) -> Word {
        if !self.spend(source.len()) {
            return Word::unknown();
        }
        let decoded = decode_assigned(source, self.scope());
        self.found(&decoded.substitutions, decoded.doubt);
        decoded.word
    }

    /// What it means that this variable gets a value: `export X=1`, `env X=1`, `read X`.
    pub(super) fn assigned(&mut self, name: &str, value: Option<&Word>, lasts: bool) {
        let name = name.trim_end_matches('+');
        self.check_variable(name, value);
        if lasts {
            self.set(name, value.filter(|value| value.is_kept()).cloned());
        }
    }

    pub(super) fn set(&mut self, name: &str, value: Option<Word>) {
        if !self.spend(ASSIGNED) {
            return;
        }
        let value = value.filter(|_| !self.state.odd_splitting);
        let variables = Rc::make_mut(&mut self.state.variables);
        // What it is now is no array.
        if self.has_arrays
            && !name.ends_with(']')
            && let Some(count) = variables.get_mut(&format!("{name}[@]"))
        {
            *count = None;
        }
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
            "PATH" => {
                self.path_changed = true;
                self.shadowed("`PATH` is changed");
            }
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

    /// `$1` and the others, and `$@`. What stands after a word that may be several stands nobody knows where.
    pub(super) fn set_positional(&mut self, arguments: Option<&[Word]>) {
        Rc::make_mut(&mut self.state.variables).retain(|name, _| !is_positional(name));
        let mut may_be_several = false;
        for (at, word) in arguments.unwrap_or_default().iter().take(9).enumerate() {
            let value = Some(word.clone()).filter(|word| !may_be_several && word.is_kept());
            self.set(&at.saturating_add(1).to_string(), value);
            may_be_several |= word.many || word.open.is_some() && !word.is_number();
        }
        if let Some(arguments) = arguments {
            self.set_array("", arguments.to_vec(), false);
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

/// Whether it stands for an argument, or for all of them.
pub(super) fn is_positional(name: &str) -> bool {
    name.starts_with('[') || name.bytes().all(|byte| byte.is_ascii_digit())
}

/// What is known of a variable that holds the one or the other: two numbers are some number.
pub(super) fn either(one: Option<&Word>, other: Option<&Word>) -> Option<Word> {
    let number = |word: &Word| {
        word.is_number()
            || word.known().is_some_and(|text| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()))
    };
    (number(one?) && number(other?)).then(Word::number)
}
