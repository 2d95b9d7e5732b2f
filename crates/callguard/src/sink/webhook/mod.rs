//! Events to a URL, one a request, signed as Standard Webhooks says.

use super::Secret;
use super::delivery::{
    Attempt, DeliveryOptions, Entry, EventForm, Http, Limits, OpenError, RemoteAuditSink, Target, Verdict,
};
use crate::audit_log;
use data_encoding::{BASE64, BASE64_NOPAD};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;
use std::time::Duration;

/// What the secrets of Standard Webhooks begin with.
const PREFIX: &str = "whsec_";

/// A receiver of signed webhooks.
#[derive(Clone, Debug)]
pub struct WebhookOptions {
    url: String,
    secrets: Vec<Secret>,
    headers: Vec<(String, Secret)>,
}

impl WebhookOptions {
    /// At a URL.
    pub fn new(url: impl Into<String>) -> WebhookOptions {
        WebhookOptions { url: url.into(), secrets: Vec::new(), headers: Vec::new() }
    }

    /// Signed with this secret (`whsec_…`); with several, while one takes the place of another.
    #[must_use]
    pub fn secret(mut self, secret: Secret) -> Self {
        self.secrets.push(secret);
        self
    }

    /// With a header of the receiver's.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: Secret) -> Self {
        self.headers.push((name.into(), value));
        self
    }

    /// Starts delivering.
    ///
    /// # Errors
    /// A secret is none, the URL cannot be used, or the buffer cannot be opened.
    pub fn open(&self, delivery: &DeliveryOptions) -> Result<RemoteAuditSink, OpenError> {
        let target = self.target(delivery)?;
        RemoteAuditSink::start("webhook", target, delivery)
    }

    pub(super) fn target(&self, delivery: &DeliveryOptions) -> Result<Webhook, OpenError> {
        let keys = self.secrets.iter().map(key).collect::<Result<_, _>>()?;
        let http = Http::new(&self.url, delivery)?;
        Ok(Webhook { http, keys, headers: self.headers.clone(), form: delivery.form })
    }
}

fn key(secret: &Secret) -> Result<Vec<u8>, OpenError> {
    let bytes = secret.reveal().strip_prefix(PREFIX).and_then(|text| {
        let text = text.trim_end_matches('=');
        BASE64_NOPAD.decode(text.as_bytes()).ok()
    });
    let says = "the secret of a webhook is `whsec_` and base 64 of at least 24 bytes";
    bytes.filter(|bytes| bytes.len() >= 24).ok_or_else(|| OpenError::Setting(says.to_owned()))
}

pub(super) struct Webhook {
    http: Http,
    keys: Vec<Vec<u8>>,
    headers: Vec<(String, Secret)>,
    form: EventForm,
}

impl Target for Webhook {
    fn limits(&self) -> Limits {
        Limits { events: 1, bytes: usize::MAX, event_bytes: 16 << 20, age: None }
    }

    fn send(&mut self, batch: &[Entry], attempt: &Attempt) -> Verdict {
        let Some(entry) = batch.first() else { return Verdict::Delivered };
        let Ok(Value::Object(event)) = serde_json::from_slice::<Value>(&entry.payload) else {
            return Verdict::Refused("the event is no JSON".to_owned());
        };
        let id = event.get("event_id").and_then(Value::as_str).unwrap_or_default().to_owned();
        let body = match self.form {
            EventForm::Callguard => entry.payload.clone(),
            EventForm::Ocsf => audit_log::ocsf(&event, None).to_string().into_bytes(),
        };
        let time = attempt.now.as_second().to_string();
        let signature = self.signature(&id, &time, &body);
        let mut headers = vec![
            ("content-type", "application/json"),
            ("webhook-id", id.as_str()),
            ("webhook-timestamp", time.as_str()),
        ];
        if !self.keys.is_empty() {
            headers.push(("webhook-signature", signature.as_str()));
        }
        headers.extend(self.headers.iter().map(|(name, value)| (name.as_str(), value.reveal())));
        match self.http.post("", &headers, &body, attempt.timeout) {
            Err(error) => Verdict::retry(error.0),
            Ok(reply) => verdict(reply.status, reply.retry_after),
        }
    }
}

impl Webhook {
    /// One signature for each key: `v1,` and HMAC-SHA256 of id, time and body with dots between.
    fn signature(&self, id: &str, time: &str, body: &[u8]) -> String {
        let signed = self.keys.iter().filter_map(|key| {
            let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
            for part in [id.as_bytes(), b".", time.as_bytes(), b".", body] {
                mac.update(part);
            }
            Some(format!("v1,{}", BASE64.encode(&mac.finalize().into_bytes())))
        });
        signed.collect::<Vec<_>>().join(" ")
    }
}

fn verdict(status: u16, after: Option<Duration>) -> Verdict {
    match status {
        200..300 => Verdict::Delivered,
        410 => Verdict::Gone("it answered 410: it wants no more events".to_owned()),
        401 | 403 => Verdict::Halt(format!("it answered {status}: check secret and headers")),
        413 => Verdict::Refused("it answered 413: the event is too large".to_owned()),
        // A redirect is not followed: the events were meant for this receiver.
        _ => Verdict::Retry { after, why: format!("it answered {status}") },
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]
    use super::*;

    #[test]
    fn the_signature_of_the_specification() {
        let folder = tempfile::tempdir().unwrap();
        let delivery = DeliveryOptions::new(folder.path());
        let options = WebhookOptions::new("http://127.0.0.1:1/");
        let secret = Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n");
        let target = options.clone().secret(secret.clone()).secret(secret).target(&delivery).unwrap();
        let wanted = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        let found = target.signature("msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", br#"{"test": 2432232314}"#);
        assert_eq!(found, format!("{wanted} {wanted}"));
        for bad in ["MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_short", "whsec_$$$"] {
            assert!(options.clone().secret(Secret::new(bad)).target(&delivery).is_err(), "{bad}");
        }
    }
}
