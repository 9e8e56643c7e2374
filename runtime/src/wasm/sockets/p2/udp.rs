//! `wasi:sockets/udp-create-socket`: there are no UDP sockets yet.

use wasmtime::component::Resource;
use wasmtime_wasi::p2::SocketResult;
use wasmtime_wasi::p2::bindings::sockets::network::IpAddressFamily;
use wasmtime_wasi::p2::bindings::sockets::{udp::UdpSocket, udp_create_socket};

use super::super::SocketsView;
use super::failed;
use crate::network::SocketError;

impl udp_create_socket::Host for SocketsView<'_> {
    async fn create_udp_socket(&mut self, _: IpAddressFamily) -> SocketResult<Resource<UdpSocket>> {
        Err(failed(SocketError::NotSupported))
    }
}
