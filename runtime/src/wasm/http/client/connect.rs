//! A connection of the container's, to where a request goes.

use std::future::poll_fn;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use wasmtime_wasi_http::Error;

use super::error;
use super::target::Target;
use crate::network::{Family, Member, SocketError, TcpSocket};

/// How many addresses of a name are tried.
const ADDRESSES_MAX: usize = 8;

/// Connects to the first address that answers.
pub(super) async fn connect(member: &Arc<Member>, target: &Target) -> Result<TcpSocket, Error> {
    let addresses = Arc::clone(member.network()).lookup(target.host.clone()).await;
    let addresses = addresses.map_err(error::of_lookup)?;
    let mut failure = Error::DestinationNotFound;
    for address in addresses.into_iter().take(ADDRESSES_MAX) {
        match connect_to(member, (address, target.port).into()).await {
            Ok(socket) => return Ok(socket),
            Err(error) => failure = error::of_socket(error),
        }
    }
    Err(failure)
}

async fn connect_to(member: &Arc<Member>, to: SocketAddr) -> Result<TcpSocket, SocketError> {
    let family = match to.ip() {
        IpAddr::V4(_) => Family::V4,
        IpAddr::V6(_) => Family::V6,
    };
    let mut socket = TcpSocket::new(member, family)?;
    socket.start_connect(to)?;
    poll_fn(|cx| socket.poll_connected(cx)).await?;
    Ok(socket)
}
