//! Events to Splunk's HTTP Event Collector, with acknowledgement where it is wanted.

use super::Secret;
use super::delivery::{
    Attempt, DeliveryOptions, Entry, EventForm, Http, Limits, OpenError, RemoteAuditSink, Reply, Target, Verdict, gzip,
};
use crate::audit_log;
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use std::time::Duration;

/// Between two questions whether a batch is indexed.
const ASK: Duration = Duration::from_secs(1);
/// After so many the batch is sent again.
const MOST_ASKED: u32 = 120;

/// An HTTP Event Collector.
#[derive(Clone, Debug)]
pub struct SplunkHecOptions {
    url: String,
    token: Secret,
    index: Option<String>,
    source: String,
    sourcetype: String,
    host: Option<String>,
    acknowledge: bool,
}

impl SplunkHecOptions {
    /// At a URL such as `https://splunk.example:8088`, with its token.
    pub fn new(url: impl Into<String>, token: Secret) -> SplunkHecOptions {
        SplunkHecOptions {
            url: url.into(),
            token,
            index: None,
            source: "callguard".to_owned(),
            sourcetype: "callguard:audit".to_owned(),
            host: None,
            acknowledge: false,
        }
    }

    /// Into that index.
    #[must_use]
    pub fn index(mut self, index: impl Into<String>) -> Self {
        self.index = Some(index.into());
        self
    }

    /// With other words for source and source type than `callguard` and `callguard:audit`.
    #[must_use]
    pub fn source(mut self, source: impl Into<String>, sourcetype: impl Into<String>) -> Self {
        (self.source, self.sourcetype) = (source.into(), sourcetype.into());
        self
    }

    /// As of that host.
    #[must_use]
    pub fn host(mut self, host: impl Into<String>) -> Self {
        self.host = Some(host.into());
        self
    }

    /// Whether an event counts as delivered only once it is indexed; the token must be set up for it.
    #[must_use]
    pub fn acknowledge(mut self, acknowledge: bool) -> Self {
        self.acknowledge = acknowledge;
        self
    }

    /// Starts delivering.
    ///
    /// # Errors
    /// The URL cannot be used, or the buffer cannot be opened.
    pub fn open(&self, delivery: &DeliveryOptions) -> Result<RemoteAuditSink, OpenError> {
        RemoteAuditSink::start("splunk", self.target(delivery)?, delivery)
    }

    pub(super) fn target(&self, delivery: &DeliveryOptions) -> Result<SplunkHec, OpenError> {
        let http = Http::new(self.url.trim_end_matches('/'), delivery)?;
        let authorization = format!("Splunk {}", self.token.reveal());
        let channel = channel()?;
        Ok(SplunkHec { http, options: self.clone(), form: delivery.form, authorization, channel, asked: 0, ack: None })
    }
}

/// A random UUID, which a client of acknowledgement must have.
fn channel() -> Result<String, OpenError> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes).map_err(|error| OpenError::Setting(format!("no random numbers: {error}")))?;
    let hex = data_encoding::HEXLOWER.encode(&bytes);
    let parts = [0..8, 8..12, 12..16, 16..20, 20..32].map(|part| hex.get(part).unwrap_or_default().to_owned());
    Ok(parts.join("-"))
}

pub(super) struct SplunkHec {
    http: Http,
    options: SplunkHecOptions,
    form: EventForm,
    authorization: String,
    channel: String,
    /// What is waited for, and how often it was asked for.
    ack: Option<u64>,
    asked: u32,
}

impl Target for SplunkHec {
    fn limits(&self) -> Limits {
        Limits { events: 500, bytes: 800 << 10, event_bytes: 16 << 20, age: None }
    }

