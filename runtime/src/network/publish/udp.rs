//! The datagrams of a published UDP port.

use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::sync::{Arc, Weak};

use super::super::PodNetwork;
use super::super::udp::DATAGRAM_BYTES_MAX;

/// A socket of the host.
pub(super) struct HostPort {
    /// By which the pod answers.
    socket: Arc<UdpSocket>,
    /// The same, to be waited for.
    receiver: tokio::net::UdpSocket,
}

impl HostPort {
    /// Takes a port of the host; returns which.
    pub(super) fn bind(address: SocketAddr) -> io::Result<(Self, SocketAddr)> {
        let socket = UdpSocket::bind(address)?;
        socket.set_nonblocking(true)?;
        let address = socket.local_addr()?;
        let receiver = tokio::net::UdpSocket::from_std(socket.try_clone()?)?;
        Ok((Self { socket: Arc::new(socket), receiver }, address))
    }

    /// Receives for as long as the pod is there.
    pub(super) async fn serve(self, network: Weak<PodNetwork>, container_port: u16) {
        loop {
            if let Err(error) = self.receiver.readable().await {
                tracing::warn!(%error, port = container_port, "cannot receive datagrams");
                return;
            }
            // Made when there is something to receive, so that an idle port holds no memory.
            let mut buffer = vec![0; DATAGRAM_BYTES_MAX];
            let Some(network) = network.upgrade() else { return };
            // What went wrong with an earlier answer concerns nobody any more.
            if let Ok((len, client)) = self.receiver.try_recv_from(&mut buffer) {
                let bytes = buffer[..len].to_vec();
                network.deliver_from_host(container_port, bytes, client, &self.socket);
            }
        }
    }
}
