//! Simple commands: a program with its words, what is assigned before it, files that the shell opens for it.

use super::super::words::Word;
use super::{Input, PIPE, Reader, Redirect};
use brush_parser::ast;

impl Reader {
    pub(super) fn simple(&mut self, simple: &ast::SimpleCommand, input: &Input) {
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
            self.words(&program.value, &mut words);
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
                self.words(&word.value, words);
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

    /// The one word that a source gives, where it is not split.
    pub(super) fn word(&mut self, source: &str) -> Word {
        let mut words = Vec::new();
        self.words(source, &mut words);
        match (words.pop(), words.is_empty()) {
            (Some(word), true) => word,
            (None, _) => Word::literal(""),
            (Some(_), false) => Word::unknown(),
        }
    }
}
