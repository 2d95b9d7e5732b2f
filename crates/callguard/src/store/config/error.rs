//! What is wrong with the text that names a store, or with the store.

use callguard_engine::diagnostic::Code;
use std::borrow::Cow;

/// A text that names no store that can be used. It shows scheme, host, port and path, and nothing that may hold a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{message}", store.as_ref().map(|store| format!("the store `{store}`: ")).unwrap_or_default())]
pub struct StoreConfigError {
    store: Option<String>,
    message: Cow<'static, str>,
    help: Cow<'static, str>,
}

impl StoreConfigError {
    pub(in crate::store) fn new(
        message: impl Into<Cow<'static, str>>,
        help: impl Into<Cow<'static, str>>,
    ) -> StoreConfigError {
        StoreConfigError { store: None, message: message.into(), help: help.into() }
    }

    /// Of that store.
    pub(super) fn of(self, store: Option<String>) -> StoreConfigError {
        StoreConfigError { store, ..self }
    }

    /// The code of its documentation page.
    pub fn code(&self) -> Code {
        Code::BadStore
    }

    /// What to do.
    pub fn help(&self) -> &str {
        &self.help
    }
}

/// A store that cannot be opened, or does not answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the store `{store}` cannot be used: {why}")]
pub struct StoreOpenError {
    pub(super) store: String,
    pub(super) why: String,
}

impl StoreOpenError {
    /// The code of its documentation page.
    pub fn code(&self) -> Code {
        Code::StoreNotReached
    }
}
