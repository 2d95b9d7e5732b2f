//! Reads conditions into terms.

use super::fixed::Arithmetic;
use super::results::holds_of_all;
use super::rows::Rows;
use super::subqueries;
use super::term::{Term, joined};
use super::value::{Op, Value};
use sqlparser::ast::{BinaryOperator, Expr, UnaryOperator};
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::rc::Rc;

/// Constants that rows are tried with.
const MOST_CONSTANTS: usize = 24;

/// What has a value in each row that is not worked out.
#[derive(Clone, Debug)]
pub(super) struct Atom {
    pub(super) key: u64,
    /// It is not the same for every row.
    pub(super) varies: bool,
    pub(super) kind: Kind,
}

/// What an atom can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Any,
    Bool,
    Number,
}

/// An expression that was read.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub(super) term: Rc<Term>,
    /// The same for what is spelled the same.
    pub(super) key: u64,
    /// It is not the same for every row.
    pub(super) varies: bool,
}

impl Part {
    pub(super) fn known(value: Value) -> Part {
        let key = key("known", [hash(&format!("{value:?}"))]);
        Part { term: Rc::new(Term::Known(value)), key, varies: false }
    }

    pub(super) fn constant(&self) -> Option<&Value> {
        if let Term::Known(value) = self.term.as_ref() { Some(value) } else { None }
    }

    fn is_true_or_false(&self) -> bool {
        matches!(self.constant(), Some(Value::Bool(_)))
    }

    pub(super) fn new(term: Term, key: u64, varies: bool) -> Part {
        Part { term: Rc::new(term), key, varies }
    }
}

/// One condition and what was found in it.
pub(super) struct Reading<'a> {
    pub(super) rows: &'a Rows,
    pub(super) atoms: Vec<Atom>,
    places: HashMap<u64, usize>,
    pub(super) constants: Vec<Value>,
    /// There is nothing in it but columns, constants and comparisons.
    pub(super) is_exact: bool,
}

