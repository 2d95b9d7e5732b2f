//! What policies mean, before they decide.
//!
//! [`meaning`] says what changed in what is written. [`proof`] says which decisions changed, and shows a call for each;
//! where it finds none, it has looked at every call there can be, or says that it cannot tell. [`history`] says which
//! calls of the past would be decided otherwise, [`log`] reads them. [`lint`] says what a policy says and hardly means. [`mutate`]
//! changes policies one thing at a time, and [`rewrite`] writes calls otherwise: what tests of a policy are held against.
//!
//! [`format`] puts policy text into one form. [`propose`] drafts a policy from what was called, [`convert`] from a policy of another tool.
//!
//! Pure and bounded: the same policies give the same answer, and nothing is read, waited for or drawn.

pub mod convert;
pub mod format;
pub mod history;
pub mod lint;
pub mod log;
pub mod meaning;
pub mod mutate;
pub mod proof;
pub mod propose;
mod report;
pub mod rewrite;
mod wire;

pub use report::Report;
pub use wire::{DiffJson, ReplayJson, call_json, session_json};
