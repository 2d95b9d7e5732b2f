//! Code that a program is given, names or reads: scripts are read, other languages understood or refused.

use super::super::code::Touched;
use super::super::words::Word;
use super::meaning::{CODE_UNKNOWN, Run, is_read};
use super::{Input, Reader};
use std::sync::Arc;

impl Reader {
    pub(super) fn code_read(&mut self, run: &Run<'_>) {
        match run.input {
            Input::Text(text) if run.rules.shell => {
                let is_long = text.trim_end().contains('\n');
                // Each line is a script of its own.
                if is_long && run.rules.appends {
                    self.not_understood("what a program reads is run as code");
                }
                self.later_reading(text, if is_long { Input::Rest } else { Input::None });
            }
            Input::Text(text) => match run.rules.language.and_then(|language| language.read(text)) {
                Some(touched) => {
                    run.command.code_read.get_or_init(|| Arc::from(&**text));
                    self.run_by_code(touched);
                }
                None => self.not_understood("what a program reads is run as code"),
            },
            _ => self.not_understood("what a program reads is run as code"),
        }
    }

    pub(super) fn code(&mut self, run: &Run<'_>, word: &Word) {
        let language = run.rules.language.or(run.outer.language);
        match language.zip(word.known()).and_then(|(language, code)| language.read(code)) {
            Some(touched) => self.run_by_code(touched),
            None => self.not_understood("code of another language"),
        }
    }

    fn run_by_code(&mut self, touched: Touched) {
        for words in touched.runs {
            self.add(words.iter().map(Word::literal).collect(), Vec::new(), &Input::Unknown);
        }
    }

    /// Running a file is that program; what comes from elsewhere is not known.
    pub(super) fn code_file(&mut self, run: &Run<'_>, word: &Word) {
        match word.known() {
            Some("-" | "/dev/stdin") if matches!(run.input, Input::Text(_)) => self.code_read(run),
            // TeX takes an operand with a `\` for its first line.
            Some(text) if !is_read(word) && !text.starts_with('\\') => {}
            _ => self.not_understood(CODE_UNKNOWN),
        }
    }
}
