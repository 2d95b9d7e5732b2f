//! Where in a policy a selector or a condition stands.

use crate::policy::model::Kind;

/// Where a selector stands; decides which ones it may name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// In a precondition.
    Precondition,
    /// In a session contract.
    Session,
    /// In a postcondition.
    Postcondition,
    /// In `requires`.
    Requires,
    /// In `per` of a session contract.
    Per,
    /// In `sum` of a limit.
    Sum,
}

impl Place {
    /// Where it is, in a message: "in a precondition".
    pub fn describe(self) -> &'static str {
        match self {
            Place::Precondition => "in a precondition",
            Place::Session => "in a session contract",
            Place::Postcondition => "in a postcondition",
            Place::Requires => "in `requires`",
            Place::Per => "in `per`",
            Place::Sum => "in `sum`",
        }
    }

    /// Whether it takes a selector with many values.
    pub fn takes_many(self) -> bool {
        matches!(self, Place::Precondition | Place::Session | Place::Postcondition)
    }
}

impl From<Kind> for Place {
    fn from(kind: Kind) -> Place {
        match kind {
            Kind::Precondition => Place::Precondition,
            Kind::Session => Place::Session,
            Kind::Postcondition => Place::Postcondition,
        }
    }
}
