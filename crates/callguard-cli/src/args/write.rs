//! What helps to write policies: `lint`, `fmt`, `init`, `convert`.

use clap::{Args, ValueEnum};
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct LintArgs {
    /// Policy files, folders of them, or `template/NAME`.
    #[arg(required = true)]
    pub files: Vec<String>,
    /// One JSON object with every finding.
    #[arg(long, conflicts_with = "sarif")]
    pub json: bool,
    /// SARIF 2.1.0, for code hosts.
    #[arg(long)]
    pub sarif: bool,
    /// Load the files as one set that decides together, not each by itself.
    #[arg(long)]
    pub together: bool,
    /// Mend what is certain, in the files themselves.
    #[arg(long)]
    pub fix: bool,
    /// The tools that there are: what an MCP server answers to `tools/list`, or what a model is given.
    #[arg(long, value_name = "FILE", conflicts_with = "mcp")]
    pub tools: Option<PathBuf>,
    /// A stdio MCP server to ask for its tools: the rest of the line is its command.
    #[arg(long, value_name = "COMMAND", num_args = 1.., allow_hyphen_values = true)]
    pub mcp: Vec<String>,
    /// From which severity on to end in exit code 9.
    #[arg(long, value_enum, default_value_t = FailOnFinding::Warning, value_name = "SEVERITY")]
    pub fail_on: FailOnFinding,
    /// How many columns a line of text has.
    #[arg(long, value_name = "COLUMNS", default_value_t = 100, value_parser = clap::value_parser!(u16).range(40..=400))]
    pub width: u16,
}

#[derive(Debug, Args)]
pub(crate) struct FmtArgs {
    /// Policy files, or folders of them; `-` puts standard input on standard output.
    #[arg(required = true)]
    pub files: Vec<String>,
    /// Write nothing: say which files differ, and end in exit code 9 if one does.
    #[arg(long)]
    pub check: bool,
}

#[derive(Debug, Args)]
pub(crate) struct InitArgs {
    /// Audit logs; what was rotated beside each is read with it. With a server: where its session is recorded.
    #[arg(long = "audit-log", value_name = "LOG", num_args = 1..)]
    pub audit_logs: Vec<PathBuf>,
    /// The tools that there are: for those that were never called, a person is asked.
    #[arg(long, value_name = "FILE")]
    pub tools: Option<PathBuf>,
    /// What the policy is called.
    #[arg(long, value_name = "NAME", default_value = "proposed")]
    pub name: String,
    /// Where the policy goes; otherwise to standard output.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Write over a file that is there.
    #[arg(long)]
    pub force: bool,
    /// Permit the calls that were denied, too.
    #[arg(long)]
    pub with_denied: bool,
    /// Where the calls ran: `/workspace`, or with a server this folder.
    #[arg(long, value_name = "DIR")]
    pub workspace: Option<String>,
    /// The home of who ran them: `/home/agent`, or with a server yours.
    #[arg(long, value_name = "DIR")]
    pub home: Option<String>,
    /// The command of a stdio MCP server: it is run and watched, and the policy proposed when its session ends.
    #[arg(last = true, requires = "output")]
    pub command: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct ConvertArgs {
    /// Files with a `ContractBundle` of `callguard/v1` (0.3), or a `Ruleset` or `ContractBundle` of `edictum/v1`.
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
    /// Where the policies go, a file or a folder that is there; otherwise to standard output.
    #[arg(short, long, value_name = "PATH")]
    pub output: Option<PathBuf>,
    /// Write over files that are there.
    #[arg(long)]
    pub force: bool,
    /// One JSON object with every policy and every note.
    #[arg(long, conflicts_with = "output")]
    pub json: bool,
    /// How many columns a line of text has.
    #[arg(long, value_name = "COLUMNS", default_value_t = 100, value_parser = clap::value_parser!(u16).range(40..=400))]
    pub width: u16,
}

/// With which findings `lint` fails.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum FailOnFinding {
    /// With any.
    Note,
    /// With what deserves a look.
    Warning,
    /// With none.
    Never,
}
