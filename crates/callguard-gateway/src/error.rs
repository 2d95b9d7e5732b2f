//! What can go wrong before a gateway is at work.

use callguard::engine::diagnostic::Code;
use std::io;

/// Why a gateway cannot run.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct GatewayError(#[from] Cause);

#[derive(Debug, thiserror::Error)]
pub(crate) enum Cause {
    #[error("the server `{command}` cannot be started: {source}")]
    NotStarted { command: String, source: io::Error },
    #[error("the server's process cannot be watched: {0}")]
    Watch(io::Error),
    #[error("the server `{command}` does not say which tools it has: {why}")]
    NotListed { command: String, why: String },
    #[error("{what} cannot be used: {why}")]
    Unusable { what: String, why: String },
}

impl GatewayError {
    /// The code of its documentation page.
    pub fn code(&self) -> Code {
        match self.0 {
            Cause::NotStarted { .. } => Code::ServerNotStarted,
            Cause::Watch(_) => Code::ServerNotWatched,
            Cause::NotListed { .. } => Code::ServerNotListed,
            Cause::Unusable { .. } => Code::GatewayNotReady,
        }
    }

    /// What to do.
    pub fn help(&self) -> &'static str {
        match self.0 {
            Cause::NotStarted { .. } => {
                "the command after `--` is run as it stands, without a shell: check its name and path"
            }
            Cause::Watch(_) => "this is the operating system's refusal: check limits on processes, threads and files",
            Cause::NotListed { .. } => {
                "run the command by hand: it must speak MCP over standard input and output; what it says on standard error is above"
            }
            Cause::Unusable { .. } => "look at what the configuration names there",
        }
    }
}
