//! What a call touches, runs, connects to and queries: typed views of its arguments.
//!
//! Each module has a value (parsed once a call), its tests (parsed once a policy), and one function that holds
//! a test against a value in one direction. A test is always the positive operator; the evaluator negates:
//! `not_under` read restricting is *not* (`under` read excusing).

pub mod command;
pub mod path;
pub mod sql;
pub mod url;

/// The values of a facet, and whether there may be more that nobody could name.
#[derive(Clone, Debug)]
pub struct Facet<T> {
    /// What is known.
    pub values: Vec<FacetValue<T>>,
    /// Why there may be more, if there may.
    pub open: Option<String>,
}

/// One value of a facet.
#[derive(Clone, Debug)]
pub struct FacetValue<T> {
    /// The value.
    pub value: T,
    /// It was guessed from an undeclared argument, so it counts only where it restricts.
    pub restricting_only: bool,
}

/// An operand that its operator cannot take: what is wrong with it, in one sentence, and what to write instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperandError {
    /// One plain sentence, lower case, no final period.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
}
