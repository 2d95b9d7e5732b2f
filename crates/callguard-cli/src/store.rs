//! The store that a command line or the environment names.

use crate::screen::Failure;
use callguard::engine::diagnostic::Code;
use callguard::store::{Store, StoreConfig, StoreConfigError, StoreOpenError};
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
    config.open_ready().await.map_err(|error| unreached(&error))
}

fn unusable(error: &StoreConfigError) -> Failure {
    Failure::Usage(format!("{error} ({})\nhelp: {}", error.code(), error.help()))
}

fn unreached(error: &StoreOpenError) -> Failure {
    let code = error.code();
    Failure::Outside(format!("{error} ({code})\nhelp: `callguard explain {code}` says what to look at"))
}
