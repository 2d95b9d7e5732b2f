//! Carries frames between a client and a server, judging what is governed and leaving every other byte alone.

use super::answer;
use super::envelope::Malformed;
use super::era::Handshake;
use super::exchange::{Exchange, Mark};
use super::frame::{Frame, FrameLimits, FrameReader};
use super::id::IdKey;
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

/// One client, one server, and the guard between them, whatever carries their frames.
pub(crate) struct Relay<J: Judge> {
    pub(crate) judge: J,
    pub(super) own: Own,
    pub(super) unknown_tools: Arc<UnknownTools>,
    pub(super) quarantine: Option<Arc<Quarantine>>,
    pub(super) session: Mutex<Session<RunningOf<J>>>,
    pub(super) changed: Notify,
    pub(super) tasks: Mutex<JoinSet<()>>,
    limits: FrameLimits,
    pub(super) remark: Remark,
}

/// Takes sentences for whoever operates the gateway.
pub(crate) type Remark = Box<dyn Fn(&str) + Send + Sync>;

/// How the gateway asks the server something of its own.
pub(crate) enum Own {
    /// Among the client's frames, under an id that no client uses.
    Lines(Outlet),
    /// By a request of its own.
    Request(Arc<dyn Ask>),
}

/// Sends one request to the server and gives the line that answers it.
pub(crate) trait Ask: Send + Sync {
    fn ask<'a>(&'a self, line: &'a [u8], id: &'a IdKey) -> Pin<Box<dyn Future<Output = Option<Vec<u8>>> + Send + 'a>>;
}

/// What a relay knows of a server, which others of the same server may share.
#[derive(Clone, Default)]
pub(crate) struct Learnt {
    pub(crate) unknown_tools: Arc<UnknownTools>,
    pub(crate) quarantine: Option<Arc<Quarantine>>,
}

impl Learnt {
    /// Nothing yet.
    pub(crate) fn new(pins: Option<Pins>) -> Learnt {
        Learnt { unknown_tools: Arc::default(), quarantine: pins.map(|pins| Arc::new(Quarantine::new(pins))) }
    }
}

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
    pub(crate) fn new(judge: J, own: Own, learnt: Learnt, limits: FrameLimits, remark: Remark) -> Arc<Self> {
        Arc::new(Relay {
            judge,
            own,
            unknown_tools: learnt.unknown_tools,
            quarantine: learnt.quarantine,
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
        pipes: &Exchange,
        grace: Grace,
    ) -> Gone {
        let mut upward = pin!(self.client_to_server(client, pipes));
        let mut downward = pin!(self.server_to_client(server, &pipes.to_client));
        tokio::select! {
            gone = &mut downward => gone,
            gone = &mut upward => match gone {
                Gone::Client => {
                    self.wind_down(downward, &pipes.to_server, grace).await;
                    Gone::Client
                }
                // What it said before it went still counts.
                Gone::Server => tokio::time::timeout(grace.idle, downward).await.unwrap_or(Gone::Server),
            },
        }
    }

    /// Lets the server finish once the client says no more.
    async fn wind_down(&self, downward: Pin<&mut impl Future<Output = Gone>>, to_server: &Outlet, grace: Grace) {
        let finish = async {
            self.until(InFlight::is_forwarded).await;
            to_server.close().await;
            self.until(InFlight::is_empty).await;
            tokio::time::sleep(grace.idle).await;
        };
        tokio::select! {
            _gone = downward => {}
            _finished = tokio::time::timeout(grace.busy, finish) => {}
        }
    }

    /// Carries the client's frames until one side is gone.
    pub(crate) async fn client_to_server(self: &Arc<Self>, client: impl AsyncRead + Unpin, pipes: &Exchange) -> Gone {
        let mut frames = FrameReader::new(client, self.limits);
        loop {
            let carried = match frames.next().await {
                Ok(Some(Frame::Line(line))) => self.client_says(line, pipes).await,
                Ok(Some(Frame::TooLong { id })) => {
                    self.refuse(Malformed { reason: "the frame is too large", id }, pipes).await
                }
                Ok(None) | Err(_) => Err(Gone::Client),
            };
            if let Err(gone) = carried {
                return gone;
            }
        }
    }

    /// Carries the server's frames until one side is gone.
    pub(crate) async fn server_to_client(&self, server: impl AsyncRead + Unpin, to_client: &Outlet) -> Gone {
        let mut frames = FrameReader::new(server, self.limits);
        loop {
            let carried = match frames.next().await {
                Ok(Some(Frame::Line(line))) => self.server_says(line, to_client).await,
                Ok(Some(Frame::TooLong { id })) => {
                    self.drop_answer(Malformed { reason: "the frame is too large", id }, to_client).await
                }
                Ok(None) | Err(_) => Err(Gone::Server),
            };
            if let Err(gone) = carried {
                return gone;
            }
        }
    }

    /// Ends everything that is still in flight. A client that is there gets an answer to each request of its own.
    pub(crate) async fn end(&self, gone: Option<Gone>, to_client: &Outlet) -> Result<(), Gone> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner).abort_all();
        let pending = self.session().in_flight.drain();
        if gone == Some(Gone::Client) {
            return Ok(());
        }
        for request in pending.into_iter().filter(Request::is_wanted) {
            let to = request.from.reply.as_ref().unwrap_or(to_client);
            to.send(&unanswered(&request)).await.or(Err(Gone::Client))?;
        }
        Ok(())
    }

    /// Takes what came by one exchange and was not answered out of the table. Each gets its answer here.
    pub(crate) fn unanswered(&self, mark: &Mark) -> Vec<Vec<u8>> {
        let pending = self.session().in_flight.take_of(mark);
        self.changed.notify_waiters();
        pending.iter().filter(|request| request.is_wanted()).map(unanswered).collect()
    }

    /// Takes the version that the client says is in force, where nobody shakes hands over this relay.
    pub(crate) fn assume_version(&self, version: &str) {
        self.session().handshake.settled(Some(version.to_owned()));
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
}

/// The error for a request that the server will not answer.
fn unanswered<P>(request: &Request<P>) -> Vec<u8> {
    answer::error(&request.id, answer::SERVER_ENDED, "the server ended before it answered")
}
