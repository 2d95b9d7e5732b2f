//! An event as a message of RFC 5424.

use crate::audit_log;
use crate::sink::delivery::{Entry, EventForm, OpenError};
use jiff::Timestamp;
use serde_json::Value;

/// Of the message before its text: the parts that are always the same.
pub(super) struct Header {
    facility: u8,
    host: String,
    app_name: String,
}

/// Characters of a name of a host, of an application, of a kind of message (RFC 5424, section 6).
const MOST_HOST: usize = 255;
const MOST_APP: usize = 48;
const MOST_ID: usize = 32;

/// What stands for a part that is not known.
const NIL: &str = "-";

impl Header {
    pub(super) fn new(facility: u8, host: Option<&str>, app_name: &str) -> Result<Header, OpenError> {
        let host = host.map_or(Ok(NIL), |host| printable("host", host, MOST_HOST))?;
        let app_name = printable("app_name", app_name, MOST_APP)?;
        Ok(Header { facility, host: host.to_owned(), app_name: app_name.to_owned() })
    }

    /// `None` if the event cannot be read.
    pub(super) fn message(&self, entry: &Entry, form: EventForm) -> Option<Vec<u8>> {
        let Ok(Value::Object(event)) = serde_json::from_slice::<Value>(&entry.payload) else { return None };
        let time = event.get("timestamp")?.as_str()?.parse::<Timestamp>().ok()?;
        let action = event.get("action").and_then(Value::as_str).unwrap_or_default();
        let id = printable("action", action, MOST_ID).unwrap_or(NIL);
        let priority = u32::from(self.facility) * 8 + severity(action);
        // At most six digits of a second.
        let time = time.strftime("%Y-%m-%dT%H:%M:%S%.6fZ");
        let Header { host, app_name, .. } = self;
        let version = env!("CARGO_PKG_VERSION");
        let head = format!(
            "<{priority}>1 {time} {host} {app_name} {NIL} {id} [origin software=\"callguard\" swVersion=\"{version}\"] "
        );
        let mut message = head.into_bytes();
        match form {
            EventForm::Callguard => message.extend_from_slice(&entry.payload),
            EventForm::Ocsf => message.extend_from_slice(audit_log::ocsf(&event, None).to_string().as_bytes()),
        }
        Some(message)
    }
}

/// Error 3, warning 4, informational 6.
fn severity(action: &str) -> u32 {
    match action {
        "call_denied" | "approval_denied" | "approval_timeout" | "result_withheld" | "call_would_deny"
        | "result_redacted" | "unknown_outcome" => 4,
        "call_failed" | "policy_rejected" => 3,
        _ => 6,
    }
}

fn printable<'t>(setting: &str, text: &'t str, most: usize) -> Result<&'t str, OpenError> {
    let is_printable = (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
    let says = || OpenError::Setting(format!("`{setting}` is 1 to {most} printable ASCII characters without a space"));
    is_printable.then_some(text).ok_or_else(says)
}
