//! Permits whose calls run at agents elsewhere.

use super::Caller;
use callguard::Running;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use ulid::Ulid;

/// A call that runs, as far as is known. Dropped, nobody knows what came of it: what it reserved is spent.
pub(super) struct Held {
    caller: Arc<Caller>,
    running: Running,
    until: Instant,
}

impl Held {
    pub(super) fn new(caller: Arc<Caller>, running: Running, lease: Duration) -> Held {
        Held { caller, running, until: Instant::now() + lease }
    }
}

/// Every permit that waits.
#[derive(Default)]
pub(in crate::http) struct Permits(Mutex<HashMap<String, Held>>);

impl Permits {
    fn table(&self) -> MutexGuard<'_, HashMap<String, Held>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether so many more may begin: of all, and of this caller's.
    pub(super) fn has_room(&self, caller: &Caller, wanted: usize, all: usize, of_one: usize) -> bool {
        let table = self.table();
        let own = table.values().filter(|held| *held.caller == *caller).count();
        table.len().saturating_add(wanted) <= all && own.saturating_add(wanted) <= of_one
    }

    /// Keeps it under a name that nobody can guess.
    pub(super) fn add(&self, held: Held) -> String {
        // 160 random bits.
        let name = format!("{}{}", Ulid::new(), Ulid::new());
        self.table().insert(name.clone(), held);
        name
    }

    /// The run of this name, once, if it is the caller's own and its time is not over.
    pub(super) fn take(&self, name: &str, caller: &Caller) -> Option<Running> {
        let mut table = self.table();
        table.get(name).filter(|held| *held.caller == *caller && held.until > Instant::now())?;
        let held = table.remove(name)?;
        drop(table);
        Some(held.running)
    }

    /// Ends what has waited too long.
    pub(in crate::http) fn sweep(&self) {
        let now = Instant::now();
        // Dropped outside of the lock.
        let over: Vec<(String, Held)> = self.table().extract_if(|_, held| held.until <= now).collect();
        drop(over);
    }

    /// Ends all of them.
    pub(in crate::http) fn clear(&self) {
        let all = std::mem::take(&mut *self.table());
        drop(all);
    }
}
