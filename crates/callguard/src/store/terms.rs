//! What holds for every store that outlives the process.

use std::time::Duration;

/// How long things last in a store that outlives the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoreTerms {
    /// How long a reservation lasts whose holder says nothing more. Then it is given back, or, of an irreversible tool,
    /// counts as spent. A run that takes longer still counts when it ends.
    pub lease: Duration,
    /// How long a session, or a counter without a window, lasts that nobody comes to, its leases expired. Then it begins
    /// anew.
    pub idle: Duration,
    /// How long an operation may take. Past that, limits are unknown.
    pub timeout: Duration,
}

impl Default for StoreTerms {
    fn default() -> StoreTerms {
        let minute = Duration::from_secs(60);
        StoreTerms { lease: 15 * minute, idle: 30 * 24 * 60 * minute, timeout: Duration::from_secs(2) }
    }
}

#[cfg(any(feature = "sqlite", feature = "redis", feature = "postgres"))]
/// How long after its lease a reservation is remembered at most, so that a run that took longer can still be counted.
const LATE: Duration = Duration::from_secs(24 * 60 * 60);

#[cfg(any(feature = "sqlite", feature = "redis", feature = "postgres"))]
impl StoreTerms {
    pub(super) fn lease_millis(self) -> i64 {
        millis(self.lease)
    }

    /// How long a reservation is remembered.
    pub(super) fn remembered(self) -> Duration {
        self.lease.saturating_add(self.idle.min(LATE))
    }

    pub(super) fn late_millis(self) -> i64 {
        millis(self.remembered())
    }

    pub(super) fn idle_millis(self) -> i64 {
        millis(self.idle).max(self.late_millis())
    }

    /// How long a counter is kept after it was last touched: what leaves its window is forgotten anyway.
    pub(super) fn counter_millis(self, window_millis: Option<u64>) -> i64 {
        match window_millis {
            Some(window) => i64::try_from(window).unwrap_or(i64::MAX).saturating_add(self.late_millis()),
            None => self.idle_millis(),
        }
    }
}

#[cfg(any(feature = "sqlite", feature = "redis", feature = "postgres"))]
fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
