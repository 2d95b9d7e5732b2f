//! Events to a syslog server: RFC 5424 over TLS (RFC 5425), over TCP where nothing leaves the machine (RFC 6587).

mod link;
mod message;
#[cfg(test)]
mod tests;

use super::delivery::{
    Attempt, DeliveryOptions, Entry, EventForm, Limits, OpenError, RemoteAuditSink, Target, Verdict,
};
use link::Link;
use message::Header;
use std::path::PathBuf;

/// What a message may have at most, unless it is said: what syslog-ng takes without being told.
const MOST: usize = 64 << 10;

/// A syslog server.
#[derive(Clone, Debug)]
pub struct SyslogOptions {
    url: String,
    facility: SyslogFacility,
    app_name: String,
    host: Option<String>,
    most: usize,
    identity: Option<Identity>,
}

/// Who we are to a server that asks: files in the form PEM.
#[derive(Clone, Debug)]
struct Identity {
    cert: PathBuf,
    key: PathBuf,
}

/// Which part of a system a message is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SyslogFacility(u8);

impl SyslogFacility {
    /// Every one that is not the system's own, and its word.
    pub const ALL: [(&'static str, SyslogFacility); 13] = [
        ("user", SyslogFacility(1)),
        ("daemon", SyslogFacility(3)),
        ("auth", SyslogFacility(4)),
        ("authpriv", SyslogFacility(10)),
        ("audit", SyslogFacility(13)),
        ("local0", SyslogFacility(16)),
        ("local1", SyslogFacility(17)),
        ("local2", SyslogFacility(18)),
        ("local3", SyslogFacility(19)),
        ("local4", SyslogFacility(20)),
        ("local5", SyslogFacility(21)),
        ("local6", SyslogFacility(22)),
        ("local7", SyslogFacility(23)),
    ];

    /// `local0`
    pub const LOCAL0: SyslogFacility = SyslogFacility(16);

    /// The facility of a word.
    pub fn parse(word: &str) -> Option<SyslogFacility> {
        SyslogFacility::ALL.iter().find(|(known, _)| *known == word).map(|(_, facility)| *facility)
    }
}

impl SyslogOptions {
    /// At `tls://siem.example:6514`, or `tcp://127.0.0.1:601`; without a port at these.
    pub fn new(url: impl Into<String>) -> SyslogOptions {
        SyslogOptions {
            url: url.into(),
            facility: SyslogFacility::LOCAL0,
            app_name: "callguard".to_owned(),
            host: None,
            most: MOST,
            identity: None,
        }
    }

    /// Of another facility than `local0`.
    #[must_use]
    pub fn facility(mut self, facility: SyslogFacility) -> Self {
        self.facility = facility;
        self
    }

    /// Of an application of another name than `callguard`.
    #[must_use]
    pub fn app_name(mut self, name: impl Into<String>) -> Self {
        self.app_name = name.into();
        self
    }

    /// As of that host; without one the server takes the connection's.
    #[must_use]
    pub fn host(mut self, host: impl Into<String>) -> Self {
        self.host = Some(host.into());
        self
    }

    /// How many bytes of a message the server takes, 64 KiB if it is not said: it cuts longer ones, so that they are dead
    /// letters.
    #[must_use]
    pub fn max_message(mut self, bytes: usize) -> Self {
        self.most = bytes;
        self
    }

    /// With a certificate and its key (PEM), for a server that asks who we are.
    #[must_use]
    pub fn identity(mut self, cert: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Self {
        self.identity = Some(Identity { cert: cert.into(), key: key.into() });
        self
    }

    /// Starts delivering.
    ///
    /// # Errors
    /// The URL, a name or a certificate cannot be used, or the buffer cannot be opened.
    pub fn open(&self, delivery: &DeliveryOptions) -> Result<RemoteAuditSink, OpenError> {
        RemoteAuditSink::start("syslog", self.target(delivery)?, delivery)
    }

    pub(super) fn target(&self, delivery: &DeliveryOptions) -> Result<Syslog, OpenError> {
        let header = Header::new(self.facility.0, self.host.as_deref(), &self.app_name)?;
        let link = Link::new(&self.url, self.identity.as_ref(), delivery)?;
        Ok(Syslog { link, header, most: self.most, form: delivery.form })
    }
}

pub(super) struct Syslog {
    link: Link,
    header: Header,
    most: usize,
    form: EventForm,
}

impl Target for Syslog {
    fn limits(&self) -> Limits {
        Limits { events: 500, bytes: 1 << 20, event_bytes: 16 << 20, age: None }
    }

    fn send(&mut self, batch: &[Entry], attempt: &Attempt) -> Verdict {
        let mut bytes = Vec::new();
        for entry in batch {
            let Some(message) = self.header.message(entry, self.form) else {
                return Verdict::Refused("the event is no JSON".to_owned());
            };
            if message.len() > self.most {
                let says = format!("the message has {} bytes, and `max_message` is {}", message.len(), self.most);
                return Verdict::Refused(says);
            }
            // RFC 5425, section 4.3: the octets, a space, the message.
            bytes.extend_from_slice(format!("{} ", message.len()).as_bytes());
            bytes.extend_from_slice(&message);
        }
        match self.link.deliver(&bytes, attempt.timeout) {
            Ok(()) => Verdict::Delivered,
            Err(why) => Verdict::retry(why),
        }
    }
}
