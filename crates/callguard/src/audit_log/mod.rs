//! The audit log in files: how its records are chained, and how a log is read, verified and searched.
//!
//! Each line is one record in canonical JSON (RFC 8785). A record names its chain, its number, the hash of the record
//! before it and its own, so that nothing can be changed, taken out, put in or moved without a trace. Checkpoints are
//! signed, so that nobody without the key can write the log anew.

mod canonical;
mod files;
mod filter;
mod keys;
mod lines;
mod ocsf;
mod record;
mod verify;

pub use files::{LogFile, LogFiles};
pub use filter::Filter;
pub use keys::{KeyError, LogKey, LogPublicKey};
pub use lines::{Line, Lines};
pub use ocsf::ocsf;
pub use record::{Fault, Hash, Record};
pub use verify::{Finding, FindingKind, Verification, Verifier};

pub(crate) use record::{Head, chain_record};
