//! `callguard mcp`: guards MCP servers.

mod pins;

use crate::args::mcp::{Governed, McpArgs, McpCommand, McpRunArgs};
use crate::exit::Exit;
use crate::input;
use crate::screen::{Failure, Screen};
use crate::store;
use callguard::engine::policy::PolicyFile;
use callguard::sink::{AuditConfig, FileAuditSink};
use callguard::{Guard, GuardBuilder, OtlpExport};
use callguard_gateway::GatewayError;
use callguard_gateway::mcp::{Pins, Route, StdioEnd, StdioGuard, run_stdio};
use std::ffi::OsString;
use std::path::Path;
use tokio::runtime::{Builder, Runtime};

/// Permits everything.
const WATCH: &str = "apiVersion: callguard/v1\nkind: Policy\nmetadata: { name: watch }\nspec: { mode: observe }\n";

pub(crate) fn run(args: McpArgs, screen: &mut Screen) -> Result<Exit, Failure> {
    match args.command {
        McpCommand::Run(args) => guarded(args, screen),
        McpCommand::Pin(args) => pins::pin(&args, screen),
        McpCommand::Diff(args) => pins::diff(&args, screen),
        McpCommand::Accept(args) => pins::accept(&args, screen),
        McpCommand::DemoServer { root } => super::demo::server::run(&root),
    }
}

/// Standard output is the protocol: nothing else is printed there.
fn guarded(args: McpRunArgs, screen: &mut Screen) -> Result<Exit, Failure> {
    let mut builder = args.policies.iter().fold(Guard::builder(), |builder, name| builder.file(name));
    if let Some(path) = &args.audit {
        builder = builder.audit(opened(path)?);
    }
    if let Some(path) = &args.audit_config {
        builder = configured(builder, path)?;
    }
    let runtime = started()?;
    if let Some(config) = store::config(args.store.as_deref())? {
        builder = builder.store(runtime.block_on(store::open(&config))?);
    }
    let principal = input::principal(&args.principal)?;
    let export = OtlpExport::from_env("callguard-mcp").map_err(|error| Failure::Outside(error.to_string()))?;
    if let Some(export) = &export {
        builder = builder.telemetry(export.telemetry());
    }
    let guard = builder.paths(input::host_paths()).build()?;
    let mut command = args.command.into_iter().map(OsString::from);
    let Some(program) = command.next() else {
        return Err(Failure::Usage("name the server's command after `--`".to_owned()));
    };
    let mut config = StdioGuard::new(guard, program, command);
    config.principal = principal;
    config.environment = args.environment;
    config.server = args.server;
    config.governs = args.governs.into_iter().map(route).collect();
    config.pins = args.pins.map(Pins::read).transpose().map_err(pins::unusable)?;
    let end = runtime.block_on(run_stdio(config)).map_err(outside)?;
    runtime.shutdown_background();
    if let Some(Err(why)) = export.map(OtlpExport::shutdown) {
        screen.note(format_args!("callguard: {why}"));
    }
    Ok(ended(end, screen))
}

/// How a session ended; the server's own end is a failure, and is said.
fn ended(end: StdioEnd, screen: &mut Screen) -> Exit {
    match end {
        StdioEnd::ClientClosed => Exit::Ok,
        StdioEnd::ServerEnded(status) => {
            screen.note(format_args!("callguard: the server ended ({status})"));
            Exit::Failed
        }
        StdioEnd::Signalled(_) => Exit::Ok,
    }
}

/// Runs a server behind a guard that records to `log` and stops nothing, until the session ends.
pub(crate) fn watched(command: &[String], log: &Path, screen: &mut Screen) -> Result<Exit, Failure> {
    let mut command = command.iter().map(OsString::from);
    let Some(program) = command.next() else {
        return Err(Failure::Usage("name the server's command after `--`".to_owned()));
    };
    let builder = Guard::builder().policy(PolicyFile::new("watch.yaml", WATCH)).audit(opened(log)?);
    let runtime = started()?;
    let guard = builder.paths(input::host_paths()).build()?;
    let end = runtime.block_on(run_stdio(StdioGuard::new(guard, program, command))).map_err(outside)?;
    runtime.shutdown_background();
    Ok(ended(end, screen))
}

fn opened(path: &Path) -> Result<FileAuditSink, Failure> {
    let unopened = |error| Failure::Outside(format!("cannot open the audit file `{}`: {error}", path.display()));
    FileAuditSink::open(path).map_err(unopened)
}

fn started() -> Result<Runtime, Failure> {
    let runtime = Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| Failure::Outside(format!("cannot start: {error}")))
}

/// With the sinks of a configuration file.
fn configured(builder: GuardBuilder, path: &Path) -> Result<GuardBuilder, Failure> {
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure::Outside(format!("cannot read the audit configuration `{name}`: {error}")))?;
    let config = AuditConfig::read(&name, &text).map_err(|error| Failure::Outside(error.to_string()))?;
    if config.uses_stdout() {
        let says = format!("`{name}` has the sink `stdout`, and standard output of `mcp run` is the protocol");
        return Err(Failure::Usage(says));
    }
    builder.audit_config(&config).map_err(|error| Failure::Outside(error.to_string()))
}

/// What a gateway could not do, with what to do about it.
pub(crate) fn outside(error: GatewayError) -> Failure {
    Failure::Outside(format!("{error} ({})\nhelp: {}", error.code(), error.help()))
}

fn route(governed: Governed) -> Route {
    match governed {
        Governed::Resources => Route::Resource,
        Governed::Prompts => Route::Prompt,
    }
}
