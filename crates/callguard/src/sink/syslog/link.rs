//! One connection for a batch. Syslog has no acknowledgement; what stands for one is that the server, told that this was
//! all, closes the connection in turn: it has read to the end.

use super::Identity;
use crate::https;
use crate::sink::delivery::{DeliveryOptions, OpenError};
use rustls::client::Resumption;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore};
use std::fs;
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream, ToSocketAddrs};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use ureq::http::Uri;

pub(super) struct Link {
    host: String,
    port: u16,
    tls: Option<(Arc<ClientConfig>, ServerName<'static>)>,
}

impl Link {
    pub(super) fn new(url: &str, identity: Option<&Identity>, options: &DeliveryOptions) -> Result<Link, OpenError> {
        let uri: Uri = url.parse().map_err(|error| OpenError::Setting(format!("`{url}` is no URL: {error}")))?;
        let host = uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']').to_owned();
        let is_here = matches!(host.as_str(), "localhost" | "127.0.0.1" | "::1");
        let is_tls = match uri.scheme_str() {
            Some("tls") => true,
            Some("tcp") if is_here || options.allow_http => false,
            Some("tcp") => {
                let says = format!("`tcp://{host}` is not encrypted; use `tls`, or set `allow_http: true`");
                return Err(OpenError::Setting(says));
            }
            _ => return Err(OpenError::Setting("a syslog server's URL begins with `tls://`".to_owned())),
        };
        let port = uri.port_u16().unwrap_or(if is_tls { 6514 } else { 601 });
        let tls = match is_tls {
            true => Some((client(identity, options).map_err(OpenError::Setting)?, name(&host)?)),
            false => None,
        };
        Ok(Link { host, port, tls })
    }

    /// Sends all of it, and waits until the server has read it.
    pub(super) fn deliver(&self, bytes: &[u8], timeout: Duration) -> Result<(), String> {
        let sent = Timed::connect(&self.host, self.port, timeout).and_then(|mut tcp| match &self.tls {
            Some((config, name)) => encrypted(&mut tcp, config, name, bytes),
            None => plain(&mut tcp, bytes),
        });
        sent.map_err(|error| why(&error))
    }
}

fn plain(tcp: &mut Timed, bytes: &[u8]) -> io::Result<()> {
    tcp.write_all(bytes)?;
    tcp.tcp.shutdown(Shutdown::Write)?;
    tcp.read_to_close()
}

fn encrypted(tcp: &mut Timed, config: &Arc<ClientConfig>, name: &ServerName<'static>, bytes: &[u8]) -> io::Result<()> {
    let mut session = ClientConnection::new(Arc::clone(config), name.clone()).map_err(io::Error::other)?;
    rustls::Stream::new(&mut session, tcp).write_all(bytes)?;
    session.send_close_notify();
    while session.wants_write() {
        session.write_tls(tcp)?;
    }
    tcp.tcp.shutdown(Shutdown::Write)?;
    // Not every server says that it closes before it does; one that refuses us says why.
    let mut is_closed = false;
    while !is_closed && session.read_tls(tcp)? > 0 {
        let state = session.process_new_packets().map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
        is_closed = state.peer_has_closed();
    }
    tcp.read_to_close()
}

/// A connection on which everything together takes no longer than it may.
struct Timed {
    tcp: TcpStream,
    until: Instant,
    /// In which a reset that is under way has arrived.
    grace: Duration,
}

impl Timed {
    fn connect(host: &str, port: u16, timeout: Duration) -> io::Result<Timed> {
        let until = Instant::now().checked_add(timeout).ok_or(io::ErrorKind::InvalidInput)?;
        let begun = Instant::now();
        let mut last = io::Error::from(io::ErrorKind::AddrNotAvailable);
        for address in (host, port).to_socket_addrs()? {
            match TcpStream::connect_timeout(&address, left(until)?) {
                Ok(tcp) => {
                    let grace = begun.elapsed().saturating_mul(2).saturating_add(Duration::from_millis(10));
                    return Ok(Timed { tcp, until, grace });
                }
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    /// Waits until the other side says, too, that this was all. What it has not read makes its system say that the connection
    /// was broken off, if a moment later.
    fn read_to_close(&mut self) -> io::Result<()> {
        let mut nothing = [0; 64];
        while self.read(&mut nothing)? > 0 {}
        std::thread::sleep(self.grace.min(left(self.until)?));
        self.tcp.take_error()?.map_or(Ok(()), Err)
    }
}

impl Read for Timed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.tcp.set_read_timeout(Some(left(self.until)?))?;
        self.tcp.read(buffer)
    }
}

impl Write for Timed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.tcp.set_write_timeout(Some(left(self.until)?))?;
        self.tcp.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.tcp.flush()
    }
}

fn left(until: Instant) -> io::Result<Duration> {
    let left = until.saturating_duration_since(Instant::now());
    if left.is_zero() { Err(io::ErrorKind::TimedOut.into()) } else { Ok(left) }
}

/// It never holds what was sent.
fn why(error: &io::Error) -> String {
    match (https::tls_trouble(error), error.kind()) {
        (Some(trouble), _) => trouble,
        (None, io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock) => "it did not answer in time".to_owned(),
        (None, io::ErrorKind::UnexpectedEof) => "it closed the connection before it had read anything".to_owned(),
        (None, kind) => format!("the connection failed: {kind}"),
    }
}

fn name(host: &str) -> Result<ServerName<'static>, OpenError> {
    let wrong = |_| OpenError::Setting(format!("`{host}` is no name of a server"));
    ServerName::try_from(host.to_owned()).map_err(wrong)
}

fn client(identity: Option<&Identity>, options: &DeliveryOptions) -> Result<Arc<ClientConfig>, String> {
    let mut roots = RootCertStore::empty();
    let trusted = https::roots(options.ca_file.as_deref(), true)?;
    roots.add_parsable_certificates(trusted.iter().map(|root| CertificateDer::from(root.der().to_vec())));
    let unusable = |error: rustls::Error| format!("TLS cannot be used: {error}");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let builder = builder.map_err(unusable)?.with_root_certificates(roots);
    let mut config = match identity {
        None => builder.with_no_client_auth(),
        Some(Identity { cert, key }) => {
            let certs = CertificateDer::pem_slice_iter(&read(cert)?).collect::<Result<Vec<_>, _>>();
            let key = PrivateKeyDer::from_pem_slice(&read(key)?).map_err(|_| no_pem(key))?;
            builder.with_client_auth_cert(certs.map_err(|_| no_pem(cert))?, key).map_err(unusable)?
        }
    };
    // Servers that ask who we are and set no context for sessions (OpenSSL's default) end resumed ones with an error.
    config.resumption = Resumption::disabled();
    Ok(Arc::new(config))
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    fs::read(path).map_err(|error| format!("`{}` cannot be read: {error}", path.display()))
}

fn no_pem(path: &Path) -> String {
    format!("`{}` is not in the form PEM", path.display())
}
