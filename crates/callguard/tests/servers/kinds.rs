//! The kinds of stores that several processes share.

use crate::process::{self, Server};
use crate::suite::Stores;
use callguard::store::{Store, StoreConfig, StoreTerms};
use std::sync::Arc;
use tempfile::TempDir;

/// Where a store is; its server is gone with it.
pub(crate) enum Place {
    File(TempDir),
    Redis(Server),
    Postgres(Server),
}

impl Place {
    pub(crate) fn sqlite() -> Place {
        Place::File(tempfile::tempdir().unwrap())
    }

    pub(crate) fn redis() -> Place {
        Place::Redis(process::redis(&[]))
    }

    pub(crate) fn postgres() -> Place {
        Place::Postgres(process::postgres(&[]))
    }

    /// The address, without settings.
    pub(crate) fn address(&self) -> String {
        match self {
            Place::File(folder) => format!("sqlite:{}", folder.path().join("sessions.db").display()),
            Place::Redis(server) => redis_at(server.port),
            Place::Postgres(server) => postgres_at(server.port),
        }
    }

    /// The server, if it is one.
    pub(crate) fn server(&mut self) -> Option<&mut Server> {
        match self {
            Place::File(_) => None,
            Place::Redis(server) | Place::Postgres(server) => Some(server),
        }
    }
}

pub(crate) fn redis_at(port: u16) -> String {
    format!("redis://127.0.0.1:{port}/1")
}

pub(crate) fn postgres_at(port: u16) -> String {
    format!("postgres://callguard@127.0.0.1:{port}/postgres")
}

pub(crate) fn open(address: &str) -> Arc<dyn Store> {
    StoreConfig::parse(address).unwrap().open().unwrap()
}

/// An address with how long things last.
pub(crate) fn with_terms(address: &str, terms: StoreTerms) -> String {
    let StoreTerms { lease, idle, timeout } = terms;
    let settings = [("lease", lease), ("idle", idle), ("timeout", timeout)];
    let settings = settings.map(|(name, duration)| format!("{name}={}ms", duration.as_millis()));
    let separator = if address.contains('?') { '&' } else { '?' };
    format!("{address}{separator}{}", settings.join("&"))
}

impl Stores for Place {
    async fn open(&self, terms: StoreTerms) -> Arc<dyn Store> {
        open(&with_terms(&self.address(), terms))
    }
}
