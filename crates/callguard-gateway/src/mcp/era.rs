//! The two eras of the protocol: a handshake (to 2025-11-25), or everything in each request's `_meta` (from 2026-07-28).

use callguard::engine::value::{Object, Value};

/// What a modern request carries in `params._meta`.
pub(crate) const VERSION_KEY: &str = "io.modelcontextprotocol/protocolVersion";
/// The one version whose schema has batches.
const BATCH_VERSION: &str = "2025-03-26";

/// Which era a request belongs to. Nothing is translated between them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Era {
    Legacy,
    Modern,
}

impl Era {
    /// The era of a request with these parameters.
    pub(crate) fn of(params: &Object) -> Era {
        match params.get("_meta") {
            Some(Value::Object(meta)) if meta.get(VERSION_KEY).is_some() => Era::Modern,
            _ => Era::Legacy,
        }
    }
}

/// What the handshake settled, if there was one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Handshake {
    version: Option<String>,
}

impl Handshake {
    /// Takes the version that the server's answer to `initialize` names.
    pub(crate) fn settled(&mut self, version: Option<String>) {
        self.version = version;
    }

    /// Whether the server has answered `initialize`.
    pub(crate) fn is_done(&self) -> bool {
        self.version.is_some()
    }

    /// Whether the version in force has batches.
    pub(crate) fn allows_batches(&self) -> bool {
        self.version.as_deref() == Some(BATCH_VERSION)
    }
}
