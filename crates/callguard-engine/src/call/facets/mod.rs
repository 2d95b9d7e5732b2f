//! What a call touches, runs, connects to and queries: typed views of its arguments.
//!
//! Each module has a value (parsed once a call), its tests (parsed once a policy), and one function that holds
//! a test against a value in one direction. A test is always the positive operator; the evaluator negates:
//! `not_under` read restricting is *not* (`under` read excusing).

pub mod command;
pub(super) mod patch;
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

impl<T> Default for Facet<T> {
    fn default() -> Facet<T> {
        Facet { values: Vec::new(), open: None }
    }
}

impl<T> Facet<T> {
    /// Adds a value.
    pub fn add(&mut self, value: T, restricting_only: bool) {
        self.values.push(FacetValue { value, restricting_only });
    }

    /// Says that there may be more, and why; the first reason stays.
    pub fn opened(&mut self, why: impl Into<String>) {
        self.open.get_or_insert_with(|| why.into());
    }

    /// Adds all of another.
    pub fn extend(&mut self, other: Facet<T>) {
        self.values.extend(other.values);
        if let Some(why) = other.open {
            self.opened(why);
        }
    }
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
