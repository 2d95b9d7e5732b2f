//! A gateway at work: opened from its configuration, served, reloaded.

mod opened;
mod watch;

use crate::config::{ConfigError, GatewayConfig, IssuerConfig, Listen, TlsFiles};
use crate::error::{Cause, GatewayError};
use crate::http::{Listener, Metrics, Queue, Ready, Shared, TlsServer, serve, serve_admin};
use crate::mcp::stdio::remark;
use callguard::sink::AuditConfig;
use callguard::store::StoreConfig;
use callguard::{Guard, GuardBuilder, LoadError, PreparedPolicies, Telemetry, policy_files};
use opened::{live, tls_server};
use opentelemetry::metrics::MeterProvider as _;
use opentelemetry::trace::noop::NoopTracer;
use opentelemetry_sdk::metrics::SdkMeterProvider;
use std::future::Future;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use watch::Watch;

/// A gateway that is ready to serve.
pub struct Gateway {
    listener: Listener,
    /// Where operators ask, if that is elsewhere.
    admin: Option<Listener>,
    core: Arc<Core>,
    /// What measures, as long as the gateway is there.
    _meters: Option<SdkMeterProvider>,
}

/// What a reload changes.
struct Core {
    guard: Guard,
    shared: Arc<Shared>,
    tls: Option<TlsServer>,
    config: Mutex<GatewayConfig>,
}

