//! Which store, as people write it: one line, with secrets from elsewhere.

mod error;
mod params;
mod secret;
mod shown;

pub use error::{StoreConfigError, StoreOpenError};
pub use params::TlsFiles;
pub use secret::Secret;

use super::{LocalShare, MemoryStore, Store};
use callguard_engine::session::StoreError;
use params::Params;
use shown::shown;
use std::fmt;
use std::num::NonZeroU16;
use std::sync::Arc;

/// Where sessions live.
///
/// | text | store |
/// |---|---|
/// | `memory` | this process |
/// | `sqlite:PATH` | a file of this machine |
/// | `redis://[USER[:PASSWORD]@]HOST[:PORT][/DB]`, `rediss://…` with TLS, `redis+unix:///SOCKET` | Redis or Valkey |
/// | `postgres://[USER[:PASSWORD]@]HOST[:PORT]/DATABASE` | PostgreSQL |
///
/// Settings follow as `?name=value&…`. `${env:NAME}` is the value of a variable, `password_file=PATH` the content of a
/// file.
#[derive(Clone)]
pub struct StoreConfig {
    /// As messages show it.
    name: String,
    place: Place,
    local_share: Option<NonZeroU16>,
}

#[derive(Clone, Debug)]
enum Place {
    Memory,
    #[cfg(feature = "sqlite")]
    Sqlite(std::path::PathBuf, super::SqliteOptions),
    #[cfg(feature = "redis")]
    Redis(Box<super::RedisOptions>),
    #[cfg(feature = "postgres")]
    Postgres(Box<super::PostgresOptions>),
}

impl StoreConfig {
    /// What a text says; variables and files that it names are read now.
    ///
    /// # Errors
    /// It names no store, a setting that the store does not know, or a secret that is not there.
    pub fn parse(text: &str) -> Result<StoreConfig, StoreConfigError> {
        StoreConfig::parse_with(text, &|name| std::env::var(name).ok())
    }

    /// [`StoreConfig::parse`], with other variables than the process has.
    ///
    /// # Errors
    /// It names no store, a setting that the store does not know, or a secret that is not there.
    pub fn parse_with(text: &str, variables: &dyn Fn(&str) -> Option<String>) -> Result<StoreConfig, StoreConfigError> {
        let filled = secret::filled_in(text, variables).map_err(|error| error.of(shown(text)))?;
        StoreConfig::read(&filled).map_err(|error| error.of(shown(&filled)))
    }

    fn read(text: &str) -> Result<StoreConfig, StoreConfigError> {
        let (head, query) = text.split_once('?').unwrap_or((text, ""));
        let mut params = Params::read(query)?;
        let local_share = params.share("local_share")?;
        let place = Place::read(head, &mut params)?;
        params.finish()?;
        if local_share.is_some() && matches!(place, Place::Memory) {
            return Err(StoreConfigError::new(
                "`local_share` has no meaning for the store in memory",
                "it is for stores that can be down",
            ));
        }
        let name = shown(text).unwrap_or_else(|| head.to_owned());
        Ok(StoreConfig { name, place, local_share })
    }

    /// Whether a text spells a password out, for everybody to read who can read the text.
    pub fn spells_password(text: &str) -> bool {
        secret::spells_password(text)
    }

    /// Opens the store, and asks whether it answers.
    ///
    /// # Errors
    /// It cannot be opened, or does not answer; the error names it.
    pub async fn open_ready(&self) -> Result<Arc<dyn Store>, StoreOpenError> {
        let unusable = |error: StoreError| StoreOpenError { store: self.name.clone(), why: error.reason().to_owned() };
        let store = self.open().map_err(unusable)?;
        store.health().await.map_err(unusable)?;
        Ok(store)
    }

    /// Opens the store. A file is opened now; a server is first asked when the store is.
    ///
    /// # Errors
    /// The file cannot be opened, or a certificate not be read.
    pub fn open(&self) -> Result<Arc<dyn Store>, StoreError> {
        let store: Arc<dyn Store> = match &self.place {
            Place::Memory => Arc::new(MemoryStore::new()),
            #[cfg(feature = "sqlite")]
            Place::Sqlite(path, options) => Arc::new(super::SqliteStore::open(path, options.clone())?),
            #[cfg(feature = "redis")]
            Place::Redis(options) => Arc::new(super::RedisStore::open(options)?),
            #[cfg(feature = "postgres")]
            Place::Postgres(options) => Arc::new(super::PostgresStore::open(options)?),
        };
        Ok(match self.local_share {
            Some(parts) => Arc::new(LocalShare::new(store, parts)),
            None => store,
        })
    }
}

