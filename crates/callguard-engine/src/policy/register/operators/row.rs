//! What a row of the register says.

use super::super::selectors::Shape;
use crate::call::facets::OperandError;
use crate::policy::model::{Negatable, Operand, OrderOp, SizeOp, Test, TextOp, TypedTest};

/// One operator.
#[derive(Debug)]
pub struct OperatorRow {
    /// As written.
    pub name: &'static str,
    /// One line on when it holds.
    pub doc: &'static str,
    /// Under which headings the reference lists it, the main one first.
    pub groups: &'static [OperatorGroup],
    /// Values of which shapes it can be held against.
    pub on: &'static [Shape],
    /// What stands under it, and the test that it becomes.
    pub takes: Takes,
    /// The operator that it negates.
    pub negates: Option<&'static str>,
    /// What people who come from elsewhere may write instead.
    pub also: &'static [&'static str],
}

/// Headings of the reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OperatorGroup {
    /// Whether there is a value.
    Presence,
    /// Equality.
    Equality,
    /// Numbers, times, dates.
    Order,
    /// Strings.
    Text,
    /// The length of a string.
    Size,
    /// Elements of a list.
    List,
    /// How many values there are.
    Count,
    /// JSON types.
    Type,
    /// Paths.
    Path,
    /// URLs and hosts.
    Network,
    /// Command lines.
    Command,
    /// SQL statements.
    Sql,
    /// Secrets and personal data.
    Content,
}

/// What stands under an operator. Each kind carries how it becomes a test.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Takes {
    /// `true` or `false`.
    Flag(fn(bool) -> Test),
    /// A scalar, or a list: any of these.
    Scalars {
        /// The test.
        make: fn(Negatable<Vec<Operand>>) -> Test,
        /// Whether `"${selector}"` may stand there.
        fields: bool,
    },
    /// A number, an RFC 3339 time, a date, or `"${selector}"`.
    Ordered(OrderOp),
    /// A text, or a list: any of these.
    Texts(TextOp),
    /// A number of characters.
    Length(SizeOp),
    /// A number, or a mapping of order operators.
    Count,
    /// A JSON type, or a list: any of these.
    Types,
    /// A kind of content, or a list: any of these.
    Detectors,
    /// A text, or a list, in the language of a typed facet.
    Typed(fn(&[String]) -> Result<TypedTest, OperandError>),
    /// A port, or a list.
    Ports(fn(&[u64]) -> Result<TypedTest, OperandError>),
    /// `true` or `false`, of a typed facet.
    TypedFlag(fn(bool) -> TypedTest),
}

impl OperatorRow {
    pub(super) const fn negates(mut self, positive: &'static str) -> OperatorRow {
        self.negates = Some(positive);
        self
    }

    pub(super) const fn also(mut self, also: &'static [&'static str]) -> OperatorRow {
        self.also = also;
        self
    }

    /// Whether `ignore_case` beside it means something: operators that compare text.
    pub fn folds(&self) -> bool {
        matches!(self.takes, Takes::Scalars { .. } | Takes::Texts(_))
    }

    /// Whether it looks at all values together, and so cannot stand beneath `some` or `every`.
    pub fn looks_at_all(&self) -> bool {
        matches!(self.name, "exists" | "count")
    }

    /// Whether it is about the typed values of `shape`.
    pub fn is_of(&self, shape: Shape) -> bool {
        let typed = matches!(self.takes, Takes::Typed(_) | Takes::Ports(_) | Takes::TypedFlag(_));
        typed && self.on.contains(&shape)
    }
}

impl OperatorGroup {
    /// Every one, in the order of the reference.
    pub const ALL: &[OperatorGroup] = &[
        OperatorGroup::Presence,
        OperatorGroup::Equality,
        OperatorGroup::Order,
        OperatorGroup::Text,
        OperatorGroup::Size,
        OperatorGroup::List,
        OperatorGroup::Count,
        OperatorGroup::Type,
        OperatorGroup::Path,
        OperatorGroup::Network,
        OperatorGroup::Command,
        OperatorGroup::Sql,
        OperatorGroup::Content,
    ];

    /// Its heading.
    pub fn as_str(self) -> &'static str {
        match self {
            OperatorGroup::Presence => "presence",
            OperatorGroup::Equality => "equality",
            OperatorGroup::Order => "order",
            OperatorGroup::Text => "text",
            OperatorGroup::Size => "size",
            OperatorGroup::List => "list",
            OperatorGroup::Count => "count",
            OperatorGroup::Type => "type",
            OperatorGroup::Path => "path",
            OperatorGroup::Network => "network",
            OperatorGroup::Command => "command",
            OperatorGroup::Sql => "sql",
            OperatorGroup::Content => "content",
        }
    }
}
