//! The servers behind the gateway, as it reaches them.

use super::kept::Kept;
use super::reply::{EVENTS, JSON, SESSION};
use super::routing;
use super::sse::{Events, one_line};
use crate::mcp::envelope::{self, Message};
use crate::mcp::frame::FrameLimits;
use crate::mcp::id::IdKey;
use crate::mcp::relay::Ask;
use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use hyper::{Method, Request, Response, Uri};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use std::pin::Pin;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

/// How long a connection may take to come about.
const CONNECT: Duration = Duration::from_secs(10);
/// How long a connection that nobody uses is kept.
const IDLE: Duration = Duration::from_secs(60);
const AGENT: HeaderValue = HeaderValue::from_static(concat!("callguard/", env!("CARGO_PKG_VERSION")));
pub(super) const LAST_EVENT: HeaderName = HeaderName::from_static("last-event-id");
/// What of a client's request is the server's business, whichever session it is of. No credentials, no cookies.
const ONWARD: [HeaderName; 6] = [
    ACCEPT,
    routing::VERSION,
    routing::METHOD,
    routing::NAME,
    HeaderName::from_static("traceparent"),
    HeaderName::from_static("tracestate"),
];

/// What asks servers.
pub(crate) type Client = legacy::Client<HttpsConnector<HttpConnector>, Full<Bytes>>;

/// A server that speaks streamable HTTP.
pub(crate) struct HttpServer {
    client: Client,
    uri: Uri,
    /// The gateway's own credentials there.
    credentials: HeaderMap,
}

impl HttpServer {
    /// A server at `uri`, trusted by these certificates.
    pub(crate) fn new(uri: Uri, credentials: HeaderMap, roots: rustls::RootCertStore) -> Result<HttpServer, String> {
        Ok(HttpServer { client: client(roots)?, uri, credentials })
    }

    pub(crate) fn credentials(&self) -> &HeaderMap {
        &self.credentials
    }

    pub(super) async fn send(&self, method: Method, headers: HeaderMap, body: Bytes) -> Option<Response<Incoming>> {
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = method;
        *request.uri_mut() = self.uri.clone();
        *request.headers_mut() = headers;
        request.headers_mut().insert(USER_AGENT, AGENT);
        for (name, value) in &self.credentials {
            request.headers_mut().insert(name, value.clone());
        }
        self.client.request(request).await.ok()
    }
}

/// A client that trusts these certificates, and keeps connections open for a while.
pub(crate) fn client(roots: rustls::RootCertStore) -> Result<Client, String> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let mut plain = HttpConnector::new();
    plain.enforce_http(false);
    plain.set_nodelay(true);
    plain.set_connect_timeout(Some(CONNECT));
    let connector =
        HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_http1().wrap_connector(plain);
    Ok(legacy::Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(IDLE)
        .build(connector))
}

/// One session of ours with a server over HTTP, or the lack of one.
pub(super) struct HttpSession {
    pub(super) server: Arc<HttpServer>,
    /// What the server calls the session.
    pub(super) id: OnceLock<HeaderValue>,
    /// The version that the client named last.
    version: Mutex<Option<HeaderValue>>,
    pub(super) kept: Mutex<Kept>,
}

impl HttpSession {
    pub(super) fn new(server: Arc<HttpServer>) -> HttpSession {
        HttpSession { server, id: OnceLock::new(), version: Mutex::default(), kept: Mutex::default() }
    }

    /// What goes on of the headers of a request, and what marks it as one of this session.
    pub(super) fn onward(&self, from: &HeaderMap) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for name in &ONWARD {
            if let Some(value) = from.get(name) {
                headers.insert(name, value.clone());
            }
        }
        for (name, value) in from.iter().filter(|(name, _)| name.as_str().starts_with(routing::PARAM_PREFIX)) {
            headers.append(name, value.clone());
        }
        if let Some(version) = from.get(routing::VERSION) {
            *self.version.lock().unwrap_or_else(PoisonError::into_inner) = Some(version.clone());
        }
        self.mark(&mut headers);
        headers
    }

    fn mark(&self, headers: &mut HeaderMap) {
        if let Some(id) = self.id.get() {
            headers.insert(SESSION, id.clone());
        }
    }

    /// The headers of a request of our own.
    fn own_headers(&self, line: &[u8]) -> Option<HeaderMap> {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, JSON);
        headers.insert(ACCEPT, HeaderValue::from_static("application/json, text/event-stream"));
        if let Some(version) = &*self.version.lock().unwrap_or_else(PoisonError::into_inner) {
            headers.insert(routing::VERSION, version.clone());
        }
        if let Ok(Message::Single(message)) = envelope::peek(line)
            && let Some(version) = routing::version_of(&message)
        {
            headers.insert(routing::VERSION, HeaderValue::from_str(&version).ok()?);
            headers.insert(routing::METHOD, HeaderValue::from_str(message.method.as_deref()?).ok()?);
            if let Some(name) = routing::name_of(&message) {
                headers.insert(routing::NAME, HeaderValue::from_str(&routing::encoded(&name)).ok()?);
            }
        }
        self.mark(&mut headers);
        Some(headers)
    }

    async fn asked(&self, line: &[u8], id: &IdKey) -> Option<Vec<u8>> {
        let body = Bytes::copy_from_slice(line.trim_ascii_end());
        let response = self.server.send(Method::POST, self.own_headers(line)?, body).await?;
        let most = FrameLimits::default().bytes;
        if kind(&response) == Some(Kind::Json) {
            let body = whole(response.into_body(), most).await?;
            return Some(one_line(&body)).filter(|line| answers(line, id));
        }
        let mut events = Events::new(response.into_body(), most);
        while let Ok(Some(event)) = events.next().await {
            let line = one_line(&event.data.unwrap_or_default());
            if answers(&line, id) {
                return Some(line);
            }
        }
        None
    }
}

impl Ask for HttpSession {
    fn ask<'a>(&'a self, line: &'a [u8], id: &'a IdKey) -> Pin<Box<dyn Future<Output = Option<Vec<u8>>> + Send + 'a>> {
        Box::pin(self.asked(line, id))
    }
}

fn answers(line: &[u8], id: &IdKey) -> bool {
    matches!(envelope::peek(line), Ok(Message::Single(message))
        if message.is_answer() && message.id.and_then(IdKey::of).as_ref() == Some(id))
}

/// What a body is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Json,
    Events,
}

/// What a response says that its body is.
pub(super) fn kind<B>(response: &Response<B>) -> Option<Kind> {
    let said = response.headers().get(CONTENT_TYPE)?.to_str().ok()?;
    let essence = said.split(';').next().unwrap_or_default().trim();
    let is = |kind: &HeaderValue| kind.to_str().is_ok_and(|kind| essence.eq_ignore_ascii_case(kind));
    if is(&JSON) { Some(Kind::Json) } else { is(&EVENTS).then_some(Kind::Events) }
}

/// All of a body, if it is no larger than `most`.
pub(super) async fn whole(body: Incoming, most: usize) -> Option<Bytes> {
    Limited::new(body, most).collect().await.ok().map(|body| body.to_bytes())
}
