//! Groups, subshells, loops, conditions.

use super::Reader;
use brush_parser::ast;

impl Reader {
    pub(super) fn compound(&mut self, compound: &ast::CompoundCommand, input: bool) {
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
            ast::CompoundCommand::ForClause(clause) => {
                self.assigned(&clause.variable_name);
                for word in clause.values.iter().flatten() {
                    self.word(&word.value);
                }
                self.repeatedly(|reader| reader.maybe(&clause.body.list, input));
            }
            ast::CompoundCommand::CaseClause(clause) => self.case_clause(clause, input),
            ast::CompoundCommand::Arithmetic(_) => self.not_understood("an arithmetic command"),
            ast::CompoundCommand::ArithmeticForClause(clause) => {
                self.not_understood("an arithmetic loop");
                self.repeatedly(|reader| reader.maybe(&clause.body.list, input));
            }
            ast::CompoundCommand::Coprocess(clause) => {
                self.not_understood("a coprocess");
                self.in_subshell(|reader| reader.command(&clause.body, true));
            }
        }
    }

    /// A list that may run or not.
    fn maybe(&mut self, list: &ast::CompoundList, input: bool) {
        let before = self.cwds.clone();
        self.list(list, input);
        self.or_still_in(&before);
    }

    /// A body that may run again from where it ended.
    fn repeatedly(&mut self, body: impl FnOnce(&mut Reader)) {
        let (before, first) = (self.cwds.clone(), self.seen.commands.len());
        body(self);
        if self.cwds != before {
            for command in self.seen.commands.iter_mut().skip(first) {
                command.cwds = vec![None];
            }
            self.cwds = vec![None];
        }
    }

    fn if_clause(&mut self, clause: &ast::IfClauseCommand, input: bool) {
        self.maybe(&clause.condition, input);
        self.maybe(&clause.then, input);
        for other in clause.elses.iter().flatten() {
            if let Some(condition) = &other.condition {
                self.maybe(condition, input);
            }
            self.maybe(&other.body, input);
        }
    }

    fn case_clause(&mut self, clause: &ast::CaseClauseCommand, input: bool) {
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
        use ast::ExtendedTestExpr as Test;
        match test {
            Test::And(left, right) | Test::Or(left, right) => {
                self.deeper(|reader| reader.extended_test(left));
                self.deeper(|reader| reader.extended_test(right));
            }
            Test::Not(inner) | Test::Parenthesized(inner) => self.deeper(|reader| reader.extended_test(inner)),
            Test::UnaryTest(_, word) => drop(self.word(&word.value)),
            Test::BinaryTest(predicate, left, right) => {
                use ast::BinaryPredicate as Predicate;
                let is_arithmetic = matches!(
                    predicate,
                    Predicate::ArithmeticEqualTo
                        | Predicate::ArithmeticNotEqualTo
                        | Predicate::ArithmeticLessThan
                        | Predicate::ArithmeticLessThanOrEqualTo
                        | Predicate::ArithmeticGreaterThan
                        | Predicate::ArithmeticGreaterThanOrEqualTo
                );
                let words = [self.word(&left.value), self.word(&right.value)];
                if is_arithmetic && words.iter().any(|word| word.text.parse::<i64>().is_err() || word.open.is_some()) {
                    self.not_understood("an arithmetic test of what is not known");
                }
            }
        }
    }
}
