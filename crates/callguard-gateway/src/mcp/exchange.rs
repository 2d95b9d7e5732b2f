//! One way of a client to the server and back: the pipes of a process, or a request over HTTP.

use super::outlet::Outlet;
use super::relay::Gone;
use std::sync::Arc;

/// Where what is said goes on, and where it is answered.
#[derive(Clone)]
pub(crate) struct Exchange {
    pub(crate) to_client: Outlet,
    pub(crate) to_server: Outlet,
    /// Whether answers come back here, wherever the server says them.
    pub(crate) keeps_answers: bool,
    /// Whether nothing else comes this way: then a frame may wait for its verdict.
    pub(crate) is_alone: bool,
    /// What makes its requests known as its own.
    pub(crate) mark: Mark,
}

/// Tells requests of one exchange from those of others.
#[derive(Clone, Debug, Default)]
pub(crate) struct Mark(Arc<()>);

impl PartialEq for Mark {
    fn eq(&self, other: &Mark) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Exchange {
    /// The pipes of a process: frames follow one another both ways.
    pub(crate) fn pipes(to_client: Outlet, to_server: Outlet) -> Exchange {
        Exchange { to_client, to_server, keeps_answers: false, is_alone: false, mark: Mark::default() }
    }

    pub(super) async fn client_gets(&self, line: &[u8]) -> Result<(), Gone> {
        self.to_client.send(line).await.or(Err(Gone::Client))
    }

    pub(super) async fn server_gets(&self, line: &[u8]) -> Result<(), Gone> {
        self.to_server.send(line).await.or(Err(Gone::Server))
    }

    /// Where answers of its requests go, if not where the server says them.
    pub(super) fn reply(&self) -> Option<Outlet> {
        self.keeps_answers.then(|| self.to_client.clone())
    }
}
