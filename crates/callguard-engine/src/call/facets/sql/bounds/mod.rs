//! Whether a condition is always true, so that it bounds nothing.
//!
//! A condition bounds if there can be a row that it leaves out, and such a row is searched for. Columns are taken to hold
//! a value: that one is missing bounds only where the condition asks for that.

mod calls;
mod fixed;
mod queried;
mod reading;
mod results;
mod rows;
mod search;
mod subqueries;
mod term;
mod value;

#[cfg(test)]
mod tests;

use crate::decide::Truth;
use reading::Reading;
pub(super) use rows::{Budget, Rows};
use search::leaves_a_row_out;
use sqlparser::ast::Expr;
use term::Term;
use value::Value;

/// Whether a condition holds of every row. Unknown where that cannot be told.
pub(super) fn always_true(condition: &Expr, rows: &Rows) -> Truth {
    let holds = |rows: &Rows| match verdict(condition, rows) {
        Verdict::Always => Truth::True,
        Verdict::Never | Verdict::Depends => Truth::False,
        Verdict::Unknown => Truth::Unknown,
    };
    // Of a table that is joined to itself, each row meets itself too.
    rows.mirrored().map_or(Truth::False, |mirrored| holds(&mirrored)).or(holds(rows))
}

/// What a condition comes to whatever the row holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Always,
    Never,
    /// It depends on the row.
    Depends,
    Unknown,
}

impl Verdict {
    fn and(self, other: Verdict) -> Verdict {
        match (self, other) {
            (Verdict::Never, _) | (_, Verdict::Never) => Verdict::Never,
            (Verdict::Always, known) | (known, Verdict::Always) => known,
            // One that depends on the row bounds the whole.
            (Verdict::Depends, _) | (_, Verdict::Depends) => Verdict::Depends,
            (Verdict::Unknown, Verdict::Unknown) => Verdict::Unknown,
        }
    }

    fn or(self, other: Verdict) -> Verdict {
        match (self, other) {
            (Verdict::Always, _) | (_, Verdict::Always) => Verdict::Always,
            (Verdict::Never, known) | (known, Verdict::Never) => known,
            (Verdict::Unknown, _) | (_, Verdict::Unknown) => Verdict::Unknown,
            (Verdict::Depends, Verdict::Depends) => Verdict::Depends,
        }
    }

    fn not(self) -> Verdict {
        match self {
            Verdict::Always => Verdict::Never,
            Verdict::Never => Verdict::Always,
            same => same,
        }
    }
}

fn verdict(condition: &Expr, rows: &Rows) -> Verdict {
    rows.once(condition, || find_verdict(condition, rows))
}

fn find_verdict(condition: &Expr, rows: &Rows) -> Verdict {
    let mut reading = Reading::of(rows);
    let part = reading.condition(condition, true);
    match part.term.as_ref() {
        Term::Known(value) => match value.truth() {
            Value::Bool(true) => Verdict::Always,
            Value::Bool(false) | Value::Null => Verdict::Never,
            _ => Verdict::Unknown,
        },
        term if leaves_a_row_out(term, &reading.atoms, &reading.constants, rows.steps()) => Verdict::Depends,
        _ if reading.is_exact && rows.steps().get() > 0 => Verdict::Always,
        _ => Verdict::Unknown,
    }
}
