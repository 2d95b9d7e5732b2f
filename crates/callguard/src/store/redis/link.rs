//! The connection: one for all, or one to each node of a cluster.

use super::options::{RedisAddress, RedisOptions};
use crate::store::remote::Trouble;
use crate::store::tls;
use ::redis::aio::{ConnectionManager, ConnectionManagerConfig};
use ::redis::cluster::{ClusterClient, TlsMode};
use ::redis::cluster_async::ClusterConnection;
use ::redis::{
    Client, ClientTlsConfig, Cmd, ConnectionAddr, ConnectionInfo, ErrorKind, FromRedisValue, IntoConnectionInfo,
    RedisConnectionInfo, RedisError, RedisResult, ScriptInvocation, TlsCertificates,
};
use callguard_engine::session::StoreError;
use std::time::Duration;
use tokio::sync::OnceCell;

/// What the server says when it has done nothing and may do it soon.
const SOON: &[&str] = &["LOADING", "READONLY", "CLUSTERDOWN", "MASTERDOWN", "TRYAGAIN", "BUSY"];
/// A connection is tried again by whoever waits for it.
const PAUSE: Duration = Duration::from_millis(20);

pub(super) enum Link {
    Single(ConnectionManager),
    Cluster(Box<ClusterClient>, OnceCell<ClusterConnection>),
}

impl Link {
    /// Connects when it is first used.
    pub(super) fn new(options: &RedisOptions) -> Result<Link, StoreError> {
        let info = info(options).map_err(|error| unusable(&error))?;
        let certificates = match options.tls {
            true => Some(certificates(options)?),
            false => None,
        };
        let link = match options.cluster {
            true => Link::cluster(options, info, certificates),
            false => Link::single(options, info, certificates),
        };
        link.map_err(|error| unusable(&error))
    }

    fn single(options: &RedisOptions, info: ConnectionInfo, tls: Option<TlsCertificates>) -> RedisResult<Link> {
        let client = match tls {
            Some(certificates) => Client::build_with_tls(info, certificates)?,
            None => Client::open(info)?,
        };
        let config = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(options.terms.timeout))
            .set_response_timeout(Some(options.terms.timeout))
            .set_min_delay(PAUSE)
            .set_number_of_retries(0);
        Ok(Link::Single(ConnectionManager::new_lazy_with_config(client, config)?))
    }

    fn cluster(options: &RedisOptions, info: ConnectionInfo, tls: Option<TlsCertificates>) -> RedisResult<Link> {
        let mut builder = ClusterClient::builder([info])
            .connection_timeout(options.terms.timeout)
            .response_timeout(options.terms.timeout)
            .retries(2);
        if let Some(certificates) = tls {
            builder = builder.tls(TlsMode::Secure).certs(certificates);
        }
        Ok(Link::Cluster(Box::new(builder.build()?), OnceCell::new()))
    }

    pub(super) async fn invoke<T: FromRedisValue>(&self, script: &ScriptInvocation<'_>) -> Result<T, Trouble> {
        match self {
            Link::Single(manager) => script.invoke_async(&mut manager.clone()).await,
            Link::Cluster(client, connection) => {
                match connection.get_or_try_init(|| client.get_async_connection()).await {
                    Ok(connection) => script.invoke_async(&mut connection.clone()).await,
                    Err(error) => return Err(unreached(error)),
                }
            }
        }
        .map_err(trouble)
    }

    pub(super) async fn ping(&self) -> Result<(), Trouble> {
        let ping = Cmd::ping();
        match self {
            Link::Single(manager) => ping.query_async(&mut manager.clone()).await,
            Link::Cluster(client, connection) => {
                match connection.get_or_try_init(|| client.get_async_connection()).await {
                    Ok(connection) => ping.query_async(&mut connection.clone()).await,
                    Err(error) => return Err(unreached(error)),
                }
            }
        }
        .map_err(trouble)
    }
}

fn info(options: &RedisOptions) -> RedisResult<ConnectionInfo> {
    let address = match &options.address {
        RedisAddress::Tcp(host, port) if options.tls => {
            ConnectionAddr::TcpTls { host: host.clone(), port: *port, insecure: false, tls_params: None }
        }
        RedisAddress::Tcp(host, port) => ConnectionAddr::Tcp(host.clone(), *port),
        RedisAddress::Unix(path) => ConnectionAddr::Unix(path.clone()),
    };
    let mut login = RedisConnectionInfo::default().set_db(i64::from(options.database));
    if let Some(username) = &options.username {
        login = login.set_username(username);
    }
    if let Some(password) = &options.password {
        login = login.set_password(password.reveal());
    }
    Ok(address.into_connection_info()?.set_redis_settings(login))
}

fn certificates(options: &RedisOptions) -> Result<TlsCertificates, StoreError> {
    tls::use_ring();
    let files = &options.tls_files;
    let client_tls = match (&files.cert, &files.key) {
        (Some(cert), Some(key)) => Some(ClientTlsConfig { client_cert: tls::read(cert)?, client_key: tls::read(key)? }),
        _ => None,
    };
    let root_cert = files.ca.as_deref().map(tls::read).transpose()?;
    Ok(TlsCertificates { client_tls, root_cert })
}

fn unusable(error: &RedisError) -> StoreError {
    StoreError::new(format!("it cannot be used: {}", error.category()))
}

/// Why there is no connection.
fn unreached(error: RedisError) -> Trouble {
    match trouble(error) {
        Trouble::Broken(why) => Trouble::Unreached(why),
        other => other,
    }
}

fn trouble(error: RedisError) -> Trouble {
    if error.is_connection_refusal() {
        return Trouble::Unreached("it cannot be reached: connection refused".to_owned());
    }
    let code = error.code().unwrap_or_default();
    if SOON.contains(&code) {
        return Trouble::Unreached(format!("it says {code}"));
    }
    match error.kind() {
        ErrorKind::AuthenticationFailed => Trouble::Failed("it refuses the user or the password".to_owned()),
        ErrorKind::InvalidClientConfig => Trouble::Failed("it cannot be used as it is set up".to_owned()),
        ErrorKind::Io | ErrorKind::ClusterConnectionNotFound => {
            Trouble::Broken(format!("the connection is broken: {error}"))
        }
        _ if code.is_empty() => Trouble::Failed(format!("it answers what cannot be understood: {}", error.category())),
        _ => Trouble::Failed(format!("it says {code}: {}", error.detail().unwrap_or_default())),
    }
}
