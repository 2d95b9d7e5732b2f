//! One request over HTTP: who calls, for which server, in which session.

use super::certificate::Peer;
use super::over_http::OverHttp;
use super::reply::{self, Reply};
use super::session::{Session, SessionWay};
use super::upstream::HttpSession;
use super::{Caller, Live, Shared, Upstream, Way, admin, api, approvals, body, oauth, over_process, process, routing};
use crate::mcp::answer::{INTERNAL, INVALID_REQUEST};
use crate::mcp::envelope::{self, Message};
use crate::mcp::frame::FrameLimits;
use crate::mcp::relay::{Learnt, Own, Relay};
use crate::mcp::stdio::remark;
use hyper::body::Incoming;
use hyper::header::{HeaderMap, HeaderValue};
use hyper::{Method, Request, StatusCode};
use std::sync::Arc;

/// Where servers are found: `/mcp/NAME`, and `/mcp` if there is one alone.
const ROOT: &str = "/mcp";

/// A request whose caller and server are known.
struct Asked {
    shared: Arc<Shared>,
    live: Arc<Live>,
    caller: Arc<Caller>,
    upstream: Arc<Upstream>,
    headers: HeaderMap,
}

/// What was said, as far as it matters here.
struct Said {
    body: Vec<u8>,
    is_batch: bool,
    is_handshake: bool,
    is_modern: bool,
}

pub(super) async fn handle(shared: Arc<Shared>, peer: Option<&Peer>, request: Request<Incoming>) -> Reply {
    let live = shared.live();
    // Whoever looks after machines calls them by their addresses, and learns nothing here.
    if let Some(reply) = admin::probe(&shared, &request).await {
        return reply;
    }
    if !live.places.allow(request.headers()) {
        return reply::error(
            StatusCode::FORBIDDEN,
            INVALID_REQUEST,
            "requests for that host or from that origin are not taken",
        );
    }
    let path = request.uri().path();
    let has_api = live.decisions.is_some() || shared.approvals.is_some();
    if has_api && path == api::DOCUMENT && request.method() == Method::GET {
        return reply::json(StatusCode::OK, api::OPENAPI);
    }
    if let (Some(document), &Method::GET) = (oauth::metadata(&live.identity, path), request.method()) {
        return reply::json(StatusCode::OK, document);
    }
    let caller = match live.identity.of(request.headers(), peer, path).await {
        Ok(caller) => caller,
        Err(unknown) => {
            let reply = oauth::challenge(&live.identity, path, &unknown);
            return if api::is_at(path) { api::restated(reply) } else { reply };
        }
    };
    if let (Some(queue), true) = (&shared.approvals, approvals::is_at(path)) {
        return approvals::handle(&live, queue, &caller, request).await;
    }
    if let (Some(config), true) = (live.decisions, api::is_at(path)) {
        return api::handle(&shared, &live, config, &caller, request).await;
    }
    if let (Some(metrics), "/metrics", &Method::GET, false) =
        (&shared.metrics, path, request.method(), shared.is_admin_apart)
    {
        return metrics.reply(&shared);
    }
    let Some(upstream) = upstream(&live, path) else {
        return reply::error(StatusCode::NOT_FOUND, INVALID_REQUEST, "there is no server at this path");
    };
    let (head, body) = request.into_parts();
    let asked = Asked { shared, live, caller, upstream, headers: head.headers };
    match head.method {
        Method::POST => asked.post(body).await,
        Method::GET => asked.get().await,
        Method::DELETE => asked.delete().await,
        _ => reply::method_not_allowed("GET, POST, DELETE"),
    }
}

fn upstream(live: &Live, path: &str) -> Option<Arc<Upstream>> {
    let rest = path.strip_prefix(ROOT)?;
    match rest.strip_prefix('/') {
        Some(name) if !name.is_empty() => live.upstreams.get(name).cloned(),
        _ if rest.is_empty() || rest == "/" => {
            let mut all = live.upstreams.values();
            all.next().filter(|_| all.next().is_none()).cloned()
        }
        _ => None,
    }
}

