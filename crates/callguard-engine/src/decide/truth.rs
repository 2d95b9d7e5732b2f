//! Three-valued truth, and the two directions in which it is read.

/// True, false, or not to be known. Combines as Kleene logic does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Truth {
    /// It holds.
    True,
    /// It does not hold.
    False,
    /// It cannot be decided: restricts, and never excuses.
    Unknown,
}

impl Truth {
    /// The word in explanations.
    pub fn as_str(self) -> &'static str {
        match self {
            Truth::True => "true",
            Truth::False => "false",
            Truth::Unknown => "unknown",
        }
    }

    /// Both hold.
    #[must_use]
    pub fn and(self, other: Truth) -> Truth {
        match (self, other) {
            (Truth::False, _) | (_, Truth::False) => Truth::False,
            (Truth::True, Truth::True) => Truth::True,
            _ => Truth::Unknown,
        }
    }

    /// One of them holds.
    #[must_use]
    pub fn or(self, other: Truth) -> Truth {
        match (self, other) {
            (Truth::True, _) | (_, Truth::True) => Truth::True,
            (Truth::False, Truth::False) => Truth::False,
            _ => Truth::Unknown,
        }
    }

    /// Every one holds; true of none.
    pub fn all(truths: impl IntoIterator<Item = Truth>) -> Truth {
        truths.into_iter().fold(Truth::True, Truth::and)
    }

    /// [`Truth::all`] of truths that are costly to find: ends at the first that is false.
    pub(crate) fn all_until_settled(truths: impl IntoIterator<Item = Truth>) -> Truth {
        let mut all = Truth::True;
        for truth in truths {
            all = all.and(truth);
            if all == Truth::False {
                break;
            }
        }
        all
    }

    /// [`Truth::any`] of truths that are costly to find: ends at the first that is true.
    pub(crate) fn any_until_settled(truths: impl IntoIterator<Item = Truth>) -> Truth {
        let mut any = Truth::False;
        for truth in truths {
            any = any.or(truth);
            if any == Truth::True {
                break;
            }
        }
        any
    }

    /// At least one holds; false of none.
    pub fn any(truths: impl IntoIterator<Item = Truth>) -> Truth {
        truths.into_iter().fold(Truth::False, Truth::or)
    }
}

impl std::ops::Not for Truth {
    type Output = Truth;

    fn not(self) -> Truth {
        match self {
            Truth::True => Truth::False,
            Truth::False => Truth::True,
            Truth::Unknown => Truth::Unknown,
        }
    }
}

impl From<bool> for Truth {
    fn from(holds: bool) -> Truth {
        if holds { Truth::True } else { Truth::False }
    }
}

/// In which direction a leaf is read. Beneath `not` it turns round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// What could be meant counts: `when` of contracts that restrict.
    Restricting,
    /// Only what is wholly understood counts: `unless`, and `when` of `allow`.
    Excusing,
}

impl Direction {
    /// The other one.
    #[must_use]
    pub fn turned(self) -> Direction {
        match self {
            Direction::Restricting => Direction::Excusing,
            Direction::Excusing => Direction::Restricting,
        }
    }
}
