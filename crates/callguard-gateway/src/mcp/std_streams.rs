//! Our own standard input and output, as streams that never keep the process from ending.
//!
//! Each has a thread of its own: the runtime's would block its shutdown on a read that nobody answers.

use std::io::{Read, Write};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::runtime::Handle;
use tokio::sync::oneshot;

const BUFFER: usize = 64 << 10;

/// Standard input.
pub(crate) fn input() -> std::io::Result<DuplexStream> {
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
    Ok(stream)
}

/// Standard output, and a word when all of it is written.
pub(crate) fn output() -> std::io::Result<(DuplexStream, oneshot::Receiver<()>)> {
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
    Ok((stream, written))
}
