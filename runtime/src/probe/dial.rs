//! Connects as the node does: to the pod over its own network, to anybody else over the host's.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncWrite};

use crate::network::{PodNetwork, PodStream, SocketError};

/// A byte stream, of whichever network.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// A connection.
pub(super) struct Connection {
    pub(super) stream: Box<dyn Stream>,
    pub(super) local: SocketAddr,
    pub(super) peer: SocketAddr,
}

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub(super) enum DialError {
    /// The host is a name that nobody knows.
    #[error("dial tcp: lookup {0}: no such host")]
    Lookup(String),
    /// The other side, or the network, refused.
    #[error("dial tcp {0}: connect: {1}")]
    Connect(SocketAddr, SocketError),
}

/// Connects to a name or an address.
///
/// # Errors
///
/// Of several addresses, it tells what was wrong with the first.
pub(super) async fn dial(
    network: &Arc<PodNetwork>,
    host: &str,
    port: u16,
) -> Result<Connection, DialError> {
    if let Some(ip) = pod_address(network, host) {
        let refused = |error| DialError::Connect((ip, port).into(), error);
        let stream = network.connect_from_host(port, None).await.map_err(refused)?;
        let (local, peer) = (stream.local_address(), stream.peer_address());
        return Ok(Connection { stream: Box::new(PodStream::from(stream)), local, peer });
    }
    let unknown = |_| DialError::Lookup(host.to_owned());
    let addresses = tokio::net::lookup_host((host, port)).await.map_err(unknown)?;
    let mut first = None;
    for address in addresses {
        match connect_outside(address).await {
            Ok(connection) => return Ok(connection),
            Err(error) => {
                first.get_or_insert(DialError::Connect(address, error.into()));
            }
        }
    }
    Err(first.unwrap_or_else(|| DialError::Lookup(host.to_owned())))
}

/// Returns the address, if it is one by which the node knows the pod. Its loopback is not.
fn pod_address(network: &PodNetwork, host: &str) -> Option<IpAddr> {
    let (ip, addresses) = (host.parse().ok()?, network.addresses());
    let own: [IpAddr; 2] = [addresses.v4.into(), addresses.v6.into()];
    own.contains(&ip).then_some(ip)
}

async fn connect_outside(address: SocketAddr) -> io::Result<Connection> {
    let stream = tokio::net::TcpStream::connect(address).await?;
    let local = stream.local_addr()?;
    Ok(Connection { stream: Box::new(stream), local, peer: address })
}

/// Returns how an address is written in a URL: IPv6 in brackets.
pub(super) fn join_host_port(host: &str, port: u16) -> String {
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}
