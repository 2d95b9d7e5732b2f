//! Groups, subshells, loops, conditions, functions.

use super::super::super::path::PathAccess;
use super::super::words::{Open, Variables, Word, is_printer};
use super::variables::{either, is_positional};
use super::{Cwds, Function, Input, Reader, Redirect, State};
use brush_parser::ast;
use std::rc::Rc;
use std::sync::Arc;

/// Values that a loop is read with one by one.
const MOST_VALUES: usize = 16;
/// Times that a body is read, in loops within each other.
const MOST_TIMES: usize = 64;

impl Reader {
    pub(super) fn compound(&mut self, compound: &ast::CompoundCommand, input: &Input) {
        // Its commands share what there is to read: one may take the start of it from the next.
        let input = if let Input::Text(_) = input { &Input::Unknown } else { input };
        match compound {
            ast::CompoundCommand::BraceGroup(group) => self.list(&group.list, input),
            ast::CompoundCommand::Subshell(subshell) => {
                self.in_subshell(|reader| reader.list(&subshell.list, input));
            }
            ast::CompoundCommand::IfClause(clause) => self.if_clause(clause, input),
            ast::CompoundCommand::WhileClause(clause) | ast::CompoundCommand::UntilClause(clause) => {
                self.repeatedly(|reader| {
                    reader.maybe(&clause.0, input);
                    reader.maybe(&clause.1.list, input);
                });
            }
            ast::CompoundCommand::ForClause(clause) => self.for_clause(clause, input),
            ast::CompoundCommand::CaseClause(clause) => self.case_clause(clause, input),
            ast::CompoundCommand::Arithmetic(command) => self.arithmetic(&command.expr.value),
            ast::CompoundCommand::ArithmeticForClause(clause) => {
                for expression in [&clause.initializer, &clause.condition, &clause.updater].into_iter().flatten() {
                    self.arithmetic(&expression.value);
                }
                self.repeatedly(|reader| reader.maybe(&clause.body.list, input));
            }
            ast::CompoundCommand::Coprocess(clause) => {
                self.not_understood("a coprocess");
                self.in_subshell(|reader| reader.command(&clause.body, &Input::Unknown));
            }
        }
    }

    /// A list that may run or not.
    fn maybe(&mut self, list: &ast::CompoundList, input: &Input) {
        let before = self.state.clone();
        self.list(list, input);
        self.state.cwds.or(&before.cwds);
        self.merge_variables(&before.variables);
    }

    /// A body that may run again from where it ended.
    pub(super) fn repeatedly(&mut self, mut body: impl FnMut(&mut Reader)) {
        let (before, first) = (self.state.clone(), self.seen.commands.len());
        let waiting = self.waiting.len();
        body(self);
        if self.state.variables != before.variables {
            // What the body changes is not known at its start: it is read again, so.
            self.seen.commands.truncate(first);
            self.waiting.truncate(waiting);
            let changed = changed(&before.variables, &self.state.variables);
            let known = |name: &String, after: &Variables| {
                let (before, after) = (before.variables.get(name), after.get(name));
                before.zip(after).and_then(|(before, after)| either(before.as_ref(), after.as_ref()))
            };
            let values: Vec<_> = changed.iter().map(|name| known(name, &self.state.variables)).collect();
            self.state = before.clone();
            for (name, value) in changed.iter().zip(&values) {
                self.set(name, value.clone());
            }
            body(self);
            for (name, value) in changed.iter().zip(values) {
                self.set(name, value);
            }
        }
        if self.state.cwds != before.cwds {
            for command in self.seen.commands.iter_mut().skip(first) {
                Arc::make_mut(command).cwds = Cwds::unknown();
            }
            for script in self.waiting.iter_mut().skip(waiting) {
                script.state.cwds = Cwds::unknown();
            }
            self.state.cwds = Cwds::unknown();
        }
    }

    /// Literal words are read one by one; a glob, and what nobody knows, stand for all that they may be.
    fn for_clause(&mut self, clause: &ast::ForClauseCommand, input: &Input) {
        let name = &clause.variable_name;
        self.check_variable(name, None);
        let mut values = Vec::new();
        for word in clause.values.iter().flatten() {
            self.words(&word.value, &mut values);
        }
        let known = clause.values.is_some()
            && values.len() <= MOST_VALUES
            && self.times.saturating_mul(values.len()) <= MOST_TIMES
            && values.iter().all(|value| value.open != Some(Open::Expansion));
        if !known {
            self.set(name, None);
            return self.repeatedly(|reader| reader.maybe(&clause.body.list, input));
        }
        let times = self.times;
        self.times = times.saturating_mul(values.len().max(1));
        let before = self.state.clone();
        for value in values {
            self.set(name, Some(value));
            let start = self.state.variables.clone();
            self.list(&clause.body.list, input);
            // `continue` may have left some of it out.
            for name in changed(&start, &self.state.variables) {
                self.set(&name, None);
            }
        }
        self.times = times;
        // `break` may have ended it early.
        self.state.cwds.or(&before.cwds);
        self.merge_variables(&before.variables);
    }

    fn if_clause(&mut self, clause: &ast::IfClauseCommand, input: &Input) {
        self.maybe(&clause.condition, input);
        let before = self.state.clone();
        self.maybe(&clause.then, input);
        for other in clause.elses.iter().flatten() {
            let after = std::mem::replace(&mut self.state, before.clone());
            if let Some(condition) = &other.condition {
                self.maybe(condition, input);
            }
            self.maybe(&other.body, input);
            self.state.cwds.or(&after.cwds);
            self.merge_variables(&after.variables);
        }
    }

