//! The headings under which the reference lists selectors.

use SelectorGroup as G;

/// Headings of the reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SelectorGroup {
    /// The tool, as declared.
    Tool,
    /// Its arguments.
    Arguments,
    /// What the host says of the call.
    Host,
    /// Who is asking.
    Principal,
    /// The call's time.
    Time,
    /// The session so far.
    Session,
    /// The result or the error.
    Output,
    /// What the call touches, runs and connects to.
    Call,
}

impl SelectorGroup {
    /// Every one, in the order of the reference.
    pub const ALL: &[SelectorGroup] =
        &[G::Tool, G::Arguments, G::Host, G::Principal, G::Time, G::Session, G::Output, G::Call];

    /// Its heading, and a line on it.
    pub fn describe(self) -> (&'static str, &'static str) {
        match self {
            G::Tool => (
                "The tool",
                "As the policy, the catalog and the host declare it; nothing that a server says of itself.",
            ),
            G::Arguments => ("Arguments", "As they were sent. `[*]` and `**` make many values, each tested by itself."),
            G::Host => {
                ("Host context", "What the program that asks says of the call. Nothing in the arguments can set it.")
            }
            G::Principal => ("Who is asking", "As the host says."),
            G::Time => ("Time", "The call's time in the policy's `timezone`."),
            G::Session => (
                "The session",
                "Session contracts only. Starts at 0 or empty; this call is not included, but in attempts.",
            ),
            G::Output => ("The result", "Postconditions only."),
            G::Call => {
                ("What the call amounts to", "Facets: typed values, gathered from typed arguments and through them.")
            }
        }
    }
}
