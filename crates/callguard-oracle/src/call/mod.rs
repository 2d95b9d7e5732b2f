//! A call with everything that is answered around it.

mod answers;
mod envelope;
mod output;

pub use answers::{Answers, Ending, Store};

use crate::Draw;
use crate::setup::Setup;
use callguard_engine::audit::output::Output;
use callguard_engine::call::ToolEnvelope;
use callguard_engine::value::write_json;
use std::sync::Arc;

/// A call, what is answered on the way, and what the tool gives back.
#[derive(Clone)]
pub struct Call {
    /// The call.
    pub envelope: Arc<ToolEnvelope>,
    /// What is answered.
    pub answers: Answers,
    /// What the tool gives back.
    pub output: Output,
}

impl Call {
    /// Draws a call near the constants of the policies.
    pub fn draw(setup: &Setup, draw: &mut Draw<'_>) -> Call {
        Call {
            envelope: Arc::new(envelope::envelope(setup, draw)),
            answers: Answers::draw(&setup.pool, draw),
            output: output::output(&setup.pool, draw),
        }
    }

    /// Answers with everything well and nothing special.
    pub(crate) fn plain_answers() -> Answers {
        Answers::plain()
    }
}

impl std::fmt::Display for Call {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(out, "call: {}", write_json(&envelope::to_value(&self.envelope)))?;
        let facts = self.answers.facts.iter().map(|(name, answer)| match answer {
            Ok(value) => format!("{name}: {}", write_json(value)),
            Err(why) => format!("{name}: failed ({why})"),
        });
        writeln!(out, "facts: {}", facts.collect::<Vec<_>>().join("; "))?;
        let Answers { facts: _, dry, explain, looks, hook, session, counters, store, stale, granted, ending, written } =
            &self.answers;
        writeln!(out, "session: {session:?}")?;
        writeln!(
            out,
            "dry {dry}, explain {explain}, looks {looks}, hook {hook:?}, counters {counters}, store {store:?}, stale {stale}"
        )?;
        writeln!(out, "granted {granted}, ending {ending:?}, written {written}")?;
        let Output { value, is_error, form } = &self.output;
        write!(out, "output: {} (error {is_error}, form {form:?})", write_json(value))
    }
}
