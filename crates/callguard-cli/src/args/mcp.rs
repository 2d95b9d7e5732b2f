//! The arguments of `callguard mcp`.

use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct McpArgs {
    #[command(subcommand)]
    pub command: McpCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum McpCommand {
    /// Run a stdio MCP server behind the guard.
    Run(McpRunArgs),
    /// Write down what a server says of its tools, as accepted: `mcp run --pins` keeps every other definition from the agent.
    Pin(McpPinArgs),
    /// Say what a server says otherwise of its tools than was accepted.
    Diff(McpPinsArgs),
    /// Take what a server says of its tools now, or of some of them, as accepted.
    Accept(McpAcceptArgs),
    /// The demo's own file server, on standard input and output.
    #[command(hide = true)]
    DemoServer {
        /// The folder it serves.
        root: PathBuf,
    },
}

/// Requests that are judged where asked for.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Governed {
    /// `resources/read`
    Resources,
    /// `prompts/get`
    Prompts,
}

#[derive(Debug, Args)]
pub(crate) struct McpRunArgs {
    /// Policy files, or `template/NAME`; they decide together.
    #[arg(long = "policy", required = true, value_name = "POLICY")]
    pub policies: Vec<String>,
    /// Who is asking.
    #[arg(long, value_name = "JSON", default_value = "{}")]
    pub principal: String,
    /// Where it runs.
    #[arg(long, value_name = "NAME")]
    pub environment: Option<String>,
    /// What policies call the server.
    #[arg(long, value_name = "NAME")]
    pub server: Option<String>,
    /// Where audit events go, one JSON object a line.
    #[arg(long, value_name = "FILE")]
    pub audit: Option<PathBuf>,
    /// A file with a section `audit`: sinks, and how they are written.
    #[arg(long, value_name = "FILE")]
    pub audit_config: Option<PathBuf>,
    /// Where sessions live: `memory`, `sqlite:PATH`, `redis://HOST`, `postgres://HOST/DATABASE`; otherwise what
    /// `CALLGUARD_STORE` says.
    #[arg(long, value_name = "STORE")]
    pub store: Option<String>,
    /// Tools as they were accepted by `mcp pin`: others are neither listed nor called.
    #[arg(long, value_name = "FILE")]
    pub pins: Option<PathBuf>,
    /// What is judged besides calls of tools, as a call of `mcp:resources/read` or `mcp:prompts/get`.
    #[arg(long = "govern", value_name = "WHAT", value_delimiter = ',')]
    pub governs: Vec<Governed>,
    /// The server's command and its arguments.
    #[arg(last = true, required = true)]
    pub command: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct McpPinsArgs {
    /// Where the accepted definitions are.
    #[arg(long, value_name = "FILE", default_value = "tools.pins.json")]
    pub pins: PathBuf,
    /// One JSON object.
    #[arg(long)]
    pub json: bool,
    /// How many seconds the server has to say its tools.
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=3_600))]
    pub timeout: u64,
    /// The server's command and its arguments.
    #[arg(last = true, required = true)]
    pub command: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct McpPinArgs {
    /// Accept definitions with findings too.
    #[arg(long)]
    pub accept_findings: bool,
    #[command(flatten)]
    pub pins: McpPinsArgs,
}

#[derive(Debug, Args)]
pub(crate) struct McpAcceptArgs {
    /// A tool to accept as it is now (repeat it for several); otherwise all, and those that are gone are forgotten.
    #[arg(long = "tool", value_name = "NAME")]
    pub tools: Vec<String>,
    #[command(flatten)]
    pub pin: McpPinArgs,
}
