//! A gateway, a scripted server behind it, and a client that says what it is told to.

use bytes::Bytes;
use callguard::Guard;
use callguard_gateway::{Gateway, GatewayConfig};
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Frame, Incoming};
use hyper::header::HeaderMap;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};
use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// What a server was asked.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) method: Method,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

/// What a server answers.
pub(crate) struct Answer {
    status: u16,
    headers: Vec<(&'static str, String)>,
    pieces: Vec<String>,
    /// Whether the body has no end.
    is_open: bool,
}

pub(crate) fn json(body: impl Into<String>) -> Answer {
    let headers = vec![("content-type", "application/json".to_owned())];
    Answer { status: 200, headers, pieces: vec![body.into()], is_open: false }
}

pub(crate) fn events(pieces: impl IntoIterator<Item = impl Into<String>>) -> Answer {
    let pieces = pieces.into_iter().map(Into::into).collect();
    Answer { headers: vec![("content-type", "text/event-stream".to_owned())], pieces, ..status(200) }
}

pub(crate) fn status(status: u16) -> Answer {
    Answer { status, headers: Vec::new(), pieces: Vec::new(), is_open: false }
}

impl Answer {
    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Answer {
        self.headers.push((name, value.to_owned()));
        self
    }

    pub(crate) fn status(mut self, status: u16) -> Answer {
        self.status = status;
        self
    }

    pub(crate) fn open(mut self) -> Answer {
        self.is_open = true;
        self
    }
}

/// The handshake's answer, with a session of the server's.
pub(crate) fn hello() -> Answer {
    json(r#"{"jsonrpc":"2.0","id":0,"result":{"protocolVersion":"2025-11-25"}}"#).with("mcp-session-id", "theirs")
}

/// A server and what it was asked.
pub(crate) struct Server {
    pub(crate) url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Server {
    pub(crate) async fn start(answer: impl Fn(&Seen) -> Answer + Send + Sync + 'static) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/mcp", listener.local_addr().unwrap());
        let (seen, answer) = (Arc::new(Mutex::new(Vec::new())), Arc::new(answer));
        let noted = Arc::clone(&seen);
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (noted, answer) = (Arc::clone(&noted), Arc::clone(&answer));
                let service = service_fn(move |request: Request<Incoming>| {
                    let (noted, answer) = (Arc::clone(&noted), Arc::clone(&answer));
                    async move {
                        let (head, body) = request.into_parts();
                        let body = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
                        let seen = Seen { method: head.method, headers: head.headers, body };
                        noted.lock().unwrap().push(seen.clone());
                        Ok::<_, Infallible>(respond(answer(&seen)))
                    }
                });
                tokio::spawn(
                    hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service),
                );
            }
        });
        Server { url, seen }
    }

    /// What it was asked since it was last looked at.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        std::mem::take(&mut self.seen.lock().unwrap())
    }
}

fn respond(answer: Answer) -> Response<Pieces> {
    let mut response = Response::builder().status(answer.status);
    for (name, value) in &answer.headers {
        response = response.header(*name, value);
    }
    response.body(Pieces { pieces: answer.pieces.into(), is_open: answer.is_open }).unwrap()
}

struct Pieces {
    pieces: VecDeque<String>,
    is_open: bool,
}

impl Body for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match self.pieces.pop_front() {
            Some(piece) => Poll::Ready(Some(Ok(Frame::data(Bytes::from(piece))))),
            None if self.is_open => Poll::Pending,
            None => Poll::Ready(None),
        }
    }
}

/// Denies `denied`, hides nothing else, and takes numbers of social security out of results.
pub(crate) const POLICY: &str = "apiVersion: callguard/v1
kind: Policy
metadata: { name: p }
spec:
  default: allow
  preconditions:
    - { id: no, tools: denied, when: { args.x: { exists: true } }, action: deny, message: Not this one. }
    - { id: interns, tools: restricted, when: { principal.role: intern }, action: deny, message: Not for you. }
    - { id: doubt, tools: doubtful, when: { args.x: { exists: true } }, action: ask, message: May it? }
    - { id: secrets, tools: secret, when: { args.x: { exists: true } }, action: ask, message: May it?, ask: { approvers: [security] } }
    - { id: haste, tools: hasty, when: { args.x: { exists: true } }, action: ask, message: May it?, ask: { timeout: 300ms } }
    - { id: files, tools: 'mcp:resources/read', when: { args.uri: { contains: /etc/ } }, action: deny, message: Not that file. }
    - { id: plans, tools: 'mcp:prompts/*', when: { args.name: { contains: secret } }, action: deny, message: Not that prompt. }
  session:
    - { id: twice, tools: counted, limit: { calls: 2 }, message: Twice at most. }
  postconditions:
    - { id: ssn, redact: { detect: [us_ssn], with: gone } }
