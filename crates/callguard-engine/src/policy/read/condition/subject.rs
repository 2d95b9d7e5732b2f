//! What operators are held against: a selector, and what its values are.

use super::super::selector::shape_of;
use super::Cx;
use crate::policy::model::{ArgType, JsonType, Selector};
use crate::policy::register::Place;
use crate::policy::register::operators::{OPERATORS, OperatorRow, Takes};
use crate::policy::register::selectors::{Domain, SELECTORS, Shape, row_of};

/// The selector of a leaf.
pub(super) struct Subject<'a> {
    /// As written.
    pub(super) shown: &'a str,
    /// What its values are.
    pub(super) shape: Shape,
    /// Which of them there can be.
    pub(super) domain: Domain,
    /// Whether it has many.
    pub(super) many: bool,
    /// Where it stands.
    pub(super) place: Place,
}

/// What a declared argument is: of a number nothing but a number is known.
fn declared_shape(selector: &Selector, cx: &Cx<'_>) -> Option<Shape> {
    match selector {
        Selector::Args(path) if cx.declared(path) == Some(ArgType::Number) => Some(Shape::Number),
        _ => None,
    }
}

impl<'a> Subject<'a> {
    pub(super) fn new(selector: &Selector, shown: &'a str, place: Place, cx: &Cx<'_>) -> Subject<'a> {
        Subject {
            shown,
            shape: declared_shape(selector, cx).unwrap_or_else(|| shape_of(selector, &cx.facts)),
            domain: row_of(selector).map_or(Domain::Free, |row| row.domain),
            many: selector.is_many(),
            place,
        }
    }

    /// Whether the operator can apply at all.
    pub(super) fn takes(&self, row: &OperatorRow) -> bool {
        row.on.contains(&self.shape) || (self.many && matches!(row.takes, Takes::Count))
    }

    /// What to write instead of an operator that cannot apply.
    pub(super) fn instead_of(&self, row: &OperatorRow) -> String {
        let list = matches!(self.shape, Shape::Names | Shape::List);
        match (row.name, self.shape) {
            ("equals", _) if list => format!("write `{}: {{ contains: … }}`", self.shown),
            ("not_equals", _) if list => format!("write `{}: {{ not_contains: … }}`", self.shown),
            ("longer_than" | "shorter_than", _) if list => "use `count`".to_owned(),
            ("contains" | "like" | "matches" | "starts_with", Shape::Commands) => {
                "use `runs`, which knows every spelling; a text test of an argument is `args.command: { … }`".to_owned()
            }
            ("contains" | "like" | "matches" | "starts_with" | "ends_with", Shape::Paths) => {
                "use `path_like` or `under`, which know every spelling".to_owned()
            }
            _ => self.known(row),
        }
    }

    /// The operators that it takes, its own first: some of them, for a help line.
    pub(super) fn operators(&self) -> String {
        let takes = |candidate: &&OperatorRow| self.takes(candidate) && candidate.negates.is_none();
        let typed = OPERATORS.iter().filter(|candidate| candidate.is_of(self.shape) && self.shape.is_facet());
        let other = OPERATORS.iter().filter(|candidate| !candidate.is_of(self.shape) || !self.shape.is_facet());
        let names: Vec<String> =
            typed.chain(other).filter(takes).map(|row| format!("`{}`", row.name)).take(8).collect();
        names.join(", ")
    }

    fn known(&self, row: &OperatorRow) -> String {
        let about: Vec<String> = SELECTORS
            .iter()
            .filter(|selector| selector.shape.is_facet() && row.is_of(selector.shape))
            .map(|selector| format!("`{}`", selector.name))
            .collect();
        let here = format!("`{}` takes {}", self.shown, self.operators());
        if about.is_empty() { here } else { format!("{here}; `{}` is for {}", row.name, about.join(", ")) }
    }

    /// The JSON type of every value, where there is only one.
    pub(super) fn json_type(&self) -> Option<JsonType> {
        json_type(self.shape)
    }
}

/// The JSON type of values of a shape, where there is only one.
pub(super) fn json_type(shape: Shape) -> Option<JsonType> {
    match shape {
        Shape::Name | Shape::Text | Shape::Word | Shape::Date => Some(JsonType::String),
        Shape::Number => Some(JsonType::Number),
        Shape::Boolean => Some(JsonType::Boolean),
        Shape::Names | Shape::List => Some(JsonType::List),
        Shape::Object => Some(JsonType::Object),
        Shape::Any | Shape::Paths | Shape::Commands | Shape::Urls | Shape::Hosts | Shape::Statements => None,
    }
}
