//! Where lines go out: one at a time, whole, flushed.

use std::sync::Arc;
use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::sync::mpsc::{Sender, UnboundedSender};
use tokio::sync::{Mutex, MutexGuard};

type Stream = Box<dyn AsyncWrite + Send + Unpin>;

/// A way out that several tasks write lines to. Clones are the same way.
#[derive(Clone)]
pub(crate) struct Outlet(Arc<Way>);

enum Way {
    /// Bytes of a stream. Closed, it refuses them.
    Stream(Mutex<Option<Stream>>),
    /// Lines for whoever asked. With nobody left to read them they are dropped: a session outlives its exchanges.
    Lines(UnboundedSender<Vec<u8>>),
    /// Lines for whoever listens. What nobody takes in time is dropped.
    Mailbox(Sender<Vec<u8>>),
}

/// The exclusive right to write to an [`Outlet`].
pub(crate) enum Turn<'a> {
    Stream(MutexGuard<'a, Option<Stream>>),
    Other(&'a Outlet),
}

/// The other end is gone.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Closed;

impl Outlet {
    pub(crate) fn new(stream: impl AsyncWrite + Send + Unpin + 'static) -> Outlet {
        Outlet(Arc::new(Way::Stream(Mutex::new(Some(Box::new(stream))))))
    }

    /// Lines for the one that holds the other end.
    pub(crate) fn lines(lines: UnboundedSender<Vec<u8>>) -> Outlet {
        Outlet(Arc::new(Way::Lines(lines)))
    }

    /// Lines for whoever listens at the other end.
    pub(crate) fn mailbox(mailbox: Sender<Vec<u8>>) -> Outlet {
        Outlet(Arc::new(Way::Mailbox(mailbox)))
    }

    pub(crate) async fn send(&self, line: &[u8]) -> Result<(), Closed> {
        self.turn().await.send(line).await
    }

    /// Waits until nobody else writes.
    pub(crate) async fn turn(&self) -> Turn<'_> {
        match &*self.0 {
            Way::Stream(stream) => Turn::Stream(stream.lock().await),
            Way::Lines(_) | Way::Mailbox(_) => Turn::Other(self),
        }
    }

    /// Says the end to the other side.
    pub(crate) async fn close(&self) {
        if let Way::Stream(stream) = &*self.0
            && let Some(mut stream) = stream.lock().await.take()
        {
            // A side that is gone already needs not be told.
            let _gone = stream.shutdown().await;
        }
    }
}

impl Turn<'_> {
    pub(crate) async fn send(&mut self, line: &[u8]) -> Result<(), Closed> {
        match self {
            Turn::Stream(stream) => {
                let stream = stream.as_mut().ok_or(Closed)?;
                stream.write_all(line).await.or(Err(Closed))?;
                stream.flush().await.or(Err(Closed))
            }
            Turn::Other(outlet) => {
                match &*outlet.0 {
                    // A client that went away asks again, or not at all.
                    Way::Lines(lines) => drop(lines.send(line.to_vec())),
                    Way::Mailbox(mailbox) => drop(mailbox.try_send(line.to_vec())),
                    Way::Stream(_) => return Err(Closed),
                }
                Ok(())
            }
        }
    }
}