    fn case_clause(&mut self, clause: &ast::CaseClauseCommand, input: &Input) {
        self.word(&clause.value.value);
        for case in &clause.cases {
            for pattern in &case.patterns {
                self.word(&pattern.value);
            }
            if let Some(list) = &case.cmd {
                self.maybe(list, input);
            }
        }
    }

    /// `[[ … ]]`. Its numbers are arithmetic, which can run substitutions.
    pub(super) fn extended_test(&mut self, test: &ast::ExtendedTestExpr) {
        use ast::{ExtendedTestExpr as Test, UnaryPredicate as Predicate};
        match test {
            Test::And(left, right) | Test::Or(left, right) => {
                self.deeper(|reader| reader.extended_test(left));
                self.deeper(|reader| reader.extended_test(right));
            }
            Test::Not(inner) | Test::Parenthesized(inner) => self.deeper(|reader| reader.extended_test(inner)),
            Test::UnaryTest(predicate, word) => {
                let target = self.word(&word.value);
                match predicate {
                    Predicate::ShellVariableIsSetAndAssigned | Predicate::ShellVariableIsSetAndNameRef => {
                        self.variable_is_set(&target);
                    }
                    _ if target.open != Some(Open::Expansion) && is_about_a_file(predicate) => {
                        self.add(Vec::new(), vec![Redirect { access: PathAccess::Read, target }], &Input::None);
                    }
                    _ => {}
                }
            }
            Test::BinaryTest(predicate, left, right) => {
                for side in [left, right] {
                    self.words(&side.value, &mut Vec::new());
                    if is_arithmetic(predicate) {
                        self.arithmetic(&side.value);
                    }
                }
            }
        }
    }

    /// `[[ -v NAME[INDEX] ]]`: an index is arithmetic.
    fn variable_is_set(&mut self, name: &Word) {
        if name.known().is_none_or(|name| name.contains('[')) {
            self.not_understood("a variable that cannot be known is looked at");
        }
    }

    pub(super) fn function(&mut self, function: &ast::FunctionDefinition) {
        // It stays for what follows, in this shell and in the calls after it.
        self.shadowed("a function is defined");
        let name = function.fname.value.clone();
        self.prints_otherwise |= is_printer(&name);
        if let Some(before) = self.functions.remove(&name).filter(|before| !before.called) {
            self.uncalled(&name, before);
        }
        let body = Rc::new(function.body.clone());
        self.functions.insert(name, Function { body, state: self.state.clone(), called: false });
    }

    /// What functions hold counts, called or not.
    pub(super) fn uncalled_functions(&mut self) {
        while let Some(name) = self.functions.iter().find(|(_, it)| !it.called).map(|(name, _)| name.clone()) {
            if let Some(function) = self.functions.remove(&name) {
                self.uncalled(&name, function);
            }
        }
    }

    fn uncalled(&mut self, name: &str, function: Function) {
        // When it will run, and with what, nobody knows.
        let state = State { variables: Rc::default(), cwds: Cwds::unknown(), ..function.state.clone() };
        let outer = std::mem::replace(&mut self.state, state);
        self.functions.insert(name.to_owned(), Function { called: true, ..function });
        self.call(name, None, &Input::Unknown);
        self.state = outer;
    }

    /// Runs the body of a function.
    pub(super) fn call(&mut self, name: &str, arguments: Option<&[Word]>, input: &Input) {
        if self.calling.iter().any(|caller| caller == name) {
            return self.not_understood("a function that calls itself");
        }
        let Some(function) = self.functions.get_mut(name) else { return };
        function.called = true;
        let body = function.body.clone();
        let before = self.state.variables.clone();
        self.set_positional(arguments);
        self.calling.push(name.to_owned());
        let own = self.redirect_list(body.1.as_ref());
        self.deeper(|reader| reader.compound(&body.0, own.as_ref().unwrap_or(input)));
        self.calling.pop();
        // What it changed may have been its own, or not be reached.
        let changed = changed(&before, &self.state.variables);
        self.state.variables = before;
        for name in changed.iter().filter(|name| !is_positional(name)) {
            self.set(name, None);
        }
    }
}

/// The names of which the one knows another value than the other.
fn changed(before: &Variables, after: &Variables) -> Vec<String> {
    let names = before.keys().chain(after.keys());
    names.filter(|name| before.get(*name) != after.get(*name)).cloned().collect()
}

/// `[[ A -lt B ]]`
fn is_arithmetic(predicate: &ast::BinaryPredicate) -> bool {
    use ast::BinaryPredicate as Test;
    matches!(
        predicate,
        Test::ArithmeticEqualTo
            | Test::ArithmeticNotEqualTo
            | Test::ArithmeticLessThan
            | Test::ArithmeticLessThanOrEqualTo
            | Test::ArithmeticGreaterThan
            | Test::ArithmeticGreaterThanOrEqualTo
    )
}

/// `[[ -s FILE ]]`
fn is_about_a_file(predicate: &ast::UnaryPredicate) -> bool {
    use ast::UnaryPredicate as Test;
    !matches!(
        predicate,
        Test::ShellOptionEnabled
            | Test::ShellVariableIsSetAndAssigned
            | Test::ShellVariableIsSetAndNameRef
            | Test::StringHasZeroLength
            | Test::StringHasNonZeroLength
            | Test::FdIsOpenTerminal
    )
}
