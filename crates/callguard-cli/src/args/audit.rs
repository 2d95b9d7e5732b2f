//! The arguments of `callguard audit`.

use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct AuditArgs {
    #[command(subcommand)]
    pub command: AuditCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// Find every record that was changed, taken out, put in, moved or cut off.
    Verify(VerifyArgs),
    /// Show the newest events.
    Tail(TailArgs),
    /// Show the events that are asked for.
    Query(QueryArgs),
    /// Write events in another form.
    Export(ExportArgs),
    /// Make a pair of keys for checkpoints: PATH, and PATH.pub.
    Keygen {
        /// Where the private key goes.
        path: PathBuf,
        /// JSON instead of text.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    /// The log's file; those that were rotated are found beside it.
    pub log: PathBuf,
    /// The public key of checkpoints; several, if it was changed.
    #[arg(long = "key", value_name = "FILE")]
    pub keys: Vec<PathBuf>,
    /// A checkpoint that was kept elsewhere (a copy of LOG.head): the log must still hold it.
    #[arg(long, value_name = "FILE")]
    pub head: Option<PathBuf>,
    /// JSON instead of text.
    #[arg(long)]
    pub json: bool,
}

/// Which events.
#[derive(Debug, Args)]
pub(crate) struct FilterArgs {
    /// Not before: a time (`2026-01-31T10:00:00Z`) or so long ago (`2h`).
    #[arg(long, value_name = "TIME")]
    pub since: Option<String>,
    /// Before: a time, or so long ago.
    #[arg(long, value_name = "TIME")]
    pub until: Option<String>,
    /// The tool, or a glob as in policies.
    #[arg(long, value_name = "GLOB")]
    pub tool: Option<String>,
    /// `allow`, `deny`, `ask`, or an action such as `call_executed`.
    #[arg(long, value_name = "WORD")]
    pub decision: Option<String>,
    /// A contract that decided or applied: `POLICY/ID` or `ID`.
    #[arg(long, value_name = "ID")]
    pub contract: Option<String>,
    /// A user, a service or a role.
    #[arg(long, value_name = "WHO")]
    pub principal: Option<String>,
    /// A session.
    #[arg(long, value_name = "ID")]
    pub session: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct TailArgs {
    /// The log's file.
    pub log: PathBuf,
    /// How many.
    #[arg(short = 'n', long, value_name = "COUNT", default_value_t = 10)]
    pub lines: usize,
    /// Wait for more.
    #[arg(short, long)]
    pub follow: bool,
    #[command(flatten)]
    pub filter: FilterArgs,
    /// JSON, one object a line.
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct QueryArgs {
    /// The log's file; those that were rotated are found beside it.
    pub log: PathBuf,
    #[command(flatten)]
    pub filter: FilterArgs,
    /// At most so many.
    #[arg(long, value_name = "COUNT")]
    pub limit: Option<usize>,
    /// JSON, one object a line.
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    /// The log's file; those that were rotated are found beside it.
    pub log: PathBuf,
    /// In which form.
    #[arg(long, value_enum, default_value_t = ExportForm::Jsonl)]
    pub format: ExportForm,
    /// Where; otherwise standard output.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    #[command(flatten)]
    pub filter: FilterArgs,
    /// How much was written, as JSON.
    #[arg(long, requires = "output")]
    pub json: bool,
}

/// Forms of events.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum ExportForm {
    /// One JSON object a line, as in the log.
    Jsonl,
    /// Comma-separated values with a line of names.
    Csv,
    /// OCSF API Activity, one JSON object a line.
    Ocsf,
}
