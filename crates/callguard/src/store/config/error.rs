//! What is wrong with the text that names a store.

use callguard_engine::diagnostic::Code;
use std::borrow::Cow;

/// A text that names no store that can be used. It never shows the text itself, which may hold a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct StoreConfigError {
    message: Cow<'static, str>,
    help: Cow<'static, str>,
}

impl StoreConfigError {
    pub(in crate::store) fn new(
        message: impl Into<Cow<'static, str>>,
        help: impl Into<Cow<'static, str>>,
    ) -> StoreConfigError {
        StoreConfigError { message: message.into(), help: help.into() }
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
