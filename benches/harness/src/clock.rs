//! Processor time of this thread: what other programs take is not counted.

use rustix::time::{ClockId, clock_gettime};
use std::time::Duration;

/// A start.
#[derive(Clone, Copy, Debug)]
pub struct Clock(Duration);

impl Clock {
    /// Starts.
    pub fn start() -> Clock {
        Clock(now())
    }

    /// How much processor time this thread took since.
    pub fn elapsed(self) -> Duration {
        now().saturating_sub(self.0)
    }
}

fn now() -> Duration {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(now.tv_sec.try_into().unwrap_or_default(), now.tv_nsec.try_into().unwrap_or_default())
}
