//! Where connections come in.

use super::Shared;
use super::certificate::Peer;
use super::service;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

/// How long a handshake of TLS may take.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// How long answers may take that are on their way when it ends.
const LAST_ANSWERS: Duration = Duration::from_secs(2);
/// Bytes of a request's head at most.
pub(super) const HEAD: usize = 64 << 10;
/// How often idle sessions are looked for.
const SWEEP: Duration = Duration::from_secs(5);
/// After a connection could not be taken (too many files are open, say).
pub(super) const AFTER_ERROR: Duration = Duration::from_millis(100);

/// What TLS is spoken with, which a reload replaces.
pub(crate) type TlsServer = Arc<RwLock<Arc<rustls::ServerConfig>>>;

/// A bound address or path.
pub(crate) enum Listener {
    Tcp(TcpListener),
    #[cfg(unix)]
    Unix(tokio::net::UnixListener, UnixPath),
}

/// A socket in the file system, which is gone when nobody listens.
pub(crate) struct UnixPath(PathBuf);

impl Listener {
    pub(crate) async fn tcp(address: SocketAddr) -> io::Result<Listener> {
        TcpListener::bind(address).await.map(Listener::Tcp)
    }

    /// A socket that its owner alone may use. What is left of a gateway that was killed is replaced.
    #[cfg(unix)]
    pub(crate) fn unix(path: &Path) -> io::Result<Listener> {
        use std::os::unix::fs::{FileTypeExt, PermissionsExt};

        let is_socket = std::fs::symlink_metadata(path).is_ok_and(|file| file.file_type().is_socket());
        if is_socket && std::os::unix::net::UnixStream::connect(path).is_err() {
            std::fs::remove_file(path)?;
        }
        let listener = tokio::net::UnixListener::bind(path)?;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
        Ok(Listener::Unix(listener, UnixPath(path.to_owned())))
    }

    #[cfg(not(unix))]
    pub(crate) fn unix(_: &Path) -> io::Result<Listener> {
        Err(io::Error::from(io::ErrorKind::Unsupported))
    }

    /// Where it listens, for people.
    pub(crate) fn place(&self) -> String {
        match self {
            Listener::Tcp(tcp) => tcp.local_addr().map_or_else(|_| "?".to_owned(), |address| address.to_string()),
            #[cfg(unix)]
            Listener::Unix(_, path) => format!("unix:{}", path.0.display()),
        }
    }

    pub(super) async fn accept(&self) -> io::Result<Box<dyn Stream>> {
        match self {
            Listener::Tcp(tcp) => {
                let (stream, _) = tcp.accept().await?;
                stream.set_nodelay(true)?;
                Ok(Box::new(stream))
            }
            #[cfg(unix)]
            Listener::Unix(unix, _) => Ok(Box::new(unix.accept().await?.0)),
        }
    }
}

impl Drop for UnixPath {
    fn drop(&mut self) {
        // It may be gone already.
        let _gone = std::fs::remove_file(&self.0);
    }
}

pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// Serves connections until `stop` resolves, then lets answers that are on their way arrive.
pub(crate) async fn serve(
    listener: Listener,
    tls: Option<TlsServer>,
    shared: Arc<Shared>,
    stop: impl Future<Output = ()>,
) {
    let (tell, told) = watch::channel(());
    let room = Arc::new(Semaphore::new(shared.live().limits.connections));
    let mut connections = JoinSet::new();
    let mut stop = std::pin::pin!(stop);
    let mut sweep = tokio::time::interval(SWEEP);
    loop {
        tokio::select! {
            () = &mut stop => break,
            _tick = sweep.tick() => shared.sweep(),
            Some(_ended) = connections.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok(stream) => {
                    // Where there is no room the client learns at once.
                    if let Ok(permit) = Arc::clone(&room).try_acquire_owned() {
                        let connection = Connection { shared: Arc::clone(&shared), stop: told.clone(), _permit: permit };
                        connections.spawn(connection.serve(stream, tls.clone()));
                    }
                }
                Err(_) => tokio::time::sleep(AFTER_ERROR).await,
            },
        }
    }
    shared.ready.end();
    drop(listener);
    drop(tell);
    let all = async { while connections.join_next().await.is_some() {} };
    // What takes longer is cut off.
    let _late = tokio::time::timeout(LAST_ANSWERS, all).await;
    connections.shutdown().await;
    shared.end().await;
}

struct Connection {
    shared: Arc<Shared>,
    stop: watch::Receiver<()>,
    _permit: OwnedSemaphorePermit,
}

impl Connection {
    async fn serve(self, stream: Box<dyn Stream>, tls: Option<TlsServer>) {
        let Some(tls) = tls else { return self.http(stream, None).await };
        let config = Arc::clone(&tls.read().unwrap_or_else(PoisonError::into_inner));
        let shaken = tokio::time::timeout(HANDSHAKE, TlsAcceptor::from(config).accept(stream)).await;
        if let Ok(Ok(stream)) = shaken {
            let shown = stream.get_ref().1.peer_certificates().and_then(<[_]>::first);
            let peer = shown.map(|certificate| Arc::new(Peer::of(certificate)));
            self.http(Box::new(stream), peer).await;
        }
    }

    async fn http(mut self, stream: Box<dyn Stream>, peer: Option<Arc<Peer>>) {
        let limits = self.shared.live().limits.clone();
        let shared = Arc::clone(&self.shared);
        let service = service_fn(move |request| {
            let (shared, peer) = (Arc::clone(&shared), peer.clone());
            async move {
                let reply = service::handle(Arc::clone(&shared), peer.as_deref(), request).await;
                if let Some(metrics) = &shared.metrics {
                    metrics.note(reply.status());
                }
                Ok::<_, Infallible>(reply)
            }
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(limits.header_time)
            .max_buf_size(HEAD)
            .serve_connection(TokioIo::new(stream), service);
        let mut connection = std::pin::pin!(connection);
        tokio::select! {
            // A connection that broke has nobody to be told.
            _ended = connection.as_mut() => return,
            _stopped = self.stop.changed() => {}
        }
        connection.as_mut().graceful_shutdown();
        let _ended = connection.await;
    }
}
