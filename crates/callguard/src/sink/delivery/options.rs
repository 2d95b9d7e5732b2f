//! How events are delivered.

use super::buffer::WhenFull;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

/// How events are delivered to one receiver.
#[derive(Clone, Debug)]
pub struct DeliveryOptions {
    pub(crate) buffer: PathBuf,
    pub(crate) buffer_size: u64,
    pub(crate) segment_size: u64,
    pub(crate) when_full: WhenFull,
    pub(crate) durable: bool,
    pub(crate) timeout: Duration,
    pub(crate) backoff: Duration,
    pub(crate) backoff_most: Duration,
    pub(crate) shutdown: Duration,
    pub(crate) ca_file: Option<PathBuf>,
    pub(crate) allow_http: bool,
    pub(crate) form: EventForm,
}

/// What an event looks like to the receiver.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EventForm {
    /// CallGuard's own JSON.
    #[default]
    Callguard,
    /// OCSF API Activity.
    Ocsf,
}

/// Why a sink cannot be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The buffer cannot be opened.
    #[error("cannot open the buffer `{}`: {source}", path.display())]
    Buffer {
        /// Where.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A setting cannot work.
    #[error("{0}")]
    Setting(String),
}

impl DeliveryOptions {
    /// With a folder for the buffer, and every default: 1 GiB, the newest dropped when it is full, 30 s a request, waits
    /// from 0.5 s to 60 s, 5 s at the end.
    pub fn new(buffer: impl Into<PathBuf>) -> DeliveryOptions {
        DeliveryOptions {
            buffer: buffer.into(),
            buffer_size: 1 << 30,
            segment_size: 128 << 20,
            when_full: WhenFull::default(),
            durable: false,
            timeout: Duration::from_secs(30),
            backoff: Duration::from_millis(500),
            backoff_most: Duration::from_secs(60),
            shutdown: Duration::from_secs(5),
            ca_file: None,
            allow_http: false,
            form: EventForm::default(),
        }
    }

    /// How many bytes the buffer holds at most, and what happens then.
    #[must_use]
    pub fn buffer_size(mut self, bytes: u64, when_full: WhenFull) -> Self {
        self.buffer_size = bytes;
        self.when_full = when_full;
        self
    }

    /// How large one of the buffer's files gets; a whole file is removed once everything in it was delivered.
    #[must_use]
    pub fn segment_size(mut self, bytes: u64) -> Self {
        self.segment_size = bytes;
        self
    }

    /// Whether the buffer survives a loss of power, too.
    #[must_use]
    pub fn durable(mut self, durable: bool) -> Self {
        self.durable = durable;
        self
    }

    /// How long one request may take.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How long to wait after a failure: at random up to `first`, twice that after each further one, at most `most`.
    #[must_use]
    pub fn backoff(mut self, first: Duration, most: Duration) -> Self {
        (self.backoff, self.backoff_most) = (first, most);
        self
    }

    /// How long the end waits for what is not delivered yet; it stays in the buffer.
    #[must_use]
    pub fn shutdown(mut self, wait: Duration) -> Self {
        self.shutdown = wait;
        self
    }

    /// Certificates (PEM) that vouch for the receiver, beside the machine's own.
    #[must_use]
    pub fn ca_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.ca_file = Some(path.into());
        self
    }

    /// Whether a receiver beyond this machine may be spoken to without TLS.
    #[must_use]
    pub fn allow_http(mut self, allow: bool) -> Self {
        self.allow_http = allow;
        self
    }

    /// What an event looks like to the receiver.
    #[must_use]
    pub fn form(mut self, form: EventForm) -> Self {
        self.form = form;
        self
    }
}
