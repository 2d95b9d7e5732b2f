//! One sink that several guards write to.

use super::AuditSink;
#[cfg(feature = "delivery")]
use super::SinkMeter;
use callguard_engine::audit::event::AuditEvent;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

/// A sink that several guards write to, each through a clone: one event at a time, closed with the last of the clones.
pub struct SharedAuditSink {
    shared: Arc<Shared>,
    is_closed: bool,
}

/// Finds a [`SharedAuditSink`] again for as long as somebody writes to it.
#[derive(Clone, Default)]
pub struct WeakAuditSink(Weak<Shared>);

struct Shared {
    sink: Mutex<Box<dyn AuditSink>>,
    /// Clones that may still write.
    open: AtomicUsize,
}

impl SharedAuditSink {
    /// With its first writer.
    pub fn new(sink: Box<dyn AuditSink>) -> SharedAuditSink {
        let shared = Shared { sink: Mutex::new(sink), open: AtomicUsize::new(1) };
        SharedAuditSink { shared: Arc::new(shared), is_closed: false }
    }

    /// What finds it again, and does not keep it open.
    pub fn downgrade(&self) -> WeakAuditSink {
        WeakAuditSink(Arc::downgrade(&self.shared))
    }

    fn sink(&self) -> MutexGuard<'_, Box<dyn AuditSink>> {
        self.shared.sink.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One more writer, unless the last one has closed it.
    fn joined(shared: Arc<Shared>) -> Option<SharedAuditSink> {
        let joined = |open: usize| if open == 0 { None } else { open.checked_add(1) };
        shared.open.fetch_update(Ordering::AcqRel, Ordering::Acquire, joined).ok()?;
        Some(SharedAuditSink { shared, is_closed: false })
    }
}

impl WeakAuditSink {
    /// One more writer, if there is one still.
    pub fn upgrade(&self) -> Option<SharedAuditSink> {
        SharedAuditSink::joined(self.0.upgrade()?)
    }
}

impl Clone for SharedAuditSink {
    fn clone(&self) -> SharedAuditSink {
        let shared = Arc::clone(&self.shared);
        // What is closed has no clones that write either.
        SharedAuditSink::joined(Arc::clone(&shared)).unwrap_or(SharedAuditSink { shared, is_closed: true })
    }
}

impl AuditSink for SharedAuditSink {
    fn write(&mut self, event: &AuditEvent) -> io::Result<()> {
        self.sink().write(event)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.sink().flush()
    }

    fn due(&self) -> Option<Duration> {
        self.sink().due()
    }

    #[cfg(feature = "delivery")]
    fn meter(&self) -> Option<SinkMeter> {
        self.sink().meter()
    }

    fn close(&mut self) -> io::Result<()> {
        if std::mem::replace(&mut self.is_closed, true) {
            return Ok(());
        }
        let was_last = self.shared.open.fetch_sub(1, Ordering::AcqRel) == 1;
        let mut sink = self.sink();
        if was_last { sink.close() } else { sink.flush() }
    }
}

impl Drop for SharedAuditSink {
    fn drop(&mut self) {
        // Who wanted to know has called `close` before; a second one does nothing.
        let _nobody = self.close();
    }
}

impl std::fmt::Debug for SharedAuditSink {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("SharedAuditSink").field("is_closed", &self.is_closed).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for WeakAuditSink {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("WeakAuditSink")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

    use super::*;

    /// Says what is asked of it.
    struct Told(Arc<Mutex<Vec<&'static str>>>);

    impl Told {
        fn say(&self, what: &'static str) -> io::Result<()> {
            self.0.lock().unwrap().push(what);
            Ok(())
        }
    }

    impl AuditSink for Told {
        fn write(&mut self, _: &AuditEvent) -> io::Result<()> {
            self.say("write")
        }

        fn flush(&mut self) -> io::Result<()> {
            self.say("flush")
        }

        fn due(&self) -> Option<Duration> {
            Some(Duration::from_secs(7))
        }

        fn close(&mut self) -> io::Result<()> {
            self.say("close")
        }
    }

    #[test]
    fn the_last_writer_closes_it_once() {
        let told = Arc::new(Mutex::new(Vec::new()));
        let mut first = SharedAuditSink::new(Box::new(Told(Arc::clone(&told))));
        let again = first.downgrade();
        let mut second = first.clone();
        let mut third = again.upgrade().unwrap();
        first.close().unwrap();
        first.close().unwrap();
        drop(first);
        assert_eq!(*told.lock().unwrap(), ["flush"]);
        second.flush().unwrap();
        drop(second);
        assert_eq!(*told.lock().unwrap(), ["flush", "flush", "flush"]);
        third.close().unwrap();
        assert_eq!(told.lock().unwrap().last(), Some(&"close"));
        assert!(again.upgrade().is_none() && third.clone().is_closed, "nobody writes to what is closed");
        drop(third);
        assert_eq!(told.lock().unwrap().len(), 4);
    }

    #[test]
    fn it_is_due_and_metered_as_the_sink_below_it() {
        let shared = SharedAuditSink::new(Box::new(Told(Arc::default())));
        assert_eq!(shared.due(), Some(Duration::from_secs(7)));
        #[cfg(feature = "delivery")]
        assert!(shared.meter().is_none(), "what has no receiver elsewhere has no meter");
        assert_eq!(format!("{shared:?}"), "SharedAuditSink { is_closed: false, .. }");
        assert_eq!(format!("{:?}", shared.downgrade()), "WeakAuditSink");
    }
}
