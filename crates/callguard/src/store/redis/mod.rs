//! Sessions in Redis or Valkey.

mod amount;
mod link;
mod options;
mod reply;
mod scripts;

pub use options::{RedisAddress, RedisOptions};

use super::remote::RemoteStore;
use super::{Abandoned, Answer, Store};
use callguard_engine::session::{
    AttemptAnswer, AttemptRequest, CommitRequest, ReleaseRequest, ReserveAnswer, ReserveRequest, StoreError,
};
use scripts::Redis;

/// Sessions in Redis 7 or Valkey, for all who share it. Each operation is one script; time is the server's.
///
/// What a failover or a restart of the server loses is what its persistence loses.
pub struct RedisStore(RemoteStore<Redis>);

impl RedisStore {
    /// Connects when it is first asked.
    ///
    /// # Errors
    /// A certificate cannot be read, or the operating system gives no thread.
    pub fn open(options: &RedisOptions) -> Result<RedisStore, StoreError> {
        let made = RemoteStore::start(options.terms, || Redis::new(options));
        made.map(RedisStore)
    }
}

super::remote::store!(RedisStore);
