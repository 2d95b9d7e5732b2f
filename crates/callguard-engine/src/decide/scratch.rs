//! What deciding works on.

use super::HookRefusal;
use super::engine::Engine;
use super::known::Known;
use super::limits::LimitOf;
use super::step::Inquiry;
use super::subject::Prepared;
use crate::call::ToolEnvelope;
use crate::policy::model::ContractId;

/// The place where a call is decided, so that steps stay small. A host keeps it for as long as the call is decided; it
/// may serve the next call too.
#[derive(Debug, Default)]
pub struct Scratch {
    pub(super) prepared: Prepared,
    pub(super) dry: bool,
    pub(super) known: Known,
    /// The limits whose attempts the store counts, in the order it was asked.
    pub(super) limits: Vec<LimitOf>,
    /// How often the session has moved on.
    pub(super) retries: u32,
}

impl Scratch {
    /// Ready for a call, whatever was here before.
    pub(super) fn begin(
        &mut self,
        engine: &Engine,
        call: &ToolEnvelope,
        Inquiry { dry, explain, refused_by_hook }: Inquiry,
        satisfied: Vec<ContractId>,
    ) {
        self.prepared.begin(engine, call);
        self.dry = dry;
        self.known.begin(explain, refused_by_hook, satisfied);
        self.limits.clear();
        self.retries = 0;
    }

    /// How the call was asked about, and which asks a person has granted.
    pub(super) fn asked_with(&mut self) -> (Inquiry, Vec<ContractId>) {
        let known = &mut self.known;
        let refused_by_hook: Option<HookRefusal> = known.refused_by_hook.take();
        let inquiry = Inquiry { dry: self.dry, explain: known.explain, refused_by_hook };
        (inquiry, std::mem::take(&mut known.satisfied))
    }
}
