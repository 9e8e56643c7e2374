//! Serves a component on the pod's network, until it is asked to stop and has answered what was
//! under way.
//!
//! ```text
//!  Listening ── SIGTERM ──► Draining ── the last response ──► exit 0
//!      └──────── SIGKILL ──────┴──► dropped, with every instance
//! ```

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use tokio::runtime::Handle;
use tokio::task::JoinSet;

use super::connection;
use super::service::Service;
use crate::executor::Exit;
use crate::network::{Acceptor, Family, Incarnation, PodNetwork, SocketError, TcpSocket};
use crate::shards::Shards;
use crate::wasm::scope::Life;
use crate::wasm::stop::StopRequest;

/// How many connections may wait to be accepted.
const BACKLOG: u64 = 1024;

/// A service that listens.
pub(in crate::wasm) struct Server {
    listening: Listening,
    service: Arc<Service>,
    stop: StopRequest,
    /// The last to be dropped: with it end the instances.
    _life: Life,
}

/// Its port, of both families.
struct Listening {
    acceptors: Vec<Acceptor>,
    _incarnation: Incarnation,
}

/// Why a service cannot listen.
#[derive(Debug, thiserror::Error)]
#[error("cannot serve http on port {port}: {reason}")]
pub(in crate::wasm) struct ListenError {
    port: u16,
    reason: SocketError,
}

impl Server {
    /// Listens on a port of the pod.
    pub(in crate::wasm) fn open(
        port: u16,
        life: Life,
        service: Service,
        stop: StopRequest,
        shards: &Arc<Shards>,
    ) -> Result<Self, ListenError> {
        let listening = Listening::open(&life.scope.network, port, shards);
        let listening = listening.map_err(|reason| ListenError { port, reason })?;
        Ok(Self { listening, service: Arc::new(service), stop, _life: life })
    }

    /// Serves until it is asked to stop.
    pub(in crate::wasm) async fn run(self) -> Exit {
        let Self { listening, service, stop, _life } = self;
        let mut connections = JoinSet::new();
        let mut expire = pin!(service.expire());
        loop {
            tokio::select! {
                biased;
                () = stop.made() => break,
                Some(_) = connections.join_next() => {}
                () = &mut expire => {}
                socket = listening.accept() => {
                    let home = socket.shard().cloned().unwrap_or_else(Handle::current);
                    let serve = connection::serve(socket, Arc::clone(&service), stop.clone());
                    connections.spawn_on(serve, &home);
                }
            }
        }
        drop(listening);
        while connections.join_next().await.is_some() {}
        service.idle().await;
        Exit::exited(0)
    }
}

impl Listening {
    fn open(
        network: &Arc<PodNetwork>,
        port: u16,
        shards: &Arc<Shards>,
    ) -> Result<Self, SocketError> {
        let incarnation = network.join();
        let listen = |family: Family| {
            let mut socket = TcpSocket::new(incarnation.member(), family)?;
            socket.set_backlog(BACKLOG)?;
            socket.spread_over(Arc::clone(shards));
            socket.bind((family.unspecified(), port).into())?;
            socket.listen()
        };
        let acceptors = [Family::V4, Family::V6].into_iter().map(listen);
        Ok(Self { acceptors: acceptors.collect::<Result<_, _>>()?, _incarnation: incarnation })
    }

    /// Waits for a connection.
    async fn accept(&self) -> TcpSocket {
        poll_fn(|cx| {
            for acceptor in &self.acceptors {
                if let Poll::Ready(Some(socket)) = acceptor.poll_accept(cx) {
                    return Poll::Ready(socket);
                }
            }
            Poll::Pending
        })
        .await
    }
}