impl fmt::Debug for StoreConfig {
    /// Without secrets.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let StoreConfig { name: _, place, local_share } = self;
        out.debug_struct("StoreConfig").field("place", place).field("local_share", local_share).finish()
    }
}

impl Place {
    fn read(head: &str, params: &mut Params) -> Result<Place, StoreConfigError> {
        let scheme = head.split([':', '/']).next().unwrap_or_default();
        match scheme {
            "memory" if head == "memory" => Ok(Place::Memory),
            "sqlite" => sqlite(head, params),
            "redis" | "rediss" | "redis+unix" | "valkey" | "valkeys" | "valkey+unix" => redis(head, params),
            "postgres" | "postgresql" => postgres(head, params),
            _ => Err(StoreConfigError::new(
                "this names no store",
                "write `memory`, `sqlite:PATH`, `redis://HOST`, `rediss://HOST` or `postgres://HOST/DATABASE`",
            )),
        }
    }
}

/// How long things last, as every store beside memory takes it.
#[cfg(any(feature = "sqlite", feature = "redis", feature = "postgres"))]
fn terms(params: &mut Params) -> Result<super::StoreTerms, StoreConfigError> {
    use super::StoreTerms;
    let usual = StoreTerms::default();
    Ok(StoreTerms {
        lease: params.duration("lease")?.unwrap_or(usual.lease),
        idle: params.duration("idle")?.unwrap_or(usual.idle),
        timeout: params.duration("timeout")?.unwrap_or(usual.timeout),
    })
}

#[cfg(feature = "sqlite")]
fn sqlite(head: &str, params: &mut Params) -> Result<Place, StoreConfigError> {
    use super::{Durability, SqliteOptions};
    let path = head.strip_prefix("sqlite:").unwrap_or_default();
    let path = path.strip_prefix("//").unwrap_or(path);
    if path.is_empty() || path == ":memory:" {
        return Err(StoreConfigError::new(
            "`sqlite:` is followed by the path of a file",
            "write `sqlite:/var/lib/callguard/sessions.db`, or `memory` for sessions that end with the process",
        ));
    }
    let durability = match params.take("durability").as_deref() {
        None | Some("full") => Durability::Full,
        Some("normal") => Durability::Normal,
        Some(_) => {
            return Err(StoreConfigError::new(
                "`durability` is `full` or `normal`",
                "`normal` may lose the last moments in a power cut",
            ));
        }
    };
    let options = SqliteOptions { terms: terms(params)?, durability, max_bytes: params.bytes("max_size")? };
    Ok(Place::Sqlite(path.into(), options))
}

#[cfg(feature = "redis")]
fn redis(head: &str, params: &mut Params) -> Result<Place, StoreConfigError> {
    let (terms, files) = (terms(params)?, params.tls());
    let password = params.password()?;
    let mut options = super::RedisOptions::from_url(head)?;
    options.terms = terms;
    options.tls_files = files;
    options.password = password.or(options.password);
    options.cluster = params.flag("cluster")?;
    if let Some(prefix) = params.take("prefix") {
        options.prefix = prefix;
    }
    options.checked().map(|options| Place::Redis(Box::new(options)))
}

#[cfg(feature = "postgres")]
fn postgres(head: &str, params: &mut Params) -> Result<Place, StoreConfigError> {
    let (terms, files) = (terms(params)?, params.tls());
    let (password, schema, connections) = (params.password()?, params.take("schema"), params.count("connections")?);
    let mut options = super::PostgresOptions::from_url(&params.rest_of(head))?;
    options.terms = terms;
    options.tls_files = files;
    options.password = password.or(options.password);
    if let Some(schema) = schema {
        options.schema = schema;
    }
    if let Some(connections) = connections {
        options.connections = connections;
    }
    options.checked().map(|options| Place::Postgres(Box::new(options)))
}

/// Asked for without the feature that has it.
#[cfg(not(all(feature = "sqlite", feature = "redis", feature = "postgres")))]
fn not_compiled_in(name: &str) -> Result<Place, StoreConfigError> {
    Err(StoreConfigError::new(
        format!("this build has no store `{name}`"),
        format!("build it with the feature `{name}` of the crate `callguard`"),
    ))
}

#[cfg(not(feature = "sqlite"))]
fn sqlite(_: &str, _: &mut Params) -> Result<Place, StoreConfigError> {
    not_compiled_in("sqlite")
}

#[cfg(not(feature = "redis"))]
fn redis(_: &str, _: &mut Params) -> Result<Place, StoreConfigError> {
    not_compiled_in("redis")
}

#[cfg(not(feature = "postgres"))]
fn postgres(_: &str, _: &mut Params) -> Result<Place, StoreConfigError> {
    not_compiled_in("postgres")
}
