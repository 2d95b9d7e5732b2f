//! A server that is a program, behind HTTP: one process for each session.

use super::Upstream;
use crate::config::ProcessConfig;
use crate::mcp::exchange::{Exchange, Mark};
use crate::mcp::frame::FrameLimits;
use crate::mcp::guarded::Guarded;
use crate::mcp::outlet::Outlet;
use crate::mcp::process::Server;
use crate::mcp::relay::{Learnt, Own, Relay};
use crate::mcp::stdio::remark;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::process::Command;
use tokio::sync::mpsc::{Receiver, UnboundedReceiver, unbounded_channel};
use tokio::sync::{Mutex, mpsc, oneshot};

/// Messages that wait for somebody to listen.
const MAILBOX: usize = 256;
/// How long an ended server's last words may take.
const LAST_WORDS: Duration = Duration::from_millis(200);

/// A running process and what it says unasked. Dropped, the process is ended.
pub(super) struct ProcessSession {
    to_server: Outlet,
    /// What is for nobody in particular, for one listener at a time.
    pub(super) mailbox: Mutex<Receiver<Vec<u8>>>,
    ended: Arc<AtomicBool>,
    _stop: oneshot::Sender<()>,
}

/// Starts the server; `judge` decides what reaches it.
pub(super) fn start(
    upstream: &Upstream,
    config: &ProcessConfig,
    judge: Guarded,
    running: Arc<()>,
) -> Result<(Arc<Relay<Guarded>>, ProcessSession), String> {
    let mut command = Command::new(&config.program);
    command.args(&config.args);
    for (name, value) in &config.env {
        command.env(name, value.reveal()?);
    }
    let (server, stdin, stdout) = Server::start(command).map_err(|error| error.to_string())?;
    let to_server = Outlet::new(stdin);
    let learnt = Learnt { quarantine: upstream.quarantine(), ..upstream.learnt.clone() };
    let relay = Relay::new(judge, Own::Lines(to_server.clone()), learnt, FrameLimits::default(), Box::new(remark));
    let (unasked, mailbox) = mpsc::channel(MAILBOX);
    let (stop, stopped) = oneshot::channel();
    let ended = Arc::new(AtomicBool::new(false));
    let attending = attend(Arc::clone(&relay), server, stdout, Outlet::mailbox(unasked), Arc::clone(&ended), stopped);
    tokio::spawn(async move {
        attending.await;
        drop(running);
    });
    Ok((relay, ProcessSession { to_server, mailbox: Mutex::new(mailbox), ended, _stop: stop }))
}

/// Carries what the process says until it or the session ends.
async fn attend(
    relay: Arc<Relay<Guarded>>,
    mut server: Server,
    stdout: tokio::process::ChildStdout,
    unasked: Outlet,
    ended: Arc<AtomicBool>,
    stopped: oneshot::Receiver<()>,
) {
    {
        let mut saying = std::pin::pin!(relay.server_to_client(stdout, &unasked));
        tokio::select! {
            _gone = &mut saying => {}
            _dead = server.ended() => {
                // What it said last may still be on its way; a child of its own may hold its output open for ever.
                let _late = tokio::time::timeout(LAST_WORDS, &mut saying).await;
            }
            _stop = stopped => {}
        }
    }
    ended.store(true, Ordering::SeqCst);
    // Nobody may be left to be told.
    let _told = relay.end(None, &unasked).await;
    if let Err(error) = server.end().await {
        remark(&format!("the server's process cannot be ended: {error}"));
    }
}

impl ProcessSession {
    pub(super) fn has_ended(&self) -> bool {
        self.ended.load(Ordering::SeqCst)
    }

    /// Says something to the server. What comes back ends once every request of it is answered.
    pub(super) fn say(&self, relay: &Arc<Relay<Guarded>>, body: Vec<u8>) -> UnboundedReceiver<Vec<u8>> {
        let (lines, answers) = unbounded_channel();
        let exchange = Exchange {
            to_client: Outlet::lines(lines),
            to_server: self.to_server.clone(),
            keeps_answers: true,
            is_alone: true,
            mark: Mark::default(),
        };
        let relay = Arc::clone(relay);
        // A client that goes away has not cancelled: what it said is said.
        tokio::spawn(async move {
            let mut line = body;
            line.push(b'\n');
            if relay.client_says(line, &exchange).await.is_err() {
                for line in relay.unanswered(&exchange.mark) {
                    // A queue takes every line.
                    let _taken = exchange.to_client.send(&line).await;
                }
            }
        });
        answers
    }
}
