//! Whether the gateway can do its work.

use super::reply::{self, Reply};
use callguard::Guard;
use callguard::OnAuditFailure;
use callguard::sink::SinkState;
use callguard::store::Store;
use hyper::StatusCode;
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::Mutex;

/// How long a store may take to say that it is there.
const STORE: Duration = Duration::from_secs(2);
/// How long what it said counts: probes come from anybody.
const FRESH: Duration = Duration::from_secs(1);

/// What the work needs.
#[derive(Default)]
pub(crate) struct Ready {
    /// Another than that of the process's memory.
    store: Option<Arc<dyn Store>>,
    said: Mutex<Option<(Instant, bool)>>,
    /// Whether calls wait for their events.
    needs_audit: bool,
    is_ending: AtomicBool,
}

impl Ready {
    pub(crate) fn new(on_failure: Option<OnAuditFailure>) -> Ready {
        let needs_audit = on_failure.is_some_and(|what| what != OnAuditFailure::Continue);
        Ready { needs_audit, ..Ready::default() }
    }

    pub(crate) fn watch(&mut self, store: Arc<dyn Store>) {
        self.store = Some(store);
    }

    /// From now on it is not.
    pub(super) fn end(&self) {
        self.is_ending.store(true, Ordering::SeqCst);
    }

    /// What a probe gets: which part fails, and nothing of why.
    pub(super) async fn reply(&self, guard: &Guard) -> Reply {
        let store = self.has_store().await;
        let sinks =
            guard.audit_sinks().iter().all(|sink| matches!(sink.state, SinkState::Healthy | SinkState::Retrying));
        // What only waits for its receiver keeps no call back, unless the configuration wants that.
        let is_ready = store && (sinks || !self.needs_audit) && !self.is_ending.load(Ordering::SeqCst);
        let word = |is_good: bool| if is_good { "ok" } else { "failing" };
        let status = if is_ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
        let body = json!({
            "status": if is_ready { "ready" } else { "not ready" },
            "store": word(store), "sinks": word(sinks), "policies": "loaded",
        });
        reply::json(status, body.to_string())
    }

    async fn has_store(&self) -> bool {
        let Some(store) = &self.store else { return true };
        let mut said = self.said.lock().await;
        if let Some((when, what)) = *said
            && when.elapsed() < FRESH
        {
            return what;
        }
        let is_there = matches!(tokio::time::timeout(STORE, store.health()).await, Ok(Ok(())));
        *said = Some((Instant::now(), is_there));
        is_there
    }
}
