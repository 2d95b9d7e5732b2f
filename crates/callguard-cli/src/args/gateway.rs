//! The arguments of `callguard gateway`.

use clap::{Args, Subcommand};
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct GatewayArgs {
    #[command(subcommand)]
    pub command: GatewayCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum GatewayCommand {
    /// Serve until a signal ends it; SIGHUP and changes of the files make it read them again.
    Run(GatewayFileArgs),
    /// Say everything that is wrong with a configuration and its policies. Nothing is opened.
    Validate(GatewayFileArgs),
    /// Make a key for a caller, and say what the configuration holds of it.
    Key,
}

#[derive(Debug, Args)]
pub(crate) struct GatewayFileArgs {
    /// A document of `kind: Gateway`.
    pub file: PathBuf,
}