impl<'a> Reading<'a> {
    pub(super) fn of(rows: &'a Rows) -> Reading<'a> {
        Reading { rows, atoms: Vec::new(), places: HashMap::new(), constants: Vec::new(), is_exact: true }
    }

    /// An expression as a condition, or with `holds: false` its opposite.
    pub(super) fn condition(&mut self, expr: &Expr, holds: bool) -> Part {
        let rows = self.rows;
        rows.within(|| self.read_condition(expr, holds)).unwrap_or_else(|| self.unknown())
    }

    fn read_condition(&mut self, expr: &Expr, holds: bool) -> Part {
        match expr {
            Expr::Nested(inner) | Expr::IsTrue(inner) | Expr::IsNotFalse(inner) => self.condition(inner, holds),
            Expr::IsFalse(inner) | Expr::IsNotTrue(inner) => self.condition(inner, !holds),
            Expr::UnaryOp { op: UnaryOperator::Not | UnaryOperator::BangNot, expr } => self.condition(expr, !holds),
            Expr::BinaryOp { op: op @ (BinaryOperator::And | BinaryOperator::Or), .. } => {
                let mut parts = Vec::new();
                let mut waiting = vec![expr];
                while let Some(next) = waiting.pop() {
                    match bare(next) {
                        Expr::BinaryOp { left, op: same, right } if same == op => {
                            waiting.extend([right.as_ref(), left.as_ref()]);
                        }
                        other => parts.push(self.condition(other, holds)),
                    }
                }
                combined(parts, (*op == BinaryOperator::And) == holds)
            }
            other => {
                let part = self.value(other);
                self.held(part, holds)
            }
        }
    }

    /// A value as a condition.
    pub(super) fn held(&mut self, part: Part, holds: bool) -> Part {
        self.mark(&part.term, Kind::Bool);
        match part.constant() {
            Some(value) => Part::known(if holds { value.truth() } else { value.not() }),
            // Whether it holds of all rows or of none is not known.
            None if !part.varies => self.unknown(),
            None if holds => part,
            None => Part { term: opposite(&part.term), key: key("not", [part.key]), varies: true },
        }
    }

    /// An expression as a value.
    pub(super) fn value(&mut self, expr: &Expr) -> Part {
        let rows = self.rows;
        rows.within(|| self.read_value(expr)).unwrap_or_else(|| self.unknown())
    }

    fn read_value(&mut self, expr: &Expr) -> Part {
        match expr {
            Expr::Nested(inner) | Expr::Collate { expr: inner, .. } => self.value(inner),
            Expr::Value(value) => self.literal(&value.value),
            Expr::Identifier(name) if !name.value.starts_with('@') => self.column(std::slice::from_ref(name)),
            Expr::CompoundIdentifier(parts) => self.column(parts),
            Expr::BinaryOp { left, op, right } => self.operation(expr, left, op, right),
            Expr::UnaryOp { op: UnaryOperator::Not | UnaryOperator::BangNot, .. }
            | Expr::IsTrue(_)
            | Expr::IsNotTrue(_)
            | Expr::IsFalse(_)
            | Expr::IsNotFalse(_) => self.condition(expr, true),
            Expr::IsNull(inner) | Expr::IsUnknown(inner) => {
                let part = self.value(inner);
                self.is_null(part, true)
            }
            Expr::IsNotNull(inner) | Expr::IsNotUnknown(inner) => {
                let part = self.value(inner);
                self.is_null(part, false)
            }
            Expr::IsNotDistinctFrom(left, right) => self.distinct(left, right, false),
            Expr::IsDistinctFrom(left, right) => self.distinct(left, right, true),
            Expr::Between { expr, negated, low, high } => {
                let (value, low, high) = (self.value(expr), self.value(low), self.value(high));
                let low = self.compare(Op::LessOrEqual, low, value.clone());
                let high = self.compare(Op::LessOrEqual, value, high);
                self.either_way(combined(vec![low, high], true), *negated)
            }
            Expr::InList { expr, list, negated } => {
                let left = self.value(expr);
                let items = list.iter().map(|item| self.value(item)).collect();
                let found = self.among(left, Op::Equal, items, false);
                self.either_way(found, *negated)
            }
            Expr::InSubquery { expr: left, subquery, negated } => {
                let found = self.any_of_query(left, Op::Equal, subquery);
                self.either_way(found, *negated)
            }
            Expr::Exists { subquery, negated } => {
                let found = subqueries::exists(subquery, self.rows);
                let found = self.judged(found, hash(&self.rows.spelling_of(expr)), true);
                self.either_way(found, *negated)
            }
            Expr::AnyOp { left, compare_op, right, .. } => self.of_several(expr, left, compare_op, right, false),
            Expr::AllOp { left, compare_op, right } => self.of_several(expr, left, compare_op, right, true),
            Expr::Subquery(query) => match subqueries::only_value(query, self.rows) {
                Some(only) => self.value(only),
                None if subqueries::counts(query) => {
                    let count = self.unread(expr);
                    self.never_below_nought(count)
                }
                None => self.unread(expr),
            },
            Expr::Tuple(items) => self.list(items),
            Expr::Array(array) => self.list(&array.elem),
            other => self.call(other),
        }
    }

    fn operation(&mut self, expr: &Expr, left: &Expr, op: &BinaryOperator, right: &Expr) -> Part {
        match op {
            BinaryOperator::And | BinaryOperator::Or => return self.condition(expr, true),
            BinaryOperator::Xor => {
                let (left, right) = (self.condition(left, true), self.condition(right, true));
                return self.compare(Op::Unequal, left, right);
            }
            _ => {}
        }
        if let Some(op) = comparison(op) {
            return self.comparison(left, op, right);
        }
        if holds_of_all(op, left, right) {
            return self.unknown();
        }
        let (left, right) = (self.value(left), self.value(right));
        match (Arithmetic::of(op), op) {
            (Some(what), _) => self.calculate(what, left, right),
            (None, BinaryOperator::StringConcat) => self.join(left, right),
            (None, _) => self.matching(op, left, right),
        }
    }

    pub(super) fn compare(&mut self, op: Op, left: Part, right: Part) -> Part {
        let key = key("compare", [hash(&op), left.key, right.key]);
        match (left.constant(), right.constant()) {
            (Some(left), Some(right)) => return Part::known(left.compared_for_certain(op, right)),
            (Some(Value::Null), _) | (_, Some(Value::Null)) => return Part::known(Value::Null),
            (Some(Value::Unknown), _) | (_, Some(Value::Unknown)) => return self.unknown(),
            _ if !left.varies && !right.varies => return self.unknown(),
            _ if left.key == right.key => return Part::known(Value::Bool(op.holds(std::cmp::Ordering::Equal))),
            _ => {}
        }
        if left.is_true_or_false() || right.is_true_or_false() {
            self.mark(&left.term, Kind::Bool);
            self.mark(&right.term, Kind::Bool);
        }
        if [&left, &right].iter().any(|part| matches!(*part.term, Term::Calculate(..))) {
            self.mark(&left.term, Kind::Number);
            self.mark(&right.term, Kind::Number);
        }
        Part::new(Term::Compare(op, left.term, right.term), key, true)
    }

    /// One comparison of several, or all of them.
    pub(super) fn among(&mut self, left: Part, op: Op, items: Vec<Part>, all: bool) -> Part {
        if !left.varies || items.len() < 2 {
            let each = items.into_iter().map(|item| self.compare(op, left.clone(), item)).collect();
            return combined(each, all);
        }
        let is_itself = |item: &Part| item.key == left.key;
        if items.iter().any(is_itself) && op.holds(std::cmp::Ordering::Equal) != all {
            return Part::known(Value::Bool(!all));
        }
        let keys = items.iter().map(|item| item.key);
        let key = key("among", [hash(&(op, all)), left.key].into_iter().chain(keys));
        if items.iter().any(Part::is_true_or_false) {
            self.mark(&left.term, Kind::Bool);
            items.iter().for_each(|item| self.mark(&item.term, Kind::Bool));
        }
        let items = items.into_iter().map(|item| item.term).collect();
        Part::new(Term::Among { left: left.term, op, items, all }, key, true)
    }

    fn distinct(&mut self, left: &Expr, right: &Expr, are: bool) -> Part {
        let op = if are { Op::Unequal } else { Op::Equal };
        let (of_left, of_right) = (self.value(left), self.value(right));
        match (of_left.constant() == Some(&Value::Null), of_right.constant() == Some(&Value::Null)) {
            (true, true) => Part::known(Value::Bool(!are)),
            (true, false) => self.is_null(of_right, !are),
            (false, true) => self.is_null(of_left, !are),
            (false, false) => self.compare(op, of_left, of_right),
        }
    }

    /// `a IS NULL`, or with `is: false` that it is not.
    fn is_null(&mut self, part: Part, is: bool) -> Part {
        let found = match part.term.as_ref() {
            Term::Known(Value::Unknown) => self.unknown(),
            Term::Known(value) => Part::known(Value::Bool(*value == Value::Null)),
            _ if !part.varies => self.unknown(),
            Term::Atom(_) | Term::Calculate(..) | Term::Join(..) | Term::Text(_) | Term::Extreme { .. } => {
                self.atom(key("null", [part.key]), true, Kind::Bool)
            }
            // A comparison has a value whatever it comes to, but for missing ones.
            _ => {
                self.is_exact = false;
                Part::new(Term::IsNull(part.term), key("null", [part.key]), true)
            }
        };
        self.either_way(found, !is)
    }

    fn list(&mut self, items: &[Expr]) -> Part {
        let parts: Vec<Part> = items.iter().map(|item| self.value(item)).collect();
        if let Some(values) = parts.iter().map(|part| part.constant().cloned()).collect::<Option<Rc<[Value]>>>() {
            return Part::known(Value::List(values));
        }
        let key = key("list", parts.iter().map(|part| part.key));
        let varies = parts.iter().any(|part| part.varies);
        Part::new(Term::List(parts.into_iter().map(|part| part.term).collect()), key, varies)
    }

    fn column(&mut self, parts: &[sqlparser::ast::Ident]) -> Part {
        let (name, varies) = self.rows.column(parts);
        // The row itself, and what PostgreSQL keeps of it.
        let is_kept_beside = ["tableoid", "xmin", "xmax"].contains(&name.as_str());
        if is_kept_beside || self.rows.are_called(&name) || self.rows.are_under_other_names(parts) {
            return self.unknown();
        }
        self.atom(hash(&name), varies, Kind::Any)
    }

    pub(super) fn either_way(&mut self, part: Part, negated: bool) -> Part {
        if negated { self.held(part, false) } else { part }
    }

    pub(super) fn unknown(&mut self) -> Part {
        self.is_exact = false;
        Part::known(Value::Unknown)
    }

    pub(super) fn constant(&mut self, value: Value) -> Part {
        if self.constants.len() < MOST_CONSTANTS && !self.constants.contains(&value) {
            self.constants.push(value.clone());
        }
        Part::known(value)
    }

    pub(super) fn atom(&mut self, key: u64, varies: bool, kind: Kind) -> Part {
        let next = self.atoms.len();
        let at = *self.places.entry(key).or_insert(next);
        if at == next {
            self.atoms.push(Atom { key, varies, kind });
        }
        Part::new(Term::Atom(at), key, varies)
    }

    /// Takes note of what the values of a term have to be.
    pub(super) fn mark(&mut self, term: &Term, kind: Kind) {
        match term {
            Term::Atom(at) => {
                if let Some(atom) = self.atoms.get_mut(*at) {
                    atom.kind = atom.kind.max(kind);
                }
            }
            Term::Case(cases, otherwise) => {
                cases.iter().for_each(|(_, result)| self.mark(result, kind));
                self.mark(otherwise, kind);
            }
            Term::Coalesce(items) | Term::Extreme { items, .. } => items.iter().for_each(|item| self.mark(item, kind)),
            _ => {}
        }
    }
}

/// `AND` (`all`) or `OR` of conditions.
fn combined(parts: Vec<Part>, all: bool) -> Part {
    let constants: Vec<Value> = parts.iter().filter_map(|part| part.constant().cloned()).collect();
    let decided = joined(constants.iter().cloned(), all);
    if decided == Value::Bool(!all) || constants.len() == parts.len() {
        return Part::known(decided);
    }
    let key = key(if all { "all" } else { "any" }, parts.iter().map(|part| part.key));
    let is_decided = |part: &Part| part.constant() == Some(&Value::Bool(all));
    let terms = parts.into_iter().filter(|part| !is_decided(part)).map(|part| part.term).collect();
    Part::new(if all { Term::All(terms) } else { Term::Any(terms) }, key, true)
}

fn opposite(term: &Rc<Term>) -> Rc<Term> {
    let each = |parts: &[Rc<Term>]| parts.iter().map(opposite).collect();
    match term.as_ref() {
        Term::Compare(op, left, right) => Rc::new(Term::Compare(op.opposite(), left.clone(), right.clone())),
        Term::Not(inner) => inner.clone(),
        Term::All(parts) => Rc::new(Term::Any(each(parts))),
        Term::Any(parts) => Rc::new(Term::All(each(parts))),
        Term::Known(value) => Rc::new(Term::Known(value.not())),
        _ => Rc::new(Term::Not(term.clone())),
    }
}

pub(super) fn key(what: &str, of: impl IntoIterator<Item = u64>) -> u64 {
    let mut state = DefaultHasher::new();
    what.hash(&mut state);
    of.into_iter().for_each(|part| part.hash(&mut state));
    state.finish()
}

pub(super) fn hash(value: &(impl Hash + ?Sized)) -> u64 {
    let mut state = DefaultHasher::new();
    value.hash(&mut state);
    state.finish()
}

pub(super) fn comparison(op: &BinaryOperator) -> Option<Op> {
    match op {
        BinaryOperator::Eq | BinaryOperator::Spaceship => Some(Op::Equal),
        BinaryOperator::NotEq => Some(Op::Unequal),
        BinaryOperator::Lt => Some(Op::Less),
        BinaryOperator::LtEq => Some(Op::LessOrEqual),
        BinaryOperator::Gt => Some(Op::Greater),
        BinaryOperator::GtEq => Some(Op::GreaterOrEqual),
        _ => None,
    }
}

pub(super) fn bare(expr: &Expr) -> &Expr {
    let mut expr = expr;
    while let Expr::Nested(inner) = expr {
        expr = inner;
    }
    expr
}
