//! The store that a command line or the environment names.

use crate::screen::Failure;
use callguard::engine::diagnostic::Code;
use callguard::engine::session::StoreError;
use callguard::store::{Store, StoreConfig, StoreConfigError};
use std::sync::Arc;

/// Names the store where the command line does not.
const VARIABLE: &str = "CALLGUARD_STORE";

/// What `--store` or the environment says; none where neither does.
pub(crate) fn config(given: Option<&str>) -> Result<Option<StoreConfig>, Failure> {
    if given.is_some_and(StoreConfig::spells_password) {
        return Err(Failure::Usage(format!(
            "a password on the command line can be read by every user of the machine ({})\n\
             help: write `${{env:NAME}}` in its place, name a `password_file`, or set `{VARIABLE}`",
            Code::BadStore
        )));
    }
    let text = given.map(str::to_owned).or_else(|| std::env::var(VARIABLE).ok().filter(|text| !text.is_empty()));
    text.map(|text| StoreConfig::parse(&text)).transpose().map_err(|error| unusable(&error))
}

/// The store, which answers.
pub(crate) async fn open(config: &StoreConfig) -> Result<Arc<dyn Store>, Failure> {
    let store = config.open().map_err(|error| unreached(&error))?;
    store.health().await.map_err(|error| unreached(&error))?;
    Ok(store)
}

fn unusable(error: &StoreConfigError) -> Failure {
    Failure::Usage(format!("{error} ({})\nhelp: {}", error.code(), error.help()))
}

fn unreached(error: &StoreError) -> Failure {
    let (why, code) = (error.reason(), Code::StoreNotReached);
    Failure::Outside(format!(
        "the store cannot be used: {why} ({code})\nhelp: `callguard explain {code}` says what to look at"
    ))
}
