//! The wrapped server as a process of its own group, and how it ends.

use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

/// How long a server may take to end after it was asked to.
const TERMINATION: Duration = Duration::from_millis(500);

/// A running server.
pub(crate) struct Server {
    child: Child,
    /// Its process group, while it is known to be running.
    group: Option<u32>,
}

impl Server {
    /// Starts it: its errors go where ours go, its input and output are ours.
    pub(crate) fn start(mut command: Command) -> std::io::Result<(Server, ChildStdin, ChildStdout)> {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit()).kill_on_drop(true);
        // A group of its own: an interrupt from the terminal reaches us, and we end it in order.
        #[cfg(unix)]
        command.process_group(0);
        let mut child = command.spawn()?;
        let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
        let (Some(stdin), Some(stdout)) = (stdin, stdout) else {
            return Err(std::io::Error::other("the server has no pipes"));
        };
        let group = child.id();
        Ok((Server { child, group }, stdin, stdout))
    }

    /// Waits for its end. May be called again.
    pub(crate) async fn ended(&mut self) -> std::io::Result<ExitStatus> {
        let status = self.child.wait().await?;
        self.group = None;
        Ok(status)
    }

    /// Asks it to end, makes it end, and says how it did.
    pub(crate) async fn end(mut self) -> std::io::Result<ExitStatus> {
        if let Some(status) = self.child.try_wait()? {
            return Ok(status);
        }
        self.signal(Signal::Terminate);
        if let Ok(status) = tokio::time::timeout(TERMINATION, self.ended()).await {
            return status;
        }
        self.signal(Signal::Kill);
        self.child.start_kill()?;
        self.ended().await
    }

    #[cfg(unix)]
    fn signal(&self, signal: Signal) {
        let group = self.group.and_then(|group| i32::try_from(group).ok()).and_then(rustix::process::Pid::from_raw);
        let signal = match signal {
            Signal::Terminate => rustix::process::Signal::TERM,
            Signal::Kill => rustix::process::Signal::KILL,
        };
        if let Some(group) = group {
            // A group that is gone needs no signal.
            let _gone = rustix::process::kill_process_group(group, signal);
        }
    }

    #[cfg(not(unix))]
    fn signal(&self, _signal: Signal) {}
}

/// What a process group is told.
#[derive(Clone, Copy)]
enum Signal {
    Terminate,
    Kill,
}