impl Asked {
    async fn post(self, body: Incoming) -> Reply {
        let body = match body::read(&self.headers, body, &self.live.limits).await {
            Ok(body) => body,
            Err((status, says)) => return reply::error(status, INVALID_REQUEST, says),
        };
        if let Err(mismatch) = routing::check(&self.headers, &body) {
            let id = mismatch.id.as_deref().unwrap_or("null");
            return reply::error_to(StatusCode::BAD_REQUEST, id, routing::MISMATCH, &mismatch.says);
        }
        let said = Said::of(body);
        match self.session() {
            Ok(Some(session)) => self.post_in(&session, said).await,
            Ok(None) => self.post_without(said).await,
            Err(reply) => *reply,
        }
    }

    /// The session that the request names, if it names one.
    fn session(&self) -> Result<Option<Arc<Session>>, Box<Reply>> {
        let mut named = self.headers.get_all(reply::SESSION).iter();
        let (named, None) = (named.next(), named.next()) else {
            return Err(Box::new(reply::error(StatusCode::BAD_REQUEST, INVALID_REQUEST, "the session is named twice")));
        };
        let Some(named) = named else { return Ok(None) };
        let found = named.to_str().ok().and_then(|id| self.shared.sessions.find(id, &self.caller, &self.upstream));
        match found {
            Some(session) => Ok(Some(session)),
            None => Err(Box::new(reply::error(StatusCode::NOT_FOUND, INVALID_REQUEST, "there is no such session"))),
        }
    }

    async fn post_in(&self, session: &Arc<Session>, said: Said) -> Reply {
        let busy = session.begin();
        match &session.way {
            SessionWay::Http(http) => {
                let over = OverHttp { relay: Arc::clone(&session.relay), http: Arc::clone(http) };
                let (mut reply, head) = over.post(&self.headers, said.body, said.is_batch, Some(busy)).await;
                if head.is_some_and(|head| head.status == StatusCode::NOT_FOUND) {
                    self.shared.sessions.remove(&session.id);
                } else if said.is_handshake {
                    mark(&mut reply, session);
                }
                reply
            }
            SessionWay::Process(process) => over_process::post(session, process, said.body, said.is_batch).await,
        }
    }

    async fn post_without(self, said: Said) -> Reply {
        let limits = &self.live.limits;
        if said.is_handshake && !self.shared.sessions.has_room(&self.caller, limits.sessions, limits.sessions_of_one) {
            return reply::error(StatusCode::SERVICE_UNAVAILABLE, INTERNAL, "there are too many sessions");
        }
        match &self.upstream.way {
            Way::Http(server) => {
                let over = self.over_http(HttpSession::new(Arc::clone(server)), said.is_handshake);
                self.post_over_http(over, said).await
            }
            Way::Process(config) if said.is_handshake || said.is_modern => {
                let judge = self.shared.judge(&self.live, &self.upstream, &self.caller);
                match process::start(&self.upstream, config, judge, Arc::clone(&self.shared.running)) {
                    Ok((relay, process)) => {
                        let way = SessionWay::Process(Arc::new(process));
                        self.post_to_process(relay, way, said).await
                    }
                    Err(why) => {
                        remark(&format!("the server `{}` cannot be started: {why}", self.upstream.config.name));
                        reply::error(StatusCode::BAD_GATEWAY, INTERNAL, "the server cannot be started")
                    }
                }
            }
            Way::Process(_) => {
                let says = "the request names no session: begin one with `initialize`";
                reply::error(StatusCode::BAD_REQUEST, INVALID_REQUEST, says)
            }
        }
    }

    /// A relay of its own for a request that is in no session of ours.
    fn over_http(&self, http: HttpSession, is_handshake: bool) -> OverHttp {
        let http = Arc::new(http);
        let judge = self.shared.judge(&self.live, &self.upstream, &self.caller);
        let learnt = match is_handshake {
            true => Learnt { quarantine: self.upstream.quarantine(), ..self.upstream.learnt.clone() },
            false => self.upstream.learnt.clone(),
        };
        let own = Own::Request(Arc::<HttpSession>::clone(&http));
        let relay = Relay::new(judge, own, learnt, FrameLimits::default(), Box::new(remark));
        if let (false, Some(version)) = (is_handshake, self.headers.get(routing::VERSION).and_then(|v| v.to_str().ok()))
        {
            relay.assume_version(version);
        }
        OverHttp { relay, http }
    }

