//! The command line.

pub(crate) mod audit;
pub(crate) mod gateway;
pub(crate) mod mcp;
pub(crate) mod test;
pub(crate) mod write;

use crate::exit::Exit;
use audit::AuditArgs;
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};
use gateway::GatewayArgs;
use mcp::McpArgs;
use std::ffi::OsString;
use std::path::PathBuf;
use test::TestArgs;
use write::{ConvertArgs, FmtArgs, InitArgs, LintArgs};

/// Runtime contracts for AI agents: decides before a tool call runs whether it may.
#[derive(Debug, Parser)]
#[command(name = "callguard", version, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub command: Command,
    /// When to use colours.
    #[arg(long, global = true, value_enum, default_value_t = Colour::Auto)]
    pub color: Colour,
}

impl Cli {
    /// A command line; help and errors of it end the process here.
    pub(crate) fn read(args: impl IntoIterator<Item = OsString>) -> Cli {
        let matches = Cli::described().get_matches_from(args);
        Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
    }

    /// The command line with its exit codes.
    pub(crate) fn described() -> clap::Command {
        Cli::command().after_help(Exit::table())
    }
}

/// When to use colours.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Colour {
    /// On a terminal.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Load policies and say everything that is wrong with them.
    Validate(ValidateArgs),
    /// Decide calls, without counting or running them.
    Check(CheckArgs),
    /// Say which decisions change between two policies, with a call for each.
    Diff(DiffArgs),
    /// Say what policies would have decided of the calls of audit logs.
    Replay(ReplayArgs),
    /// Say what policies say and hardly mean, and mend what is certain.
    Lint(LintArgs),
    /// Put policy files into one form; comments stay.
    Fmt(FmtArgs),
    /// Propose a policy that permits what was called, and nothing else.
    Init(InitArgs),
    /// Write policies of CallGuard 0.3 and of Edictum as policies of ours.
    Convert(ConvertArgs),
    /// Run PolicyTest files.
    Test(TestArgs),
    /// Explain an error code or a command line, or print a policy with everything made explicit.
    Explain(ExplainArgs),
    /// Print a JSON Schema.
    Schema(SchemaArgs),
    /// List, show or copy the shipped policies.
    Template(TemplateArgs),
    /// Print completions for a shell.
    Completions(CompletionsArgs),
    /// Guard a small file server with a shipped policy, and show each decision as it falls.
    Demo(DemoArgs),
    /// Guard MCP servers.
    Mcp(McpArgs),
    /// Serve MCP servers over HTTP, guarded, as a file says.
    Gateway(GatewayArgs),
    /// Verify and read audit logs.
    Audit(AuditArgs),
}

#[derive(Debug, Args)]
pub(crate) struct ValidateArgs {
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
}

#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    /// Policy files, or `template/NAME`; they decide together.
    #[arg(required = true)]
    pub policies: Vec<String>,
    /// The tool that is called.
    #[arg(long, value_name = "NAME", required_unless_present = "calls")]
    pub tool: Option<String>,
    /// Its arguments.
    #[arg(long, value_name = "JSON", default_value = "{}")]
    pub args: String,
    /// Who is asking.
    #[arg(long, value_name = "JSON", default_value = "{}")]
    pub principal: String,
    /// Where it runs.
    #[arg(long, value_name = "NAME")]
    pub environment: Option<String>,
    /// What the host says beside that.
    #[arg(long, value_name = "JSON", default_value = "{}")]
    pub metadata: String,
    /// Facts that the policies declare.
    #[arg(long, value_name = "JSON", default_value = "{}")]
    pub facts: String,
    /// Where relative paths start.
    #[arg(long, value_name = "DIR")]
    pub cwd: Option<String>,
    /// A result, to be judged by the postconditions.
    #[arg(long, value_name = "JSON", conflicts_with = "calls")]
    pub output: Option<String>,
    /// Calls, one JSON object a line; `-` reads standard input.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["tool", "args", "principal", "environment", "metadata", "facts", "cwd"])]
    pub calls: Option<PathBuf>,
    /// Decisions as JSON, one object a line.
    #[arg(long)]
    pub json: bool,
    /// Show each contract, each condition, its value and its truth.
    #[arg(long)]
    pub explain: bool,
}

