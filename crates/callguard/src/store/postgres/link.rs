//! Connections, and the tables brought up to date.

use super::options::PostgresOptions;
use crate::store::StoreTerms;
use crate::store::remote::Trouble;
use crate::store::tls;
use callguard_engine::session::StoreError;
use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, PoolError, RecyclingMethod, Runtime};
use tokio::sync::OnceCell;
use tokio_postgres::config::SslMode;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Error, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

/// Each is applied once, in order; the table `migration` says which were.
const MIGRATIONS: &[&str] = &[include_str!("0001.sql")];

pub(super) struct Link {
    pool: Pool,
    schema: String,
    ready: OnceCell<()>,
}

impl Link {
    /// Connects when it is first used.
    pub(super) fn new(options: &PostgresOptions) -> Result<Link, StoreError> {
        let mut config = options.config.clone();
        config.connect_timeout(options.terms.timeout);
        if let Some(password) = &options.password {
            config.password(password.reveal());
        }
        let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let manager = match config.get_ssl_mode() {
            SslMode::Disable => Manager::from_config(config, NoTls, recycling),
            _ => {
                let tls = MakeRustlsConnect::new(tls::client(&options.tls_files)?);
                Manager::from_config(config, tls, recycling)
            }
        };
        let pool = pool(manager, options.connections, options.terms)?;
        Ok(Link { pool, schema: options.schema.clone(), ready: OnceCell::new() })
    }

    /// What a function answers; it takes and gives JSON as text.
    pub(super) async fn call(&self, function: &str, question: &str) -> Result<String, Trouble> {
        let client = self.client().await?;
        let sql = format!("SELECT {}.{function}($1::text::jsonb)::text", self.schema);
        let statement = client.prepare_cached(&sql).await.map_err(|error| trouble(&error))?;
        let row = client.query_one(&statement, &[&question]).await.map_err(|error| trouble(&error))?;
        row.try_get(0).map_err(|error| trouble(&error))
    }

    pub(super) async fn sweep(&self, late_millis: i64, most: i32) -> Result<(), Trouble> {
        let client = self.client().await?;
        let sql = format!("SELECT {}.sweep($1, $2)", self.schema);
        client.query_one(&sql, &[&late_millis, &most]).await.map(drop).map_err(|error| trouble(&error))
    }

    pub(super) async fn check(&self) -> Result<(), Trouble> {
        let client = self.client().await?;
        let sql = format!("SELECT count(*) FROM (SELECT 1 FROM {}.session LIMIT 1) s", self.schema);
        client.query_one(&sql, &[]).await.map(drop).map_err(|error| trouble(&error))
    }

    async fn client(&self) -> Result<Object, Trouble> {
        let mut client = self.pool.get().await.map_err(|error| unreached(&error))?;
        self.ready.get_or_try_init(|| self.migrate(&mut client)).await?;
        Ok(client)
    }

    /// Brings the tables up to date. Where they are, it needs no right to change them.
    async fn migrate(&self, client: &mut Object) -> Result<(), Trouble> {
        if self.version(client).await? == MIGRATIONS.len() {
            return Ok(());
        }
        let step = client.transaction().await.map_err(|error| trouble(&error))?;
        let schema = &self.schema;
        let begin = format!(
            "SELECT pg_advisory_xact_lock(hashtext('callguard'), hashtext('{schema}'));
             CREATE SCHEMA IF NOT EXISTS {schema};
             CREATE TABLE IF NOT EXISTS {schema}.migration (
                 version integer PRIMARY KEY, applied timestamptz NOT NULL DEFAULT now());"
        );
        step.batch_execute(&begin).await.map_err(|error| trouble(&error))?;
        let count = format!("SELECT count(*) FROM {schema}.migration");
        let row = step.query_one(&count, &[]).await.map_err(|error| trouble(&error))?;
        let done: i64 = row.try_get(0).map_err(|error| trouble(&error))?;
        for (place, sql) in MIGRATIONS.iter().enumerate().skip(usize::try_from(done).unwrap_or_default()) {
            let number = place.saturating_add(1);
            let sql = sql.replace("{schema}", schema);
            let sql = format!("{sql}; INSERT INTO {schema}.migration (version) VALUES ({number});");
            step.batch_execute(&sql).await.map_err(|error| trouble(&error))?;
        }
        step.commit().await.map_err(|error| trouble(&error))
    }

    /// How many migrations there were.
    async fn version(&self, client: &Object) -> Result<usize, Trouble> {
        let table = format!("SELECT to_regclass('{}.migration') IS NOT NULL", self.schema);
        let row = client.query_one(&table, &[]).await.map_err(|error| trouble(&error))?;
        if !row.try_get::<_, bool>(0).map_err(|error| trouble(&error))? {
            return Ok(0);
        }
        let count = format!("SELECT count(*) FROM {}.migration", self.schema);
        let row = client.query_one(&count, &[]).await.map_err(|error| trouble(&error))?;
        let done: i64 = row.try_get(0).map_err(|error| trouble(&error))?;
        match usize::try_from(done).unwrap_or(usize::MAX) {
            done if done > MIGRATIONS.len() => {
                Err(Trouble::Failed("a later version of CallGuard has written its tables".to_owned()))
            }
            done => Ok(done),
        }
    }
}

fn pool(manager: Manager, connections: usize, terms: StoreTerms) -> Result<Pool, StoreError> {
    let pool = Pool::builder(manager)
        .max_size(connections)
        .runtime(Runtime::Tokio1)
        .wait_timeout(Some(terms.timeout))
        .create_timeout(Some(terms.timeout))
        .recycle_timeout(Some(terms.timeout))
        .build();
    pool.map_err(|error| StoreError::new(format!("it cannot be used: {error}")))
}

/// Why there is no connection.
fn unreached(error: &PoolError) -> Trouble {
    match error {
        PoolError::Backend(error) => match trouble(error) {
            Trouble::Broken(_) => Trouble::Unreached(format!("it cannot be reached: {}", cause(error))),
            other => other,
        },
        PoolError::Timeout(_) => Trouble::Unreached("no connection was free in time".to_owned()),
        _ => Trouble::Unreached("it cannot be reached".to_owned()),
    }
}

/// What lies beneath an error of the connection.
fn cause(error: &Error) -> String {
    std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string)
}

fn trouble(error: &Error) -> Trouble {
    let Some(said) = error.as_db_error() else {
        return Trouble::Broken(format!("the connection is broken: {}", cause(error)));
    };
    let code = said.code();
    match code {
        &SqlState::INVALID_PASSWORD | &SqlState::INVALID_AUTHORIZATION_SPECIFICATION => {
            Trouble::Failed("it refuses the user or the password".to_owned())
        }
        &SqlState::T_R_SERIALIZATION_FAILURE | &SqlState::T_R_DEADLOCK_DETECTED | &SqlState::LOCK_NOT_AVAILABLE => {
            Trouble::Unreached("it is busy with other calls".to_owned())
        }
        &SqlState::CANNOT_CONNECT_NOW | &SqlState::TOO_MANY_CONNECTIONS | &SqlState::READ_ONLY_SQL_TRANSACTION => {
            Trouble::Unreached(format!("it says {}", said.message()))
        }
        &SqlState::ADMIN_SHUTDOWN | &SqlState::CRASH_SHUTDOWN | &SqlState::QUERY_CANCELED => {
            Trouble::Broken(format!("it says {}", said.message()))
        }
        _ => Trouble::Failed(format!("it says {} ({})", said.message(), code.code())),
    }
}
