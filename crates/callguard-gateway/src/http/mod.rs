//! Streamable HTTP: clients on the one side, servers of any transport on the other.
//!
//! A session is of one caller with one server, and has one session there. No id of a message is rewritten; the ids of
//! sessions are the gateway's own. A caller's credentials end here: none of its headers reaches a server but those that
//! the protocol has.

mod admin;
mod api;
mod approvals;
mod body;
mod certificate;
mod identity;
mod jwt;
mod kept;
mod listener;
mod metrics;
mod oauth;
mod over_http;
mod over_process;
mod place;
mod process;
mod ready;
mod reply;
mod routing;
mod service;
mod session;
mod sse;
mod upstream;

pub(crate) use admin::serve_admin;
pub(crate) use approvals::Queue;
pub use identity::new_key;
pub(crate) use identity::{By, Caller, Identity, KeyDigest};
pub(crate) use jwt::{Issuer, Jwks, KeySet};
pub(crate) use listener::{Listener, TlsServer, serve};
pub use metrics::Metrics;
pub(crate) use place::Places;
pub(crate) use ready::Ready;
pub(crate) use upstream::{HttpServer, client};

use crate::config::{DecisionsConfig, Limits, ProcessConfig, UpstreamConfig};
use crate::mcp::guarded::{Context, Guarded};
use crate::mcp::quarantine::Quarantine;
use crate::mcp::relay::Learnt;
use crate::mcp::{Pins, Route};
use api::Permits;
use callguard::{Guard, Object};
use listener::Stream;
use session::Sessions;
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

/// How long processes may take to end.
const LAST_PROCESS: Duration = Duration::from_secs(2);

/// A server behind the gateway.
pub(crate) struct Upstream {
    pub(crate) config: UpstreamConfig,
    pub(crate) way: Way,
    pub(crate) pins: Option<Pins>,
    /// Decides in the place of the gateway's, where the server has policies of its own.
    pub(crate) guard: Option<Guard>,
    /// What requests without a session have learnt of it.
    pub(crate) learnt: Learnt,
}

/// How a server is reached.
pub(crate) enum Way {
    Http(Arc<HttpServer>),
    Process(ProcessConfig),
}

impl Upstream {
    /// What is accepted of its tools, with nothing seen yet.
    fn quarantine(&self) -> Option<Arc<Quarantine>> {
        self.pins.clone().map(|pins| Arc::new(Quarantine::new(pins)))
    }
}

/// What a reload replaces.
pub(crate) struct Live {
    pub(crate) upstreams: BTreeMap<String, Arc<Upstream>>,
    pub(crate) identity: Identity,
    pub(crate) places: Places,
    pub(crate) decisions: Option<DecisionsConfig>,
    /// Groups whose people answer for calls that ask.
    pub(crate) approvers: Vec<String>,
    pub(crate) limits: Limits,
    pub(crate) environment: Option<String>,
    pub(crate) governs: Vec<Route>,
}

/// All that requests share.
pub(crate) struct Shared {
    guard: Guard,
    live: RwLock<Arc<Live>>,
    sessions: Sessions,
    permits: Permits,
    approvals: Option<Queue>,
    ready: Ready,
    metrics: Option<Metrics>,
    /// Whether metrics have an address of their own.
    is_admin_apart: bool,
    /// Held by every process that runs.
    running: Arc<()>,
}

impl Shared {
    pub(crate) fn new(
        guard: Guard,
        live: Live,
        approvals: Option<Queue>,
        ready: Ready,
        metrics: Option<Metrics>,
        is_admin_apart: bool,
    ) -> Shared {
        let live = RwLock::new(Arc::new(live));
        Shared {
            guard,
            live,
            sessions: Sessions::default(),
            permits: Permits::default(),
            approvals,
            ready,
            metrics,
            is_admin_apart,
            running: Arc::default(),
        }
    }

    pub(crate) fn live(&self) -> Arc<Live> {
        Arc::clone(&self.live.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// From now on this holds. Sessions with servers that are no longer the same end.
    pub(crate) fn replace(&self, live: Live) {
        let live = Arc::new(live);
        *self.live.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&live);
        self.sweep();
    }

    /// Ends permits that waited too long, and sessions that are idle, over, or with servers or callers that are no more.
    pub(crate) fn sweep(&self) {
        let live = self.live();
        self.permits.sweep();
        self.sessions.sweep(live.limits.session_idle, |session| {
            let same = live.upstreams.get(&session.upstream.config.name);
            same.is_some_and(|same| Arc::ptr_eq(same, &session.upstream)) && live.identity.knows(&session.caller)
        });
    }

    /// Ends every session, and waits for the processes to end.
    pub(crate) async fn end(&self) {
        self.sessions.sweep(Duration::MAX, |_| false);
        self.permits.clear();
        let ended = async {
            while Arc::strong_count(&self.running) > 1 {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        // A process that stays is killed with the runtime.
        let _late = tokio::time::timeout(LAST_PROCESS, ended).await;
    }

    /// What decides calls of the tools of a server. One that the gateway does not know has no policies of its own.
    fn guard_for<'a>(&'a self, live: &'a Live, server: Option<&str>) -> &'a Guard {
        let upstream = server.and_then(|server| live.upstreams.get(server));
        upstream.and_then(|upstream| upstream.guard.as_ref()).unwrap_or(&self.guard)
    }

    fn judge(&self, live: &Live, upstream: &Upstream, caller: &Caller) -> Guarded {
        let context = Context {
            principal: caller.principal.clone(),
            environment: live.environment.clone(),
            // A caller can begin as many sessions as it likes: limits count for the principal.
            session_id: None,
            server: Some(upstream.config.name.clone()),
            metadata: Object::default(),
            governs: live.governs.clone(),
        };
        Guarded { guard: upstream.guard.as_ref().unwrap_or(&self.guard).clone(), context: Arc::new(context) }
    }
}
