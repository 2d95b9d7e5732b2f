//! The file: opened, brought up to date, and read or written in one transaction at a time.

use super::counter::Trouble;
use super::{Durability, SqliteOptions};
use callguard_engine::session::StoreError;
use rusqlite::{Connection, ErrorCode, TransactionBehavior};
use rusqlite_migration::{M, Migrations};
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Each is applied once, in order; `user_version` says how many were.
const STEPS: &[M<'_>] = &[M::up(include_str!("0001.sql"))];
/// The journal is cut back to this after it has grown.
const JOURNAL_BYTES: u64 = 16 * 1024 * 1024;
/// How often it is tried again to open a file that others open too.
const OPENING_PAUSE: Duration = Duration::from_millis(20);
/// The prepared statements that are kept: all there are.
const STATEMENTS: usize = 64;

pub(super) struct File {
    path: PathBuf,
    pub(super) options: SqliteOptions,
    /// None after the disk has failed: what was not written then is not trusted to be known.
    connection: Option<Connection>,
}

impl File {
    pub(super) fn open(path: PathBuf, options: SqliteOptions) -> Result<File, StoreError> {
        let mut file = File { path, options, connection: None };
        match file.connect() {
            Ok(_) => Ok(file),
            Err(trouble) => Err(StoreError::new(format!("`{}`: {}", file.path.display(), trouble.error().reason()))),
        }
    }

    /// Does something in one transaction: all of it is written, or nothing.
    pub(super) fn transact<T>(&mut self, act: impl FnOnce(&Connection) -> Result<T, Trouble>) -> Result<T, Trouble> {
        let result = self.connect().and_then(|connection| {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let done = act(&transaction)?;
            transaction.commit()?;
            Ok(done)
        });
        if let Err(Trouble::Sql(error)) = &result
            && matches!(error.sqlite_error_code(), Some(ErrorCode::SystemIoFailure | ErrorCode::DatabaseCorrupt))
        {
            self.connection = None;
        }
        result
    }

    fn connect(&mut self) -> Result<&mut Connection, Trouble> {
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.patiently()?,
        };
        Ok(self.connection.insert(connection))
    }

    /// Another process may be making the same file.
    fn patiently(&self) -> Result<Connection, Trouble> {
        let limit = Instant::now() + self.options.terms.timeout;
        loop {
            match self.connection() {
                Err(trouble) if Instant::now() < limit && trouble.may_pass() => std::thread::sleep(OPENING_PAUSE),
                done => return done,
            }
        }
    }

    fn connection(&self) -> Result<Connection, Trouble> {
        self.make().map_err(|error| StoreError::new(format!("it cannot be opened: {error}")))?;
        let mut connection = Connection::open(&self.path)?;
        connection.busy_timeout(self.options.terms.timeout)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        let synchronous = match self.options.durability {
            Durability::Full => "FULL",
            Durability::Normal => "NORMAL",
        };
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", synchronous)?;
        connection.pragma_update(None, "journal_size_limit", JOURNAL_BYTES)?;
        if let Some(most) = self.options.max_bytes {
            let page: u64 = connection.pragma_query_value(None, "page_size", |row| row.get(0))?;
            connection.pragma_update(None, "max_page_count", most / page.max(1))?;
        }
        Migrations::from_slice(STEPS).to_latest(&mut connection).map_err(unmigrated)?;
        Ok(connection)
    }

    /// Makes the file before SQLite does, for its owner alone; SQLite gives its journal the same mode.
    fn make(&self) -> std::io::Result<()> {
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(&self.path).map(drop)
    }
}

fn unmigrated(error: rusqlite_migration::Error) -> Trouble {
    use rusqlite_migration::{Error, MigrationDefinitionError};
    match error {
        Error::RusqliteError { err, .. } => Trouble::Sql(err),
        Error::MigrationDefinition(MigrationDefinitionError::DatabaseTooFarAhead) => {
            Trouble::Content(StoreError::new("a later version of CallGuard has written it"))
        }
        other => Trouble::Content(StoreError::new(format!("it cannot be brought up to date: {other}"))),
    }
}

/// An error of SQLite, in words without what was to be written.
pub(super) fn explained(error: &rusqlite::Error) -> StoreError {
    StoreError::new(match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => "the disk is full, or the file as large as it may be".into(),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            "the file is busy: other processes write it".into()
        }
        Some(ErrorCode::ReadOnly) => "the file cannot be written".into(),
        Some(ErrorCode::CannotOpen) => "the file cannot be opened".into(),
        Some(ErrorCode::PermissionDenied) => "the file may not be opened".into(),
        Some(ErrorCode::DatabaseCorrupt) => "the file is damaged".into(),
        Some(ErrorCode::NotADatabase) => "the file is not one of SQLite's".into(),
        Some(ErrorCode::SystemIoFailure) => "the disk has failed".into(),
        Some(code) => std::borrow::Cow::Owned(format!("SQLite says {code:?}")),
        None => "the file does not hold what it should".into(),
    })
}