";

/// Denies `narrow`, for a server that names it.
pub(crate) const OWN: &str = "apiVersion: callguard/v1
kind: Policy
metadata: { name: own }
spec:
  default: allow
  preconditions:
    - { id: not-here, tools: narrow, when: { args.x: { exists: true } }, action: deny, message: Not on this server. }
";

/// A gateway at work, in a folder of its own.
pub(crate) struct Gate {
    pub(crate) folder: TempDir,
    pub(crate) place: String,
    client: Client<HttpConnector, Full<Bytes>>,
    running: JoinHandle<()>,
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.running.abort();
    }
}

/// The document of a gateway with more keys in `spec`.
pub(crate) fn document(spec: &str) -> String {
    let head = "apiVersion: callguard/v1\nkind: Gateway\nmetadata: { name: g }\nspec:\n";
    format!("{head}  policies: [policy.yaml]\n{spec}")
}

/// A gateway on a free port before the server.
pub(crate) async fn gate(server: &Server) -> Gate {
    gate_with(&format!("  listen: 127.0.0.1:0\n  upstreams: {{ s: {{ url: '{}' }} }}\n", server.url)).await
}

pub(crate) async fn gate_with(spec: &str) -> Gate {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("policy.yaml"), POLICY).unwrap();
    std::fs::write(folder.path().join("own.yaml"), OWN).unwrap();
    let file = folder.path().join("gateway.yaml");
    let text = document(&spec.replace("FOLDER", &folder.path().to_string_lossy()));
    std::fs::write(&file, &text).unwrap();
    let config = GatewayConfig::read(&file, &text).unwrap();
    let gateway = Gateway::open(config, Guard::builder()).await.unwrap();
    let place = gateway.place();
    let running = tokio::spawn(async move { gateway.run().await.unwrap() });
    Gate { folder, place, client: Client::builder(TokioExecutor::new()).build_http(), running }
}

/// What a client got.
#[derive(Debug)]
pub(crate) struct Got {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Got {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn session(&self) -> Option<String> {
        self.headers.get("mcp-session-id").map(|id| id.to_str().unwrap().to_owned())
    }
}

async fn got(response: Response<Incoming>) -> Got {
    let (head, body) = response.into_parts();
    let body = soon(body.collect()).await.unwrap().to_bytes();
    Got { status: head.status, headers: head.headers, body: String::from_utf8(body.to_vec()).unwrap() }
}

/// Everything is within a while.
pub(crate) async fn soon<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(30), what).await.expect("it took too long")
}

impl Gate {
    pub(crate) async fn send(&self, method: Method, headers: &[(&str, &str)], body: &str) -> Response<Incoming> {
        self.send_to("/mcp", method, headers, body).await
    }

    async fn send_to(&self, path: &str, method: Method, headers: &[(&str, &str)], body: &str) -> Response<Incoming> {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("http://{}{path}", self.place))
            .header("accept", "application/json, text/event-stream")
            .header("content-type", "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::from(body.to_owned())).unwrap();
        soon(self.client.request(request)).await.unwrap()
    }

    pub(crate) async fn ask(&self, method: Method, headers: &[(&str, &str)], body: &str) -> Got {
        got(self.send(method, headers, body).await).await
    }

    /// Asks for what is at another path.
    pub(crate) async fn ask_at(&self, path: &str, method: Method, headers: &[(&str, &str)], body: &str) -> Got {
        got(self.send_to(path, method, headers, body).await).await
    }

    pub(crate) async fn post(&self, headers: &[(&str, &str)], body: &str) -> Got {
        self.ask(Method::POST, headers, body).await
    }

    /// Shakes hands and gives the session.
    pub(crate) async fn session(&self, headers: &[(&str, &str)]) -> String {
        let got = self.post(headers, r#"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{}}"#).await;
        assert_eq!(got.status, 200, "{got:?}");
        got.session().unwrap()
    }
}

pub(crate) fn call(id: u32, tool: &str) -> String {
    format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":{{"name":"{tool}","arguments":{{"x":1}}}}}}"#)
}

/// Pieces of a body as they come.
pub(crate) fn pieces(mut body: Incoming) -> mpsc::UnboundedReceiver<String> {
    let (tell, told) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Some(Ok(frame)) = body.frame().await {
            let text = String::from_utf8(frame.into_data().unwrap().to_vec()).unwrap();
            if tell.send(text).is_err() {
                return;
            }
        }
    });
    told
}
