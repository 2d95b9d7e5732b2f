//! The compiled form of policies: which contracts can come into question for a call, found without asking each.
//!
//! A plan decides nothing. It names the contracts that may apply, and names one too many rather than one too few; what
//! it does not name is certainly false. The rest is judged as the interpreter judges it.

mod access;
mod automaton;
mod choice;
mod equality;
mod hits;
mod index;
mod order;
mod plans;
mod regex_literal;
mod stage;
mod table;

pub(crate) use plans::{CallPlan, Plans, ToolContracts};