/// Why a gateway cannot serve, or goes on as it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The configuration is wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A policy does not load.
    #[error(transparent)]
    Policy(#[from] LoadError),
    /// Something that the configuration names cannot be used.
    #[error(transparent)]
    Gateway(#[from] GatewayError),
}

fn unusable(what: impl Into<String>, why: impl ToString) -> OpenError {
    GatewayError::from(Cause::Unusable { what: what.into(), why: why.to_string() }).into()
}

impl Gateway {
    /// Opens everything that the configuration names, and binds. `builder` is what the host adds: paths, telemetry. Where
    /// metrics are configured, the telemetry is the gateway's own.
    ///
    /// # Errors
    /// Policies do not load; a store, a sink, a secret, a certificate or a file of pins cannot be used; the address is
    /// taken.
    pub async fn open(config: GatewayConfig, builder: GuardBuilder) -> Result<Gateway, OpenError> {
        if !config.has_metrics() {
            return Gateway::open_shown(config, builder, None).await;
        }
        let (metrics, reader) = Metrics::new().map_err(|why| unusable("the metrics", why))?;
        let meters = SdkMeterProvider::builder().with_reader(reader).build();
        let telemetry = Telemetry::new(NoopTracer::new(), &meters.meter("callguard"));
        let gateway = Gateway::open_shown(config, builder.telemetry(telemetry), Some(metrics)).await?;
        Ok(Gateway { _meters: Some(meters), ..gateway })
    }

    /// [`open`](Gateway::open), with metrics that the telemetry of `builder` measures.
    ///
    /// # Errors
    /// As there.
    pub async fn open_shown(
        config: GatewayConfig,
        builder: GuardBuilder,
        metrics: Option<Metrics>,
    ) -> Result<Gateway, OpenError> {
        let mut builder = config.policies.iter().fold(builder, |builder, policy| builder.file(policy));
        if let Some(audit) = &config.audit {
            builder = builder.audit_config(audit).map_err(|error| unusable("the audit", error))?;
        }
        let mut ready = Ready::new(config.audit.as_ref().map(AuditConfig::on_failure));
        if let Some(store) = &config.fixed.store {
            let store = StoreConfig::parse(store).map_err(|error| unusable("the store", error))?;
            let store = store.open_ready().await.map_err(|error| unusable("the store", error))?;
            ready.watch(Arc::clone(&store));
            builder = builder.store(store);
        }
        let approvals = config.fixed.has_approvals.then(Queue::default);
        if let Some(queue) = &approvals {
            builder = builder.approver(queue.clone());
        }
        let guard = builder.build()?;
        let apart = config.fixed.admin.as_ref().and_then(|admin| admin.listen);
        let shared =
            Shared::new(guard.clone(), live(&config, &guard, None)?, approvals, ready, metrics, apart.is_some());
        let shared = Arc::new(shared);
        let tls = config.tls.as_ref().map(tls_server).transpose()?;
        let tls = tls.map(|tls| Arc::new(std::sync::RwLock::new(tls)));
        let listener = bound(&config.fixed.listen).await?;
        let admin = match apart {
            Some(address) => Some(bound(&Listen::Tcp(address)).await?),
            None => None,
        };
        let core = Arc::new(Core { guard, shared, tls, config: Mutex::new(config) });
        Ok(Gateway { listener, admin, core, _meters: None })
    }

    /// Where operators ask it, for people, if that is elsewhere.
    pub fn admin_place(&self) -> Option<String> {
        self.admin.as_ref().map(Listener::place)
    }

    /// Where it listens, for people.
    pub fn place(&self) -> String {
        self.listener.place()
    }

    /// Serves until a signal asks for the end. SIGHUP and changes of what was read make it read all of it again.
    ///
    /// When it returns, every audit event was handed to its sinks, and no server's process is left.
    ///
    /// # Errors
    /// Signals cannot be heard.
    pub async fn run(self) -> Result<(), GatewayError> {
        let (mut hangup, stop) = signals().map_err(Cause::Watch)?;
        let core = Arc::clone(&self.core);
        let reloads = async {
            let mut watch = Watch::new(core.files());
            loop {
                tokio::select! {
                    () = hangup.next() => {}
                    () = watch.changed() => {}
                }
                let again = Arc::clone(&core);
                match tokio::task::spawn_blocking(move || again.reload()).await {
                    Ok(Ok(())) => remark("the configuration was read again"),
                    Ok(Err(error)) => remark(&format!("the configuration of before stays in force:\n{error}")),
                    Err(_) => remark("the configuration of before stays in force: it could not be read again"),
                }
                watch.follow(core.files());
            }
        };
        let Core { shared, tls, .. } = &*self.core;
        tokio::select! {
            () = serve(self.listener, tls.clone(), Arc::clone(shared), stop) => {}
            () = serve_admin(self.admin, Arc::clone(shared)) => {}
            () = reloads => {}
        }
        let guard = self.core.guard.clone();
        // A sink that waits must not keep the runtime from ending processes.
        let _flushed = tokio::task::spawn_blocking(move || guard.flush()).await;
        Ok(())
    }
}

async fn bound(listen: &Listen) -> Result<Listener, OpenError> {
    let bound = match listen {
        Listen::Tcp(address) => Listener::tcp(*address).await,
        Listen::Unix(path) => Listener::unix(path),
    };
    bound.map_err(|error| unusable(format!("`{listen}`"), error))
}

impl Core {
    /// Reads everything again. What is wrong changes nothing.
    fn reload(&self) -> Result<(), OpenError> {
        let mut config = self.config.lock().unwrap_or_else(PoisonError::into_inner);
        let file = &config.file;
        let text = std::fs::read_to_string(file).map_err(|error| unusable(format!("`{}`", file.display()), error))?;
        let next = GatewayConfig::read(file, &text)?;
        if next.fixed != config.fixed {
            let why = "`listen`, `admin`, `store`, `audit`, `limits.connections` and whether there are `tls` and `approvals` change with a new start";
            return Err(unusable(format!("`{}`", file.display()), why));
        }
        let prepared = |guard: &Guard, policies: &[String]| -> Result<PreparedPolicies, OpenError> {
            let files = policy_files(policies).map_err(|error| unusable("a policy", error))?;
            Ok(guard.prepare(files)?)
        };
        // All of it loads, or none of it counts.
        let tls = next.tls.as_ref().map(tls_server).transpose()?;
        let mut policies = vec![prepared(&self.guard, &next.policies)?];
        let live = live(&next, &self.guard, Some(&self.shared.live()))?;
        for upstream in live.upstreams.values() {
            if let Some(guard) = &upstream.guard {
                policies.push(prepared(guard, &next.policies_for(&upstream.config))?);
            }
        }
        policies.into_iter().for_each(PreparedPolicies::enforce);
        if let (Some(now), Some(next)) = (&self.tls, tls) {
            *now.write().unwrap_or_else(PoisonError::into_inner) = next;
        }
        self.shared.replace(live);
        *config = next;
        Ok(())
    }

    /// Every file that a reload reads.
    fn files(&self) -> Vec<PathBuf> {
        let config = self.config.lock().unwrap_or_else(PoisonError::into_inner);
        let policies = config.policies.iter().chain(config.upstreams.values().flat_map(|upstream| &upstream.policies));
        let policies = policies.filter(|name| !name.starts_with("template/")).map(PathBuf::from);
        let pins = config.upstreams.values().filter_map(|upstream| upstream.pins.clone());
        let tls = config.tls.iter().flat_map(TlsFiles::files);
        let keys = config.identity.issuers.iter().filter_map(IssuerConfig::file);
        std::iter::once(config.file.clone()).chain(policies).chain(pins).chain(tls).chain(keys).collect()
    }
}

/// The signal that says: read it again.
struct Hangup {
    #[cfg(unix)]
    signal: tokio::signal::unix::Signal,
}

impl Hangup {
    #[cfg(unix)]
    async fn next(&mut self) {
        if self.signal.recv().await.is_none() {
            std::future::pending::<()>().await;
        }
    }

    #[cfg(not(unix))]
    async fn next(&mut self) {
        std::future::pending::<()>().await;
    }
}

#[cfg(unix)]
fn signals() -> io::Result<(Hangup, impl Future<Output = ()>)> {
    use tokio::signal::unix::{SignalKind, signal};

    let [mut interrupt, mut terminate] = [signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?];
    let stop = async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    };
    Ok((Hangup { signal: signal(SignalKind::hangup())? }, stop))
}

#[cfg(not(unix))]
fn signals() -> io::Result<(Hangup, impl Future<Output = ()>)> {
    let stop = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    Ok((Hangup {}, stop))
}
