//! How events reach a receiver elsewhere: a buffer on the disk, and a thread that empties it.
//!
//! Taking an event costs a write to the buffer and never waits for the receiver. What was not delivered when the process
//! ended is delivered by the next one. A receiver may see an event twice, under the same id.

mod backoff;
mod buffer;
mod courier;
mod dead;
mod http;
mod meter;
mod open_calls;
mod options;
mod remote;
mod target;
#[cfg(test)]
mod tests;

pub use buffer::WhenFull;
pub use meter::{SinkMeter, SinkState, SinkStatus};
pub use options::{DeliveryOptions, EventForm, OpenError};
pub use remote::RemoteAuditSink;

pub(crate) use buffer::Entry;
pub(crate) use http::{Http, Reply, gzip};
pub(crate) use target::{Attempt, Limits, Target, Verdict};
