//! The oracle of the compiled plan: random policies over the whole language, random calls near their constants, and
//! what two engines say of them, step by step.
//!
//! The same bytes make the same case, be they a fuzzer's or a seed's. [`Setup`] is a policy set under both engines,
//! [`Call`] is a call with everything that is answered around it, [`compare`] drives both through every step, and
//! [`shrink`] makes a difference small.
//!
//! Apart from that, [`sample`] has calls that are denied, and [`worst`] searches for the
//! commands that take longest to decide.

mod batch;
mod call;
mod constants;
mod coverage;
mod judge;
mod near;
mod node;
mod policy;
mod pool;
mod run;
pub mod sample;
mod setup;
mod shrink;
pub mod worst;

pub use batch::{Batch, report};
pub use call::{Answers, Call, Ending, Store};
pub use callguard_analysis::rewrite::{self, Draw, bytes_of};
pub use coverage::{Coverage, Shares};
pub use judge::Judge;
pub use node::Node;
pub use policy::Policies;
pub use pool::{Kind, Pool, Scalar};
pub use run::{Difference, Event, Reservation, Transcript, compare, transcript};
pub use setup::Setup;
pub use shrink::{Case, shrink};
