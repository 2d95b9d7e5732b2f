//! `callguard mcp`: guards MCP servers.

use crate::args::{McpArgs, McpCommand, McpRunArgs};
use crate::exit::Exit;
use crate::input;
use crate::screen::{Failure, Screen};
use crate::store;
use callguard::Guard;
use callguard::sink::FileAuditSink;
use callguard_gateway::GatewayError;
use callguard_gateway::mcp::{StdioEnd, StdioGuard, run_stdio};
use std::ffi::OsString;

pub(crate) fn run(args: McpArgs, screen: &mut Screen) -> Result<Exit, Failure> {
    match args.command {
        McpCommand::Run(args) => guarded(args, screen),
        McpCommand::DemoServer { root } => super::demo::server::run(&root),
    }
}

/// Standard output is the protocol: nothing else is printed there.
fn guarded(args: McpRunArgs, screen: &mut Screen) -> Result<Exit, Failure> {
    let mut builder = args.policies.iter().fold(Guard::builder(), |builder, name| builder.file(name));
    if let Some(path) = &args.audit {
        let sink = FileAuditSink::open(path)
            .map_err(|error| Failure::Outside(format!("cannot open the audit file `{}`: {error}", path.display())))?;
        builder = builder.audit(sink);
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::Outside(format!("cannot start: {error}")))?;
    if let Some(config) = store::config(args.store.as_deref())? {
        builder = builder.store(runtime.block_on(store::open(&config))?);
    }
    let principal = input::principal(&args.principal)?;
    let guard = builder.paths(input::host_paths()).build()?;
    let mut command = args.command.into_iter().map(OsString::from);
    let Some(program) = command.next() else {
        return Err(Failure::Usage("name the server's command after `--`".to_owned()));
    };
    let mut config = StdioGuard::new(guard, program, command);
    config.principal = principal;
    config.environment = args.environment;
    config.server = args.server;
    let end = runtime.block_on(run_stdio(config)).map_err(outside)?;
    runtime.shutdown_background();
    Ok(match end {
        StdioEnd::ClientClosed => Exit::Ok,
        StdioEnd::ServerEnded(status) => {
            screen.note(format_args!("callguard: the server ended ({status})"));
            Exit::Failed
        }
        StdioEnd::Signalled(_) => Exit::Ok,
    })
}

fn outside(error: GatewayError) -> Failure {
    Failure::Outside(format!("{error} ({})\nhelp: {}", error.code(), error.help()))
}
