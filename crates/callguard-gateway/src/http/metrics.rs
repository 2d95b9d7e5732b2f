//! Metrics as Prometheus reads them: those of the guard (`docs/reference/telemetry.md`), and the gateway's own.

use super::Shared;
use super::reply::{self, Reply};
use hyper::StatusCode;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use opentelemetry_prometheus::PrometheusExporter;
use prometheus::{IntCounterVec, IntGauge, Opts, Registry, TextEncoder};

/// What a gateway shows of what it counts.
pub struct Metrics {
    registry: Registry,
    requests: IntCounterVec,
    sessions: IntGauge,
}

impl Metrics {
    /// Nothing counted yet, and the reader that takes what a guard's telemetry measures.
    ///
    /// # Errors
    /// The two cannot be put together.
    pub fn new() -> Result<(Metrics, PrometheusExporter), String> {
        let registry = Registry::new();
        let reader = opentelemetry_prometheus::exporter()
            .with_registry(registry.clone())
            .without_target_info()
            .scope_info_enabled(false)
            .build()
            .map_err(|error| error.to_string())?;
        let requests = Opts::new("callguard_gateway_requests_total", "Requests that were answered, by status.");
        let requests =
            IntCounterVec::new(requests, &["http_response_status_code"]).map_err(|error| error.to_string())?;
        let sessions = IntGauge::new("callguard_gateway_sessions", "Sessions of clients.");
        let sessions = sessions.map_err(|error| error.to_string())?;
        registry.register(Box::new(requests.clone())).map_err(|error| error.to_string())?;
        registry.register(Box::new(sessions.clone())).map_err(|error| error.to_string())?;
        Ok((Metrics { registry, requests, sessions }, reader))
    }

    pub(super) fn note(&self, status: StatusCode) {
        self.requests.with_label_values(&[status.as_str()]).inc();
    }

    pub(super) fn reply(&self, shared: &Shared) -> Reply {
        self.sessions.set(i64::try_from(shared.sessions.count()).unwrap_or(i64::MAX));
        let Ok(text) = TextEncoder::new().encode_to_string(&self.registry.gather()) else {
            return reply::bare(StatusCode::INTERNAL_SERVER_ERROR);
        };
        let mut reply = reply::json(StatusCode::OK, text);
        let kind = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
        reply.headers_mut().insert(CONTENT_TYPE, kind);
        reply
    }
}