    fn send(&mut self, batch: &[Entry], attempt: &Attempt) -> Verdict {
        let mut body = Vec::new();
        for entry in batch {
            let Some(wrapped) = self.wrapped(entry) else { return Verdict::Refused("the event is no JSON".to_owned()) };
            body.extend_from_slice(wrapped.to_string().as_bytes());
        }
        let body = match gzip(&body) {
            Ok(body) => body,
            Err(error) => return Verdict::retry(format!("the batch cannot be compressed: {error}")),
        };
        let reply = self.post("/services/collector/event", Some("gzip"), &body, attempt);
        let reply = match reply {
            Ok(reply) => reply,
            Err(verdict) => return verdict,
        };
        let answer: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
        match verdict(&reply, answer.get("code").and_then(Value::as_u64)) {
            Verdict::Delivered if self.options.acknowledge => match answer.get("ackId").and_then(Value::as_u64) {
                Some(ack) => {
                    (self.ack, self.asked) = (Some(ack), 0);
                    Verdict::Pending(ASK)
                }
                None => Verdict::Halt("the token is not set up for acknowledgement".to_owned()),
            },
            verdict => verdict,
        }
    }

    fn confirm(&mut self, attempt: &Attempt) -> Verdict {
        let Some(ack) = self.ack else { return Verdict::Delivered };
        let body = json!({ "acks": [ack] }).to_string();
        // What came of asking is no answer about the batch: it is asked again.
        let reply = self.post("/services/collector/ack", None, body.as_bytes(), attempt).ok();
        let answer: Value = reply.and_then(|reply| serde_json::from_slice(&reply.body).ok()).unwrap_or_default();
        let is_indexed = answer.get("acks").and_then(|acks| acks.get(ack.to_string())).and_then(Value::as_bool);
        self.asked = self.asked.saturating_add(1);
        match is_indexed {
            Some(true) => Verdict::Delivered,
            _ if self.asked < MOST_ASKED => Verdict::Pending(ASK),
            _ => Verdict::retry("the batch was not indexed in time"),
        }
    }
}

impl SplunkHec {
    fn post(&self, path: &str, encoding: Option<&str>, body: &[u8], attempt: &Attempt) -> Result<Reply, Verdict> {
        let mut headers = vec![("authorization", self.authorization.as_str()), ("content-type", "application/json")];
        headers.extend(encoding.map(|encoding| ("content-encoding", encoding)));
        if self.options.acknowledge {
            headers.push(("x-splunk-request-channel", self.channel.as_str()));
        }
        self.http.post(path, &headers, body, attempt.timeout).map_err(|error| Verdict::retry(error.0))
    }

    fn wrapped(&self, entry: &Entry) -> Option<Value> {
        let Ok(Value::Object(event)) = serde_json::from_slice::<Value>(&entry.payload) else { return None };
        let time = event.get("timestamp")?.as_str()?.parse::<Timestamp>().ok()?;
        let options = &self.options;
        let mut wrapped = Map::new();
        let millis = time.as_millisecond();
        wrapped.insert("time".to_owned(), format!("{}.{:03}", millis.div_euclid(1000), millis.rem_euclid(1000)).into());
        for (name, value) in [
            ("host", options.host.as_deref()),
            ("source", Some(options.source.as_str())),
            ("sourcetype", Some(options.sourcetype.as_str())),
            ("index", options.index.as_deref()),
        ] {
            wrapped.extend(value.map(|value| (name.to_owned(), value.into())));
        }
        let event = match self.form {
            EventForm::Callguard => Value::Object(event),
            EventForm::Ocsf => audit_log::ocsf(&event, None),
        };
        wrapped.insert("event".to_owned(), event);
        Some(Value::Object(wrapped))
    }
}

/// By Splunk's own code where there is one, else by the status.
fn verdict(reply: &Reply, code: Option<u64>) -> Verdict {
    let why = match code {
        Some(code) => format!("it answered {} with code {code}", reply.status),
        None => format!("it answered {}", reply.status),
    };
    match (reply.status, code) {
        (200..300, Some(0) | None) => Verdict::Delivered,
        (413, _) | (_, Some(6 | 12 | 13 | 15)) => Verdict::Refused(why),
        (_, Some(1..=4 | 7 | 10 | 11 | 14 | 16)) => Verdict::Halt(why),
        (401 | 403, _) => Verdict::Halt(why),
        _ => Verdict::Retry { after: reply.retry_after, why },
    }
}
