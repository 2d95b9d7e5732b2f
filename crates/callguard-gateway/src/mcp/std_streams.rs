//! Our own standard input and output, as streams that never keep the process from ending.
//!
//! Pipes and sockets are the runtime's own. A terminal or a file has a thread: the runtime's would block its shutdown on
//! a read that nobody answers.

#[cfg(unix)]
mod nonblocking;

use std::io::{Read, Write};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::runtime::Handle;
use tokio::sync::oneshot;

const BUFFER: usize = 64 << 10;

pub(crate) type Input = Box<dyn AsyncRead + Send + Unpin>;
pub(crate) type Output = Box<dyn AsyncWrite + Send + Unpin>;

/// Standard input.
pub(crate) fn input() -> std::io::Result<Input> {
    #[cfg(unix)]
    if let Some(stream) = nonblocking::input() {
        return Ok(stream);
    }
    let (mut feed, stream) = tokio::io::duplex(BUFFER);
    let runtime = Handle::current();
    std::thread::Builder::new().name("stdin".to_owned()).spawn(move || {
        let mut bytes = vec![0; BUFFER];
        loop {
            let read = match std::io::stdin().lock().read(&mut bytes) {
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                // What cannot be read has ended.
                Ok(0) | Err(_) => return,
                Ok(read) => bytes.get(..read).unwrap_or_default(),
            };
            if runtime.block_on(feed.write_all(read)).is_err() {
                return;
            }
        }
    })?;
    Ok(Box::new(stream))
}

/// Standard output, and a word when all of it is written.
pub(crate) fn output() -> std::io::Result<(Output, oneshot::Receiver<()>)> {
    #[cfg(unix)]
    if let Some(stream) = nonblocking::output() {
        let (done, written) = oneshot::channel();
        // Nothing is kept back: what a write took is written.
        let _kept = done.send(());
        return Ok((stream, written));
    }
    let (stream, mut drain) = tokio::io::duplex(BUFFER);
    let (done, written) = oneshot::channel();
    let runtime = Handle::current();
    std::thread::Builder::new().name("stdout".to_owned()).spawn(move || {
        let mut bytes = vec![0; BUFFER];
        while let Ok(read @ 1..) = runtime.block_on(drain.read(&mut bytes)) {
            let mut out = std::io::stdout().lock();
            let written = out.write_all(bytes.get(..read).unwrap_or_default()).and_then(|()| out.flush());
            if written.is_err() {
                // Dropping our end tells the writer.
                return;
            }
        }
        // Nobody may be waiting any more.
        let _unheard = done.send(());
    })?;
    Ok((Box::new(stream), written))
}
