//! One span a call: from before it is decided until its result was judged.

use super::attributes::{self as key, error_type};
use super::instruments::Instruments;
use super::parent::TraceParent;
use callguard_engine::audit::event::{Occurrence, Redactor, TraceIds};
use callguard_engine::call::ToolEnvelope;
use opentelemetry::global::{self, BoxedTracer, ObjectSafeTracer};
use opentelemetry::metrics::Meter;
use opentelemetry::trace::{
    SpanContext, SpanId, SpanKind, Status, TraceContextExt, TraceFlags, TraceId, TraceState, Tracer,
};
use opentelemetry::{Context, InstrumentationScope, KeyValue};
use std::sync::Arc;

/// Where spans and metrics go. Make one for the process: clones share its instruments.
#[derive(Clone)]
pub struct Telemetry {
    shared: Arc<Shared>,
}

struct Shared {
    tracer: BoxedTracer,
    instruments: Instruments,
}

impl Telemetry {
    /// Into the providers that the process has set as its global ones. Call it after they are set.
    pub fn global() -> Telemetry {
        let scope = scope();
        Telemetry::of(global::tracer_with_scope(scope.clone()), &global::meter_with_scope(scope))
    }

    /// With a tracer and a meter of the host's.
    pub fn new(tracer: impl ObjectSafeTracer + Send + Sync + 'static, meter: &Meter) -> Telemetry {
        Telemetry::of(BoxedTracer::new(Box::new(tracer)), meter)
    }

    fn of(tracer: BoxedTracer, meter: &Meter) -> Telemetry {
        Telemetry { shared: Arc::new(Shared { tracer, instruments: Instruments::new(meter) }) }
    }
}

/// The instrumentation's name and version.
fn scope() -> InstrumentationScope {
    InstrumentationScope::builder("callguard").with_version(env!("CARGO_PKG_VERSION")).build()
}

/// What a guard has of telemetry, which may be none.
#[derive(Clone, Default)]
pub(crate) struct Recorder(Option<Telemetry>);

impl From<Telemetry> for Recorder {
    fn from(telemetry: Telemetry) -> Recorder {
        Recorder(Some(telemetry))
    }
}

impl Recorder {
    /// Starts the call's span, under the one that the host names, or the one that is current.
    pub(crate) fn begin(&self, call: &ToolEnvelope, redactor: &Redactor, parent: Option<&TraceParent>) -> CallSpan {
        let Some(telemetry) = &self.0 else { return CallSpan(None) };
        let tracer = &telemetry.shared.tracer;
        let tool = redactor.redact_text(&call.tool);
        let span = tracer
            .span_builder(format!("{} {tool}", key::EXECUTE_TOOL))
            .with_kind(SpanKind::Internal)
            .with_attributes(key::of_call(tool, call, redactor));
        let current = Context::current();
        let parent = match parent.and_then(remote) {
            Some(remote) => current.with_remote_span_context(remote),
            None => current,
        };
        CallSpan(Some(parent.with_span(tracer.build_with_context(span, &parent))))
    }

    /// Counts what happened.
    pub(crate) fn measure(&self, what: &Occurrence) {
        self.with(|instruments| instruments.measure(what));
    }

    /// So many questions to the store were not answered.
    pub(crate) fn store_errors(&self, count: u64) {
        if count > 0 {
            self.with(|instruments| instruments.store_errors.add(count, &[]));
        }
    }

    /// So many more wait for the sinks.
    pub(crate) fn queued(&self, more: i64) {
        self.with(|instruments| instruments.audit_queue.add(more, &[]));
    }

    /// An event, or a flush, could not be written.
    pub(crate) fn audit_failed(&self) {
        self.with(|instruments| instruments.audit_failures.add(1, &[]));
    }

    /// Shows what these sinks deliver, as long as they are there.
    #[cfg(feature = "delivery")]
    pub(crate) fn watch(&self, meters: &[crate::sink::SinkMeter]) {
        self.with(|instruments| instruments.watch(meters));
    }

    fn with(&self, act: impl FnOnce(&Instruments)) {
        if let Some(telemetry) = &self.0 {
            act(&telemetry.shared.instruments);
        }
    }
}

/// The context that a `traceparent` names.
fn remote(parent: &TraceParent) -> Option<SpanContext> {
    let flags = if parent.is_sampled { TraceFlags::SAMPLED } else { TraceFlags::NOT_SAMPLED };
    let trace = TraceId::from_hex(&parent.ids.trace_id).ok()?;
    let span = SpanId::from_hex(&parent.ids.span_id).ok()?;
    Some(SpanContext::new(trace, span, flags, true, TraceState::default()))
}

/// The span of one call. It ends when this is gone.
#[derive(Default)]
pub(crate) struct CallSpan(Option<Context>);

impl CallSpan {
    /// What audit events name it by.
    pub(crate) fn ids(&self) -> Option<TraceIds> {
        let context = self.0.as_ref()?.span().span_context().clone();
        context
            .is_valid()
            .then(|| TraceIds { trace_id: context.trace_id().to_string(), span_id: context.span_id().to_string() })
    }

    /// The context that the tool runs in.
    pub(crate) fn context(&self) -> Context {
        self.0.clone().unwrap_or_else(Context::current)
    }

    /// Says on the span what happened to the call.
    pub(crate) fn observe(&self, what: &Occurrence, redactor: &Redactor) {
        let Some(context) = &self.0 else { return };
        let span = context.span();
        if !span.is_recording() {
            return;
        }
        span.set_attributes(key::of_occurrence(what, redactor));
        span.add_event(what.action.as_str(), vec![KeyValue::new(key::EVENT_ID, what.event_id.clone())]);
        if let Some(error) = error_type(what) {
            span.set_attribute(KeyValue::new(key::ERROR_TYPE, error));
            span.set_status(Status::error(error));
        }
    }
}

impl Drop for CallSpan {
    fn drop(&mut self) {
        if let Some(context) = &self.0 {
            context.span().end();
        }
    }
}
