//! Reads literals, operators, casts and functions: those whose results are known, and the others as they are spelled.

use super::fixed::{Arithmetic, Fixed};
use super::reading::{Kind, Part, Reading, hash, key};
use super::results::{Cut, cut, is_same_for_all, part_of_moment, range_of};
use super::term::{Row, Term};
use super::value::{Op, Value, truth_of};
use sqlparser::ast::{
    BinaryOperator, CastKind, DataType, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, UnaryOperator,
    Value as Literal,
};
use std::cell::Cell;

/// What gives another value each time.
const CHANGING: [&str; 4] = ["random", "rand(", "uuid", "nextval"];

impl Reading<'_> {
    pub(super) fn literal(&mut self, literal: &Literal) -> Part {
        let value = match literal {
            Literal::Number(digits, _) => Fixed::parse(digits).map(Value::Number),
            Literal::SingleQuotedString(text)
            | Literal::DoubleQuotedString(text)
            | Literal::NationalStringLiteral(text) => Some(Value::text(text)),
            Literal::DollarQuotedString(text) => Some(Value::text(&text.value)),
            Literal::Boolean(holds) => Some(Value::Bool(*holds)),
            Literal::Null => Some(Value::Null),
            _ => None,
        };
        match value {
            Some(value) => self.constant(value),
            None => self.spelled("literal", &literal.to_string()),
        }
    }

    /// A constant of which only the spelling is known.
    fn spelled(&mut self, what: &str, text: &str) -> Part {
        self.is_exact = false;
        self.atom(key(what, [hash(text)]), false, Kind::Any)
    }

    /// What is known of an expression but its spelling: whether it asks for the row.
    pub(super) fn unread(&mut self, expr: &Expr) -> Part {
        let text = self.rows.spelling_of(expr);
        if CHANGING.iter().any(|changing| text.contains(changing)) {
            return self.unknown();
        }
        self.is_exact = false;
        let varies = self.rows.decide(expr);
        self.atom(hash(&text), varies, Kind::Any)
    }

    pub(super) fn unread_condition(&mut self, expr: &Expr) -> Part {
        let part = self.unread(expr);
        self.held(part, true)
    }

    /// What is made of `parts` in a way that is not known.
    fn made_of(&mut self, what: &str, parts: &[Part]) -> Part {
        if parts.iter().any(|part| part.constant() == Some(&Value::Unknown)) {
            return self.unknown();
        }
        self.is_exact = false;
        let key = key(what, parts.iter().map(|part| part.key));
        self.atom(key, parts.iter().any(|part| part.varies), Kind::Any)
    }

    /// What `term` comes to, if its parts are constants.
    fn folded(&mut self, what: &str, parts: &[&Part], term: Term) -> Part {
        if parts.iter().any(|part| part.constant() == Some(&Value::Unknown)) {
            return self.unknown();
        }
        if parts.iter().all(|part| part.constant().is_some()) {
            let value = term.value(&Row { atoms: &[], steps: &Cell::new(parts.len().saturating_add(1)) });
            return if value == Value::Unknown { self.unknown() } else { Part::known(value) };
        }
        self.is_exact = false;
        let key = key(what, parts.iter().map(|part| part.key));
        Part::new(term, key, parts.iter().any(|part| part.varies))
    }

    pub(super) fn calculate(&mut self, what: Arithmetic, left: Part, right: Part) -> Part {
        let (left, right) = (self.number(left), self.number(right));
        let term = Term::Calculate(what, left.term.clone(), right.term.clone());
        self.folded(&format!("{what:?}"), &[&left, &right], term)
    }

    /// A part that is reckoned with.
    fn number(&mut self, part: Part) -> Part {
        self.mark(&part.term, Kind::Number);
        match part.constant() {
            Some(Value::Text(text)) => match Fixed::parse(text.trim()) {
                Some(number) => Part::known(Value::Number(number)),
                None => self.spelled("number", text),
            },
            _ => part,
        }
    }

    pub(super) fn join(&mut self, left: Part, right: Part) -> Part {
        // `1.0` is another text than `1`.
        if [&left, &right].iter().any(|part| matches!(part.constant(), Some(Value::Number(_) | Value::Bool(_)))) {
            return self.unknown();
        }
        let term = Term::Join(left.term.clone(), right.term.clone());
        self.folded("join", &[&left, &right], term)
    }

    /// What else stands between two values, most of it conditions.
    pub(super) fn matching(&mut self, op: &BinaryOperator, left: Part, right: Part) -> Part {
        use BinaryOperator::{
            PGILikeMatch, PGLikeMatch, PGNotILikeMatch, PGNotLikeMatch, PGRegexIMatch, PGRegexMatch, PGRegexNotIMatch,
            PGRegexNotMatch, PGStartsWith, Regexp,
        };
        let (op, negated) = match op {
            PGRegexNotMatch => (&PGRegexMatch, true),
            PGRegexNotIMatch => (&PGRegexIMatch, true),
            PGNotLikeMatch => (&PGLikeMatch, true),
            PGNotILikeMatch => (&PGILikeMatch, true),
            op => (op, false),
        };
        let is_all = match op {
            PGRegexMatch | PGRegexIMatch | Regexp => finds_in_all(&right),
            PGLikeMatch | PGILikeMatch => matches_all(&left.term, &right.term),
            PGStartsWith => is_empty(&right),
            _ => false,
        };
        if left.key == right.key {
            return self.unknown();
        }
        let found = if is_all { self.itself(left) } else { self.made_of(&op.to_string(), &[left, right]) };
        self.either_way(found, negated)
    }

    /// A condition that holds wherever there is a value.
    fn itself(&mut self, part: Part) -> Part {
        self.compare(Op::Equal, part.clone(), part)
    }

    fn like(&mut self, what: &str, expr: &Expr, pattern: &Expr, negated: bool) -> Part {
        let (left, right) = (self.value(expr), self.value(pattern));
        let is_all = if what == "rlike" { finds_in_all(&right) } else { matches_all(&left.term, &right.term) };
        let found = if is_all { self.itself(left) } else { self.made_of(what, &[left, right]) };
        self.either_way(found, negated)
    }

    /// Everything that is neither an operator nor about queries.
    pub(super) fn call(&mut self, expr: &Expr) -> Part {
        match expr {
            Expr::Like { negated, expr, pattern, .. } => self.like("like", expr, pattern, *negated),
            Expr::ILike { negated, expr, pattern, .. } => self.like("ilike", expr, pattern, *negated),
            Expr::SimilarTo { negated, expr, pattern, .. } => self.like("similar", expr, pattern, *negated),
            Expr::RLike { negated, expr, pattern, .. } => self.like("rlike", expr, pattern, *negated),
            Expr::UnaryOp { op: UnaryOperator::Plus, expr } => self.value(expr),
            Expr::UnaryOp { op: UnaryOperator::Minus, expr } => {
                let part = self.value(expr);
                self.calculate(Arithmetic::Subtract, Part::known(Value::Number(Fixed::ZERO)), part)
            }
            Expr::Cast { kind: CastKind::Cast | CastKind::DoubleColon, expr, data_type, .. } => {
                let part = self.value(expr);
                self.cast(part, data_type)
            }
            Expr::Case { operand, conditions, else_result, .. } => {
                let operand = operand.as_ref().map(|operand| self.value(operand));
                let mut cases = Vec::new();
                for case in conditions {
                    let met = match &operand {
                        Some(operand) => {
                            let value = self.value(&case.condition);
                            self.compare(Op::Equal, operand.clone(), value)
                        }
                        None => self.condition(&case.condition, true),
                    };
                    cases.push((met, self.value(&case.result)));
                }
                let otherwise = match else_result {
                    Some(otherwise) => self.value(otherwise),
                    None => Part::known(Value::Null),
                };
                self.case(cases, otherwise)
            }
            Expr::Position { expr: sought, r#in } => {
                let parts = vec![self.value(r#in), self.value(sought)];
                self.function(expr, "strpos", parts)
            }
            Expr::Substring { expr: text, substring_from, substring_for, .. } => {
                let rest = [substring_from, substring_for].into_iter().flatten();
                let parts = std::iter::once(text).chain(rest).map(|part| self.value(part)).collect();
                self.function(expr, "substring", parts)
            }
            Expr::Extract { field, .. } => {
                let part = self.unread(expr);
                self.within(range_of(&field.to_string().to_lowercase()), part)
            }
            Expr::Floor { expr: inner, .. } => self.rounded("floor", expr, inner),
            Expr::Ceil { expr: inner, .. } => self.rounded("ceil", expr, inner),
            Expr::Function(function) => match arguments(function) {
                Some(arguments) => {
                    let parts = arguments.into_iter().map(|argument| self.value(argument)).collect();
                    self.function(expr, &function.name.to_string().to_lowercase(), parts)
                }
                None => self.unread(expr),
            },
            other => self.unread(other),
        }
    }

    /// The result of the first case that is met.
    fn case(&mut self, cases: Vec<(Part, Part)>, mut otherwise: Part) -> Part {
        let mut open = Vec::new();
        for (met, result) in cases {
            match met.constant() {
                Some(Value::Bool(true)) => {
                    otherwise = result;
                    break;
                }
                Some(Value::Bool(false) | Value::Null) => {}
                _ => open.push((met, result)),
            }
        }
        if open.is_empty() {
            return otherwise;
        }
        let keys = open.iter().flat_map(|(met, result)| [met.key, result.key]);
        let key = key("case", keys.chain([otherwise.key]));
        let varies = otherwise.varies || open.iter().any(|(met, result)| met.varies || result.varies);
        let cases = open.into_iter().map(|(met, result)| (met.term, result.term)).collect();
        Part::new(Term::Case(cases, otherwise.term), key, varies)
    }

    fn cast(&mut self, part: Part, to: &DataType) -> Part {
        let to = to.to_string().to_lowercase();
        match (to.as_str(), part.constant()) {
            (_, Some(Value::Null)) => part,
            ("text" | "varchar" | "character varying", Some(Value::Text(_))) => part,
            ("text" | "varchar" | "character varying", None) => {
                let term = Term::Text(part.term.clone());
                self.folded("text", &[&part], term)
            }
            (
                "int" | "integer" | "int4" | "int8" | "bigint" | "smallint" | "numeric" | "decimal" | "real" | "float"
                | "float8" | "double precision",
                constant,
            ) => match constant {
                None => {
                    self.is_exact = false;
                    let key = key("number", [part.key]);
                    Part { key, ..self.number(part) }
                }
                // Others are rounded, in one way or another.
                Some(value) => match value.number().filter(|number| number.is_whole()) {
                    Some(number) => Part::known(Value::Number(number)),
                    None => self.unknown(),
                },
            },
            ("bool" | "boolean", Some(Value::Text(text))) => match truth_of(text) {
                Some(holds) => Part::known(Value::Bool(holds)),
                None => self.unknown(),
            },
            ("bool" | "boolean", Some(value)) => Part::known(value.truth()),
            ("bool" | "boolean", None) => {
                self.mark(&part.term, Kind::Bool);
                part
            }
            _ => self.made_of(&to, &[part]),
        }
    }

    /// `floor` and `ceil`, which lie on one side of what they are given.
    fn rounded(&mut self, name: &str, expr: &Expr, inner: &Expr) -> Part {
        let part = self.value(inner);
        self.function(expr, name, vec![part])
    }

    fn function(&mut self, expr: &Expr, name: &str, parts: Vec<Part>) -> Part {
        let name = name.strip_prefix("pg_catalog.").unwrap_or(name);
        match (name, parts.as_slice()) {
            ("coalesce" | "ifnull" | "nvl", _) | ("isnull", [_, _]) => self.first_present(parts),
            ("starts_with", [text, start]) if is_empty(start) => self.itself(text.clone()),
            ("greatest", [_, ..]) => self.extreme(true, &parts),
            ("least", [_, ..]) => self.extreme(false, &parts),
            ("abs", [part]) => {
                let part = self.number(part.clone());
                let other = self.calculate(Arithmetic::Subtract, Part::known(Value::Number(Fixed::ZERO)), part.clone());
                self.extreme(true, &[part, other])
            }
            ("floor" | "ceil" | "ceiling", [part]) => {
                let rounded = self.made_of(name, std::slice::from_ref(part));
                let (part, rounded) = (self.number(part.clone()), self.number(rounded));
                self.extreme(name != "floor", &[rounded, part])
            }
            ("nullif", [value, other]) => {
                let same = self.compare(Op::Equal, value.clone(), other.clone());
                self.case(vec![(same, Part::known(Value::Null))], value.clone())
            }
            ("power" | "pow", [base, exponent]) => self.calculate(Arithmetic::Power, base.clone(), exponent.clone()),
            ("mod", [left, right]) => self.calculate(Arithmetic::Remainder, left.clone(), right.clone()),
            ("concat", [first, rest @ ..]) => rest.iter().fold(first.clone(), |all, next| self.join(all, next.clone())),
            ("if" | "iif", [condition, result, otherwise]) => {
                let condition = self.held(condition.clone(), true);
                self.case(vec![(condition, result.clone())], otherwise.clone())
            }
            _ if CHANGING.iter().any(|changing| format!("{name}(").contains(changing)) => self.unread(expr),
            ("regexp_like" | "regexp_replace" | "regexp_substr", [_, pattern, ..]) if finds_in_all(pattern) => {
                self.unknown()
            }
            _ if is_same_for_all(name, &parts) => self.unknown(),
            _ => match cut(name, &parts) {
                Cut::Nothing => Part::known(Value::text("")),
                Cut::Unknown => self.unknown(),
                Cut::Some => {
                    let made = self.made_of(name, &parts);
                    self.within(range_of(name).or_else(|| part_of_moment(name, &parts)), made)
                }
            },
        }
    }

    pub(super) fn never_below_nought(&mut self, part: Part) -> Part {
        self.within(Some((Fixed::ZERO, None)), part)
    }

    /// A number that lies between two others.
    fn within(&mut self, range: Option<(Fixed, Option<Fixed>)>, part: Part) -> Part {
        let Some((low, high)) = range else { return part };
        let part = self.number(part);
        let part = self.extreme(true, &[part, Part::known(Value::Number(low))]);
        match high {
            Some(high) => self.extreme(false, &[part, Part::known(Value::Number(high))]),
            None => part,
        }
    }

    fn first_present(&mut self, mut parts: Vec<Part>) -> Part {
        parts.retain(|part| part.constant() != Some(&Value::Null));
        // A constant is there.
        if let Some(at) = parts.iter().position(|part| part.constant().is_some()) {
            parts.truncate(at.saturating_add(1));
        }
        match parts.as_slice() {
            [] => Part::known(Value::Null),
            [only] => only.clone(),
            _ => {
                let keys = parts.iter().map(|part| part.key);
                let key = key("coalesce", keys);
                let varies = parts.iter().any(|part| part.varies);
                Part::new(Term::Coalesce(parts.into_iter().map(|part| part.term).collect()), key, varies)
            }
        }
    }

    fn extreme(&mut self, greatest: bool, parts: &[Part]) -> Part {
        // Texts are ordered in one way or another.
        if parts.iter().any(|part| matches!(part.constant(), Some(value) if !matches!(value, Value::Number(_)))) {
            return self.unknown();
        }
        let items = parts.iter().map(|part| part.term.clone()).collect();
        let parts: Vec<&Part> = parts.iter().collect();
        self.folded(if greatest { "greatest" } else { "least" }, &parts, Term::Extreme { greatest, items })
    }
}

/// The arguments of a call, if there is nothing else to it.
fn arguments(function: &Function) -> Option<Vec<&Expr>> {
    let FunctionArguments::List(list) = &function.args else { return None };
    let is_plain = function.over.is_none()
        && function.filter.is_none()
        && function.within_group.is_empty()
        && function.parameters == FunctionArguments::None
        && list.duplicate_treatment.is_none()
        && list.clauses.is_empty();
    let plain = |argument| match argument {
        &FunctionArg::Unnamed(FunctionArgExpr::Expr(ref expr)) => Some(expr),
        _ => None,
    };
    if is_plain { list.args.iter().map(plain).collect() } else { None }
}

fn is_empty(text: &Part) -> bool {
    matches!(text.constant(), Some(Value::Text(text)) if text.is_empty())
}

/// A regex that is found in every text.
fn finds_in_all(pattern: &Part) -> bool {
    let Some(Value::Text(text)) = pattern.constant() else { return false };
    let inner = text.strip_prefix('^').unwrap_or(text);
    let inner = inner.strip_suffix('$').unwrap_or(inner);
    matches!(inner, "" | ".*" | ".*?" | "(.*)" | ".{0,}") || &**text == "."
}

/// A pattern of `LIKE` that every text matches, or this one: `'%'`, `'%' || a || '%'`.
fn matches_all(text: &Term, pattern: &Term) -> bool {
    match (pattern, text) {
        (Term::Known(Value::Text(pattern)), _) => !pattern.is_empty() && pattern.bytes().all(|byte| byte == b'%'),
        (Term::Join(left, right), _) => matches_all(text, left) && matches_all(text, right),
        (Term::Atom(pattern), Term::Atom(text)) => pattern == text,
        _ => false,
    }
}
