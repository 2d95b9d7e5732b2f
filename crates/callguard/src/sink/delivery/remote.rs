//! A sink whose receiver is elsewhere.

use super::buffer::{Bounds, Buffer, Pushed};
use super::courier::{Courier, Next};
use super::meter::{SinkMeter, SinkState};
use super::open_calls::OpenCalls;
use super::options::{DeliveryOptions, OpenError};
use super::target::Target;
use crate::sink::AuditSink;
use callguard_engine::audit::event::AuditEvent;
use jiff::Timestamp;
use serde_json::Value;
use std::io;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Pauses after an error of the buffer itself.
const DISK_PAUSE: Duration = Duration::from_secs(1);

/// A sink whose receiver is elsewhere: a buffer on the disk and a thread that empties it.
pub struct RemoteAuditSink {
    buffer: Arc<Buffer>,
    open_calls: OpenCalls,
    meter: SinkMeter,
    shutdown: Duration,
    /// Until when the thread may go on, once nothing comes any more.
    deadline: Arc<Mutex<Option<Instant>>>,
    thread: Option<(JoinHandle<()>, Receiver<()>)>,
}

impl RemoteAuditSink {
    pub(crate) fn start<T: Target + 'static>(
        name: &str,
        target: T,
        options: &DeliveryOptions,
    ) -> Result<RemoteAuditSink, OpenError> {
        let bounds = Bounds {
            bytes: options.buffer_size,
            segment: options.segment_size,
            when_full: options.when_full,
            durable: options.durable,
        };
        let failed = |source| OpenError::Buffer { path: options.buffer.clone(), source };
        let buffer = Arc::new(Buffer::open(&options.buffer, bounds).map_err(failed)?);
        let meter = SinkMeter::new(name);
        let open_calls = resumed(&buffer, &meter).map_err(failed)?;
        let courier = Courier::new(target, Arc::clone(&buffer), meter.clone(), options, fastrand::Rng::new());
        let deadline = Arc::new(Mutex::new(None));
        let (ended, end) = sync_channel(1);
        let work = Work { courier, buffer: Arc::clone(&buffer), meter: meter.clone(), deadline: Arc::clone(&deadline) };
        let thread = std::thread::Builder::new()
            .name(format!("callguard-{name}"))
            .spawn(move || work.run(&ended))
            .map_err(failed)?;
        Ok(RemoteAuditSink {
            buffer,
            open_calls,
            meter,
            shutdown: options.shutdown,
            deadline,
            thread: Some((thread, end)),
        })
    }

    /// Counts what becomes of events.
    pub fn meter(&self) -> SinkMeter {
        self.meter.clone()
    }
}

impl std::fmt::Debug for RemoteAuditSink {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("RemoteAuditSink").field("name", &self.meter.status().name).finish_non_exhaustive()
    }
}

impl AuditSink for RemoteAuditSink {
    fn write(&mut self, event: &AuditEvent) -> io::Result<()> {
        let pushed = self.buffer.push(event.to_json().as_bytes());
        if !matches!(pushed, Ok(Pushed::Kept)) {
            self.meter.dropped(1);
        }
        self.open_calls.see(event);
        match pushed? {
            Pushed::Kept => Ok(()),
            Pushed::Dropped => Err(io::Error::new(io::ErrorKind::StorageFull, "the buffer is full")),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.open_calls.write_begun()?;
        self.buffer.flush()?;
        self.open_calls.write_ended()
    }

    fn meter(&self) -> Option<SinkMeter> {
        Some(self.meter.clone())
    }

    /// Waits until everything is delivered, as long as the options say. What is not stays in the buffer.
    fn close(&mut self) -> io::Result<()> {
        let Some((thread, end)) = self.thread.take() else { return Ok(()) };
        let flushed = self.flush();
        *self.deadline.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now().checked_add(self.shutdown);
        self.buffer.close();
        // A request that is under way may take longer; its thread is left behind, and the buffer with what it holds.
        if end.recv_timeout(self.shutdown).is_ok() && thread.join().is_err() {
            return Err(io::Error::other("the delivery thread failed"));
        }
        flushed
    }
}

impl Drop for RemoteAuditSink {
    fn drop(&mut self) {
        // Who wanted to know has called `close` before; a second one does nothing.
        let _nobody = self.close();
    }
}

/// Of a process that is gone, the calls without an outcome are events first.
fn resumed(buffer: &Buffer, meter: &SinkMeter) -> io::Result<OpenCalls> {
    let mut open_calls = OpenCalls::open(buffer.folder())?;
    for event in open_calls.left(Timestamp::now()) {
        if !matches!(buffer.push(Value::Object(event).to_string().as_bytes())?, Pushed::Kept) {
            meter.dropped(1);
        }
    }
    buffer.flush()?;
    open_calls.forget()?;
    Ok(open_calls)
}

struct Work<T> {
    courier: Courier<T>,
    buffer: Arc<Buffer>,
    meter: SinkMeter,
    deadline: Arc<Mutex<Option<Instant>>>,
}

impl<T: Target> Work<T> {
    fn run(mut self, ended: &SyncSender<()>) {
        loop {
            let left = self.left();
            if left == Some(Duration::ZERO) {
                break;
            }
            let next = self.courier.step(Timestamp::now(), left.unwrap_or(Duration::MAX));
            let next = next.unwrap_or_else(|error| {
                self.meter.state(SinkState::Retrying, Some(format!("the buffer cannot be read: {}", error.kind())));
                Next::Wait(DISK_PAUSE)
            });
            match next {
                Next::Go => {}
                Next::Stop => break,
                Next::Idle if left.is_some() => break,
                Next::Idle => {
                    self.buffer.wait(None, true);
                }
                Next::Wait(wait) => match left {
                    Some(left) if wait >= left => break,
                    Some(_) => std::thread::sleep(wait),
                    // The end cuts the wait short.
                    None => {
                        self.buffer.wait(Some(wait), false);
                    }
                },
            }
        }
        // Who closes may have given up waiting.
        let _gone = ended.send(());
    }

    /// How much time is left; `None` before the end.
    fn left(&self) -> Option<Duration> {
        let deadline = *self.deadline.lock().unwrap_or_else(PoisonError::into_inner);
        deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()))
    }
}
