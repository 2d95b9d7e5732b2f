//! From the deciding path to the sinks: a bounded queue, one thread, the redactor, then every sink.

use crate::sink::AuditSink;
#[cfg(feature = "delivery")]
use crate::sink::SinkMeter;
use crate::telemetry::Recorder;
use callguard_engine::audit::event::{Occurrence, Redactor};
use callguard_engine::call::SideEffect;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

pub use callguard_engine::audit::redact::RedactionRules as RedactionPolicy;

/// Occurrences that wait at most; past that the deciding path waits.
const QUEUE: usize = 4096;

/// What happens to calls when the audit cannot be written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnAuditFailure {
    /// Calls go on; the failures are counted.
    #[default]
    Continue,
    /// From the first failure on, calls of tools that may change something are denied until a write succeeds: those whose
    /// declared side effect is `write` or `irreversible`, as it is where none is declared.
    DenyWrites,
    /// From the first failure on, calls are denied until a write succeeds.
    Deny,
}

impl OnAuditFailure {
    /// Every one, and its word in configurations.
    pub const ALL: [(&'static str, OnAuditFailure); 3] = [
        ("continue", OnAuditFailure::Continue),
        ("deny_writes", OnAuditFailure::DenyWrites),
        ("deny", OnAuditFailure::Deny),
    ];

    /// Whether a call with this side effect does not run.
    pub(crate) fn denies(self, effect: Option<SideEffect>) -> bool {
        match self {
            OnAuditFailure::Continue => false,
            OnAuditFailure::DenyWrites => may_change(effect),
            OnAuditFailure::Deny => true,
        }
    }
}

/// Whether what a tool does can be seen from outside.
pub(crate) fn may_change(effect: Option<SideEffect>) -> bool {
    effect.is_none_or(|effect| effect >= SideEffect::Write)
}

/// The queue and the thread behind it.
pub(crate) struct Pipeline {
    sender: Mutex<Option<SyncSender<Message>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
    health: Arc<Health>,
    #[cfg(feature = "delivery")]
    meters: Vec<SinkMeter>,
}

#[derive(Default)]
struct Health {
    failures: AtomicU64,
    failing: AtomicU64,
    telemetry: Recorder,
}

enum Message {
    Event(Box<Occurrence>, Arc<Redactor>),
    Flush(SyncSender<()>),
}

impl Pipeline {
    /// Starts the thread; without sinks there is none, and nothing is queued.
    pub(crate) fn start(sinks: Vec<Box<dyn AuditSink>>, telemetry: Recorder) -> Pipeline {
        let health = Arc::new(Health { telemetry, ..Health::default() });
        #[cfg(feature = "delivery")]
        let meters: Vec<SinkMeter> = sinks.iter().filter_map(|sink| sink.meter()).collect();
        #[cfg(feature = "delivery")]
        health.telemetry.watch(&meters);
        let (sender, thread) = if sinks.is_empty() { (None, None) } else { Pipeline::work(sinks, &health) };
        Pipeline {
            sender: Mutex::new(sender),
            thread: Mutex::new(thread),
            health,
            #[cfg(feature = "delivery")]
            meters,
        }
    }

    fn work(
        sinks: Vec<Box<dyn AuditSink>>,
        health: &Arc<Health>,
    ) -> (Option<SyncSender<Message>>, Option<JoinHandle<()>>) {
        let (sender, receiver) = sync_channel(QUEUE);
        let worker = Worker { sinks, health: Arc::clone(health) };
        let thread =
            std::thread::Builder::new().name("callguard-audit".to_owned()).spawn(move || worker.run(&receiver));
        // Without its thread every send fails, which counts as a failure of the audit.
        (Some(sender), thread.ok())
    }

    /// What counts the events of sinks that deliver them later.
    #[cfg(feature = "delivery")]
    pub(crate) fn meters(&self) -> &[SinkMeter] {
        &self.meters
    }

    /// Queues an occurrence.
    pub(crate) fn record(&self, occurrence: Occurrence, redactor: &Arc<Redactor>) {
        let sender = self.sender.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let Some(sender) = sender else { return };
        self.health.telemetry.queued(1);
        if sender.send(Message::Event(Box::new(occurrence), Arc::clone(redactor))).is_err() {
            self.health.telemetry.queued(-1);
            self.health.failed();
        }
    }

    /// Waits until everything queued so far was written.
    pub(crate) fn flush(&self) {
        let sender = self.sender.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let Some(sender) = sender else { return };
        let (done, wait) = sync_channel(1);
        if sender.send(Message::Flush(done)).is_err() || wait.recv().is_err() {
            self.health.failed();
        }
    }

    /// Whether the last write failed.
    pub(crate) fn is_failing(&self) -> bool {
        self.health.failing.load(Ordering::Acquire) > 0
    }

    /// How many events could not be written.
    pub(crate) fn failures(&self) -> u64 {
        self.health.failures.load(Ordering::Acquire)
    }
}

impl Drop for Pipeline {
    /// Writes what is queued before it goes.
    fn drop(&mut self) {
        drop(self.sender.lock().unwrap_or_else(PoisonError::into_inner).take());
        if let Some(thread) = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take()
            && thread.join().is_err()
        {
            self.health.failed();
        }
    }
}

impl Health {
    fn failed(&self) {
        self.failures.fetch_add(1, Ordering::AcqRel);
        self.failing.store(1, Ordering::Release);
        self.telemetry.audit_failed();
    }

    fn worked(&self) {
        self.failing.store(0, Ordering::Release);
    }
}

struct Worker {
    sinks: Vec<Box<dyn AuditSink>>,
    health: Arc<Health>,
}

impl Worker {
    /// Writes until the guard is gone; flushes whenever nothing more is waiting, or a sink wants it.
    fn run(mut self, receiver: &Receiver<Message>) {
        while self.wait(receiver) {
            while let Ok(message) = receiver.try_recv() {
                self.take(message);
            }
            self.flush();
        }
        self.each(|sink| sink.close());
    }

    /// Whether there may be more to come.
    fn wait(&mut self, receiver: &Receiver<Message>) -> bool {
        let due = self.sinks.iter().filter_map(|sink| sink.due()).min();
        let received = match due {
            Some(due) => receiver.recv_timeout(due),
            None => receiver.recv().map_err(RecvTimeoutError::from),
        };
        match received {
            Ok(message) => self.take(message),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return false,
        }
        true
    }

    fn take(&mut self, message: Message) {
        match message {
            Message::Event(occurrence, redactor) => {
                self.health.telemetry.queued(-1);
                let event = redactor.event(&occurrence);
                if self.each(|sink| sink.write(&event)) {
                    self.health.worked();
                }
            }
            Message::Flush(done) => {
                self.flush();
                // Who asked may have gone; then nobody waits.
                let _gone = done.send(());
            }
        }
    }

    fn flush(&mut self) {
        // Flushing nothing is no sign that anything can be written.
        self.each(|sink| sink.flush());
    }

    /// Whether it worked for all of them; one sink that fails does not stop the others.
    fn each(&mut self, mut act: impl FnMut(&mut dyn AuditSink) -> std::io::Result<()>) -> bool {
        let failed = self.sinks.iter_mut().filter_map(|sink| act(sink.as_mut()).err()).count();
        if failed > 0 {
            self.health.failed();
        }
        failed == 0
    }
}
