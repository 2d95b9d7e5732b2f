//! Tests: operators with their operands, ready to be held against a value.

use super::{LazyRegex, Selector};
use crate::audit::detect::DetectKind;
use crate::call::facets::command::CommandTest;
use crate::call::facets::path::PathTest;
use crate::call::facets::sql::SqlTest;
use crate::call::facets::url::UrlTest;
use crate::value::{Number, Value};

/// One operator with its operand. Grouped by what it can be held against.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Test {
    /// `exists`: whether there is a value.
    Exists(bool),
    /// `count`: how many values there are; every comparison holds.
    Count(Vec<Comparison>),
    /// `equals`, `not_equals`: the value is one of the operands.
    Equals(Negatable<Vec<Operand>>),
    /// `in`, `not_in`: like `equals`, and of a list: it has such an element.
    In(Negatable<Vec<Operand>>),
    /// `contains`, `not_contains`: a string has such a part, a list such an element.
    Contains(Negatable<Vec<Operand>>),
    /// `contains_all`: a list has every one of these elements.
    ContainsAll(Negatable<Vec<Operand>>),
    /// `contains_none`: a list has none of these elements.
    ContainsNone(Negatable<Vec<Operand>>),
    /// `greater_than`, `at_least`, `less_than`, `at_most`: numbers, RFC 3339 times, dates.
    Order(OrderOp, Operand),
    /// `starts_with`, `ends_with`, `like`, `matches` and their negations.
    Text(TextOp, Negatable<Vec<TextPattern>>),
    /// `longer_than`, `shorter_than`: characters.
    Size(SizeOp, u64),
    /// `is`: one of these JSON types.
    Is(Vec<JsonType>),
    /// An operator of a typed value: paths, URLs and hosts, commands, SQL.
    Typed(Negatable<TypedTest>),
    /// `detects`: such content in a string, at any depth.
    Detects(Vec<DetectKind>),
    /// `x_name`: an operator of the host's.
    Custom(CustomTest),
}

impl Test {
    /// Whether it is true of what is missing.
    pub fn is_negated(&self) -> bool {
        match self {
            Test::Equals(operands) | Test::In(operands) | Test::Contains(operands) => operands.negated,
            Test::ContainsNone(_) => true,
            Test::Text(_, patterns) => patterns.negated,
            Test::Typed(typed) => typed.negated,
            _ => false,
        }
    }
}

/// A positive test, and whether its negation was written.
#[derive(Clone, Debug)]
pub struct Negatable<T> {
    /// The positive operand.
    pub positive: T,
    /// `not_…`.
    pub negated: bool,
    /// `ignore_case: true` beside it (text and equality only).
    pub ignore_case: bool,
}

/// What a value is compared with.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Operand {
    /// A scalar of the policy: string, number or boolean.
    Literal(Value),
    /// `"${selector}"`: another field of the call, one value.
    Field(Selector),
}

/// A comparison of a count.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Comparison {
    /// Exactly so many.
    Exactly(u64),
    /// In this order to the number.
    Order(OrderOp, Number),
}

/// An order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OrderOp {
    /// `greater_than`
    Greater,
    /// `at_least`
    AtLeast,
    /// `less_than`
    Less,
    /// `at_most`
    AtMost,
}

impl OrderOp {
    /// Whether `ordering` (value to operand) satisfies it.
    pub fn holds(self, ordering: std::cmp::Ordering) -> bool {
        match self {
            OrderOp::Greater => ordering.is_gt(),
            OrderOp::AtLeast => ordering.is_ge(),
            OrderOp::Less => ordering.is_lt(),
            OrderOp::AtMost => ordering.is_le(),
        }
    }
}

/// A text operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TextOp {
    /// `starts_with`
    StartsWith,
    /// `ends_with`
    EndsWith,
    /// `like`: `*` and `?`.
    Like,
    /// `matches`: a regex.
    Matches,
}

/// What a text operator looks for.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum TextPattern {
    /// A literal prefix or suffix, as written.
    Literal(String),
    /// A regex, searched in the whole value; `like` compiles to an anchored one. `source` is what was written.
    Regex {
        /// As written.
        source: String,
        /// With `ignore_case` already in it.
        regex: LazyRegex,
    },
    /// Another field of the call (`starts_with`, `ends_with` only).
    Field(Selector),
}

/// A bound on length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SizeOp {
    /// `longer_than`
    Longer,
    /// `shorter_than`
    Shorter,
}

/// A type that `is` names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum JsonType {
    /// A string.
    String,
    /// A number.
    Number,
    /// A boolean.
    Boolean,
    /// A list.
    List,
    /// An object.
    Object,
    /// `null`; of a missing value it holds too.
    Null,
}

impl JsonType {
    /// Every one, with the word in policies.
    pub const ALL: &[(&str, JsonType)] = &[
        ("string", JsonType::String),
        ("number", JsonType::Number),
        ("boolean", JsonType::Boolean),
        ("list", JsonType::List),
        ("object", JsonType::Object),
        ("null", JsonType::Null),
    ];
}

/// A test of a typed value.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum TypedTest {
    /// `under`, `path_like`.
    Path(PathTest),
    /// `domain`, `scheme`, `address`, `port`, `has_credentials`.
    Url(UrlTest),
    /// `runs`, `runs_only`, `not_fully_understood`.
    Command(CommandTest),
    /// `statement`, `table`, `function`, `unbounded`.
    Sql(SqlTest),
}

/// An operator that the host registered.
#[derive(Clone, Debug)]
pub struct CustomTest {
    /// `x_name`.
    pub name: String,
    /// Its operand, as JSON.
    pub operand: Value,
}
