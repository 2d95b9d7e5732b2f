//! What stands in for telemetry in a build without it.

use super::parent::TraceParent;
use callguard_engine::audit::event::{Occurrence, Redactor, TraceIds};
use callguard_engine::call::ToolEnvelope;

/// Makes nothing.
#[derive(Clone, Default)]
pub(crate) struct Recorder(());

impl Recorder {
    pub(crate) fn begin(&self, _: &ToolEnvelope, _: &Redactor, _: Option<&TraceParent>) -> CallSpan {
        CallSpan(())
    }

    pub(crate) fn measure(&self, _: &Occurrence) {}

    pub(crate) fn store_errors(&self, _: u64) {}

    pub(crate) fn queued(&self, _: i64) {}

    pub(crate) fn audit_failed(&self) {}

    #[cfg(feature = "delivery")]
    pub(crate) fn watch(&self, _: &[crate::sink::SinkMeter]) {}
}

/// No span.
#[derive(Default)]
pub(crate) struct CallSpan(());

impl CallSpan {
    pub(crate) fn ids(&self) -> Option<TraceIds> {
        None
    }

    pub(crate) fn observe(&self, _: &Occurrence, _: &Redactor) {}
}
