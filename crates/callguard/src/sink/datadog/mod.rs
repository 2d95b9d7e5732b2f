//! Events to Datadog's log intake.

use super::Secret;
use super::delivery::{
    Attempt, DeliveryOptions, Entry, EventForm, Http, Limits, OpenError, RemoteAuditSink, Target, Verdict, gzip,
};
use crate::audit_log;
use serde_json::{Map, Value};
use std::time::Duration;

/// What a log and a request may hold; beyond it a log is cut off without a word.
const LOG_BYTES: usize = 1_000_000;
const REQUEST_BYTES: usize = 5_000_000;
/// What the fields around an event take at most.
const AROUND: usize = 2_000;
/// Older logs are dropped there.
const AGE: Duration = Duration::from_hours(18);

/// Datadog's log intake.
#[derive(Clone, Debug)]
pub struct DatadogOptions {
    key: Secret,
    url: String,
    service: String,
    host: Option<String>,
    tags: Vec<String>,
}

impl DatadogOptions {
    /// With the key, at the usual site, `datadoghq.com`.
    pub fn new(key: Secret) -> DatadogOptions {
        DatadogOptions {
            key,
            url: intake("datadoghq.com"),
            service: "callguard".to_owned(),
            host: None,
            tags: Vec::new(),
        }
    }

    /// At another site: `datadoghq.eu`, `us5.datadoghq.com`, ….
    #[must_use]
    pub fn site(mut self, site: &str) -> Self {
        self.url = intake(site);
        self
    }

    /// At another URL than a site's.
    #[must_use]
    pub fn url(mut self, url: impl Into<String>) -> Self {
        self.url = url.into();
        self
    }

    /// Of a service of another name than `callguard`.
    #[must_use]
    pub fn service(mut self, service: impl Into<String>) -> Self {
        self.service = service.into();
        self
    }

    /// As of that host.
    #[must_use]
    pub fn host(mut self, host: impl Into<String>) -> Self {
        self.host = Some(host.into());
        self
    }

    /// With a tag, `name:value`.
    #[must_use]
    pub fn tag(mut self, tag: impl Into<String>) -> Self {
        self.tags.push(tag.into());
        self
    }

    /// Starts delivering.
    ///
    /// # Errors
    /// The URL cannot be used, or the buffer cannot be opened.
    pub fn open(&self, delivery: &DeliveryOptions) -> Result<RemoteAuditSink, OpenError> {
        RemoteAuditSink::start("datadog", self.target(delivery)?, delivery)
    }

    pub(super) fn target(&self, delivery: &DeliveryOptions) -> Result<Datadog, OpenError> {
        let http = Http::new(self.url.trim_end_matches('/'), delivery)?;
        Ok(Datadog { http, options: self.clone(), form: delivery.form })
    }
}

fn intake(site: &str) -> String {
    format!("https://http-intake.logs.{site}")
}

pub(super) struct Datadog {
    http: Http,
    options: DatadogOptions,
    form: EventForm,
}

impl Target for Datadog {
    fn limits(&self) -> Limits {
        // An event stands in a log as a string, in which every quote is escaped.
        Limits { events: 1000, bytes: REQUEST_BYTES / 2, event_bytes: LOG_BYTES / 2 - AROUND, age: Some(AGE) }
    }

    fn send(&mut self, batch: &[Entry], attempt: &Attempt) -> Verdict {
        let logs: Vec<Value> = batch.iter().map(|entry| self.log(entry)).collect();
        let body = Value::Array(logs).to_string();
        if body.len() > REQUEST_BYTES {
            return Verdict::Refused(format!("the batch has {} bytes", body.len()));
        }
        let body = match gzip(body.as_bytes()) {
            Ok(body) => body,
            Err(error) => return Verdict::retry(format!("the batch cannot be compressed: {error}")),
        };
        let headers = [
            ("dd-api-key", self.options.key.reveal()),
            ("content-type", "application/json"),
            ("content-encoding", "gzip"),
        ];
        let reply = match self.http.post("/api/v2/logs", &headers, &body, attempt.timeout) {
            Ok(reply) => reply,
            Err(error) => return Verdict::retry(error.0),
        };
        let why = format!("it answered {}", reply.status);
        match reply.status {
            200..300 => Verdict::Delivered,
            401 | 403 => Verdict::Halt(why),
            400 | 413 | 422 => Verdict::Refused(why),
            _ => Verdict::Retry { after: reply.retry_after, why },
        }
    }
}

impl Datadog {
    fn log(&self, entry: &Entry) -> Value {
        let options = &self.options;
        let text = String::from_utf8_lossy(&entry.payload).into_owned();
        let message = match (self.form, serde_json::from_str(&text)) {
            (EventForm::Ocsf, Ok(Value::Object(event))) => audit_log::ocsf(&event, None).to_string(),
            _ => text,
        };
        let mut log = Map::from_iter([
            ("ddsource".to_owned(), "callguard".into()),
            ("service".to_owned(), options.service.clone().into()),
            ("message".to_owned(), message.into()),
        ]);
        log.extend(options.host.clone().map(|host| ("hostname".to_owned(), host.into())));
        if !options.tags.is_empty() {
            log.insert("ddtags".to_owned(), options.tags.join(",").into());
        }
        Value::Object(log)
    }
}
