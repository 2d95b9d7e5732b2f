//! Deciding: a call, what is known around it, and the answer. Written to be obviously right.

mod compare;
mod condition;
mod contract;
mod decision;
mod element;
mod operators;
mod render;
mod scene;
mod trace;
mod truth;
mod typed;

pub use compare::{fold, parse_date, parse_time};
pub use contract::Judgement;
pub use decision::{Applied, AskTerms, Decider, Decision, Effect};
pub use element::Answer;
pub use operators::{OperatorFn, Operators};
pub use scene::{FactAnswers, Reading, Scene, SessionState};
pub use trace::{LeafTrace, Trace};
pub use truth::{Direction, Truth};
