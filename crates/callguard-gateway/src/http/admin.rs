//! What operators ask: whether the gateway is there, whether it can work, what it counts.

use super::listener::{AFTER_ERROR, HEAD, Listener};
use super::reply::{self, Reply};
use super::{Shared, Stream};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// Connections of operators at once.
const CONNECTIONS: usize = 64;
const HEADER_TIME: Duration = Duration::from_secs(30);

/// The answer to a probe, which whoever looks after machines sends by their addresses, and without a key.
pub(super) async fn probe(shared: &Shared, request: &Request<Incoming>) -> Option<Reply> {
    match (request.uri().path(), request.method()) {
        ("/healthz", &Method::GET) => Some(reply::json(StatusCode::OK, "{\"status\":\"ok\"}")),
        ("/readyz", &Method::GET) => Some(shared.ready.reply(&shared.guard).await),
        _ => None,
    }
}

/// Serves operators at an address of their own, as long as it is polled.
pub(crate) async fn serve_admin(listener: Option<Listener>, shared: Arc<Shared>) {
    let Some(listener) = listener else { return std::future::pending().await };
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            Some(_ended) = connections.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok(stream) => {
                    if let Ok(permit) = Arc::clone(&room).try_acquire_owned() {
                        let shared = Arc::clone(&shared);
                        connections.spawn(async move {
                            connection(stream, shared).await;
                            drop(permit);
                        });
                    }
                }
                Err(_) => tokio::time::sleep(AFTER_ERROR).await,
            },
        }
    }
}

async fn connection(stream: Box<dyn Stream>, shared: Arc<Shared>) {
    let service = service_fn(move |request: Request<Incoming>| {
        let shared = Arc::clone(&shared);
        async move { Ok::<_, Infallible>(answer(&shared, &request).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIME)
        .max_buf_size(HEAD)
        .serve_connection(TokioIo::new(stream), service);
    // A connection that broke has nobody to be told.
    let _ended = connection.await;
}

async fn answer(shared: &Shared, request: &Request<Incoming>) -> Reply {
    if let Some(reply) = probe(shared, request).await {
        return reply;
    }
    match (&shared.metrics, request.uri().path(), request.method()) {
        (Some(metrics), "/metrics", &Method::GET) => metrics.reply(shared),
        (_, "/metrics", _) => reply::method_not_allowed("GET"),
        _ => reply::bare(StatusCode::NOT_FOUND),
    }
}
