//! The store in memory.

use crate::suite::{Stores, behaves};
use callguard::store::{MemoryStore, Store, StoreTerms};
use std::sync::Arc;

/// Each is by itself.
struct Memory;

impl Stores for Memory {
    async fn open(&self, _: StoreTerms) -> Arc<dyn Store> {
        Arc::new(MemoryStore::new())
    }
}

behaves!(tests, Memory);
