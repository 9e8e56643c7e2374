//! The connections of a published TCP port.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::super::PodNetwork;
use super::super::relay::relay;

/// How many connections a published port carries at a time; others wait in the host's queue.
const CONNECTIONS_MAX: usize = 4096;

/// How long to wait when the host has no file descriptor left.
const EXHAUSTED_PAUSE: Duration = Duration::from_millis(100);

/// Listens on the host; returns where.
pub(super) fn listen(address: SocketAddr) -> io::Result<(TcpListener, SocketAddr)> {
    let listener = std::net::TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    Ok((TcpListener::from_std(listener)?, address))
}

/// Accepts for as long as the pod is there. The connections end with this task.
pub(super) async fn serve(listener: TcpListener, network: Weak<PodNetwork>, container_port: u16) {
    let mut connections = JoinSet::new();
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    loop {
        let place = Arc::clone(&places).acquire_owned().await;
        let place = place.expect("nobody closes the semaphore");
        let accepted = accept(&listener, &mut connections).await;
        let Some(network) = network.upgrade() else { return };
        match accepted {
            Ok((outside, client)) => {
                let elsewhere = network.shard_for(container_port);
                let is_elsewhere = elsewhere.is_some();
                let shard = elsewhere.unwrap_or_else(Handle::current);
                let forward = async move {
                    let _place = place;
                    let outside = if is_elsewhere { taken_over(outside) } else { Ok(outside) };
                    match outside {
                        Ok(outside) => forward(network, outside, client, container_port).await,
                        Err(error) => tracing::warn!(%error, "cannot carry a connection"),
                    }
                };
                connections.spawn_on(forward, &shard);
            }
            Err(error) => {
                tracing::warn!(%error, port = container_port, "cannot accept a connection");
                tokio::time::sleep(EXHAUSTED_PAUSE).await;
            }
        }
    }
}

/// Accepts a connection, and forgets those that have ended meanwhile.
async fn accept(
    listener: &TcpListener,
    connections: &mut JoinSet<()>,
) -> io::Result<(TcpStream, SocketAddr)> {
    loop {
        tokio::select! {
            accepted = listener.accept() => return accepted,
            Some(_) = connections.join_next() => {}
        }
    }
}

/// Has this thread be the one that is told when there is something to read or to write.
fn taken_over(outside: TcpStream) -> io::Result<TcpStream> {
    TcpStream::from_std(outside.into_std()?)
}

async fn forward(
    network: Arc<PodNetwork>,
    outside: TcpStream,
    client: SocketAddr,
    container_port: u16,
) {
    let connected = network.connect_from_host(container_port, Some(client)).await;
    // The pod may end while connections are open.
    drop(network);
    match connected {
        Ok(stream) => relay(outside, stream).await,
        Err(error) => {
            tracing::debug!(%client, port = container_port, "connection not forwarded: {error}");
            let _ = outside.set_zero_linger();
        }
    }
}
