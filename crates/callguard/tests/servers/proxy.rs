//! Something between a store and its server that makes it slow.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Hands everything on, later.
pub(crate) struct Proxy {
    pub(crate) port: u16,
    delay_millis: Arc<AtomicU64>,
}

impl Proxy {
    pub(crate) async fn to(port: u16) -> Proxy {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let proxy = Proxy { port: listener.local_addr().unwrap().port(), delay_millis: Arc::default() };
        let delay = Arc::clone(&proxy.delay_millis);
        tokio::spawn(async move {
            while let Ok((from, _)) = listener.accept().await {
                tokio::spawn(connect(from, port, Arc::clone(&delay)));
            }
        });
        proxy
    }

    /// From now on what is handed on waits so long.
    pub(crate) fn delay(&self, delay: Duration) {
        self.delay_millis.store(delay.as_millis().try_into().unwrap(), Ordering::Relaxed);
    }
}

async fn connect(from: TcpStream, port: u16, delay: Arc<AtomicU64>) {
    let Ok(to) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await else { return };
    let ((from_read, from_write), (to_read, to_write)) = (from.into_split(), to.into_split());
    tokio::spawn(pump(from_read, to_write, Arc::clone(&delay)));
    pump(to_read, from_write, delay).await;
}

async fn pump(mut from: impl AsyncReadExt + Unpin, mut to: impl AsyncWriteExt + Unpin, delay: Arc<AtomicU64>) {
    let mut bytes = vec![0; 65_536];
    while let Ok(read @ 1..) = from.read(&mut bytes).await {
        tokio::time::sleep(Duration::from_millis(delay.load(Ordering::Relaxed))).await;
        if to.write_all(&bytes[..read]).await.is_err() {
            return;
        }
    }
}
