//! Events as OpenTelemetry logs: OTLP over HTTP, in protocol buffers.

mod encode;

use super::Secret;
use super::delivery::{
    Attempt, DeliveryOptions, Entry, Http, Limits, OpenError, RemoteAuditSink, Reply, Target, Verdict, gzip,
};
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceResponse;
use prost::Message;

/// A collector that takes logs by OTLP.
#[derive(Clone, Debug)]
pub struct OtlpOptions {
    endpoint: String,
    headers: Vec<(String, Secret)>,
    pub(super) service: String,
    pub(super) attributes: Vec<(String, String)>,
}

impl OtlpOptions {
    /// At an endpoint such as `https://collector.example:4318`; logs go to `/v1/logs` there.
    pub fn new(endpoint: impl Into<String>) -> OtlpOptions {
        OtlpOptions {
            endpoint: endpoint.into(),
            headers: Vec::new(),
            service: "callguard".to_owned(),
            attributes: Vec::new(),
        }
    }

    /// With a header of the receiver's.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: Secret) -> Self {
        self.headers.push((name.into(), value));
        self
    }

    /// Of a service of another name than `callguard`: `service.name`.
    #[must_use]
    pub fn service(mut self, service: impl Into<String>) -> Self {
        self.service = service.into();
        self
    }

    /// With an attribute of the resource.
    #[must_use]
    pub fn attribute(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.attributes.push((name.into(), value.into()));
        self
    }

    /// Starts delivering.
    ///
    /// # Errors
    /// The endpoint cannot be used, or the buffer cannot be opened.
    pub fn open(&self, delivery: &DeliveryOptions) -> Result<RemoteAuditSink, OpenError> {
        RemoteAuditSink::start("otlp", self.target(delivery)?, delivery)
    }

    pub(super) fn target(&self, delivery: &DeliveryOptions) -> Result<Otlp, OpenError> {
        Ok(Otlp { http: Http::new(self.endpoint.trim_end_matches('/'), delivery)?, options: self.clone() })
    }
}

pub(super) struct Otlp {
    http: Http,
    options: OtlpOptions,
}

impl Target for Otlp {
    fn limits(&self) -> Limits {
        Limits { events: 512, bytes: 3 << 20, event_bytes: 16 << 20, age: None }
    }

    fn send(&mut self, batch: &[Entry], attempt: &Attempt) -> Verdict {
        let Some(request) = encode::request(batch, &self.options, attempt.now) else {
            return Verdict::Refused("the event is no JSON".to_owned());
        };
        let body = match gzip(&request.encode_to_vec()) {
            Ok(body) => body,
            Err(error) => return Verdict::retry(format!("the batch cannot be compressed: {error}")),
        };
        let mut headers = vec![("content-type", "application/x-protobuf"), ("content-encoding", "gzip")];
        headers.extend(self.options.headers.iter().map(|(name, value)| (name.as_str(), value.reveal())));
        match self.http.post("/v1/logs", &headers, &body, attempt.timeout) {
            Ok(reply) => verdict(&reply),
            Err(error) => Verdict::retry(error.0),
        }
    }
}

fn verdict(reply: &Reply) -> Verdict {
    let why = format!("it answered {}", reply.status);
    match reply.status {
        200..300 => {
            match ExportLogsServiceResponse::decode(reply.body.as_slice()).ok().and_then(|it| it.partial_success) {
                Some(partial) if partial.rejected_log_records > 0 => Verdict::Partly {
                    refused: u64::try_from(partial.rejected_log_records).unwrap_or(0),
                    why: format!("it rejected {} log records", partial.rejected_log_records),
                },
                _ => Verdict::Delivered,
            }
        }
        401 | 403 => Verdict::Halt(why),
        408 | 429 | 502..=504 => Verdict::Retry { after: reply.retry_after, why },
        400 | 413 | 422 => Verdict::Refused(why),
        _ => Verdict::Retry { after: reply.retry_after, why },
    }
}
