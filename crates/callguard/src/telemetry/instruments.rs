//! Metrics. Names and units are in `docs/reference/telemetry.md`.

use super::attributes::{self as key, of_decision};
#[cfg(feature = "delivery")]
use crate::sink::{SinkMeter, SinkStatus};
use callguard_engine::audit::event::{AuditAction, Occurrence};
use opentelemetry::KeyValue;
use opentelemetry::metrics::{Counter, Histogram, Meter, UpDownCounter};
#[cfg(feature = "delivery")]
use std::collections::BTreeMap;
#[cfg(feature = "delivery")]
use std::sync::{Arc, Mutex, PoisonError};

/// Bounds of decisions, in seconds: from a microsecond to what a slow store takes.
const DECISION_SECONDS: [f64; 14] =
    [1e-6, 2.5e-6, 5e-6, 1e-5, 2.5e-5, 5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3, 5e-3, 2.5e-2, 0.1, 1.0];
/// Bounds of tools, in seconds: those that the semantic conventions advise for operations of generative AI.
const TOOL_SECONDS: [f64; 14] =
    [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];

pub(super) struct Instruments {
    calls: Counter<u64>,
    decision_duration: Histogram<f64>,
    tool_duration: Histogram<f64>,
    reloads: Counter<u64>,
    unknown_outcomes: Counter<u64>,
    pub(super) store_errors: Counter<u64>,
    pub(super) audit_queue: UpDownCounter<i64>,
    pub(super) audit_failures: Counter<u64>,
    #[cfg(feature = "delivery")]
    watched: Arc<Mutex<Vec<SinkMeter>>>,
}

impl Instruments {
    pub(super) fn new(meter: &Meter) -> Instruments {
        #[cfg(feature = "delivery")]
        let watched = show_sinks(meter);
        let made = Instruments {
            calls: meter
                .u64_counter("callguard.calls")
                .with_description("Calls that were decided, by decision and by what decided.")
                .with_unit("{call}")
                .build(),
            decision_duration: meter
                .f64_histogram("callguard.decision.duration")
                .with_description("How long deciding a call took, its store and its facts included.")
                .with_unit("s")
                .with_boundaries(DECISION_SECONDS.to_vec())
                .build(),
            tool_duration: meter
                .f64_histogram("callguard.tool.duration")
                .with_description("How long the tool ran and its result was judged, by what became of the result.")
                .with_unit("s")
                .with_boundaries(TOOL_SECONDS.to_vec())
                .build(),
            reloads: meter
                .u64_counter("callguard.policy.reloads")
                .with_description("Loads of the policies, the first included.")
                .with_unit("{load}")
                .build(),
            unknown_outcomes: meter
                .u64_counter("callguard.unknown_outcomes")
                .with_description("Tools that were started and never reported back.")
                .with_unit("{call}")
                .build(),
            store_errors: meter
                .u64_counter("callguard.store.errors")
                .with_description("Questions that the store did not answer.")
                .with_unit("{error}")
                .build(),
            audit_queue: meter
                .i64_up_down_counter("callguard.audit.queue")
                .with_description("Events that wait for the sinks, in memory.")
                .with_unit("{event}")
                .build(),
            audit_failures: meter
                .u64_counter("callguard.audit.failures")
                .with_description("Writes of events that failed.")
                .with_unit("{error}")
                .build(),
            #[cfg(feature = "delivery")]
            watched,
        };
        // What never failed is shown as zero, so that the first failure is an increase.
        for counter in [&made.unknown_outcomes, &made.store_errors, &made.audit_failures] {
            counter.add(0, &[]);
        }
        made
    }

    pub(super) fn measure(&self, what: &Occurrence) {
        match what.action {
            AuditAction::PolicyLoaded => self.reloads.add(1, &[KeyValue::new(key::RESULT, "loaded")]),
            AuditAction::PolicyRejected => self.reloads.add(1, &[KeyValue::new(key::RESULT, "rejected")]),
            AuditAction::UnknownOutcome => self.unknown_outcomes.add(1, &[]),
            _ => self.measure_call(what),
        }
    }

    fn measure_call(&self, what: &Occurrence) {
        // Approvals take no time of their own: the decisions before and after them are counted.
        let (Some(decision), Some(micros)) = (&what.decision, what.duration_micros) else { return };
        let seconds = std::time::Duration::from_micros(micros).as_secs_f64();
        match &what.settled {
            Some(settled) => self.tool_duration.record(seconds, &[KeyValue::new(key::RESULT, settled.effect.as_str())]),
            None => {
                let [word, contract, mode] = of_decision(decision);
                self.decision_duration.record(seconds, std::slice::from_ref(&word));
                let doubt = KeyValue::new(key::POLICY_ERROR, decision.policy_error);
                self.calls.add(1, &[word, contract, mode, doubt]);
            }
        }
    }

    #[cfg(feature = "delivery")]
    pub(super) fn watch(&self, meters: &[SinkMeter]) {
        let mut watched = self.watched.lock().unwrap_or_else(PoisonError::into_inner);
        watched.extend_from_slice(meters);
    }
}

/// Shows what the watched sinks count whenever somebody collects.
#[cfg(feature = "delivery")]
fn show_sinks(meter: &Meter) -> Arc<Mutex<Vec<SinkMeter>>> {
    type Reading = (&'static str, &'static str, fn(&SinkStatus) -> u64);
    const READINGS: [Reading; 4] = [
        ("callguard.audit.delivered", "Events that the receiver has.", |status| status.delivered),
        ("callguard.audit.dropped", "Events that did not fit into the buffer.", |status| status.dropped),
        ("callguard.audit.dead", "Events that the receiver will not take.", |status| status.dead),
        ("callguard.audit.retries", "Deliveries that failed and were made again.", |status| status.retried),
    ];
    let watched: Arc<Mutex<Vec<SinkMeter>>> = Arc::default();
    for (name, description, read) in READINGS {
        let shown = Arc::clone(&watched);
        meter
            .u64_observable_counter(name)
            .with_description(description)
            .with_unit("{event}")
            .with_callback(move |observer| {
                for (sink, count) in by_sink(&shown, read) {
                    observer.observe(count, &[KeyValue::new("callguard.sink", sink)]);
                }
            })
            .build();
    }
    let shown = Arc::clone(&watched);
    meter
        .u64_observable_gauge("callguard.audit.buffered")
        .with_description("Events that wait for the receiver, on disk.")
        .with_unit("{event}")
        .with_callback(move |observer| {
            for (sink, count) in by_sink(&shown, |status| status.queued) {
                observer.observe(count, &[KeyValue::new("callguard.sink", sink)]);
            }
        })
        .build();
    watched
}

/// The sum over sinks of one name. A sink that is gone stays in it: these counts never go down.
#[cfg(feature = "delivery")]
fn by_sink(watched: &Mutex<Vec<SinkMeter>>, read: impl Fn(&SinkStatus) -> u64) -> BTreeMap<String, u64> {
    let mut sums = BTreeMap::new();
    for status in watched.lock().unwrap_or_else(PoisonError::into_inner).iter().map(SinkMeter::status) {
        *sums.entry(status.name.clone()).or_insert(0) += read(&status);
    }
    sums
}
