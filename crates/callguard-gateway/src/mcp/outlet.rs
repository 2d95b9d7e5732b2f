//! Where lines go out: one at a time, whole, flushed.

use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::sync::{Mutex, MutexGuard};

type Stream = Box<dyn AsyncWrite + Send + Unpin>;

/// A stream that several tasks write lines to. Closed, it refuses them.
pub(crate) struct Outlet(Mutex<Option<Stream>>);

/// The exclusive right to write to an [`Outlet`].
pub(crate) struct Turn<'a>(MutexGuard<'a, Option<Stream>>);

/// The other end is gone.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Closed;

impl Outlet {
    pub(crate) fn new(stream: impl AsyncWrite + Send + Unpin + 'static) -> Outlet {
        Outlet(Mutex::new(Some(Box::new(stream))))
    }

    pub(crate) async fn send(&self, line: &[u8]) -> Result<(), Closed> {
        self.turn().await.send(line).await
    }

    /// Waits until nobody else writes.
    pub(crate) async fn turn(&self) -> Turn<'_> {
        Turn(self.0.lock().await)
    }

    /// Says the end to the other side.
    pub(crate) async fn close(&self) {
        if let Some(mut stream) = self.0.lock().await.take() {
            // A side that is gone already needs not be told.
            let _gone = stream.shutdown().await;
        }
    }
}

impl Turn<'_> {
    pub(crate) async fn send(&mut self, line: &[u8]) -> Result<(), Closed> {
        let stream = self.0.as_mut().ok_or(Closed)?;
        stream.write_all(line).await.or(Err(Closed))?;
        stream.flush().await.or(Err(Closed))
    }
}
