//! Carries frames between a client and a server, judging what is governed and leaving every other byte alone.

use super::answer;
use super::envelope::Malformed;
use super::era::Handshake;
use super::frame::{Frame, FrameLimits, FrameReader};
use super::in_flight::{InFlight, Request};
use super::judge::{Judge, RunningOf};
use super::outlet::Outlet;
use super::pins::Pins;
use super::quarantine::Quarantine;
use super::unknown_tool::UnknownTools;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::io::AsyncRead;
use tokio::sync::Notify;
use tokio::task::JoinSet;

/// One client, one server, and the guard between them.
pub(crate) struct Relay<J: Judge> {
    pub(crate) judge: J,
    pub(crate) to_client: Outlet,
    pub(crate) to_server: Outlet,
    pub(crate) unknown_tools: UnknownTools,
    pub(super) quarantine: Option<Quarantine>,
    pub(super) session: Mutex<Session<RunningOf<J>>>,
    pub(super) changed: Notify,
    pub(super) tasks: Mutex<JoinSet<()>>,
    limits: FrameLimits,
    pub(super) remark: Remark,
}

/// Takes sentences for whoever operates the gateway.
pub(crate) type Remark = Box<dyn Fn(&str) + Send + Sync>;

/// What changes as frames go by.
pub(crate) struct Session<P> {
    pub(crate) in_flight: InFlight<P>,
    pub(crate) handshake: Handshake,
}

/// The side that is no longer there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gone {
    Client,
    Server,
}

/// How long a server may take to end once its input has.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Grace {
    /// While requests are in flight.
    pub(crate) busy: Duration,
    /// When none is. Clients wait two seconds for us.
    pub(crate) idle: Duration,
}

impl Default for Grace {
    fn default() -> Grace {
        Grace { busy: Duration::from_secs(10), idle: Duration::from_millis(1_200) }
    }
}

/// What the other side gets of a message.
#[derive(Debug)]
pub(super) enum Onward {
    AsItCame,
    Line(Vec<u8>),
    Nothing,
}

impl<J: Judge> Relay<J> {
    pub(crate) fn new(
        judge: J,
        to_client: Outlet,
        to_server: Outlet,
        limits: FrameLimits,
        pins: Option<Pins>,
        remark: Remark,
    ) -> Arc<Self> {
        Arc::new(Relay {
            judge,
            to_client,
            to_server,
            unknown_tools: UnknownTools::default(),
            quarantine: pins.map(Quarantine::new),
            session: Mutex::new(Session { in_flight: InFlight::default(), handshake: Handshake::default() }),
            changed: Notify::new(),
            tasks: Mutex::new(JoinSet::new()),
            limits,
            remark,
        })
    }

    /// Carries frames both ways until one side is gone, and says which.
    pub(crate) async fn run(
        self: &Arc<Self>,
        client: impl AsyncRead + Unpin,
        server: impl AsyncRead + Unpin,
        grace: Grace,
    ) -> Gone {
        let mut upward = pin!(self.client_to_server(client));
        let mut downward = pin!(self.server_to_client(server));
        tokio::select! {
            gone = &mut downward => gone,
            gone = &mut upward => match gone {
                Gone::Client => {
                    self.wind_down(downward, grace).await;
                    Gone::Client
                }
                // What it said before it went still counts.
                Gone::Server => tokio::time::timeout(grace.idle, downward).await.unwrap_or(Gone::Server),
            },
        }
    }

    /// Lets the server finish once the client says no more.
    async fn wind_down(&self, downward: Pin<&mut impl Future<Output = Gone>>, grace: Grace) {
        let finish = async {
            self.until(InFlight::is_forwarded).await;
            self.to_server.close().await;
            self.until(InFlight::is_empty).await;
            tokio::time::sleep(grace.idle).await;
        };
        tokio::select! {
            _gone = downward => {}
            _finished = tokio::time::timeout(grace.busy, finish) => {}
        }
    }

    /// Carries the client's frames until one side is gone.
    pub(crate) async fn client_to_server(self: &Arc<Self>, client: impl AsyncRead + Unpin) -> Gone {
        let mut frames = FrameReader::new(client, self.limits);
        loop {
            let carried = match frames.next().await {
                Ok(Some(Frame::Line(line))) => self.client_says(line).await,
                Ok(Some(Frame::TooLong { id })) => {
                    self.refuse(Malformed { reason: "the frame is too large", id }).await
                }
                Ok(None) | Err(_) => Err(Gone::Client),
            };
            if let Err(gone) = carried {
                return gone;
            }
        }
    }

    /// Carries the server's frames until one side is gone.
    pub(crate) async fn server_to_client(&self, server: impl AsyncRead + Unpin) -> Gone {
        let mut frames = FrameReader::new(server, self.limits);
        loop {
            let carried = match frames.next().await {
                Ok(Some(Frame::Line(line))) => self.server_says(line).await,
                Ok(Some(Frame::TooLong { id })) => {
                    self.drop_answer(Malformed { reason: "the frame is too large", id }).await
                }
                Ok(None) | Err(_) => Err(Gone::Server),
            };
            if let Err(gone) = carried {
                return gone;
            }
        }
    }

    /// Ends everything that is still in flight. A client that is there gets an answer to each request of its own.
    pub(crate) async fn end(&self, gone: Option<Gone>) -> Result<(), Gone> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner).abort_all();
        let pending = self.session().in_flight.drain();
        if gone == Some(Gone::Client) {
            return Ok(());
        }
        for request in pending.into_iter().filter(Request::is_wanted) {
            let message = "the server ended before it answered";
            self.to_client
                .send(&answer::error(&request.id, answer::SERVER_ENDED, message))
                .await
                .or(Err(Gone::Client))?;
        }
        Ok(())
    }

    /// Waits until the table of requests satisfies `condition`.
    pub(crate) async fn until(&self, condition: impl Fn(&InFlight<RunningOf<J>>) -> bool) {
        loop {
            let changed = self.changed.notified();
            if condition(&self.session().in_flight) {
                return;
            }
            changed.await;
        }
    }

    pub(super) fn session(&self) -> MutexGuard<'_, Session<RunningOf<J>>> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) async fn client_gets(&self, line: &[u8]) -> Result<(), Gone> {
        self.to_client.send(line).await.or(Err(Gone::Client))
    }

    pub(super) async fn server_gets(&self, line: &[u8]) -> Result<(), Gone> {
        self.to_server.send(line).await.or(Err(Gone::Server))
    }
}
