//! Counters that slide: entries with their time, oldest first.

use callguard_engine::value::Decimal;
use std::collections::VecDeque;

/// What a counter has seen, and what of it counts now.
#[derive(Clone, Debug, Default)]
pub(super) struct Counter {
    /// With a window: what lies in it, oldest first.
    entries: VecDeque<Entry>,
    /// Of all entries, or of everything there ever was.
    total: Total,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    at_millis: i64,
    amount: Decimal,
}

/// A sum that can run over: then it stays beyond every limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Total(Option<Decimal>);

impl Default for Total {
    fn default() -> Total {
        Total(Some(Decimal::ZERO))
    }
}

impl Total {
    pub(super) fn plus(self, amount: Decimal) -> Total {
        Total(self.0.and_then(|total| total.checked_add(amount)))
    }

    /// A total that was written down; `None` is beyond every limit.
    #[cfg(feature = "sqlite")]
    pub(super) fn of(known: Option<Decimal>) -> Total {
        Total(known)
    }

    /// The total, unless it ran over.
    #[cfg(feature = "sqlite")]
    pub(super) fn known(self) -> Option<Decimal> {
        self.0
    }

    pub(super) fn minus(self, amount: Decimal) -> Total {
        Total(self.0.and_then(|total| total.checked_sub(amount)))
    }

    /// Whether the sum is more than `most`.
    pub(super) fn is_beyond(self, most: Decimal) -> bool {
        self.0.is_none_or(|total| total > most)
    }

    /// As a count.
    pub(super) fn count(self) -> u64 {
        let count = self.0.and_then(Decimal::as_integer).and_then(|count| u64::try_from(count).ok());
        count.unwrap_or(u64::MAX)
    }
}

impl Counter {
    /// Adds an amount at a time.
    pub(super) fn add(&mut self, amount: Decimal, at_millis: i64, window_millis: Option<u64>) {
        self.total = self.total.plus(amount);
        if window_millis.is_some() {
            self.entries.push_back(Entry { at_millis, amount });
        }
    }

    /// What counts now. Entries that have left the window are forgotten.
    pub(super) fn current(&mut self, now_millis: i64, window_millis: Option<u64>) -> Total {
        let Some(window) = window_millis else { return self.total };
        let oldest = now_millis.saturating_sub(i64::try_from(window).unwrap_or(i64::MAX));
        while let Some(left) = self.entries.pop_front_if(|entry| entry.at_millis <= oldest) {
            self.total = self.total.minus(left.amount);
        }
        if self.entries.is_empty() {
            self.total = Total::default();
        }
        self.total
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        *self = Counter::default();
    }
}
