//! A pipe or a socket of our own, read and written by the runtime itself: no thread stands between.
//!
//! Whoever holds the same open file expects it to block. A pipe is opened anew; a socket, which cannot be, is taken only
//! where nobody else is seen to have it.

use super::{Input, Output};
use std::fs::File;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::MetadataExt;
use std::os::unix::net;
use tokio::net::UnixStream;
use tokio::net::unix::pipe::OpenOptions;

/// Standard input, where it is a pipe or a socket.
pub(super) fn input() -> Option<Input> {
    if let Ok(pipe) = OpenOptions::new().open_receiver("/proc/self/fd/0") {
        return Some(Box::new(pipe));
    }
    Some(Box::new(socket(std::io::stdin())?))
}

/// Standard output, where it is a pipe or a socket.
pub(super) fn output() -> Option<Output> {
    if let Ok(pipe) = OpenOptions::new().open_sender("/proc/self/fd/1") {
        return Some(Box::new(pipe));
    }
    Some(Box::new(socket(std::io::stdout())?))
}

fn socket(stream: impl AsFd) -> Option<UnixStream> {
    let own = stream.as_fd().try_clone_to_owned().ok()?;
    // The server writes to standard error as well.
    if identity(own.try_clone().ok()?)? == identity(std::io::stderr().as_fd().try_clone_to_owned().ok()?)? {
        return None;
    }
    let socket = net::UnixStream::from(own);
    // Of anything but a Unix socket there is no such address.
    socket.local_addr().ok()?;
    socket.set_nonblocking(true).ok()?;
    UnixStream::from_std(socket).ok()
}

fn identity(fd: OwnedFd) -> Option<(u64, u64)> {
    let found = File::from(fd).metadata().ok()?;
    Some((found.dev(), found.ino()))
}