#[derive(Debug, Args)]
pub(crate) struct DiffArgs {
    /// The policy as it was: a file, or `template/NAME`.
    pub old: String,
    /// The policy as it is to be.
    pub new: String,
    /// Audit logs, one JSON event a line: say which of their calls would be decided otherwise.
    #[arg(long, value_name = "LOG", num_args = 1..)]
    pub audit: Vec<PathBuf>,
    /// Calls, one JSON object a line, to be decided by both as well; `-` reads standard input.
    #[arg(long, value_name = "FILE")]
    pub calls: Option<PathBuf>,
    /// One JSON object.
    #[arg(long, conflicts_with = "markdown")]
    pub json: bool,
    /// Markdown, for a comment on a pull request.
    #[arg(long)]
    pub markdown: bool,
    /// With which differences to end in exit code 8.
    #[arg(long, value_enum, default_value_t = FailOn::Loosening, value_name = "WHICH")]
    pub fail_on: FailOn,
    /// How many columns a line of text has.
    #[arg(long, value_name = "COLUMNS", default_value_t = 100, value_parser = clap::value_parser!(u16).range(40..=400))]
    pub width: u16,
}

#[derive(Debug, Args)]
pub(crate) struct ReplayArgs {
    /// Policy files, or `template/NAME`; they decide together.
    #[arg(long = "policy", required = true, value_name = "POLICY")]
    pub policies: Vec<String>,
    /// Audit logs, the oldest first; what was rotated beside each is read with it, `-` is standard input.
    #[arg(long = "audit-log", required = true, value_name = "LOG", num_args = 1..)]
    pub audit_logs: Vec<PathBuf>,
    /// Where the calls go that are decided otherwise, one JSON object a line.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// One JSON object.
    #[arg(long)]
    pub json: bool,
    /// With which differences to end in exit code 8.
    #[arg(long, value_enum, default_value_t = FailOn::Never, value_name = "WHICH")]
    pub fail_on: FailOn,
    /// Where the calls ran.
    #[arg(long, value_name = "DIR", default_value = "/workspace")]
    pub workspace: String,
    /// The home of who ran them.
    #[arg(long, value_name = "DIR", default_value = "/home/agent")]
    pub home: String,
    /// How many columns a line of text has.
    #[arg(long, value_name = "COLUMNS", default_value_t = 100, value_parser = clap::value_parser!(u16).range(40..=400))]
    pub width: u16,
}

/// With which differences `diff` and `replay` fail.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum FailOn {
    /// A call gets a milder decision, or that cannot be ruled out.
    Loosening,
    /// A call is decided otherwise, or that cannot be ruled out.
    Any,
    /// With none.
    Never,
}

#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// An error code (`CG0201`), a policy file, or `template/NAME`.
    #[arg(required_unless_present = "command")]
    pub what: Option<String>,
    /// A command line: show what it runs, touches and reaches.
    #[arg(long, value_name = "LINE", conflicts_with = "what")]
    pub command: Option<String>,
    /// Where the command line runs.
    #[arg(long, value_name = "DIR", default_value = "/workspace", requires = "command")]
    pub cwd: String,
    /// The home of who runs it.
    #[arg(long, value_name = "DIR", default_value = "/home/agent", requires = "command")]
    pub home: String,
    /// JSON instead of text.
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct SchemaArgs {
    /// Of what.
    pub kind: SchemaKind,
}

/// What there is a schema of.
#[derive(Clone, Copy, Debug, ValueEnum)]
#[value(rename_all = "PascalCase")]
pub(crate) enum SchemaKind {
    /// Policies.
    Policy,
    /// Tests of policies.
    PolicyTest,
    /// The gateway's configuration.
    Gateway,
}

#[derive(Debug, Args)]
pub(crate) struct TemplateArgs {
    #[command(subcommand)]
    pub command: TemplateCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum TemplateCommand {
    /// List them.
    List {
        /// JSON instead of text.
        #[arg(long)]
        json: bool,
    },
    /// Print one.
    Show {
        /// Its name.
        name: String,
        /// Its tests instead.
        #[arg(long)]
        tests: bool,
    },
    /// Start a policy that extends one, with a test beside it.
    Init {
        /// Its name.
        name: String,
        /// Where.
        #[arg(long, default_value = ".")]
        dir: PathBuf,
    },
}

#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// For which shell.
    pub shell: clap_complete::Shell,
}

#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// Where the audit goes; otherwise a file of its own in the temporary folder.
    #[arg(long, value_name = "FILE")]
    pub audit: Option<PathBuf>,
    /// Decisions as JSON, one object a line.
    #[arg(long)]
    pub json: bool,
}
