//! `wasi:sockets/types.udp-socket`: there are none yet. Nothing makes one, so that nothing can be
//! asked of one.

use wasmtime::component::{Accessor, Resource};
use wasmtime_wasi::p3::bindings::sockets::types::{
    HostUdpSocket, HostUdpSocketWithStore, IpAddressFamily, IpSocketAddress, UdpSocket,
};
use wasmtime_wasi::p3::sockets::SocketResult;

use super::super::{PodSockets, SocketsView};
use super::failed;
use crate::network::SocketError;

fn none<T>() -> SocketResult<T> {
    Err(failed(SocketError::NotSupported))
}

impl<T: Send> HostUdpSocketWithStore<T> for PodSockets {
    async fn send(
        _: &Accessor<T, Self>,
        _: Resource<UdpSocket>,
        _: Vec<u8>,
        _: Option<IpSocketAddress>,
    ) -> SocketResult<()> {
        none()
    }

    async fn receive(
        _: &Accessor<T, Self>,
        _: Resource<UdpSocket>,
    ) -> SocketResult<(Vec<u8>, IpSocketAddress)> {
        none()
    }
}

impl HostUdpSocket for SocketsView<'_> {
    async fn create(&mut self, _: IpAddressFamily) -> SocketResult<Resource<UdpSocket>> {
        none()
    }

    async fn bind(&mut self, _: Resource<UdpSocket>, _: IpSocketAddress) -> SocketResult<()> {
        none()
    }

    async fn connect(&mut self, _: Resource<UdpSocket>, _: IpSocketAddress) -> SocketResult<()> {
        none()
    }

    fn disconnect(&mut self, _: Resource<UdpSocket>) -> SocketResult<()> {
        none()
    }

    fn get_local_address(&mut self, _: Resource<UdpSocket>) -> SocketResult<IpSocketAddress> {
        none()
    }

    fn get_remote_address(&mut self, _: Resource<UdpSocket>) -> SocketResult<IpSocketAddress> {
        none()
    }

    fn get_address_family(&mut self, _: Resource<UdpSocket>) -> wasmtime::Result<IpAddressFamily> {
        Err(wasmtime::Error::msg("there is no UDP socket"))
    }

    fn get_unicast_hop_limit(&mut self, _: Resource<UdpSocket>) -> SocketResult<u8> {
        none()
    }

    fn set_unicast_hop_limit(&mut self, _: Resource<UdpSocket>, _: u8) -> SocketResult<()> {
        none()
    }

    fn get_receive_buffer_size(&mut self, _: Resource<UdpSocket>) -> SocketResult<u64> {
        none()
    }

    fn set_receive_buffer_size(&mut self, _: Resource<UdpSocket>, _: u64) -> SocketResult<()> {
        none()
    }

    fn get_send_buffer_size(&mut self, _: Resource<UdpSocket>) -> SocketResult<u64> {
        none()
    }

    fn set_send_buffer_size(&mut self, _: Resource<UdpSocket>, _: u64) -> SocketResult<()> {
        none()
    }

    fn drop(&mut self, _: Resource<UdpSocket>) -> wasmtime::Result<()> {
        Err(wasmtime::Error::msg("there is no UDP socket"))
    }
}