    async fn post_over_http(&self, over: OverHttp, said: Said) -> Reply {
        let (mut reply, head) = over.post(&self.headers, said.body, said.is_batch, None).await;
        let begun = head.filter(|head| said.is_handshake && head.status.is_success()).and_then(|head| head.session);
        if let Some(id) = begun
            && over.http.id.set(id).is_ok()
        {
            let way = SessionWay::Http(over.http);
            let (caller, upstream) = (Arc::clone(&self.caller), Arc::clone(&self.upstream));
            let session = Arc::new(Session::new(caller, upstream, over.relay, way));
            mark(&mut reply, &session);
            self.shared.sessions.add(session);
        }
        reply
    }

    async fn post_to_process(
        &self,
        relay: Arc<Relay<crate::mcp::guarded::Guarded>>,
        way: SessionWay,
        said: Said,
    ) -> Reply {
        let session = Arc::new(Session::new(Arc::clone(&self.caller), Arc::clone(&self.upstream), relay, way));
        if said.is_handshake {
            self.shared.sessions.add(Arc::clone(&session));
        }
        let mut reply = self.post_in(&session, Said { is_handshake: false, ..said }).await;
        if said.is_handshake {
            match &reply.body() {
                reply::ReplyBody::Whole(Some(body)) if over_process::is_error(body) => {
                    self.shared.sessions.remove(&session.id);
                }
                _ => mark(&mut reply, &session),
            }
        }
        reply
    }

    async fn get(self) -> Reply {
        match self.session() {
            Err(reply) => *reply,
            Ok(Some(session)) => match &session.way {
                SessionWay::Http(http) => {
                    let over = OverHttp { relay: Arc::clone(&session.relay), http: Arc::clone(http) };
                    over.get(&self.headers, Some(session.begin())).await.0
                }
                SessionWay::Process(process) => over_process::get(&session, process),
            },
            Ok(None) => match &self.upstream.way {
                Way::Http(server) => {
                    self.over_http(HttpSession::new(Arc::clone(server)), false).get(&self.headers, None).await.0
                }
                Way::Process(_) => reply::method_not_allowed("POST"),
            },
        }
    }

    async fn delete(self) -> Reply {
        let session = match self.session() {
            Ok(Some(session)) => session,
            Ok(None) => return reply::error(StatusCode::BAD_REQUEST, INVALID_REQUEST, "the request names no session"),
            Err(reply) => return *reply,
        };
        let SessionWay::Http(http) = &session.way else {
            self.shared.sessions.remove(&session.id);
            return reply::bare(StatusCode::OK);
        };
        let over = OverHttp { relay: Arc::clone(&session.relay), http: Arc::clone(http) };
        match over.delete(&self.headers).await {
            // The server keeps the session, and so do we.
            Some(StatusCode::METHOD_NOT_ALLOWED) => reply::method_not_allowed("GET, POST"),
            status => {
                self.shared.sessions.remove(&session.id);
                reply::bare(status.filter(StatusCode::is_success).unwrap_or(StatusCode::OK))
            }
        }
    }
}

impl Said {
    fn of(body: Vec<u8>) -> Said {
        // White space outside of strings, and in no string: on one line, nobody finds more than one message.
        let body: Vec<u8> =
            body.into_iter().map(|byte| if matches!(byte, b'\n' | b'\r') { b' ' } else { byte }).collect();
        let (is_batch, is_handshake, is_modern) = match envelope::peek(&body) {
            Ok(Message::Batch(_)) => (true, false, false),
            Ok(Message::Single(message)) => (
                false,
                message.method.as_deref() == Some("initialize") && message.id.is_some(),
                routing::version_of(&message).is_some(),
            ),
            _ => (false, false, false),
        };
        Said { body, is_batch, is_handshake, is_modern }
    }
}

/// Tells the client what its session is called.
fn mark(reply: &mut Reply, session: &Session) {
    if let Ok(id) = HeaderValue::from_str(&session.id) {
        reply.headers_mut().insert(reply::SESSION, id);
    }
}
