//! A guarded MCP server over standard input and output.

use super::exchange::Exchange;
use super::frame::FrameLimits;
use super::guarded::{Context, Guarded};
use super::judge::Judge;
use super::outlet::Outlet;
use super::pins::Pins;
use super::process::Server;
use super::relay::{Gone, Grace, Learnt, Own, Relay};
use super::route::Route;
use super::std_streams;
use crate::error::{Cause, GatewayError};
use callguard::{Guard, Object, Principal};
use std::ffi::OsString;
use std::io::{self, Write};
use std::pin::pin;
use std::process::ExitStatus;
use std::sync::Arc;
use std::time::Duration;
use tokio::process::Command;

/// How long what is left to say may take once it is over.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// A server to guard, and on whose behalf it is called. None of it can be set by a frame.
#[derive(Clone)]
#[non_exhaustive]
pub struct StdioGuard {
    /// What decides.
    pub guard: Guard,
    /// The server's program.
    pub command: OsString,
    /// Its arguments.
    pub args: Vec<OsString>,
    /// Who calls.
    pub principal: Principal,
    /// Where calls run: `production`, `staging`, ….
    pub environment: Option<String>,
    /// The host's session; without one the session is the principal's, else the guard's.
    pub session_id: Option<String>,
    /// What policies call the server (`tool.server`).
    pub server: Option<String>,
    /// Whatever else policies may ask for (`metadata.X`).
    pub metadata: Object,
    /// Tools with other definitions than these are neither listed nor called; without, every tool counts as accepted.
    pub pins: Option<Pins>,
    /// What is judged besides calls of tools.
    pub governs: Vec<Route>,
}

/// How a guarded server ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StdioEnd {
    /// The client closed its side, and the server was ended.
    ClientClosed,
    /// The server ended while the client was still there: every request in flight was answered with an error.
    ServerEnded(ExitStatus),
    /// A signal asked for the end, and the server was ended. The number is the signal's.
    Signalled(i32),
}

impl StdioGuard {
    /// A guard before the server that `command` starts, called by nobody in particular.
    pub fn new(guard: Guard, command: impl Into<OsString>, args: impl IntoIterator<Item = OsString>) -> StdioGuard {
        StdioGuard {
            guard,
            command: command.into(),
            args: args.into_iter().collect(),
            principal: Principal::default(),
            environment: None,
            session_id: None,
            server: None,
            metadata: Object::default(),
            pins: None,
            governs: Vec::new(),
        }
    }
}

/// Runs the server behind the guard until the client, the server or a signal ends it, on a Tokio runtime with I/O and
/// time. Owns standard input and output of the process; the server's standard error is ours.
///
/// When it returns, every audit event was handed to its sinks, and the server is no more. A thread may still wait for
/// input that will never come: it does not keep the process from ending.
///
/// # Errors
/// The server cannot be started, or the operating system refuses what is needed to watch it.
pub async fn run_stdio(config: StdioGuard) -> Result<StdioEnd, GatewayError> {
    let StdioGuard { guard, command, args, principal, environment, session_id, server, metadata, pins, governs } =
        config;
    let context = Arc::new(Context { principal, environment, session_id, server, metadata, governs });
    let mut process = Command::new(&command);
    process.args(args);
    let end = serve(Guarded { guard: guard.clone(), context }, process, &command.to_string_lossy(), pins).await;
    guard.flush();
    end.map_err(GatewayError::from)
}

async fn serve(judge: impl Judge, command: Command, name: &str, pins: Option<Pins>) -> Result<StdioEnd, Cause> {
    let signal = signals().map_err(Cause::Watch)?;
    let started = Server::start(command);
    let (mut server, to_server, from_server) =
        started.map_err(|source| Cause::NotStarted { command: name.to_owned(), source })?;
    let (to_client, written) = std_streams::output().map_err(Cause::Watch)?;
    let from_client = std_streams::input().map_err(Cause::Watch)?;
    let pipes = Exchange::pipes(Outlet::new(to_client), Outlet::new(to_server));
    let own = Own::Lines(pipes.to_server.clone());
    let relay = Relay::new(judge, own, Learnt::new(pins), FrameLimits::default(), Box::new(remark));
    let mut running = pin!(relay.run(from_client, from_server, &pipes, Grace::default()));
    let (gone, signal) = tokio::select! {
        gone = &mut running => (Some(gone), None),
        _ended = server.ended() => {
            // What it said last may still be on its way; a child of its own may hold its output open for ever.
            (Some(tokio::time::timeout(LAST_WORDS, &mut running).await.unwrap_or(Gone::Server)), None)
        }
        signal = signal => (None, Some(signal)),
    };
    let last_words = async {
        // A client that is gone cannot be told.
        let _told = relay.end(gone, &pipes.to_client).await;
        pipes.to_client.close().await;
        // Without its word the thread has ended: there is nothing more to write.
        let _ended = written.await;
    };
    // A client that does not read cannot be told.
    let _told = tokio::time::timeout(LAST_WORDS, last_words).await;
    let status = server.end().await.map_err(Cause::Watch)?;
    Ok(match (gone, signal) {
        (_, Some(signal)) => StdioEnd::Signalled(signal),
        (Some(Gone::Client), None) => StdioEnd::ClientClosed,
        (Some(Gone::Server) | None, None) => StdioEnd::ServerEnded(status),
    })
}

/// Resolves to the number of the signal that asks for the end.
#[cfg(unix)]
fn signals() -> io::Result<impl Future<Output = i32>> {
    use tokio::signal::unix::{SignalKind, signal};

    let [mut hangup, mut interrupt, mut terminate] =
        [signal(SignalKind::hangup())?, signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?];
    Ok(async move {
        tokio::select! {
            _ = hangup.recv() => SignalKind::hangup().as_raw_value(),
            _ = interrupt.recv() => SignalKind::interrupt().as_raw_value(),
            _ = terminate.recv() => SignalKind::terminate().as_raw_value(),
        }
    })
}

#[cfg(not(unix))]
fn signals() -> io::Result<impl Future<Output = i32>> {
    Ok(async {
        match tokio::signal::ctrl_c().await {
            Ok(()) => 2,
            Err(_) => std::future::pending().await,
        }
    })
}

/// Says something to whoever reads our standard error, where the server speaks too.
pub(crate) fn remark(text: &str) {
    // Where nobody can hear it, there is nobody to tell.
    let _unheard = writeln!(io::stderr(), "callguard: {text}");
}
