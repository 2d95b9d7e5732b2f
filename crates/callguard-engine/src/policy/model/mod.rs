//! The checked policy: what a load hands to deciding. Nothing in it can be wrong any more.

mod condition;
mod contract;
mod limit;
mod message;
mod policy;
mod regex;
mod selector;
mod test;
mod tool;

pub use condition::{Condition, Leaf, Quantifier};
pub use contract::{Action, Ask, Contract, ContractId, Dated, Kind, OnTimeout, OnUnknown, Rank, Terms};
pub use limit::{Counted, Limit, PerPart, Window};
pub use message::{Message, Piece};
pub use policy::{Default, FactType, Filesystem, Mode, Policy, PolicySet, PolicyVersion, SymlinkMode};
pub use regex::LazyRegex;
pub(crate) use selector::is_plain_key_char;
pub use selector::{FieldPath, PathFacet, PrincipalField, Segment, Selector, SessionField, TimeField};
pub use test::{
    Comparison, CustomTest, JsonType, Negatable, Operand, OrderOp, SizeOp, Test, TextOp, TextPattern, TypedTest,
};
pub use tool::{ArgType, SqlDialect, ToolDeclaration, ToolGlob, ToolMatcher};
