//! Sessions in PostgreSQL.

mod calls;
mod link;
mod options;

pub use options::PostgresOptions;

use super::remote::RemoteStore;
use super::{Abandoned, Answer, Store};
use callguard_engine::session::{
    AttemptAnswer, AttemptRequest, CommitRequest, ReleaseRequest, ReserveAnswer, ReserveRequest, StoreError,
};
use calls::Postgres;

/// Sessions in PostgreSQL 13 or later, for all who share it. Each operation is one function in one transaction; time is the
/// server's.
pub struct PostgresStore(RemoteStore<Postgres>);

impl PostgresStore {
    /// Connects when it is first asked, and brings the tables up to date then.
    ///
    /// # Errors
    /// A certificate cannot be read, or the operating system gives no thread.
    pub fn open(options: &PostgresOptions) -> Result<PostgresStore, StoreError> {
        RemoteStore::start(options.terms, || Postgres::new(options)).map(PostgresStore)
    }
}

super::remote::store!(PostgresStore);
